"""The license card in a real browser, in both directions, wide and narrow, with and without scripts and a mouse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.client.flask_site import FlaskSite
from tests.license_server.live import LiveServer
from theme_license.notice import notice_sentences

FIELD = "#theme-license-key"


@pytest.fixture
def options_page(server: LiveServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The options pages of two sites by language: an Arabic one and an English one."""
    domains = {"ar": "news.example.com", "en": "shop.example.org"}
    sites = {language: FlaskSite(tmp_path, server, domain, language=language) for language, domain in domains.items()}
    yield {language: site.options for language, site in sites.items()}
    for site in sites.values():
        site.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1_000, "height": 800})
    yield context
    context.close()


def expect_no_overflow(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, page.url


def activate(page: Page, key: str) -> None:
    page.fill(FIELD, key)
    page.click("button[value=activate]")


def test_the_main_job_in_both_languages(
    context: BrowserContext, server: LiveServer, options_page: dict[str, str]
) -> None:
    key = server.issue().license_key
    faults: list[str] = []
    arabic, english = context.new_page(), context.new_page()
    for page in (arabic, english):
        page.on("console", lambda message: faults.append(message.text) if "status of 4" not in message.text else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
    arabic.goto(options_page["ar"])
    assert arabic.evaluate("document.dir") == "rtl"
    expect(arabic.get_by_role("status").first).to_contain_text(notice_sentences("Jannah", "ar")[0])
    activate(arabic, key)
    expect(arabic.get_by_text("مفعّل")).to_be_visible()
    expect(arabic.locator(".theme-license-notice")).to_have_count(0)
    english.goto(options_page["en"])
    expect(english.locator(".theme-license-notice")).to_contain_text("You need a single license for each domain name.")
    activate(english, key)
    expect(english.get_by_role("alert")).to_contain_text("in use on as many domains as it covers")
    expect(english.get_by_role("radio")).to_be_checked()
    english.fill(FIELD, key)
    english.get_by_role("button", name="Move it here").click()
    expect(english.get_by_text("The license is validated.")).to_be_visible()
    arabic.get_by_role("button", name="تحقّق الآن").click()
    expect(arabic.locator(".theme-license-notice")).to_be_visible()
    assert faults == []


def test_nothing_is_wider_than_a_small_phone(
    context: BrowserContext, server: LiveServer, options_page: dict[str, str]
) -> None:
    key = server.issue().license_key
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    for language in ("ar", "en"):
        page.goto(options_page[language])
        expect_no_overflow(page)
        activate(page, "JNH-1")
        expect(page.get_by_role("alert")).to_be_visible()
        expect_no_overflow(page)
        activate(page, key)
        expect(page.get_by_role("alert" if language == "en" else "status").first).to_be_visible()
        expect_no_overflow(page)


def test_a_mistyped_key_leads_back_to_the_field(context: BrowserContext, options_page: dict[str, str]) -> None:
    page = context.new_page()
    page.goto(options_page["en"])
    activate(page, "JNH-AAAAA")
    expect(page.get_by_role("alert")).to_contain_text("mistyped")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(FIELD)).to_have_value("")
    expect(page.locator(FIELD)).to_have_attribute("aria-invalid", "true")


def test_the_keyboard_alone_suffices(context: BrowserContext, server: LiveServer, options_page: dict[str, str]) -> None:
    page = context.new_page()
    page.goto(options_page["en"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the theme options page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type(server.issue().license_key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The license is validated.")).to_be_visible()


def test_it_all_works_without_scripts(browser: Browser, server: LiveServer, options_page: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(options_page["en"])
    activate(page, server.issue().license_key)
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    page.get_by_role("link", name="Deactivate on this site").click()
    expect(page.get_by_text("Deactivate the license on shop.example.org?")).to_be_visible()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("You can use it on another domain.")).to_be_visible()
    context.close()


def test_pasted_marks_are_cleaned(context: BrowserContext, server: LiveServer, options_page: dict[str, str]) -> None:
    key = server.issue().license_key
    page = context.new_page()
    page.goto(options_page["en"])
    page.locator(FIELD).focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, cancelable: true}));
        }""",
        f"\u200f\u202b {key}\u00a0\u200b\n",
    )
    expect(page.locator(FIELD)).to_have_value(key)
