"""Does the card say the right sentence in each state, in both languages, and nothing that somebody else wrote?

Promise: XSS, CSRF, clickjacking on the options page.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.client.site import DAY, DOMAIN, LICENSE_KEY, NOW, Site
from theme_license import activation
from theme_license.errors import ServerRefused, ServerUnreachable
from theme_license.languages import catalog
from theme_license.notice import notice_sentences
from theme_license.options_page import OptionsPage, PageRequest, PageResponse
from theme_license.options_page.sentences import CAUSES, REFUSALS
from theme_license.signed_license import Status
from theme_license.state import StateFile

HOSTILE = "<script>alert(1)</script>\"'{x}"
URL = "/admin/theme"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def active(site: Site) -> Site:
    activation.activate(site.checker, LICENSE_KEY.text())
    return site


def ask(site: Site, form: Mapping[str, str] | None = None, *, language: str = "en", **query: str) -> PageResponse:
    request = PageRequest(
        method="GET" if form is None else "POST",
        url=URL,
        language=language,
        csrf_token="token",
        query=query,
        form=form or {},
    )
    site.checker.forget()
    return OptionsPage(theme="Jannah").respond(site.checker, request)


def words(response: PageResponse) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", response.body, flags=re.DOTALL)
    return " ".join(text.replace("&#39;", "'").replace("&quot;", '"').replace("&amp;", "&").split())


def has_notice(response: PageResponse, language: str = "en") -> bool:
    return all(sentence in words(response) for sentence in notice_sentences("Jannah", language))


def refuse(site: Site, code: str, **members: Any) -> PageResponse:
    site.fails(ServerRefused(code, status=403, problem=members))
    return ask(site, {"action": "activate", "license_key": LICENSE_KEY.text()})


# --- the states ---


@pytest.mark.parametrize(("language", "badge"), [("en", "Not validated"), ("ar", "لم يتم التحقق")])
def test_not_activated_shows_the_notice_and_the_field(site: Site, language: str, badge: str) -> None:
    page = ask(site, language=language)
    assert has_notice(page, language)
    assert badge in words(page)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.body
    assert 'href="#theme-license-key"' in page.body
    assert 'id="theme-license-key"' in page.body


def test_active_shows_what_an_owner_asks_for(active: Site) -> None:
    page = ask(active)
    assert not has_notice(page)
    for told in (
        "Active",
        "Single",
        DOMAIN,
        "…ABCDE",
        "Until January 15, 2028 (365 days left)",
        "1 of 1",
        "January 15, 2027, 8:00 AM UTC",
    ):
        assert told in words(page), told
    assert "Deactivate on this site" in words(page)
    assert 'id="theme-license-key"' not in page.body


def test_arabic_keeps_domains_left_to_right(active: Site) -> None:
    page = ask(active, language="ar")
    assert f'<bdi dir="ltr">{DOMAIN}</bdi>' in page.body
    assert "15 يناير 2028" in words(page)


def test_a_perpetual_license_has_no_days_left(active: Site) -> None:
    active.says(term_ends_at=None)
    active.checker.refresh(force=True)
    assert "Perpetual" in words(ask(active))


@pytest.mark.parametrize(
    ("days", "badge"), [(31, "Active"), (30, "Expires soon"), (1, "Expires soon"), (0, "Expires soon")]
)
def test_expiring_is_told_thirty_days_before(active: Site, days: int, badge: str) -> None:
    active.says(term_ends_at=NOW + days * DAY + 3_600)
    active.checker.refresh(force=True)
    page = ask(active)
    assert badge in words(page)
    assert f"({days} {'day' if days == 1 else 'days'} left)" in words(page)
    assert ("https://shop.example.com/renew" in page.body) is (days <= 30)


def test_an_ended_term_says_that_the_site_keeps_working(active: Site) -> None:
    active.says(term_ends_at=NOW - 1)
    active.checker.refresh(force=True)
    page = ask(active)
    assert "Your site keeps working. Updates and support have stopped." in words(page)
    assert "I renewed, check again" in words(page)
    assert not has_notice(page)


@pytest.mark.parametrize(("status", "badge"), [(Status.SUSPENDED, "Suspended"), (Status.REVOKED, "Revoked")])
def test_suspended_and_revoked_have_their_own_card(active: Site, status: Status, badge: str) -> None:
    active.says(status=status, activation={"reason": "Charged back <b>"})
    active.checker.refresh(force=True)
    page = ask(active)
    assert badge in words(page)
    assert "Reason: Charged back &lt;b&gt;" in words(page)
    assert "told on January 15, 2027" in words(page)
    assert "Use another key" in words(page)
    assert not has_notice(page)


def test_limit_reached_lists_where_and_moves_in_one_step(site: Site) -> None:
    listed = [{"id": "act_7", "domain": "xn--mgbh0fb.xn--kgbechtv", "last_seen": "2027-01-14T10:00:00Z"}]
    page = refuse(site, "no_activations_left", activations=listed, limit=1, used=1)
    for told in ("In use elsewhere", "مثال.إختبار", "last seen January 14, 2027", "Move it here"):
        assert told in words(page), told
    assert page.status == 422
    site.transport.answer = site.granted
    moved = ask(site, {"action": "move", "license_key": LICENSE_KEY.text(), "replaces": "act_7"})
    assert (moved.status, moved.location) == (303, f"{URL}?done=activated")
    assert site.transport.calls[-1][1]["replaces"] == "act_7"
    assert "The license is validated." in words(ask(site, done="activated"))


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        ("move", {"replaces": "act_1"}),
        ("test_copy", {"environment": "staging"}),
    ],
)
def test_wrong_domain_asks_what_happened(active: Site, tmp_path: Path, action: str, sent: dict[str, str]) -> None:
    new = Site(tmp_path, domain="new.example.org")
    page = ask(new)
    assert f"Validated for {DOMAIN}; this is new.example.org." in words(page)
    for button in ("The site moved", "This is a test copy", "This is a different site"):
        assert button in words(page)
    assert not has_notice(page)
    new.says(domain="new.example.org")
    form = {"action": action, "license_key": LICENSE_KEY.text(), "replaces": "act_1"}
    assert ask(new, form).status == 303
    assert sent.items() <= new.transport.calls[-1][1].items()
    assert ("replaces" in new.transport.calls[-1][1]) is (action == "move")


def test_development_needs_no_license(tmp_path: Path) -> None:
    page = ask(Site(tmp_path, domain="shop.test"))
    assert "No license is needed on a development name." in words(page)
    assert not has_notice(page)


def test_unreachable_stays_active_and_says_until_when(active: Site) -> None:
    active.fails(ServerUnreachable("dns"))
    page = ask(active, {"action": "check"})
    assert page.status == 502
    assert "Active" in words(page)
    assert "Nothing changes before February 28, 2027." in words(page)
    assert "could not be found" in words(page)
    assert words(page).count("could not be found") == 1
    assert 'role="alert"' in page.body
    assert 'role="status"' in ask(active).body


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_deactivation_that_reached_nobody_says_so(active: Site, language: str) -> None:
    active.fails(ServerUnreachable("dns"))
    page = ask(active, {"action": "deactivate"}, language=language)
    assert page.status == 502
    assert 'role="alert"' in page.body
    assert catalog(language).gettext(CAUSES["dns"]).replace("\u2019", "'") in words(page)


def test_while_nobody_answers_the_address_is_shown_for_the_host(site: Site) -> None:
    site.fails(ServerUnreachable("refused"))
    page = ask(site, {"action": "activate", "license_key": LICENSE_KEY.text()})
    assert "Details for your host" in words(page)
    assert f"License server: {site.configuration.server} Problem: connection refused" in words(page)
    site.transport.answer = site.granted
    assert ask(site, {"action": "activate", "license_key": LICENSE_KEY.text()}).status == 303
    assert site.configuration.server not in ask(site).body


def test_an_activation_that_the_server_forgot_offers_the_field(active: Site) -> None:
    active.fails(ServerRefused("token_invalid", status=401, problem={}))
    active.checker.refresh(force=True)
    page = ask(active)
    assert "Paste the license key again" in words(page)
    assert "Nothing changes before February 28, 2027." in words(page)
    assert "cannot be reached" not in words(page)
    assert 'name="license_key"' in page.body
    active.transport.answer = active.granted
    assert ask(active, {"action": "activate", "license_key": LICENSE_KEY.text()}).status == 303
    assert 'name="license_key"' not in ask(active).body


@pytest.mark.parametrize(("days", "warned"), [(29, False), (30, True), (43, True)])
def test_grace_is_a_warning_also_when_nobody_has_asked(active: Site, days: int, warned: bool) -> None:
    active.clock.now = NOW + days * DAY
    page = ask(active)
    assert ("has not confirmed the license for a while. Nothing changes before" in words(page)) is warned
    assert not has_notice(page)


def test_a_damaged_license_says_so(active: Site) -> None:
    kept = StateFile(active.configuration.state)
    state = kept.read()
    assert state.signed_license is not None
    kept.write(state._replace(signed_license=state.signed_license[:-2] + "AA"))
    page = ask(active)
    assert "The signature does not match" in words(page)
    assert has_notice(page)


def test_a_clock_that_is_behind_is_a_warning(active: Site) -> None:
    active.clock.now = NOW - 2 * DAY
    assert "clock is more than a day behind" in words(ask(active))


def test_an_ended_lease_brings_the_notice_back(active: Site) -> None:
    active.clock.now = NOW + 44 * DAY
    page = ask(active)
    assert has_notice(page)
    assert "Check now" in words(page)


def test_deactivating_asks_first_and_names_the_domain(active: Site) -> None:
    page = ask(active, confirm="deactivate")
    assert f"Deactivate the license on {DOMAIN}?" in words(page)
    assert "Nothing on this site is deleted" in words(page)
    assert active.transport.calls[-1][0] == "activate"
    done = ask(active, {"action": "deactivate"})
    assert done.location == f"{URL}?done=deactivated"
    after = ask(active, done="deactivated")
    assert "You can use it on another domain." in words(after)
    assert has_notice(after)


# --- the sentences ---


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_has_its_sentence(site: Site, code: str, language: str) -> None:
    site.fails(ServerRefused(code, status=403, problem={"retry_after": 61}))
    page = ask(site, {"action": "activate", "license_key": LICENSE_KEY.text()}, language=language)
    pattern = re.escape(catalog(language).gettext(REFUSALS[code]))
    for name, value in (("domain", DOMAIN), ("theme", "Jannah")):
        pattern = pattern.replace(re.escape(f"{{{name}}}"), re.escape(value))
    assert re.search(pattern, words(page)), words(page)
    assert "{" not in words(page)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_its_sentence(site: Site, cause: str, language: str) -> None:
    site.fails(ServerUnreachable(cause))
    page = ask(site, {"action": "activate", "license_key": LICENSE_KEY.text()}, language=language)
    assert catalog(language).gettext(CAUSES[cause]) in words(page)


def test_a_code_of_a_later_server_is_told_as_it_is(site: Site) -> None:
    assert "the code moon_phase" in words(refuse(site, "moon_phase"))


def test_a_mistyped_key_makes_no_call_and_leads_back_to_the_field(site: Site) -> None:
    page = ask(site, {"action": "activate", "license_key": LICENSE_KEY.text()[:-1]})
    assert site.transport.calls == []
    assert 'role="alert"' in page.body
    assert 'aria-invalid="true" autofocus' in page.body
    assert "theme-license-error" in page.body


def test_a_button_that_does_not_exist_does_nothing(active: Site) -> None:
    active.transport.calls.clear()
    assert ask(active, {"action": "__class__"}).status == 422
    assert ask(active, {}).status == 422
    assert active.transport.calls == []


def test_what_the_address_claims_was_done_is_not_believed(site: Site, active: Site) -> None:
    assert "no longer used" not in words(ask(active, done="deactivated"))
    assert "validated." not in words(ask(active, done="nonsense"))


# --- what others wrote ---


def test_links_are_shown_only_when_set_and_https(active: Site) -> None:
    links = {
        "portal": "javascript:alert(1)",
        "renew": "http://plain.example.com/",
        "support": 7,
        "buy": HOSTILE,
        "x": "https://x/",
    }
    active.transport.answer = lambda action, body, token: active.vendor.reply(
        nonce=body["nonce"], activation={"links": links}, term_ends_at=NOW + DAY
    )
    active.checker.refresh(force=True)
    page = ask(active)
    assert "javascript:" not in page.body
    assert "plain.example.com" not in page.body
    assert "https://x/" not in page.body


@pytest.mark.parametrize("link", ["https://[", "https://]/", "https:", "https:///x", "//x.example.com/", "\x00"])
def test_no_link_of_an_unsigned_answer_breaks_the_page(site: Site, link: str) -> None:
    page = refuse(site, "license_expired", links={"buy": link})
    assert page.status == 422
    assert "Buy a license" not in words(page)


def test_nothing_stored_or_told_becomes_markup(active: Site) -> None:
    told = {"plan_name": HOSTILE, "key_last5": HOSTILE, "used": HOSTILE, "limit": 1, "links": [HOSTILE]}
    active.transport.answer = lambda action, body, token: active.vendor.reply(
        nonce=body["nonce"], activation=told, plan=HOSTILE
    )
    active.checker.refresh(force=True)
    for language in ("en", "ar"):
        page = ask(active, language=language)
        assert "<script>alert" not in page.body
        assert "&lt;script&gt;alert" in page.body
    hostile = [
        {"id": HOSTILE, "domain": HOSTILE, "last_seen": HOSTILE},
        {"id": 7},
        HOSTILE,
        {"id": "a", "last_seen": 7},
    ]
    for members in (
        {"activations": hostile},
        {"activations": HOSTILE},
        {"retry_after": HOSTILE},
        {"links": {"buy": HOSTILE}},
    ):
        for code in ("no_activations_left", "rate_limited", HOSTILE):
            assert "<script>alert" not in refuse(active, code, **members).body


def test_the_query_and_the_form_are_never_echoed(site: Site) -> None:
    pages = [
        ask(site, done=HOSTILE, confirm=HOSTILE, more=HOSTILE),
        ask(site, {"action": HOSTILE, "license_key": HOSTILE, "replaces": HOSTILE}),
        ask(site, {"action": "activate", "license_key": HOSTILE}),
        ask(site, language=HOSTILE),
    ]
    assert all("alert(1)" not in page.body for page in pages)


def test_the_key_is_in_no_page_and_no_file(active: Site) -> None:
    pages = [refuse(active, code) for code in ("no_activations_left", "license_not_found", "license_expired")]
    assert all(LICENSE_KEY.symbols[:10] not in page.body.replace("-", "") for page in pages)
    assert LICENSE_KEY.symbols not in active.configuration.state.read_text()


def test_theme_name_is_escaped(site: Site) -> None:
    request = PageRequest(method="GET", url=URL, language="ar", csrf_token=HOSTILE)
    page = OptionsPage(theme=HOSTILE).respond(site.checker, request)
    assert "<script>alert" not in page.body


def test_headers_forbid_framing_scripts_and_storing(site: Site) -> None:
    headers = ask(site).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"  # "no-referrer" makes browsers send "Origin: null"
    assert headers["Cache-Control"] == "no-store"


def test_no_script_and_no_style_stands_in_the_page(active: Site) -> None:
    body = ask(active).body
    assert re.search(r"<script(?![^>]*src=)", body) is None
    assert re.search(r"<style|\sstyle=|\son\w+=", body) is None
