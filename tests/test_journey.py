"""The owner's whole way in a real browser: two sites under their own names, one license server, nothing scripted.

The sites are reached by their domains, which the browser is told to find on this machine, so that a license brought
through the browser comes back to where it belongs.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.client.flask_site import FlaskSite
from tests.license_server.live import LiveServer

NEWS, SHOP = "news.example.com", "shop.example.org"
BLOCKED = "http://127.0.0.1:9"
"""A proxy that does not answer: what a host's firewall looks like from within."""


@pytest.fixture
def sites(server: LiveServer, tmp_path: Path) -> Iterator[tuple[FlaskSite, FlaskSite]]:
    made = [FlaskSite(tmp_path, server, domain, language="en") for domain in (NEWS, SHOP)]
    yield made[0], made[1]
    for site in made:
        site.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1_000, "height": 900}, locale="en-US")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    # What a server refuses is no fault of a page; everything else that the browser complains of is.
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if "the server responded with a status" not in message.text else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []


def paste(page: Page, key: str, button: str) -> None:
    page.get_by_role("textbox", name="License key").fill(key)
    page.get_by_role("button", name=button, exact=True).click()


def test_from_the_notice_to_a_move_and_back_by_the_portal(
    page: Page, server: LiveServer, sites: tuple[FlaskSite, FlaskSite]
) -> None:
    news, shop = sites
    key = server.issue().license_key
    page.goto(news.options)
    expect(page.locator(".theme-license-notice")).to_contain_text("is not validated")
    paste(page, key, "Validate license")
    expect(page.get_by_text("The license is validated.")).to_be_focused()
    expect(page.locator(".theme-license-notice")).to_have_count(0)

    page.goto(shop.options)
    paste(page, key, "Validate license")
    expect(page.get_by_role("alert")).to_contain_text("in use on as many domains as it covers")
    expect(page.get_by_role("radio", name=NEWS)).to_be_checked()
    paste(page, key, "Move it here")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert shop.verdict() == "valid"

    page.goto(news.options)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("so that another domain can use it")).to_be_visible()
    expect(page.locator(".theme-license-notice")).to_be_visible()

    # The shop's host is gone for good: its place is released without it.
    shop.stop()
    page.goto(f"{server.url}/portal")
    paste(page, key, "Sign in")
    page.get_by_role("link", name="Release", exact=True).click()
    # Chromium reads a space after a name that stands in a box of its own, where there is none to be seen.
    question = re.compile(rf"Release the license from {re.escape(SHOP)} ?\?")
    expect(page.get_by_role("heading", name=question)).to_be_visible()
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("status")).to_contain_text("released")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=SHOP)).to_be_visible()
    expect(page.get_by_role("link", name="Release", exact=True)).to_be_visible()
    assert key not in page.content()
    assert all(key[-11:] not in cookie["value"] for cookie in page.context.cookies())
    # What the shop would have heard at its next refresh is what it hears: it is licensed as before.
    assert shop.theme_license.checker().refresh(force=True).name == "refreshed"
    assert shop.verdict() == "valid"


def test_a_release_that_is_undone_after_the_site_heard_of_it_heals_by_itself(
    page: Page, server: LiveServer, sites: tuple[FlaskSite, FlaskSite]
) -> None:
    news, _ = sites
    key = server.issue().license_key
    page.goto(news.options)
    paste(page, key, "Validate license")
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    page.goto(f"{server.url}/portal")
    paste(page, key, "Sign in")
    page.get_by_role("link", name="Release", exact=True).click()
    page.get_by_role("button", name="Release").click()
    assert news.theme_license.checker().refresh(force=True).name == "refreshed"
    assert news.verdict() == "not_activated"
    options = page.context.new_page()
    options.goto(news.options)
    expect(options.get_by_text("It can be taken back there until")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Release", exact=True)).to_be_visible()
    options.get_by_role("button", name="Check now").click()
    expect(options.get_by_text("The license was checked just now.")).to_be_visible()
    assert news.verdict() == "valid"


@pytest.fixture
def firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no call of a site out; the browser's go through."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, BLOCKED)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("firewall")
def test_behind_a_firewall_the_browser_brings_the_license(
    page: Page, server: LiveServer, sites: tuple[FlaskSite, FlaskSite]
) -> None:
    news, _ = sites
    key = server.issue().license_key
    page.goto(news.options)
    paste(page, key, "Validate license")
    expect(page.get_by_role("alert")).to_contain_text("firewall")
    page.get_by_text("Details for your host").click()
    expect(page.get_by_label("Send this to the support of your host:")).to_have_value(
        # The words for the host name what to allow.
        _containing(server.url)
    )
    # One click to the portal, one after the key is typed there, one to confirm what it means.
    page.get_by_role("button", name="Activate through your browser").click()
    expect(page.get_by_role("heading", name=f"Activate Jannah on {NEWS}")).to_be_visible()
    assert page.url.startswith(f"{server.url}/portal/activate?request=")
    paste(page, key, "Go on")
    page.get_by_role("button", name="Sign it").click()
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert page.url == f"{news.options}?done=activated"
    assert key not in page.content()
    assert news.verdict() == "valid"
    expect(page.get_by_text("Needs no connection until")).to_be_visible()


@pytest.mark.usefixtures("firewall")
def test_behind_a_firewall_a_person_carries_the_license(
    page: Page, server: LiveServer, sites: tuple[FlaskSite, FlaskSite]
) -> None:
    news, _ = sites
    key = server.issue().license_key
    page.goto(news.options)
    page.get_by_role("button", name="Activate offline").click()
    request = page.get_by_role("textbox", name="Request").input_value()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()

    elsewhere = page.context.browser.new_context(locale="en-US")  # type: ignore[union-attr]  # it has one
    portal = elsewhere.new_page()
    portal.goto(f"{server.url}/portal/activate")
    portal.locator("textarea").fill(request)
    portal.locator("main button").click()
    paste(portal, key, "Go on")
    portal.get_by_role("button", name="Sign it").click()
    answer = portal.locator("textarea[readonly]").input_value()
    elsewhere.close()

    page.get_by_label("Answer").fill(answer[: len(answer) // 2])
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("alert")).to_contain_text("not a whole answer")
    expect(page.get_by_label("Answer")).to_be_focused()
    page.get_by_label("Answer").fill(answer)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("The license is validated.")).to_be_visible()
    assert news.verdict() == "valid"


def _containing(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))
