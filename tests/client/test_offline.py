"""Does a site get its license where no call goes out, and take nothing else that is brought to it?

Promise: an answer brought by hand or through the browser.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.client.site import DAY, DOMAIN, LICENSE_KEY, NOW, Site, Vendor, edited
from theme_license import activation, offline
from theme_license.errors import AnswerRefused
from theme_license.options_page import OptionsPage, PageRequest, PageResponse
from theme_license.signed_license import Status

URL = "/admin/theme"
HERE = f"https://{DOMAIN}{URL}"


class Administrator:
    """An administrator of a site, whose session lasts from one request to the next."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.session: dict[str, object] = {}

    def open(self, **query: str) -> PageResponse:
        return self._ask("GET", query=query)

    def press(self, action: str, **form: str) -> PageResponse:
        return self._ask("POST", form={"action": action, **form})

    def carried(self, action: str = "browser") -> dict[str, Any]:
        """Press one of the two ways and return the request that is carried to the portal."""
        response = self.press(action)
        assert response.status == 303, response.body
        if action == "offline":
            assert response.location == f"{URL}?step=offline"
            page = self.open(step="offline").body
            return read(page.split('id="theme-license-request"')[1].split(">")[1].split("<")[0])
        assert response.location is not None
        assert response.location.startswith("http://127.0.0.1:9/portal/activate?request=")
        return read(parse_qs(urlsplit(response.location).query)["request"][0])

    def _ask(self, method: str, **more: Any) -> PageResponse:
        self.site.checker.forget()
        request = PageRequest(
            method=method,
            url=URL,
            absolute_url=HERE,
            language="en",
            csrf_token="token",
            session=self.session,
            **more,
        )
        return OptionsPage(theme="Jannah").respond(self.site.checker, request)


def read(request: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(request + "=" * (-len(request) % 4)))
    return found


def answer(site: Site, asked: str | None, **changes: Any) -> str:
    """Sign what the portal would."""
    times = {"lease_ends_at": NOW + 365 * DAY, "refresh_at": None}
    return site.vendor.sign(**({"nonce": asked, **times} | changes))


@pytest.fixture
def owner(site: Site) -> Administrator:
    return Administrator(site)


def test_the_request_says_what_the_protocol_says(site: Site, owner: Administrator) -> None:
    told = owner.carried()
    assert told == {
        "v": 1,
        "product": "jannah",
        "domain": DOMAIN,
        "nonce": told["nonce"],
        "iat": NOW,
        "return_url": HERE,
    }
    assert len(told["nonce"]) == 43
    by_hand = owner.carried("offline")
    assert by_hand["return_url"] is None
    assert by_hand["nonce"] != told["nonce"]
    assert site.transport.calls == []


def test_an_answer_through_the_browser_is_taken_once(site: Site, owner: Administrator) -> None:
    nonce = owner.carried()["nonce"]
    text = answer(site, nonce)
    response = owner.open(signed_license=text)
    assert (response.status, response.location) == (303, f"{URL}?done=activated")
    assert site.verdict() == "valid"
    assert "The license is validated." in owner.open(done="activated").body
    again = owner.open(signed_license=text)
    assert again.status == 422
    assert "This answer was used already; nothing has changed." in again.body
    assert site.verdict() == "valid"


def test_an_answer_is_pasted_with_whatever_white_space_came_along(site: Site, owner: Administrator) -> None:
    text = answer(site, owner.carried("offline")["nonce"])
    broken = f"  {text[:100]}\r\n{text[100:200]} {text[200:]}\n"
    assert owner.press("answer", answer=broken).location == f"{URL}?done=activated"
    assert site.verdict() == "valid"


def test_an_offline_license_asks_for_nothing_and_says_so(site: Site, owner: Administrator) -> None:
    owner.press("answer", answer=answer(site, owner.carried("offline")["nonce"]))
    site.clock.now = NOW + 300 * DAY
    assert site.checker.refresh().name == "nothing_stored"
    assert site.verdict() == "valid"
    page = owner.open().body
    assert "Needs no connection until January 15, 2028." in page
    assert "Deactivate on this site" not in page
    assert 'name="license_key"' not in page
    assert 'name="license_key"' in owner.open(step="key").body


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"product": "sahifa"}, "answer_wrong_product", "for another theme"),
        ({"domain": "other.example.com"}, "answer_wrong_domain", "for another domain"),
        ({"status": Status.REVOKED}, "answer_not_active", "is not active"),
        ({"lease_ends_at": NOW - 14 * DAY}, "answer_over", "has ended"),
        ({"nonce": "A" * 43}, "answer_old", "belongs to another request"),
    ],
)
@pytest.mark.parametrize("way", ["browser", "offline"])
def test_each_fault_is_told_apart(
    site: Site, owner: Administrator, way: str, changes: dict[str, Any], code: str, sentence: str
) -> None:
    text = answer(site, owner.carried(way)["nonce"], **changes)
    refused(owner, way, text, sentence)
    with pytest.raises(AnswerRefused) as caught:
        offline.take_answer(site.checker, text, (), pasted=True)
    assert caught.value.code == code
    assert site.verdict() == "not_activated"


@pytest.mark.parametrize("way", ["browser", "offline"])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (edited, "The signature does not match"),
        (lambda text: text[: text.rindex(".")], "is not a whole answer"),
        (lambda text: "", "is not a whole answer"),
        (lambda text: LICENSE_KEY.text("JNH"), "This is the license key."),
        (lambda text: Vendor("somebody").sign(), "by a key that this theme does not know"),
    ],
)
def test_what_is_no_answer_is_told_apart(
    site: Site, owner: Administrator, way: str, damage: Callable[[str], str], sentence: str
) -> None:
    refused(owner, way, damage(answer(site, owner.carried(way)["nonce"])), sentence)
    assert site.verdict() == "not_activated"


def refused(owner: Administrator, way: str, text: str, sentence: str) -> None:
    response = owner.press("answer", answer=text) if way == "offline" else owner.open(signed_license=text)
    assert response.status == 422
    assert sentence in response.body
    assert 'role="alert"' in response.body
    assert LICENSE_KEY.symbols not in response.body.replace("-", "")


@pytest.mark.parametrize(("seconds", "is_taken"), [(24 * 3_600 - 1, True), (24 * 3_600, False)])
def test_a_request_waits_for_a_day(site: Site, owner: Administrator, seconds: int, is_taken: bool) -> None:
    nonce = owner.carried()["nonce"]
    site.clock.now = NOW + seconds
    assert (owner.open(signed_license=answer(site, nonce)).status == 303) is is_taken


def test_another_administrators_request_is_not_ours(site: Site, owner: Administrator) -> None:
    nonce = owner.carried()["nonce"]
    stranger = Administrator(site)
    assert "belongs to another request" in stranger.open(signed_license=answer(site, nonce)).body
    assert "belongs to another request" in stranger.press("answer", answer=answer(site, nonce)).body
    assert owner.open(signed_license=answer(site, nonce)).status == 303


def test_a_license_on_the_vendors_word_is_taken_only_when_pasted(site: Site, owner: Administrator) -> None:
    owner.carried()
    text = answer(site, None)
    assert "Paste it by hand" in owner.open(signed_license=text).body
    assert site.verdict() == "not_activated"
    assert owner.press("answer", answer=text).status == 303
    assert site.verdict() == "valid"


def test_a_key_that_the_vendor_left_behind_signs_no_answer(tmp_path: Path) -> None:
    site = Site(tmp_path, standby=True)
    owner = Administrator(site)
    site.transport.answer = lambda action, body, token: site.standby.reply(nonce=body["nonce"])
    activation.activate(site.checker, LICENSE_KEY.text())
    refused(owner, "browser", answer(site, owner.carried()["nonce"]), "by a key that the vendor no longer uses")


def test_five_requests_may_wait_and_the_newest_are_kept(site: Site, owner: Administrator) -> None:
    nonces = [owner.carried()["nonce"] for _ in range(6)]
    assert "belongs to another request" in owner.open(signed_license=answer(site, nonces[0])).body
    assert owner.open(signed_license=answer(site, nonces[1])).status == 303
    assert owner.open(signed_license=answer(site, nonces[5])).status == 303


@pytest.mark.parametrize(
    ("url", "can"),
    [
        (HERE, True),
        (f"http://www.{DOMAIN.upper()}:8080/x", True),
        ("https://other.example.com/admin", False),
        ("ftp://news.example.com/", False),
        ("https://news.example.com.evil.example.org/", False),
        ("https://user:password@news.example.com/", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_an_answer_returns_to_the_sites_own_domain_only(site: Site, url: str, can: bool) -> None:
    assert offline.can_return_to(site.configuration, url) is can
    request = PageRequest(method="GET", url=URL, absolute_url=url, language="en", csrf_token="t", session={})
    page = OptionsPage(theme="Jannah").respond(site.checker, request).body
    assert ("Activate through your browser" in page) is can
    assert "Activate offline" in page


def test_without_a_session_neither_way_is_offered(site: Site) -> None:
    request = PageRequest(method="GET", url=URL, absolute_url=HERE, language="en", csrf_token="t")
    page = OptionsPage(theme="Jannah").respond(site.checker, request).body
    assert "Activate offline" not in page
    for action in ("browser", "offline", "answer"):
        form = {"action": action, "answer": answer(site, "A" * 43)}
        refused = PageRequest(method="POST", url=URL, absolute_url=HERE, language="en", csrf_token="t", form=form)
        assert OptionsPage(theme="Jannah").respond(site.checker, refused).status == 422


@pytest.mark.parametrize("kept", [None, 7, "x", [7], [["a"]], [["a", "b"]], [[1, 2]], [["a", True]], {}])
def test_a_session_that_holds_something_else_is_an_empty_one(site: Site, owner: Administrator, kept: object) -> None:
    owner.session["theme_license_jannah"] = kept
    assert owner.open(step="offline").status == 200
    assert len(owner.carried()["nonce"]) == 43


def test_the_code_holds_the_address_of_the_page(site: Site, owner: Administrator) -> None:
    owner.carried("offline")
    page = owner.open(step="offline").body
    assert page.count("<svg") == 2  # the badge's icon, and the code
    address = page.split('<a href="')[1].split('"')[0].replace("&amp;", "&")
    assert address.startswith(f"{site.configuration.server}/portal/activate?request=")


def test_nothing_else_may_be_asked_of_the_vendors_server_by_a_form(owner: Administrator) -> None:
    policy = owner.open().headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:9;" in policy
