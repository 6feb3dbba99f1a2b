"""Do the pages for people say all that the description and the table of problems say, to everybody?"""

import re
from html.parser import HTMLParser
from importlib import resources
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from license_server.web.contract import calls
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.http.problems import every_problem
from tests.license_server.description import description
from tests.license_server.live import LiveServer
from tests.license_server.site import code as code_of

BASE = "https://licenses.example.com"
PAGES = ["/", "/docs", "/problems", *(f"/problems/{code}" for code in EXPLANATIONS)]
STYLE = resources.files("license_server.web.contract").joinpath("static", "contract.css").read_text("utf-8")


class Page(HTMLParser):
    """What of a page matters here: its text, where it links to, the ids in it, and elements out of balance."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.ids, self.headings = "", [], [], []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag != "script"
        assert not [name for name in values if name.startswith("on") or name == "style"]
        self.links += [values[name] or "" for name in ("href", "src") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(client: FlaskClient, path: str) -> Page:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return Page(answer.get_data(as_text=True))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(client: FlaskClient, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert all(not re.match(r"\w+:|//", link) for link in page(client, path).links)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client: FlaskClient, path: str) -> None:
    for link in page(client, path).links:
        target, _, fragment = urljoin(f"{BASE}{path}", link).partition("#")
        answer = client.get(target.removeprefix(BASE))
        assert answer.status_code == 200, link
        assert not fragment or fragment in Page(answer.get_data(as_text=True)).ids, link


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_order_for_a_screen_reader(client: FlaskClient, path: str) -> None:
    found = page(client, path)
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert len(set(found.ids)) == len(found.ids)


def test_the_page_says_all_that_the_document_says(client: FlaskClient) -> None:
    described = description(BASE)
    text = page(client, "/docs").text
    for call in calls.calls(described):
        assert all(said in text for said in (call.path, call.summary, *call.description.replace("`", "").split("\n\n")))
        assert all(command in text for _, command in call.curls)
        assert all(row.name in text and row.meaning.replace("`", "") in text for row in call.rows)
        for answer in call.answers:
            assert answer.status in text
            assert all(row.name in text for row in answer.rows)
            assert all(name in text if answer.is_problem else example in text for name, _, example in answer.examples)
    for row in calls.rows(described, "SignedLicenseClaims"):
        assert row.meaning in text
    assert BASE in text


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_the_page_of_a_problem_says_what_to_do(client: FlaskClient, code: str) -> None:
    text = page(client, f"/problems/{code}").text
    problem, detail = every_problem()[code]
    explanation = EXPLANATIONS[code]
    told = (explanation.when, explanation.owner, explanation.developer, explanation.vendor)
    assert all(said.replace("`", "") in text for said in told)
    assert all(said in text for said in (problem.title, str(problem.status), code, detail))
    assert all(member.name in text for member in explanation.members)


def test_the_list_of_problems_has_every_code(client: FlaskClient) -> None:
    assert [link for link in page(client, "/problems").links if link.startswith("problems/")] == [
        f"problems/{code}" for code in every_problem()
    ]


def test_the_type_of_a_problem_is_the_address_of_its_page(client: FlaskClient) -> None:
    problem = client.post("/v1/licenses/activate", data=b"").get_json()
    assert "The request is not valid" in page(client, problem["type"].removeprefix(BASE)).text


@pytest.mark.parametrize("path", ["/problems/nothing", "/problems/", "/problems/NOT_FOUND", "/problems/<b>", "/docs/"])
def test_an_unknown_page_is_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, code_of(answer)) == (404, "not_found")
    assert "<b>" not in answer.get_data(as_text=True)


def test_the_front_page_points_to_the_others(client: FlaskClient) -> None:
    assert {"docs", "problems", "openapi.json"} <= set(page(client, "/").links)


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(scheme: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    found = colours(light if scheme == "light" else dark)
    for ink in ("ink", "heading", "quiet", "accent"):
        for paper in ("paper", "block", "mark"):
            high, low = sorted((luminance(found[ink]), luminance(found[paper])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{ink} on {paper}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_narrow_screen(live_server: LiveServer, browser: Browser, scheme: str) -> None:
    page = browser.new_page(
        viewport={"width": 320, "height": 640}, color_scheme="dark" if scheme == "dark" else "light"
    )
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    for path in ("/", "/docs", "/problems", "/problems/no_activations_left"):
        page.goto(f"{live_server.url}{path}")
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", "the style sheet is not there"
    page.close()
    assert not [fault for fault in faults if "favicon" not in fault], faults
