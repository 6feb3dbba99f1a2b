"""A real license server, two real Flask sites on real sockets, and an owner who clicks: does it work as promised?

Promise: a revoked license.
Promise: the vendor's server down for weeks.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from demo.browse import OptionsPageVisitor
from tests.client.flask_site import PAGE, FlaskSite
from tests.license_server.live import LiveServer
from theme_license.notice import notice_sentences

NOTICE = notice_sentences("Jannah", "en")[0]


class RealSite(FlaskSite):
    """A site with its administrator, who has a browser of their own."""

    def __init__(self, folder: Path, server: LiveServer, domain: str) -> None:
        super().__init__(folder, server, domain)
        self.owner = OptionsPageVisitor(self.url + PAGE)

    def close(self) -> None:
        self.owner.close()
        self.stop()


@pytest.fixture
def sites(server: LiveServer, tmp_path: Path) -> Iterator[tuple[RealSite, RealSite]]:
    both = RealSite(tmp_path, server, "news.example.com"), RealSite(tmp_path, server, "shop.example.org")
    yield both
    for site in both:
        site.close()


def test_key_domain_notice_limit_move_and_back(server: LiveServer, sites: tuple[RealSite, RealSite]) -> None:
    news, shop = sites
    key = server.issue().license_key
    public = requests.get(news.url, timeout=10).content
    news.owner.open()
    assert NOTICE in news.owner.text
    news.owner.press("activate", license_key=f"\u200f {key.lower()} ")
    assert NOTICE not in news.owner.text
    assert news.verdict() == "valid"
    news.owner.open()
    shop.owner.open()
    shop.owner.press("activate", license_key=key)
    assert "news.example.com" in shop.owner.text
    assert shop.verdict() == "not_activated"
    shop.owner.press("move", license_key=key)
    assert shop.verdict() == "valid"
    news.owner.press("check")
    assert news.verdict() == "not_activated"
    shop.owner.open("?confirm=deactivate")
    shop.owner.press("deactivate")
    assert (news.verdict(), shop.verdict()) == ("not_activated", "not_activated")
    assert requests.get(news.url, timeout=10).content == public


def test_what_the_vendor_does_reaches_the_site_at_its_next_refresh(
    server: LiveServer, sites: tuple[RealSite, RealSite]
) -> None:
    news, _ = sites
    issued = server.issue()
    news.owner.open()
    news.owner.press("activate", license_key=issued.license_key)
    for command, verdict, badge in (("suspend", "suspended", "Suspended"), ("reinstate", "valid", "Active")):
        server.cli_json("license", command, issued.license_id, "--reason", "charged back")
        assert news.verdict() == ("valid" if command == "suspend" else "suspended")
        news.owner.open()
        news.owner.press("check")
        assert news.verdict() == verdict
        assert badge in news.owner.text
        assert ("Reason: charged back" in news.owner.text) is (command == "suspend")
    server.cli_json("license", "revoke", issued.license_id, "--yes")
    news.owner.press("check")
    assert news.verdict() == "revoked"
    news.owner.press("activate", license_key=server.issue().license_key)
    assert news.verdict() == "valid"


def test_each_refusal_of_the_real_server_has_its_sentence(server: LiveServer, sites: tuple[RealSite, RealSite]) -> None:
    news, _ = sites
    server.cli_json("product", "create", "sahifa", "--name", "Sahifa")
    server.cli_json("plan", "create", "sahifa", "single", "--domains", "1", "--term", "1y")
    foreign = server.issue("sahifa/single").license_key
    suspended = server.issue()
    server.cli_json("license", "suspend", suspended.license_id)
    news.owner.open()
    for key, sentence in (
        (foreign, "This key is for another theme."),
        (suspended.license_key, "The vendor has suspended this license."),
        ("JNH-00000-00000-00000-00000-00000-00000", "This is not a license key"),
    ):
        news.owner.press("activate", license_key=key)
        assert sentence in news.owner.text
        assert news.verdict() == "not_activated"


def test_a_vendor_release_frees_the_place_of_a_site_that_is_gone(
    server: LiveServer, sites: tuple[RealSite, RealSite]
) -> None:
    news, shop = sites
    issued = server.issue()
    news.owner.open()
    news.owner.press("activate", license_key=issued.license_key)
    (found,) = server.cli_json("activation", "list", "--license", issued.license_id)
    server.cli_json("activation", "release", found["activation_id"], "--yes")
    shop.owner.open()
    shop.owner.press("activate", license_key=issued.license_key)
    assert shop.verdict() == "valid"
    news.owner.open()
    news.owner.press("check")
    assert news.verdict() == "not_activated"


def test_a_stopped_server_changes_nothing(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "server").set_up().start()
    site = RealSite(tmp_path, server, "news.example.com")
    try:
        site.owner.open()
        site.owner.press("activate", license_key=server.issue().license_key)
        page = requests.get(site.url, timeout=10).content
        server.stop()
        site.owner.press("check")
        assert "Nothing changes before" in site.owner.text
        assert site.verdict() == "valid"
        assert requests.get(site.url, timeout=10).content == page
        server.start()
        site.owner.press("check")
        assert "The license was checked just now." in site.owner.text
    finally:
        site.close()
        server.stop()
