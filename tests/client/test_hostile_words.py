"""Does anything that somebody else wrote come alive on the card? In every state, in every field, also in Chromium.

Promise: XSS, CSRF, clickjacking on the options page.

The states are the gallery's. Each is poisoned: every word that nobody signed becomes a payload, in what the site keeps
and in what the server answers. Such a page must have the same tags and attributes as with a harmless word in its place.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from demo.gallery.card_state import States
from demo.gallery.scripted import LICENSE_KEY, SERVER
from demo.gallery.serve import OPTIONS_PAGE, create_gallery, serving
from demo.gallery.states import STATES
from tests.client.poison import Parts, poisoned

MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{x}{{7*7}}&lt;b&gt;"
BIDI = "\u202e\u2066\u200fmoc.elpmaxe"
HARMLESS = "harmless"
LANGUAGES = ("en", "ar")


def expect_nothing_live(parts: Parts) -> None:
    tags = [tag for tag, _ in parts.tags]
    assert not {"iframe", "object", "embed", "base", "style", "img", "audio", "video"}.intersection(tags)
    assert tags.count("script") == 1
    assert not [name for _, attributes in parts.tags for name in attributes if name.startswith("on") or name == "style"]
    for address in parts.values("href", "src", "action", "formaction"):
        parsed = urlsplit(address)
        assert parsed.scheme in ("", "https"), address
        assert parsed.scheme or address.startswith(("/", "#")), address
        assert not address.startswith("//"), address
    assert parts.values("http-equiv") == []


def client_of(folder: Path, states: States, *, theme: str = "Jannah") -> FlaskClient:
    folder.mkdir()
    return create_gallery(folder, states=states, theme=theme).test_client()


def opened(client: FlaskClient, state: str, language: str = "en") -> Parts:
    return Parts(client.get(f"/{state}/{language}/", follow_redirects=True).text)


# --- markup ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_in_every_word_of_others_stays_text(tmp_path: Path, language: str) -> None:
    harmless = client_of(tmp_path / "a", poisoned(HARMLESS), theme=HARMLESS)
    hostile = client_of(tmp_path / "b", poisoned(MARKUP), theme=MARKUP)
    seen = 0
    for state in poisoned(HARMLESS):
        page, expected = opened(hostile, state, language), opened(harmless, state, language)
        expect_nothing_live(page)
        assert page.skeleton == expected.skeleton, state
        assert page.text.count(MARKUP) == expected.text.count(HARMLESS), state
        seen += page.text.count(MARKUP)
    assert seen > 2 * len(list(STATES))  # the theme's name twice a page at least, and the rest


@pytest.mark.parametrize(
    "word", ["plan_name", "key_last5", "reason", "plan", "activation's domain", "code", "theme's name"]
)
def test_these_words_were_really_on_the_page(tmp_path: Path, word: str) -> None:
    where = {"reason": "suspended", "plan": "plan", "activation's domain": "limit_reached", "code": "code"}
    name = HARMLESS if word == "theme's name" else "Jannah"
    page = opened(client_of(tmp_path / "a", poisoned(HARMLESS), theme=name), where.get(word, "active"))
    assert HARMLESS in page.text


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://x.example.com/",
        "\x01javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//x.example.com/",
        "http://x.example.com/",
        "https:alert(1)",
        MARKUP,
    ],
)
def test_a_link_that_is_not_https_is_no_link(tmp_path: Path, link: str) -> None:
    client = client_of(tmp_path / "a", poisoned(HARMLESS, link=link))
    for state in STATES:
        page = opened(client, state)
        expect_nothing_live(page)
        ours = ("/", "#", f"{SERVER}/portal/")
        assert [url for url in page.values("href") if not url.startswith(ours)] == [], state


@pytest.mark.parametrize(
    "ending", ['"onmouseover="alert(1)', "'><script>alert(1)</script>", '"><img src=x onerror=alert(1)>']
)
def test_an_https_link_cannot_leave_its_attribute(tmp_path: Path, ending: str) -> None:
    harmless = client_of(tmp_path / "a", poisoned(HARMLESS, link="https://x.example.com/"))
    hostile = client_of(tmp_path / "b", poisoned(HARMLESS, link=f"https://x.example.com/{ending}"))
    seen = 0
    for state in STATES:
        page = opened(hostile, state)
        expect_nothing_live(page)
        assert page.skeleton == opened(harmless, state).skeleton
        seen += page.values("href").count(f"https://x.example.com/{ending}")
    assert seen > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_that_turns_the_direction_turns_nothing_else(tmp_path: Path, language: str) -> None:
    states = poisoned(BIDI)
    client = client_of(tmp_path / "a", states, theme=BIDI)
    for state in states:
        if state == "code":
            continue  # the transport takes codes of small letters only
        for text, around in opened(client, state, language).texts:
            assert "\u202e" not in text or "bdi" in around or around[-1] == "title", (state, text)


# --- what the visitor's own browser sends ---


def names_of_forms(client: FlaskClient) -> tuple[set[str], set[str]]:
    """Return the names of all fields of all states, and what all buttons say."""
    fields, actions = set(), set()
    for state in STATES:
        for tag, attributes in opened(client, state).tags:
            if tag == "button" and attributes.get("name") == "action":
                actions.add(attributes["value"])
            elif tag in ("input", "textarea", "select") and "name" in attributes:
                fields.add(attributes["name"])
    return fields - {"csrf_token"}, actions


def token_in(page: Parts, field: str = "csrf_token") -> str:
    return next(a["value"] for tag, a in page.tags if tag == "input" and a.get("name") == field)


@pytest.mark.parametrize("payload", [MARKUP, BIDI])
def test_the_address_and_the_form_are_never_echoed(tmp_path: Path, payload: str) -> None:
    client = client_of(tmp_path / "a", STATES)
    fields, actions = names_of_forms(client)
    asked = dict.fromkeys(("done", "confirm", "signed_license", "request", "lang", payload, *fields), payload)
    for state in ("not_activated", "active", "limit_reached", "wrong_domain", "suspended"):
        token = token_in(opened(client, state))
        address = f"/{state}/en{OPTIONS_PAGE}"
        answers = [client.get(address, query_string=asked)]
        answers += [
            client.post(
                address,
                query_string=asked,
                data={**dict.fromkeys(fields, payload), "action": action, "csrf_token": token},
            )
            for action in (*sorted(actions), payload)
        ]
        for answer in answers:
            assert answer.status_code in (200, 303, 422), (state, answer.status)
            assert payload not in answer.text
            assert "alert(1)" not in answer.text
            assert "alert(1)" not in answer.headers.get("Location", "")


# --- forms of somebody else's ---


def test_flask_refuses_every_form_without_its_token(tmp_path: Path) -> None:
    client = client_of(tmp_path / "a", STATES)
    _, actions = names_of_forms(client)
    assert {"activate", "move", "test_copy", "check", "deactivate"} <= actions
    somebody_else = client_of(tmp_path / "b", STATES)
    for state in ("not_activated", "active", "limit_reached", "wrong_domain"):
        opened(client, state)
        foreign = token_in(opened(somebody_else, state))
        site = client.application.extensions["gallery"].site(f"/{state}/en")
        calls, kept = list(site.transport.calls), site.checker.state.read()
        for action in (*sorted(actions), "no_such_button", ""):
            form = {"action": action, "license_key": LICENSE_KEY.text(), "replaces": "act_1"}
            for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": foreign}):
                answer = client.post(f"/{state}/en{OPTIONS_PAGE}", data=form | token)
                assert answer.status_code == 403, (state, action, token)
        assert (site.transport.calls, site.checker.state.read()) == (calls, kept)


def test_django_refuses_every_form_without_its_token(django_client: Any, tmp_path: Path) -> None:
    from theme_license.django import checker

    _, actions = names_of_forms(client_of(tmp_path / "a", STATES))
    page = "/admin/theme/"
    django_client.get(page)
    kept = checker().state.read()
    for action in (*sorted(actions), "no_such_button", ""):
        form = {"action": action, "license_key": LICENSE_KEY.text(), "replaces": "act_1"}
        for token in ({}, {"csrfmiddlewaretoken": ""}, {"csrfmiddlewaretoken": "x"}, {"csrfmiddlewaretoken": "a" * 64}):
            assert django_client.post(page, form | token).status_code == 403, (action, token)
    assert checker().state.read() == kept
    assert checker().transport.calls == []


# --- frames ---


def expect_no_frames(headers: Mapping[str, str]) -> None:
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_no_answer_may_be_framed(tmp_path: Path, django_client: Any) -> None:
    client = client_of(tmp_path / "a", STATES)
    for state in STATES:
        first = client.get(f"/{state}/en/")
        answer = client.get(first.location) if first.status_code == 302 else first
        expect_no_frames(answer.headers)
    token = token_in(opened(client, "active"))
    for action, status in (("no_such_button", 422), ("check", 303)):
        answer = client.post(f"/active/en{OPTIONS_PAGE}", data={"action": action, "csrf_token": token})
        assert answer.status_code == status
        expect_no_frames(answer.headers)
    expect_no_frames(django_client.get("/admin/theme/").headers)


# --- in a browser ---


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_runs_in_a_browser(page: Page, language: str) -> None:
    faults: list[str] = []
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda said: None if "status of" in said.text else faults.append(f"console: {said.text}"))
    page.on("request", lambda request: None if request.url.startswith(url) else faults.append(f"asks {request.url}"))
    states = poisoned(MARKUP, link=f"https://x.example.com/{MARKUP}")
    with serving(states=states, theme=MARKUP) as url:
        for state in states:
            page.goto(f"{url}/{state}/{language}/")
            assert page.locator("h1").inner_text() == MARKUP
            assert page.locator("script:not([src]), img, [onerror], [onmouseover]").count() == 0
            assert faults == [], state


def test_a_browser_puts_no_card_into_a_frame(page: Page) -> None:
    with serving() as url, serving() as elsewhere:
        page.goto(elsewhere)
        for state in ("active", "license_not_found", "deactivate"):
            page.set_content(f'<iframe src="{url}/{state}/en/"></iframe>')
            framed = page.frames[-1]
            framed.wait_for_url("chrome-error://**")
            assert framed.locator(".theme-license-card").count() == 0
        page.goto(f"{url}/active/en/")
        assert page.locator(".theme-license-card").count() == 1
