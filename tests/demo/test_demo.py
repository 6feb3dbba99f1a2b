"""The demo keeps its word: every step, nothing left behind, and a page that can be looked at."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from demo.stage import create_stage
from demo.vendor import DemoFailed, free_port
from demo.world import World

ROOT = Path(__file__).parents[2]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'client'}{os.pathsep}{ROOT}", "TMPDIR": str(folder)}


def test_check_walks_every_step_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--check"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 11
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_is_not_as_promised_ends_the_walk_with_1(tmp_path: Path) -> None:
    # Without its folder the vendor cannot open shop, so nothing that follows can be as promised.
    (tmp_path / "no-folder").write_text("")
    broken = environment(tmp_path) | {"PYTHONDONTWRITEBYTECODE": "1", "LICENSE_SERVER_LOG_LEVEL": "no such level"}
    command = [sys.executable, "-m", "demo", "--check"]
    done = subprocess.run(command, cwd=ROOT, env=broken, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "LOG_LEVEL" in done.stderr


def test_ctrl_c_stops_everything_and_says_what_is_next(tmp_path: Path) -> None:
    shown = subprocess.Popen(
        [sys.executable, "-m", "demo", "--port", str(free_port(0))],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    with shown:
        assert shown.stdout is not None
        lines: list[str] = []
        deadline = time.monotonic() + 60
        while not any("Ctrl-C" in line for line in lines) and time.monotonic() < deadline:
            lines.append(shown.stdout.readline())
        address = next(line.split()[3] for line in lines if "Side by side" in line)
        assert requests.get(address, timeout=10).status_code == 200
        shown.send_signal(signal.SIGINT)
        rest = shown.stdout.read()
        assert shown.wait(30) == 0
    assert "Next:" in rest
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)


@pytest.fixture(scope="module")
def world() -> World:
    with World(stage_port=free_port(0)) as world:
        yield world


def test_stage_frames_both_sites_and_refuses_strangers(world: World) -> None:
    stage = create_stage(world).test_client()
    html = stage.get("/").text
    assert all(site.options_url in html for site in world.sites)
    assert world.license_key in html
    assert stage.post("/server/stop").status_code == 403
    assert stage.post("/server/stop", headers={"Origin": "http://evil.example"}).status_code == 403
    assert world.vendor.is_serving


def test_only_the_stage_may_frame_an_options_page(world: World) -> None:
    headers = requests.get(world.sites[0].options_url, timeout=10).headers
    assert f"frame-ancestors http://127.0.0.1:{world.stage_port}" in headers["Content-Security-Policy"]


def test_editing_a_byte_needs_a_license(world: World) -> None:
    with pytest.raises(DemoFailed, match="activate it first"):
        world.sites[1].edit_one_byte()


def test_world_leaves_nothing_when_it_cannot_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("LICENSE_SERVER_WORKERS", "none")
    with pytest.raises(DemoFailed), World():
        pass
    assert list(tmp_path.iterdir()) == []


# --- the first minute as a newcomer has it: one page, a real browser, clicks alone ---


@pytest.fixture(scope="module")
def stage(browser: Browser) -> Iterator[Page]:
    with World(stage_port=free_port(0)) as world:
        world.serve_stage(create_stage(world))
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        page.goto(f"http://127.0.0.1:{world.stage_port}/")
        yield page


def test_the_first_minute_by_clicks(stage: Page) -> None:
    news = stage.frame_locator('section[data-site="0"] iframe.options')
    shop = stage.frame_locator('section[data-site="1"] iframe.options')
    verdicts = stage.locator(".verdict")
    expect(news.locator(".theme-license-notice")).to_be_visible()
    news.locator("button[value=activate]").click()  # the key is typed in already
    expect(verdicts.nth(0)).to_have_text("valid")
    expect(news.locator(".theme-license-notice")).to_have_count(0)
    shop.locator("button[value=activate]").click()
    expect(shop.get_by_text("news.example.com")).to_be_visible()
    shop.locator("button[value=move]").click()
    expect(verdicts.nth(1)).to_have_text("valid")
    stage.get_by_role("button", name="Stop the license server").click()
    expect(stage.locator("#serving")).to_have_text("stopped")
    expect(verdicts.nth(1)).to_have_text("valid")
    stage.get_by_role("button", name="Edit one byte").nth(1).click()
    expect(verdicts.nth(1)).to_have_text("bad_signature")
    expect(shop.get_by_text("The signature does not match")).to_be_visible()
    stage.get_by_role("button", name="Start the license server").click()
    expect(stage.locator("#serving")).to_have_text("running")
    shop.locator("button[value=activate]").click()
    expect(verdicts.nth(1)).to_have_text("valid")
    for count in stage.locator(".bytes").all():
        expect(count).to_have_text("0")
