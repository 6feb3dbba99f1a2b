"""The owner's whole way in a real WordPress and a real browser: two sites, one license server, nothing scripted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import WCAG, violations
from tests.license_server.live import LiveServer
from tests.wordpress.conftest import NEWS, SHOP, NewSite
from tests.wordpress.dashboard import NOTICE, open_options, paste, press
from tests.wordpress.site import Site
from tests.wordpress.visitor import OPTIONS_PAGE, Visitor
from theme_license.languages import catalog
from theme_license.notice import notice_text

SENTENCES = (
    "Jannah Theme License is not validated. Go to the theme options page to validate the license. "
    "You need a single license for each domain name."
)


def in_the_portal(page: Page, key: str, button: str) -> None:
    page.get_by_role("textbox", name="License key").fill(key)
    page.get_by_role("button", name=button, exact=True).click()


def test_from_the_notice_to_a_validated_license(page: Page, site: Site, server: LiveServer) -> None:
    key = server.issue().license_key
    open_options(page, site)
    expect(page.locator(NOTICE)).to_have_count(1)
    expect(page.locator(NOTICE)).to_have_class(re.compile(r"\bnotice\b.*\bnotice-warning\b"))
    expect(page.locator(NOTICE)).to_have_text(SENTENCES)
    page.locator(NOTICE).get_by_role("link").click()
    assert page.url.endswith("#theme-license-key")
    for elsewhere in ("/wp-admin/", "/wp-admin/themes.php", "/wp-admin/edit.php", "/"):
        page.goto(site.url + elsewhere)
        assert "is not validated" not in page.content(), elsewhere

    open_options(page, site)
    paste(page, key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    expect(page.locator(NOTICE)).to_have_count(0)
    assert (site.is_ok(), site.verdict()) == (True, "valid")
    page.reload()
    expect(page.locator(NOTICE)).to_have_count(0)
    # The key is nowhere: not on the page, not in what the site keeps.
    assert key not in page.content()
    assert all(key[-11:] not in value for value in site.kept().values())


def test_the_second_site_moves_the_license_in_one_step(page: Page, new_site: NewSite, server: LiveServer) -> None:
    news, shop = new_site(NEWS), new_site(SHOP)
    key = server.issue().license_key
    open_options(page, news)
    paste(page, key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()

    open_options(page, shop)
    paste(page, key, "activate")
    expect(page.get_by_role("alert")).to_contain_text("in use on as many domains as it covers")
    expect(page.get_by_role("radio", name=NEWS)).to_be_checked()
    paste(page, key, "move")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert shop.verdict() == "valid"

    assert news.is_ok(), "a site must not lose its license before it heard of the move"
    news.refresh()
    assert news.verdict() == "not_activated"
    open_options(page, news)
    expect(page.locator(NOTICE)).to_have_text(SENTENCES)


def test_a_stopped_license_server_changes_nothing(page: Page, site: Site, server: LiveServer) -> None:
    open_options(page, site)
    paste(page, server.issue().license_key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    server.stop()
    try:
        site.refresh()
        assert site.verdict() == "valid"
        page.reload()
        expect(page.locator(NOTICE)).to_have_count(0)
        press(page, "check")
        expect(page.locator("#wpbody")).to_contain_text("The license server cannot be reached.")
        expect(page.locator(NOTICE)).to_have_count(0)
        assert site.is_ok()
    finally:
        server.start()


def test_a_release_in_the_portal_reaches_the_site_with_its_next_refresh(
    page: Page, site: Site, server: LiveServer
) -> None:
    key = server.issue().license_key
    open_options(page, site)
    paste(page, key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    page.goto(f"{server.url}/portal")
    in_the_portal(page, key, "Sign in")
    page.get_by_role("link", name="Release", exact=True).click()
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("status")).to_contain_text("released")
    site.refresh()
    assert site.verdict() == "not_activated"
    open_options(page, site)
    expect(page.locator(NOTICE)).to_have_text(SENTENCES)
    # Taken back in the portal, it heals by itself.
    page.go_back()
    page.goto(f"{server.url}/portal")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Release", exact=True)).to_be_visible()
    site.refresh()
    assert site.verdict() == "valid"


def test_behind_a_firewall_the_browser_brings_the_license(page: Page, site: Site, server: LiveServer) -> None:
    site.define(WP_ACCESSIBLE_HOSTS="")
    key = server.issue().license_key
    open_options(page, site)
    paste(page, key, "activate")
    expect(page.get_by_role("alert")).to_be_visible()
    assert not site.is_ok()
    page.get_by_text("Details for your host").click()
    expect(page.get_by_label("Send this to the support of your host:")).to_have_value(re.compile(re.escape(server.url)))
    press(page, "browser")
    expect(page.get_by_role("heading", name=f"Activate Jannah on {NEWS}")).to_be_visible()
    assert page.url.startswith(f"{server.url}/portal/activate?request=")
    in_the_portal(page, key, "Go on")
    page.get_by_role("button", name="Sign it").click()
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert page.url.startswith(site.url + OPTIONS_PAGE)
    assert "signed_license" not in page.url
    assert key not in page.content()
    expect(page.locator(NOTICE)).to_have_count(0)
    assert site.verdict() == "valid"


def test_behind_a_firewall_a_person_carries_the_license(page: Page, site: Site, server: LiveServer) -> None:
    site.define(WP_ACCESSIBLE_HOSTS="")
    key = server.issue().license_key
    open_options(page, site)
    press(page, "offline")
    request = page.get_by_role("textbox", name="Request").input_value()
    assert page.context.browser is not None
    elsewhere = page.context.browser.new_context(locale="en-US")
    portal = elsewhere.new_page()
    portal.goto(f"{server.url}/portal/activate")
    portal.locator("textarea").fill(request)
    portal.locator("main button").click()
    in_the_portal(portal, key, "Go on")
    portal.get_by_role("button", name="Sign it").click()
    answer = portal.locator("textarea[readonly]").input_value()
    elsewhere.close()

    page.get_by_label("Answer").fill(answer[: len(answer) // 2])
    press(page, "answer")
    expect(page.get_by_role("alert")).to_contain_text("not a whole answer")
    page.get_by_label("Answer").fill(answer)
    press(page, "answer")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert site.verdict() == "valid"


def test_the_theme_says_politely_what_a_license_adds(page: Page, site: Site, server: LiveServer) -> None:
    open_options(page, site)
    page.goto(f"{site.url}/wp-admin/themes.php?page=jannah-starter-content")
    expect(page.locator("#wpbody")).to_contain_text("The starter content comes with a validated license.")
    page.get_by_role("link", name="Validate the license").click()
    paste(page, server.issue().license_key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    page.goto(f"{site.url}/wp-admin/themes.php?page=jannah-starter-content")
    page.get_by_role("button", name="Add the pages").click()
    expect(page.get_by_role("link", name="“About” (Edit)")).to_be_visible()


def test_deactivated_the_place_is_free_at_once(page: Page, site: Site, server: LiveServer) -> None:
    issued = server.issue()
    open_options(page, site)
    paste(page, issued.license_key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    page.get_by_role("link", name="Deactivate on this site").click()
    press(page, "deactivate")
    expect(page.locator(NOTICE)).to_have_text(SENTENCES)
    assert not site.is_ok()
    assert server.cli_json("license", "show", issued.license_id)["used"] == 0


def test_uninstalled_nothing_is_left(page: Page, site: Site, server: LiveServer) -> None:
    open_options(page, site)
    press(page, "offline")
    expect(page.get_by_role("textbox", name="Request")).to_be_visible()
    open_options(page, site)
    paste(page, server.issue().license_key, "activate")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert {"theme_license_jannah", "theme_license_jannah_site"} <= set(site.kept())
    assert site.ask("false !== wp_next_scheduled('theme_license_refresh_jannah')")
    site.run("Theme_License::uninstall('jannah');")
    assert site.kept() == {}
    assert not site.ask("wp_next_scheduled('theme_license_refresh_jannah')")
    assert Visitor(site).get("/").status_code == 200


def test_an_administrator_who_reads_arabic_is_spoken_to_in_arabic(page: Page, site: Site) -> None:
    site.speak("ar", is_rtl=True)
    open_options(page, site)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator(NOTICE)).to_have_text(notice_text("Jannah", "ar"))
    expect(page.locator(NOTICE)).to_have_css("direction", "rtl")
    expect(page.locator("button[name=do][value=activate]")).to_have_text(catalog("ar").gettext("Validate license"))
    # The page of a visitor is right-to-left by WordPress, and silent.
    front = Visitor(site).get("/").text
    assert 'dir="rtl"' in front
    assert "theme-license" not in front


@pytest.mark.parametrize("language", ["en", "ar"])
def test_everybody_can_use_the_page_among_wordpress_own_styles(
    page: Page, site: Site, server: LiveServer, language: str
) -> None:
    site.speak(language, is_rtl=language == "ar")
    open_options(page, site)
    page.set_viewport_size({"width": 320, "height": 700})
    assert violations(page, WCAG, within=".theme-license") == []
    paste(page, "JNH-WRONG", "activate")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page, WCAG, within=".theme-license") == []
    paste(page, server.issue().license_key, "activate")
    expect(page.locator(".theme-license-message.is-done")).to_be_visible()
    assert violations(page, WCAG, within=".theme-license") == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("a[href*='confirm=deactivate']").click()
    expect(page.locator("button[name=do][value=deactivate]")).to_be_visible()
    assert violations(page, WCAG, within=".theme-license") == []
