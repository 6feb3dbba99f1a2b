"""Who may do what on the WordPress side, and what becomes of hostile words in every field and in what is stored?"""

import html
import time
from urllib.parse import quote

import pytest

from demo.gallery.scripted import DAY, Vendor
from tests.wordpress.site import Site
from tests.wordpress.stored import kept_state, signed_now
from tests.wordpress.visitor import OPTIONS_PAGE, Visitor
from theme_license.signed_license import Status

PAYLOAD = "\"'><script>pwned()</script><img src=x onerror=pwned()>"
ACTIONS = (
    "activate",
    "move",
    "test_copy",
    "anew",
    "prepare",
    "check",
    "deactivate",
    "browser",
    "offline",
    "answer",
)


def press(visitor: Visitor, do: str, *, nonce: str | None, **fields: str) -> str:
    """Post the form as a browser would, follow its redirect, and return the page that is seen then."""
    form = {"action": "theme_license", "do": do} | fields
    answer = visitor.post("/wp-admin/admin-post.php", form if nonce is None else form | {"_wpnonce": nonce})
    place = answer.headers.get("Location", "")
    if place.startswith(visitor.site.url):
        answer = visitor.get(place.removeprefix(visitor.site.url))
    return f"{answer.status_code} {answer.text}"


def assert_harmless(page: str) -> None:
    # WordPress's own scripts know nothing of these words.
    assert "<script>pwned" not in page
    assert "<img src=x" not in page
    assert "\"'>" not in page


@pytest.fixture
def active_site(site: Site) -> Site:
    """A site with a license that a vendor signed for it."""
    vendor = Vendor()
    site.define(JANNAH_LICENSE_KEYS=[vendor.key.text])
    site.keep(kept_state(signed_now(vendor)))
    assert site.verdict() == "valid"
    return site


TELLS_THE_NONCE = """<?php
add_action( 'send_headers', static function () {
    header( 'X-Nonce: ' . wp_create_nonce( 'theme_license_jannah' ) );
} );
"""


@pytest.mark.parametrize("who", ["subscriber", "editor"])
def test_only_who_may_edit_theme_options_gets_the_page_and_its_buttons(active_site: Site, who: str) -> None:
    (active_site.content / "mu-plugins" / "nonce.php").write_text(TELLS_THE_NONCE)
    other = Visitor(active_site).log_in(who)
    # A nonce of their own, so that nothing but the capability stands between them and the buttons.
    nonce = other.get("/").headers["X-Nonce"]
    before = active_site.kept()
    answer = other.get(OPTIONS_PAGE)
    assert answer.status_code == 403
    assert "theme-license-card" not in answer.text
    for do in ACTIONS:
        assert press(other, do, nonce=nonce).startswith("403 "), do
    assert active_site.kept() == before
    assert "theme-license" not in other.get("/wp-admin/").text


def test_strangers_get_the_login_and_change_nothing(active_site: Site) -> None:
    stranger = Visitor(active_site)
    nonce = Visitor(active_site).log_in("admin").nonce()
    before = active_site.kept()
    answer = stranger.get(OPTIONS_PAGE)
    assert answer.status_code == 302
    assert "/wp-login.php" in answer.headers["Location"]
    for do in ACTIONS:
        assert "theme-license" not in press(stranger, do, nonce=nonce), do
    assert active_site.kept() == before


def test_no_button_works_without_its_nonce(active_site: Site) -> None:
    admin = Visitor(active_site).log_in("admin")
    before = active_site.kept()
    for nonce in (None, "", "0123456789", PAYLOAD):
        for do in ACTIONS:
            assert press(admin, do, nonce=nonce).startswith("403 "), f"{do} with {nonce}"
    assert active_site.kept() == before


def test_another_administrators_nonce_is_refused(active_site: Site) -> None:
    active_site.run(
        "wp_insert_user( array( 'user_login' => 'boss', 'user_pass' => 'password', 'role' => 'administrator' ) );"
    )
    nonce = Visitor(active_site).log_in("boss").nonce()
    assert press(Visitor(active_site).log_in("admin"), "deactivate", nonce=nonce).startswith("403 ")
    assert active_site.verdict() == "valid"


def test_a_button_is_no_link(active_site: Site) -> None:
    admin = Visitor(active_site).log_in("admin")
    answer = admin.get(f"/wp-admin/admin-post.php?action=theme_license&do=deactivate&_wpnonce={admin.nonce()}")
    assert answer.status_code != 200 or "theme-license" not in answer.text
    assert active_site.verdict() == "valid"


def test_hostile_words_in_every_field_come_back_as_words(site: Site) -> None:
    admin = Visitor(site).log_in("admin")
    nonce = admin.nonce()
    fields = dict.fromkeys(("license_key", "replaces", "answer", "public_name"), PAYLOAD)
    for do in (*ACTIONS, "", PAYLOAD):
        page = press(admin, do, nonce=nonce, **fields)
        # The browser is sent to the vendor's portal; everything else ends on the page.
        assert page.startswith("303 " if do == "browser" else "200 "), f"{do}: {page[:300]}"
        assert_harmless(page)
    assert press(admin, "activate", nonce=nonce, **fields, product=PAYLOAD).startswith("403 ")
    assert not site.is_ok()


def test_arrays_where_texts_belong_break_nothing(site: Site) -> None:
    admin = Visitor(site).log_in("admin")
    nonce = admin.nonce()
    names = ("license_key", "replaces", "answer", "public_name", "do")
    for do in ACTIONS:
        page = press(admin, do, nonce=nonce, **{f"{name}[]": PAYLOAD for name in names})
        assert page.startswith("200 "), f"{do}: {page[:300]}"
        assert_harmless(page)


def test_hostile_words_in_the_address_come_back_as_words(site: Site) -> None:
    admin = Visitor(site).log_in("admin")
    for member in ("signed_license", "step", "confirm", "done", "failed", "product"):
        for name in (member, f"{member}[]"):
            answer = admin.get(f"{OPTIONS_PAGE}&{name}={quote(PAYLOAD)}")
            if answer.status_code == 303:
                answer = admin.get(answer.headers["Location"].removeprefix(site.url))
            assert answer.status_code == 200, name
            assert_harmless(answer.text)


def test_a_return_that_nobody_here_asked_for_is_refused(site: Site) -> None:
    """What a stranger makes an administrator's browser bring is not taken (protocol §8)."""
    admin = Visitor(site).log_in("admin")
    vendor = Vendor()
    site.define(JANNAH_LICENSE_KEYS=[vendor.key.text])
    for nonce in (None, "n" * 43):
        admin.get(f"{OPTIONS_PAGE}&signed_license={signed_now(vendor, refresh_at=None, nonce=nonce)}")
        assert not site.is_ok()


def test_hostile_words_that_are_stored_come_back_as_words(site: Site) -> None:
    vendor = Vendor()
    site.define(JANNAH_LICENSE_KEYS=[vendor.key.text])
    words = dict.fromkeys(("id", "domain", "plan_name", "key_last5", "reason", "environment"), PAYLOAD)
    links = {
        "renew": "javascript:pwned()",
        "buy": f"https://shop.example.com/{PAYLOAD}",
        "support": "https://shop.example.com/support?a=1&b=2",
        "find_key": "data:text/html,<script>pwned()</script>",
        "portal": PAYLOAD,
    }
    admin = Visitor(site).log_in("admin")
    hostile: dict[str, object] = {"plan": PAYLOAD, "license_id": PAYLOAD, "features": (PAYLOAD,)}
    ended = {"term_ends_at": int(time.time()) - DAY}
    cases: list[dict[str, object]] = [{}, {"status": Status.SUSPENDED}, {"domain": "other.example.com"}, {**ended}]
    for changes in cases:
        signed = signed_now(vendor, **hostile, **changes)
        state = kept_state(signed, activation={**words, "links": links}, failures=3, last_failure=PAYLOAD)
        site.keep(state)
        for path in (OPTIONS_PAGE, f"{OPTIONS_PAGE}&confirm=deactivate", "/wp-admin/"):
            page = admin.get(path).text
            assert_harmless(page)
            assert "javascript:pwned" not in page
            assert "data:text/html" not in page
    assert html.escape("<script>pwned()") in admin.get(OPTIONS_PAGE).text


TELLS_THE_VERDICT = """<?php
add_action( 'send_headers', static function () {
    header( 'X-Verdict: ' . Theme_License::check( 'jannah' )->code );
} );
"""


@pytest.mark.parametrize("sets_home", [False, True], ids=["home of the database", "WP_HOME from the request"])
def test_no_header_of_a_request_changes_the_domain(active_site: Site, sets_home: bool) -> None:
    (active_site.content / "mu-plugins" / "verdict.php").write_text(TELLS_THE_VERDICT)
    before = active_site.kept()
    stranger = Visitor(active_site)
    stranger.headers = {"Host": "evil.example.net", "X-Forwarded-Host": "evil.example.net"}
    if sets_home:  # As some hosts' instructions say: define( 'WP_HOME', 'http://' . $_SERVER['HTTP_HOST'] );
        active_site.define(WP_HOME="http://evil.example.net", WP_SITEURL="http://evil.example.net")
    for path in ("/", "/feed/", "/the-harbour/"):
        assert stranger.get(path).headers["X-Verdict"] == "valid"
    assert active_site.kept() == before
    assert active_site.ask("false !== wp_next_scheduled('theme_license_refresh_jannah')")
