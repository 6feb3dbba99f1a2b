"""Can everybody use the license card, in every state? By axe-core's rules, by targets' sizes, by the keyboard alone.

The states are the gallery's, so a state that is added there is tested here.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.gallery.scripted import LICENSE_KEY
from demo.gallery.serve import OPTIONS_PAGE, serving
from demo.gallery.states import STATES
from tests.browser import WCAG, violations

RULES = [*WCAG, "best-practice"]
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
FIELD = "#theme-license-key"

OPEN_DETAILS = "document.querySelectorAll('details').forEach(each => { each.open = true; })"
SMALL_TARGETS = """() => {
    const small = [];
    const targets = "a[href], button, input:not([type=hidden]), select, summary, textarea";
    for (const each of document.querySelectorAll(targets)) {
        if (!each.checkVisibility()) continue;
        const target = each.closest("label") ?? each;
        const { width, height } = target.getBoundingClientRect();
        const inText = each.matches("p:not(.theme-license-actions) a:not(.theme-license-button)");
        const least = each.matches("button, .theme-license-button") ? 44 : 24;
        if (!inText && (width < least || height < least)) small.push(`${each.outerHTML}: ${width} x ${height}`);
    }
    return small;
}"""
OVERFLOW = """() => {
    const isOutside = (each, { left, right }) => {
        const box = each.getBoundingClientRect();
        return box.left < left - 0.5 || box.right > right + 0.5;
    };
    const visible = [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility());
    const outside = visible.filter((each) => {
        const card = each.parentElement.closest(".theme-license-card, .theme-license-notice");
        return isOutside(each, card ? card.getBoundingClientRect() : { left: 0, right: innerWidth });
    });
    return outside.map((each) => each.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture(scope="module")
def inspected(browser: Browser) -> Iterator[Page]:
    """A page into which axe-core may be put, which the card's own policy forbids."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1_000, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1_000, "height": 800})
    yield context.new_page()
    context.close()


# --- what stands on the page ---


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize("state", list(STATES))
def test_nobody_is_kept_out(inspected: Page, gallery: str, state: str, language: str) -> None:
    page = inspected
    page.set_viewport_size({"width": 1_000, "height": 800})
    page.emulate_media(color_scheme="light")
    page.goto(f"{gallery}/{state}/{language}/")
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == [
        DIRECTIONS[language],
        language,
    ]
    assert page.evaluate("getComputedStyle(document.querySelector('main')).direction") == DIRECTIONS[language]
    expect(page.locator("h1")).to_have_count(1)
    page.evaluate(OPEN_DETAILS)
    assert violations(page, RULES) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, CONTRAST) == []


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize("state", list(STATES))
def test_nothing_leaves_the_card_or_is_hard_to_hit(inspected: Page, gallery: str, state: str, language: str) -> None:
    page = inspected
    page.goto(f"{gallery}/{state}/{language}/")
    page.evaluate(OPEN_DETAILS)
    for width in (1_000, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OVERFLOW) == []
        assert page.evaluate(SMALL_TARGETS) == []


# --- the keyboard alone ---


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def expect_visible_focus(page: Page) -> None:
    style = page.evaluate(
        """() => {
            const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
            return [outlineStyle, parseFloat(outlineWidth), outlineColor];
        }"""
    )
    assert style[0] not in ("none", "hidden"), style
    assert style[1] >= 2, style
    assert style[2] not in ("transparent", "rgba(0, 0, 0, 0)"), style


def walk(page: Page, key: str = "Tab") -> list[dict[str, Any]]:
    """Press ``key`` until the focus leaves the page; return the boxes that had it. Each must show that it has."""
    boxes: list[dict[str, Any]] = []
    for _ in range(40):
        page.keyboard.press(key)
        box = page.evaluate(
            """() => {
                const each = document.activeElement;
                if (each === document.body || each === null) return null;
                const { left, right, top, bottom } = each.getBoundingClientRect();
                const name = each.outerHTML.slice(0, 120);
                return { name, left, right, top: top + scrollY, bottom: bottom + scrollY };
            }"""
        )
        if box is None or (boxes and box["name"] == boxes[0]["name"]):
            return boxes
        expect_visible_focus(page)
        boxes.append(box)
    raise AssertionError("the focus never leaves the page")


def expect_reading_order(boxes: list[dict[str, Any]], direction: str) -> None:
    for one, other in pairwise(boxes):
        if other["top"] >= one["bottom"] - 1:  # a line further down
            continue
        on_the_way = other["left"] >= one["right"] - 1 if direction == "ltr" else other["right"] <= one["left"] + 1
        assert on_the_way, f"{one['name']} comes before {other['name']}"


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize(
    "state",
    [
        "not_activated",
        "active",
        "wrong_domain",
        "suspended",
        "term_expired",
        "limit_reached",
        "deactivate",
        "development_refused",
        "offline_step",
    ],
)
def test_the_focus_is_seen_and_follows_the_text(page: Page, gallery: str, state: str, language: str) -> None:
    page.goto(f"{gallery}/{state}/{language}/")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.querySelector('h1').tabIndex = -1; document.querySelector('h1').focus()")
    forth = walk(page)
    assert len(forth) >= 2
    expect_reading_order(forth, DIRECTIONS[language])
    back = walk(page, "Shift+Tab")
    assert {box["name"] for box in back} == {box["name"] for box in forth}


@pytest.mark.parametrize("language", DIRECTIONS)
def test_a_key_is_typed_and_sent_by_enter(page: Page, gallery: str, language: str) -> None:
    page.goto(f"{gallery}/not_activated/{language}/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the notice's link
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type("JNH-AAAAA")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(FIELD)).to_be_focused()
    expect_visible_focus(page)
    expect(page.locator(FIELD)).to_have_attribute("aria-describedby", "theme-license-hint theme-license-error")
    page.keyboard.type(LICENSE_KEY.text())
    page.keyboard.press("Enter")
    page.wait_for_url("**done=activated")
    expect(page.locator(".is-done")).to_be_visible()


@pytest.mark.parametrize("language", DIRECTIONS)
def test_a_domain_is_chosen_by_the_arrows_and_moved(page: Page, gallery: str, language: str) -> None:
    page.goto(f"{gallery}/limit_reached/{language}/")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("radio").nth(0)).to_be_focused()
    expect(page.get_by_role("radio").nth(0)).to_be_checked()
    expect_visible_focus(page)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_focused()
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type(LICENSE_KEY.text())
    page.keyboard.press("Tab")
    expect(page.locator("button[value=move]")).to_be_focused()
    sent: list[str | None] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.method == "POST" else None)
    page.keyboard.press("Space")
    page.wait_for_url("**done=activated")
    assert "replaces=act_2" in (sent[0] or "")


@pytest.mark.parametrize("language", DIRECTIONS)
def test_deactivating_is_asked_and_kept_without_a_mouse(page: Page, gallery: str, language: str) -> None:
    page.goto(f"{gallery}/active/{language}/")
    leave = page.locator('a[href$="confirm=deactivate"]')
    for _ in range(10):
        page.keyboard.press("Tab")
        if leave.evaluate("each => each === document.activeElement"):
            break
    expect_visible_focus(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**confirm=deactivate")
    keep = page.locator(".theme-license-confirm a")
    for _ in range(10):
        page.keyboard.press("Tab")
        if keep.evaluate("each => each === document.activeElement"):
            break
    expect_visible_focus(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{OPTIONS_PAGE}")
    expect(leave).to_be_visible()
    expect(page.locator(".is-active")).to_be_visible()


def test_the_button_that_deactivates_is_not_the_one_that_enter_meets_first(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/deactivate/en/")
    page.keyboard.press("Enter")
    expect(page.locator(".theme-license-confirm")).to_be_visible()
    expect(focused(page)).to_have_count(0)
