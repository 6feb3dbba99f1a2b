"""Do the docs say what the program does, both ways, and do their commands work as they stand?"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
import requests
from flask import Flask

from license_server.cli.main import root
from license_server.config import ENVIRONMENT_PREFIX, Settings
from license_server.web.problems import OTHER_PROBLEMS, PROBLEMS
from tests.client.site import Vendor
from tests.conftest import require_program
from tests.license_server.live import free_port
from theme_license.domain import Decision
from theme_license.license_key import LEAK_PATTERN
from theme_license.signed_license import VerdictCode

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def read(*path: str) -> str:
    return ROOT.joinpath(*path).read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


# --- the README's blocks ---


def test_the_readme_commands_lead_to_an_activated_domain(tmp_path: Path) -> None:
    (commands,) = blocks(read("README.md"), "sh")
    (curl,) = (block for block in blocks(read("README.md"), "") if block.startswith("curl"))
    require_program("curl", install="apt-get install curl")
    port = free_port()
    environment = os.environ | {"LICENSE_SERVER_HOME": str(tmp_path / "deep" / "home")}
    program = f"{sys.executable} -m license_server"
    *before, serve = commands.replace("license-server", program).replace("8787", str(port)).strip().splitlines()
    issued: dict[str, Any] = {}
    for line in before:
        done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        issued = json.loads(done.stdout) if "--json" in line else issued
    assert issued["license_id"].startswith("lic_")
    assert issued["license_key"].startswith("JNH-")
    server = subprocess.Popen(serve.split(), env=environment, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not is_ready(port):
            time.sleep(0.1)
        call = curl.replace("8787", str(port)).replace("JNH-…", issued["license_key"])
        done = subprocess.run(["bash", "-c", call], capture_output=True, text=True)
        answer = json.loads(done.stdout)
        assert answer["activation"]["domain"] == "example.com"
        assert answer["activation_token"].startswith("thma_")
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) == 0


def is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("page", ["README.md", "docs/theme-developers.md"])
def test_the_five_lines_run_as_they_stand(page: str, tmp_path: Path) -> None:
    block = next(block for block in blocks(read(page), "python") if "ThemeLicense(" in block)
    app = Flask("theme", instance_path=str(tmp_path))
    app.secret_key = "for tests"
    names: dict[str, Any] = {"app": app, "KEY": Vendor().key.text, "require_admin": lambda: None}
    block = re.sub(r'keys=\["[^"]+"\]', "keys=[KEY]", block)
    exec(compile(block, page, "exec"), names)  # noqa: S102 (the docs are ours)
    assert names["theme_license"].check().code == "not_activated"
    assert app.test_client().get("/admin/theme").status_code == 200


def test_both_commands_are_named_and_exist() -> None:
    targets = set(re.findall(r"^(\w+):", read("Makefile"), flags=re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`?make (\w+)[`\n ]", page.read_text("utf-8"))) - {"it", "the", "one"} <= targets, (
            page.name
        )
    assert {"demo", "test"} <= targets


# --- links ---


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


# --- what the program does, told ---


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    if isinstance(group, click.Group):
        return [found for name, command in group.commands.items() for found in commands(command, (*path, name))]
    return [(path, group)]


def test_every_command_and_flag_of_the_server_is_told() -> None:
    told = read("docs", "vendors.md")
    for path, command in commands(root):
        assert re.search(rf"`(license-server )?{' '.join(path)}\b", told), " ".join(path)
        for parameter in command.params:
            flags = [flag for flag in parameter.opts if flag.startswith("--")]
            assert all(flag in told for flag in flags), f"{' '.join(path)} {flags}"


def test_every_command_that_is_told_exists() -> None:
    known = {" ".join(path) for path, _ in commands(root)}
    for line in re.findall(r"license-server ([a-z-]+(?: [a-z]+)?)", read("docs", "vendors.md") + read("README.md")):
        assert any(line == name or line.split(" ")[0] == name for name in known), line


def test_every_setting_is_told_and_every_told_one_exists() -> None:
    told = set(re.findall(rf"`({ENVIRONMENT_PREFIX}[A-Z_]+)`", read("docs", "vendors.md")))
    assert told == {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}


def test_every_problem_is_told_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| ([^|]+) \|", read("docs", "protocol.md"), flags=re.MULTILINE)
    told = {code: int(status) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert told == {error.code: problem.status for error, problem in PROBLEMS.items()}
    assert all(f"`{code}`" in read("docs", "protocol.md") for code in OTHER_PROBLEMS)


def test_every_verdict_and_decision_is_told() -> None:
    developers, protocol = read("docs", "theme-developers.md"), read("docs", "protocol.md")
    assert all(f"`{code}`" in developers and f"`{code}`" in protocol for code in VerdictCode)
    assert all(f"`{decision}`" in protocol for decision in Decision)


def test_the_expression_for_leaks_is_the_programs() -> None:
    assert LEAK_PATTERN in read("docs", "protocol.md")
    assert LEAK_PATTERN in read("docs", "security.md")


def test_every_promise_has_its_test() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", read("docs", "security.md"), flags=re.MULTILINE)
    promised = {row.strip() for row in rows} - {"attacker or fault", "secret", "---"}
    shown = {
        promise.strip().rstrip(".")
        for path in (ROOT / "tests").rglob("*.py")
        for promise in re.findall(r"^Promise: (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    }
    assert promised == shown


def test_client_settings_are_told() -> None:
    told = read("docs", "theme-developers.md")
    settings = SimpleNamespace(names=("PRODUCT", "SERVER", "KEYS", "DOMAIN", "STATE"))
    assert all(f"`THEME_LICENSE_{name}`" in told for name in settings.names)
