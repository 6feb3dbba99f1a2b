"""The portal in a real browser: without scripts, by keyboard, narrow, dark, in both directions, back to the site."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.license_server.live import Issued, LiveServer, body, post
from tests.license_server.owner import request_text

SITE = "news.example.com"
FIELD = "#license-key"
SMALLEST_TARGET = 44


class Licenses(NamedTuple):
    """A license on many domains, one whose places are all taken, and one that was revoked."""

    crowded: Issued
    full: Issued
    revoked: Issued


class _Site(BaseHTTPRequestHandler):
    """The options page of a customer's site: it remembers what it was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Back on the site</title>")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    """A site under a public name that the browser finds on this machine: its address, and what was asked of it."""
    handler = type("Site", (_Site,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{SITE}:{server.server_port}", handler.asked
        server.shutdown()


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    settings = {"failures_per_address": "1000", "calls_per_key": "1000"}
    with LiveServer(tmp_path_factory.mktemp("server"), settings=settings).set_up(domains=3) as live:
        yield live


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en")
    yield context.new_page()
    context.close()


def activate(server: LiveServer, issued: Issued, *domains: str) -> None:
    for domain in domains:
        assert post(server.url, "activate", body(issued.license_key, domain)).status_code == 201


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


def request_page(server: LiveServer, **changes: object) -> str:
    return f"{server.url}/portal/activate?request={request_text(iat=int(time.time()), **changes)}"  # type: ignore[arg-type]


def test_everything_works_without_scripts(browser: Browser, server: LiveServer) -> None:
    issued = server.issue()
    activate(server, issued, "old.example.com")
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{server.url}/portal")
    page.fill(FIELD, issued.license_key)
    press(page, "main button")
    press(page, "a[href*='/release/']")
    expect(page.get_by_role("heading", level=2)).to_have_text("Release the license from old.example.com?")
    press(page, "main button")
    expect(page.get_by_role("status")).to_contain_text("old.example.com is released.")
    press(page, "form[action*='/undo/'] button")
    expect(page.get_by_role("status")).to_contain_text("old.example.com is in use again.")
    page.get_by_text("Language: English").click()
    press(page, "a[hreflang=ar]")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.goto(request_page(server, domain="new.example.com"))
    page.fill(FIELD, issued.license_key)
    press(page, "main button")
    press(page, "main button")
    assert len(page.get_by_role("textbox").input_value().split(".")) == 3
    expect(page.get_by_role("button", name="نسخ")).to_have_count(0)
    page.goto(f"{server.url}/portal")
    press(page, "header button")
    expect(page.locator(FIELD)).to_be_visible()
    context.close()


def test_the_browser_carries_the_answer_back_to_the_site(
    page: Page, server: LiveServer, site: tuple[str, list[str]]
) -> None:
    address, asked = site
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.goto(request_page(server, return_url=f"{address}/admin/theme?tab=license"))
    page.fill(FIELD, server.issue().license_key)
    press(page, "main button")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Sign an offline license for {SITE}?")
    press(page, "main button")
    expect(page).to_have_title("Back on the site")
    (path,) = [path for path in asked if path != "/favicon.ico"]
    members = parse_qs(urlsplit(path).query)
    assert urlsplit(path).path == "/admin/theme"
    assert members["tab"] == ["license"]
    assert len(members["signed_license"][0].split(".")) == 3
    assert [fault for fault in faults if "favicon" not in fault] == []


def test_a_refusal_on_the_way_keeps_the_way_back(page: Page, server: LiveServer, site: tuple[str, list[str]]) -> None:
    address, asked = site
    issued = server.issue()
    activate(server, issued, "a.example.com", "b.example.com", "c.example.com")
    page.goto(request_page(server, return_url=f"{address}/admin"))
    page.fill(FIELD, issued.license_key)
    press(page, "main button")
    expect(page.get_by_role("alert")).to_contain_text("in use on as many domains as it covers")
    expect(page.get_by_role("radio").first).to_be_checked()
    page.get_by_text("b.example.com").click()
    press(page, "main button")
    expect(page.get_by_text("It is moved here from b.example.com")).to_be_visible()
    press(page, "main button")
    expect(page).to_have_title("Back on the site")
    assert any(path.startswith("/admin?signed_license=") for path in asked)


def test_the_copy_button_takes_the_whole_answer(browser: Browser, server: LiveServer) -> None:
    context = browser.new_context(locale="en", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(request_page(server))
    page.fill(FIELD, server.issue().license_key)
    press(page, "main button")
    press(page, "main button")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_role("textbox").input_value()
    context.close()


def test_the_keyboard_is_enough(page: Page, server: LiveServer) -> None:
    issued = server.issue()
    activate(server, issued, "old.example.com")
    page.goto(f"{server.url}/portal")

    def tab_to(selector: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                return
        raise AssertionError(f"{selector} cannot be reached")

    tab_to(FIELD)
    page.keyboard.type(issued.license_key)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to("a[href*='/release/']")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to("main button")
    with page.expect_navigation():
        page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text("old.example.com is released.")


@pytest.fixture(scope="module")
def licenses(server: LiveServer) -> Licenses:
    """Licenses in every state that a page can show."""
    server.cli_json("plan", "create", "jannah", "studio", "--domains", "4", "--term", "1y")
    links = [f"--{link}-url=https://vendor.example.com/{link}" for link in ("renew", "buy", "support")]
    server.cli_json("product", "update", "jannah", *links)
    crowded, full, revoked = server.issue("jannah/studio"), server.issue(), server.issue()
    activate(server, crowded, "xn--mgbh0fb.example.com", "a-very-long-name-of-a-shop-and-its-street.example.com")
    server.cli_json("license", "sign", crowded.license_id, "--domain", "far.example.com")
    activate(server, full, "a.example.com", "b.example.com", "c.example.com")
    server.cli_json("license", "revoke", revoked.license_id, "--reason", "Charged back", "--yes")
    return Licenses(crowded, full, revoked)


def every_page(page: Page, server: LiveServer, licenses: Licenses) -> Iterator[str]:
    """Open every page of the portal as an owner does, and yield its name while it is open."""
    page.goto(f"{server.url}/portal")
    yield "sign in"
    page.fill(FIELD, "JNH-1")
    press(page, "main button")
    yield "a key refused"
    page.fill(FIELD, licenses.revoked.license_key)
    press(page, "main button")
    yield "revoked"
    press(page, "header form[action$='/sign-out-everywhere'] button")
    yield "signed out"
    page.fill(FIELD, licenses.crowded.license_key)
    press(page, "main button")
    page.locator("summary").click()
    yield "overview and languages"
    for path in page.locator("a[href*='/release/']").evaluate_all("links => links.map(link => link.href)"):
        page.goto(path)
        yield "release"
    press(page, "main button")
    yield "released"
    press(page, "form[action*='/undo/'] button")
    press(page, "a[href*='/report/']")
    yield "report"
    press(page, "main button")
    yield "reported"
    page.goto(f"{server.url}/portal/activate")
    yield "a request to be pasted"
    page.fill("#request", "x")
    press(page, "main button")
    yield "a request refused"
    page.goto(request_page(server))
    yield "activate"
    page.fill(FIELD, licenses.full.license_key)
    press(page, "main button")
    yield "every place taken"
    press(page, "main button")
    yield "a move to be confirmed"
    page.goto(request_page(server, domain="xn--80ak6aa92e.com"))
    yield "a name that looks like another"
    page.goto(request_page(server, domain="far.example.com"))
    page.fill(FIELD, licenses.crowded.license_key)
    press(page, "main button")
    yield "to be confirmed"
    press(page, "main button")
    yield "the answer"
    page.goto(f"{server.url}/portal/nothing")
    yield "an error"


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_and_reached_by_everybody(
    browser: Browser, server: LiveServer, licenses: Licenses, language: str, scheme: str
) -> None:
    # The policy of the pages lets no script in, axe's among them.
    context: BrowserContext = browser.new_context(
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 320, "height": 640},
        bypass_csp=True,
    )
    page = context.new_page()
    names = []
    for name in every_page(page, server, licenses):
        names.append(name)
        assert page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        assert small_targets(page) == [], name
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], name
        if language == "ar":
            assert untranslated(page) == [], name
    assert len(names) > 15
    context.close()


def small_targets(page: Page) -> list[str]:
    """Return what can be pressed and is lower than a finger; a radio button is as large as its label."""
    found: list[str] = page.evaluate(
        """smallest => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), label:has(input)")]
            .filter(element => element.getClientRects().length && !element.matches(".skip, [type=radio]"))
            .filter(element => element.getBoundingClientRect().height < smallest)
            .map(element => element.outerHTML)""",
        SMALLEST_TARGET,
    )
    return found


def untranslated(page: Page) -> list[str]:
    """Return the paragraphs and buttons that have no Arabic letter."""
    texts: list[str] = page.evaluate(
        "[...document.querySelectorAll('p, button, dt, label, legend, summary')].map(each => each.innerText.trim())"
    )
    return [text for text in texts if text and not any("\u0600" <= letter <= "\u06ff" for letter in text)]
