"""What the vendor does, seen at a live site within one refresh.

Promise: a signing key that was stolen.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from license_server.policy import DAY
from tests.conftest import NewDatabase
from tests.license_server.live import LiveServer, body, post
from tests.license_server.site import verdict
from theme_license.checker import Checker
from theme_license.configuration import Configuration
from theme_license.signed_license import Environment, SignedLicense, Status
from theme_license.transport import Reply
from theme_license.wire import encode_signed_license


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[LiveServer]:
    """Serve with a standby key whose private half is on a stick."""
    folder = tmp_path_factory.mktemp("lifecycle")
    (folder / "stick").mkdir()
    server = LiveServer(folder, database_url=new_database(), settings={"calls_per_key": "1000000"})
    with server.set_up(standby_to=folder / "stick"):
        server.cli_json("plan", "create", "jannah", "three", "--domains", "3", "--term", "1y")
        server.cli_json("plan", "create", "jannah", "month", "--domains", "1", "--term", "30d")
        yield server


class LiveSite:
    """A theme on one domain with its own state file and clock, asking the real server."""

    def __init__(self, server: LiveServer, folder: Path, domain: str) -> None:
        self.ahead = 0
        self.server = server
        configuration = Configuration.from_texts(
            product="jannah",
            server=server.url,
            keys=server.public_keys(),
            domain=domain,
            state=str(folder / f"{domain}.json"),
        )
        self.checker = Checker(configuration, clock=lambda: time.time() + self.ahead)
        self.domain = domain

    def activate(self, key: str) -> int:
        nonce = self.checker.new_nonce()
        answer = post(self.server.url, "activate", body(key, self.domain, nonce=nonce))
        if answer.status_code in (200, 201):
            told = answer.json()
            assert self.checker.accept(
                Reply(told["signed_license"], told["activation"], told["activation_token"]), nonce=nonce
            )
        return answer.status_code

    def after_a_refresh(self) -> str:
        assert self.checker.refresh(force=True).name == "refreshed"
        return self.verdict()

    def verdict(self) -> str:
        self.checker.forget()
        return self.checker.check().code.value


@pytest.fixture
def new_site(server: LiveServer, tmp_path: Path) -> Callable[[str], LiveSite]:
    return lambda domain: LiveSite(server, tmp_path, domain)


NewSite = Callable[[str], LiveSite]


def test_suspended_then_reinstated_then_revoked(server: LiveServer, new_site: NewSite) -> None:
    license_id, key = server.issue()
    site = new_site("news.example.com")
    assert (site.activate(key), site.verdict()) == (201, "valid")
    server.cli_json("license", "suspend", license_id, "--reason", "chargeback")
    assert site.verdict() == "valid"
    assert site.after_a_refresh() == "suspended"
    server.cli_json("license", "reinstate", license_id)
    assert site.after_a_refresh() == "valid"
    server.cli_json("license", "revoke", license_id, "--yes")
    assert site.after_a_refresh() == "revoked"
    assert server.cli("license", "reinstate", license_id).returncode == 5


def test_renewed_before_the_end_and_after_it(server: LiveServer, new_site: NewSite) -> None:
    license_id, key = server.issue("jannah/month")
    site = new_site("renew.example.com")
    site.activate(key)
    before = site.checker.check().license
    server.cli_json("license", "renew", license_id)
    assert site.after_a_refresh() == "valid"
    after = site.checker.check().license
    assert before is not None
    assert after is not None
    assert (after.term_ends_at or 0) - (before.term_ends_at or 0) == 30 * DAY
    # Its end has passed: the license is made to have ended a day ago, behind the server's back.
    server.execute(f"UPDATE licenses SET term_ends_at = {int(time.time()) - DAY} WHERE id = '{license_id}'")  # noqa: S608 - an id of ours
    assert site.after_a_refresh() == "expired_term"
    assert new_site("second.example.com").activate(key) == 403
    server.cli_json("license", "renew", license_id)
    assert site.after_a_refresh() == "valid"


def test_a_new_key_changes_nothing_for_the_site(server: LiveServer, new_site: NewSite) -> None:
    license_id, key = server.issue()
    site = new_site("rekey.example.com")
    site.activate(key)
    new = server.cli_json("license", "rekey", license_id, "--yes")
    assert new["license_key"] != key
    assert site.after_a_refresh() == "valid"
    assert new_site("rekey.example.com").activate(key) == 404
    assert new_site("rekey.example.com").activate(new["license_key"]) == 200
    shown = server.cli_json("license", "show", stdin=new["license_key"])
    assert (shown["license_id"], shown["used"]) == (license_id, 1)


def test_upgraded_from_one_domain_to_three(server: LiveServer, new_site: NewSite) -> None:
    license_id, key = server.issue()
    sites = [new_site(f"upgrade{number}.example.com") for number in range(4)]
    assert [site.activate(key) for site in sites[:2]] == [201, 409]
    server.cli_json("license", "update", license_id, "--plan", "three")
    assert sites[0].after_a_refresh() == "valid"
    assert [site.activate(key) for site in sites] == [200, 201, 201, 409]


def test_an_offline_license_is_valid_where_it_is_pasted(server: LiveServer, new_site: NewSite) -> None:
    license_id, key = server.issue()
    made = server.cli_json("license", "sign", license_id, "--domain", "https://offline.example.com/")
    found = verdict(made["signed_license"], server.public_keys(), domain="offline.example.com", now=int(time.time()))
    assert found.code == "valid"
    assert new_site("other.example.com").activate(key) == 409


def test_a_rotation_under_load_fails_nobody_and_ends_the_old_keys_forgeries(
    server: LiveServer, new_site: NewSite
) -> None:
    sites = [new_site(f"rotate{number}.example.com") for number in range(4)]
    for site in sites:
        assert site.activate(server.issue().license_key) == 201
    statuses: list[int] = []
    stop = threading.Event()

    def ask(site: LiveSite) -> None:
        token, asked = site.checker.state.read().token, {"domain": site.domain, "nonce": "n"}
        with requests.Session() as session:
            while not stop.is_set():
                started = time.monotonic()
                answer = post(server.url, "refresh", asked, token=token, session=session)
                statuses.append(answer.status_code)
                # Four sites at a request every 80 ms are fifty a second.
                stop.wait(max(0.0, 0.08 - (time.monotonic() - started)))

    threads = [threading.Thread(target=ask, args=(site,)) for site in sites]
    old = load_pem_private_key((server.home / "keys" / "k1.pem").read_bytes(), password=None)
    old_key = server.cli_json("signing-key", "list")[0]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        done = server.cli_json("signing-key", "rotate", "--from", str(server.folder / "stick"), "--leaked", "--yes")
        assert (done["from"], done["to"]) == ("k1", "k2")
        answered = len(statuses)
        while len(statuses) < answered + 50:
            time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {200}

    def forged(site: LiveSite, nonce: str) -> Reply:
        now = int(time.time())
        document = SignedLicense(
            issuer="https://thief.example.net",
            license_id="lic_forged",
            activation_id="act_forged",
            domain=site.domain,
            product="jannah",
            plan="three",
            environment=Environment.PRODUCTION,
            status=Status.ACTIVE,
            issued_at=now,
            lease_ends_at=now + 3_650 * DAY,
            grace_seconds=0,
            refresh_at=None,
            term_ends_at=None,
            features=(),
            nonce=nonce,
        )
        return Reply(encode_signed_license(document, key_id=old_key["key_id"], sign=old.sign), {}, None)  # type: ignore[union-attr]

    refreshed, stale = sites[0], sites[1]
    assert refreshed.after_a_refresh() == "valid"
    assert not refreshed.checker.accept(forged(refreshed, "n"), nonce="n")
    assert refreshed.checker.check().license.license_id != "lic_forged"  # type: ignore[union-attr]
    # What security.md says too: a site that has not refreshed since still believes the old key.
    assert stale.checker.accept(forged(stale, "n"), nonce="n")
