"""Does the card say the right sentence in each state, in both languages, and nothing that somebody else wrote?

Promise: XSS, CSRF, clickjacking on the options page.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.client.site import DAY, DOMAIN, LICENSE_KEY, NOW, Site, edited
from theme_license.errors import ServerRefused, ServerUnreachable
from theme_license.languages import catalog
from theme_license.notice import notice_sentences
from theme_license.options_page import OptionsPage, PageRequest, PageResponse
from theme_license.options_page.sentences import CAUSES, REFUSALS
from theme_license.signed_license import Status
from theme_license.state import StateFile

HOSTILE = "<script>alert(1)</script>\"'{x}"
URL = "/admin/theme"


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
    assert f"({max(days, 1)} {'day' if days <= 1 else 'days'} left)" in words(page)
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


def test_a_name_that_looks_like_another_is_said_to_be_such(site: Site) -> None:
    listed = [{"id": "act_7", "domain": name} for name in ("xn--80ak6aa92e.com", "xn--mgbh0fb.com", "xn--news-34d.com")]
    page = refuse(site, "no_activations_left", activations=listed, limit=1, used=1)
    for told in (
        "аррӏе.com (xn--80ak6aa92e.com: looks like apple.com, but is another domain)",
        "مثال.com (xn--mgbh0fb.com)",
        "newsж.com (xn--news-34d.com: mixes letters of several scripts)",
    ):
        assert told in words(page), told


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


def test_a_different_site_starts_anew_without_a_key_and_harms_nobody(active: Site, tmp_path: Path) -> None:
    new = Site(tmp_path, domain="new.example.org")
    assert ask(new, {"action": "anew"}).location == f"{URL}?done=anew"
    page = ask(new, done="anew")
    assert "Paste the key of a license for this one." in words(page)
    assert has_notice(page)
    assert "The site moved" not in words(page)
    assert new.transport.calls == []


def test_a_license_for_this_very_domain_is_never_forgotten(active: Site) -> None:
    assert ask(active, {"action": "anew"}).status == 303
    assert active.verdict() == "valid"


def test_a_test_copy_without_a_place_is_not_offered_the_other_sites(active: Site, tmp_path: Path) -> None:
    new = Site(tmp_path, domain="new.example.org")
    listed = [{"id": "act_1", "domain": DOMAIN, "last_seen": None}]
    new.fails(ServerRefused("no_activations_left", status=409, problem={"activations": listed}))
    page = ask(new, {"action": "test_copy", "license_key": LICENSE_KEY.text()})
    assert "no place left for a test copy" in words(page)
    assert "Move it here" not in words(page)
    assert "The site moved" in words(page)


def test_a_changed_domain_asks_nobody_until_its_owner_has_answered(active: Site, tmp_path: Path) -> None:
    new = Site(tmp_path, domain="new.example.org")
    new.clock.now = NOW + 3 * DAY
    assert new.checker.refresh().name == "another_domain"
    assert new.checker.refresh(force=True).name == "another_domain"
    assert new.transport.calls == []


def test_a_place_that_an_offline_license_holds_cannot_be_moved(site: Site) -> None:
    listed = [
        {"id": "act_7", "domain": "old.example.org", "last_seen": None, "offline_until": "2027-11-14T10:00:00Z"},
        {"id": "act_8", "domain": "gone.example.org", "last_seen": None},
    ]
    page = refuse(site, "no_activations_left", activations=listed)
    assert "held by an offline license until November 14, 2027" in words(page)
    assert 'value="act_7" disabled' in page.body
    assert 'value="act_8" checked' in page.body
    assert "Move it here" not in words(refuse(site, "no_activations_left", activations=listed[:1]))


def test_moves_that_are_used_up_say_when_the_next_is_possible(site: Site) -> None:
    page = refuse(site, "moves_exhausted", next_move_at="2027-03-14T10:00:00Z")
    assert "The next move is possible on March 14, 2027" in words(page)


@pytest.mark.parametrize(("seconds", "told"), [(61, "Wait for 2 minutes,"), (3, "Wait for 1 minute,")])
def test_too_many_attempts_say_how_long_to_wait(site: Site, seconds: int, told: str) -> None:
    assert told in words(refuse(site, "rate_limited", retry_after=seconds))


def test_a_released_site_says_since_when_and_until_when_it_can_be_undone(active: Site) -> None:
    active.says(status=Status.RELEASED, activation={"undo_until": "2027-01-16T08:00:00Z"})
    active.checker.refresh(force=True)
    page = ask(active)
    assert "can be taken back there until January 16, 2027, 8:00 AM UTC" in words(page)
    assert has_notice(page)
    active.says()  # the owner has undone it: the site's token was kept, so it hears of it by itself
    active.clock.now += DAY + 1
    assert active.checker.refresh().name == "refreshed"
    assert active.verdict() == "valid"


def test_a_site_that_was_released_for_good_asks_no_more(active: Site) -> None:
    active.says(status=Status.RELEASED)
    active.checker.refresh(force=True)
    assert "was released on January 15, 2027" in words(ask(active))
    assert active.checker.refresh(force=True).name == "nothing_stored"


def test_development_needs_no_license(tmp_path: Path) -> None:
    page = ask(Site(tmp_path, domain="shop.test"))
    assert "No license is needed on a development name." in words(page)
    assert "Enter a key for later" in words(page)
    assert not has_notice(page)


def prepare(site: Site, name: str) -> PageResponse:
    site.says(domain="shop.example.org")
    form = {"action": "prepare", "license_key": LICENSE_KEY.text(), "public_name": name}
    return ask(site, form)


def test_a_key_for_later_waits_for_the_public_name(tmp_path: Path) -> None:
    site = Site(tmp_path, domain="shop.test")
    assert prepare(site, "https://www.Shop.example.org/").location == f"{URL}?done=prepared"
    assert site.transport.calls[-1][1]["domain"] == "shop.example.org"
    page = ask(site, done="prepared")
    assert "A license for shop.example.org is stored" in words(page)
    assert "Enter a key for later" in words(page)
    assert site.checker.refresh(force=True).name == "another_domain"
    assert Site(tmp_path, domain="shop.example.org").verdict() == "valid"


@pytest.mark.parametrize("name", ["", "shop.test", "no name at all", "127.0.0.1", HOSTILE])
def test_a_public_name_that_is_none_makes_no_call(tmp_path: Path, name: str) -> None:
    site = Site(tmp_path, domain="shop.test")
    page = prepare(site, name)
    assert page.status == 422
    assert "No license can be given for this name." in words(page)
    assert site.transport.calls == []
    assert HOSTILE not in page.body


def test_a_name_that_the_vendor_denies_is_told_as_such(tmp_path: Path) -> None:
    site = Site(tmp_path, domain="shop.test")
    site.fails(ServerRefused("domain_not_allowed", status=403, problem={}))
    form = {"action": "prepare", "license_key": LICENSE_KEY.text(), "public_name": "co.uk"}
    assert "No license can be given for this name." in words(ask(site, form))


def test_a_key_for_later_can_be_moved_from_where_it_is_in_use(tmp_path: Path) -> None:
    site = Site(tmp_path, domain="shop.test")
    listed = [{"id": "act_7", "domain": "old.example.org"}]
    site.fails(ServerRefused("no_activations_left", status=409, problem={"activations": listed}))
    form = {"action": "prepare", "license_key": LICENSE_KEY.text(), "public_name": "shop.example.org"}
    page = ask(site, form)
    assert '<input type="hidden" name="public_name" value="shop.example.org">' in page.body
    site.says(domain="shop.example.org")
    moved = ask(site, {**form, "action": "move", "replaces": "act_7"})
    assert moved.location == f"{URL}?done=prepared"
    assert site.transport.calls[-1][1]["replaces"] == "act_7"


def test_a_site_with_a_state_for_each_domain_stores_no_key_for_later(tmp_path: Path) -> None:
    site = Site(tmp_path, domain="shop.test")
    request = PageRequest(method="GET", url=URL, language="en", csrf_token="token")
    page = OptionsPage(theme="Jannah", keeps_one_state=False).respond(site.checker, request)
    assert "Enter a key for later" not in words(page)


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
    kept.write(state._replace(signed_license=edited(state.signed_license)))
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
    assert active.transport.calls == []
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


@pytest.mark.parametrize(("code", "is_at_fault"), [("license_not_found", True), ("rate_limited", False)])
def test_only_a_key_that_is_at_fault_is_marked_but_the_focus_goes_there(
    site: Site, code: str, is_at_fault: bool
) -> None:
    page = refuse(site, code)
    assert ('aria-invalid="true"' in page.body) is is_at_fault
    assert page.body.count("autofocus") == 1
    assert page.body.index("autofocus") > page.body.index('name="license_key"')


@pytest.mark.parametrize(("code", "link"), [("license_expired", "Renew"), ("moves_exhausted", "Contact the vendor")])
def test_a_sentence_that_names_a_way_out_has_its_link(site: Site, code: str, link: str) -> None:
    links = {"renew": "https://shop.example.com/renew", "support": "https://shop.example.com/support"}
    assert link in words(refuse(site, code, links=links))
    assert link not in words(refuse(site, "license_not_found", links=links))


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
