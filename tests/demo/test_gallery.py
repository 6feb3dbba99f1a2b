"""The gallery shows what it says: each site is in its state, its buttons work, and its pictures are taken."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from demo.gallery.card_state import States
from demo.gallery.screenshots import take
from demo.gallery.scripted import LICENSE_KEY, Site
from demo.gallery.serve import OPTIONS_PAGE, create_gallery, serving
from demo.gallery.shot import PHONE, Shot
from demo.gallery.shots import TABLES
from demo.gallery.states import STATES
from demo.vendor import free_port
from tests.client.site import token_in
from theme_license.signed_license import VerdictCode

ROOT = Path(__file__).parents[2]
CLIENT = f"{ROOT / 'client'}"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_gallery(tmp_path).test_client()


def test_every_verdict_has_a_state(tmp_path: Path) -> None:
    reached = {state.new_site(tmp_path).verdict() for state in STATES.values()}
    never_on_a_site = {VerdictCode.MALFORMED.value}  # what no vendor signs; the card tells it as damaged
    assert reached == {code.value for code in VerdictCode} - never_on_a_site


@pytest.mark.parametrize("state", list(STATES))
def test_every_state_has_its_address(client: FlaskClient, state: str) -> None:
    for language in ("en", "ar"):
        answer = client.get(f"/{state}/{language}/", follow_redirects=True)
        assert answer.status_code in (200, 422, 502)
        assert answer.status_code == 200 or 'role="alert"' in answer.text
        assert f'<html lang="{language}"' in answer.text
        assert answer.text.count('class="theme-license-card"') == 1


def test_no_address_but_those(client: FlaskClient) -> None:
    index = client.get("/").text
    assert all(f'href="/{state}/ar/"' in index for state in STATES)
    for address in ("/active/xx/", "/active/", "/nothing/en/", "/active/en/nothing", OPTIONS_PAGE):
        assert client.get(address).status_code == 404, address


def test_the_buttons_work_and_a_visit_begins_anew(client: FlaskClient) -> None:
    refused = client.get("/limit_reached/en/")
    assert refused.status_code == 422
    form = {"action": "move", "license_key": LICENSE_KEY.text(), "replaces": "act_1"}
    moved = client.post(f"/limit_reached/en{OPTIONS_PAGE}", data=form | {"csrf_token": token_in(refused.text)})
    assert moved.location == f"/limit_reached/en{OPTIONS_PAGE}?done=activated"
    assert "is-active" in client.get(moved.location).text
    assert client.get("/limit_reached/en/").status_code == 422


def test_forms_are_sent_in_turn_before_the_query(tmp_path: Path) -> None:
    states = States()

    @states.state({"action": "activate", "license_key": LICENSE_KEY.text()}, {"action": "check"}, query="done=checked")
    def after_two_clicks(site: Site) -> None:
        """Checked just now."""

    client = create_gallery(tmp_path, states=states).test_client()
    assert "is-done" in client.get("/after_two_clicks/en/", follow_redirects=True).text
    calls = client.application.extensions["gallery"].site("/after_two_clicks/en").transport.calls
    assert [action for action, _, _ in calls] == ["activate", "refresh"]


def test_two_states_have_two_names() -> None:
    states = States()
    states.state(name="one")(lambda site: None)
    with pytest.raises(ValueError, match="one"):
        states.state(name="one")(lambda site: None)


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    shown = subprocess.Popen(
        [sys.executable, "-m", "demo.gallery", "--port", str(free_port(0))],
        cwd=ROOT,
        env={"PYTHONPATH": f"{CLIENT}:{ROOT}", "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with shown:
        assert shown.stdout is not None
        assert "http://127.0.0.1:" in shown.stdout.readline()
        shown.send_signal(signal.SIGINT)
        assert shown.wait(20) == 0
    assert list(tmp_path.iterdir()) == []


def test_pictures_have_names_of_their_own() -> None:
    with TABLES["card"]() as shots:
        names = [shot.name for shot in shots]
    assert len(names) == len(set(names)) >= 4 * len(list(STATES))
    assert {"active-ar-phone", "active-en-wide", "active-en-wide-dark", "active-fa-wide", "active-he-phone"} <= {*names}


def test_a_picture_is_as_wide_as_a_phone_and_shows_who_signed_in(browser: Browser, tmp_path: Path) -> None:
    asked: list[str | None] = []
    with serving() as url:
        shot = Shot(
            name="phone",
            url=f"{url}/active/en/",
            width=PHONE,
            dark=True,
            cookies={"session": "of somebody"},
            before=lambda page: asked.append(page.context.cookies()[0]["value"]),
        )
        take(browser, [shot], tmp_path, told_as="one")
    picture = (tmp_path / "phone.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == PHONE
    assert asked
