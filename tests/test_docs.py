"""Do the docs say what the program does, both ways, and do their commands work as they stand?"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from flask import Flask
from pydantic_core import PydanticUndefined

from license_server.cli import reference as commands_reference
from license_server.cli.errors import CANCELLED, DONE, EXIT_STATUS, FAILURE, MEANINGS, USAGE
from license_server.cli.main import root
from license_server.config import ENVIRONMENT_PREFIX, Settings
from license_server.web.contract import reference as problems_reference
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.http.problems import OTHER_PROBLEMS, PROBLEMS
from tests.client.site import Vendor
from tests.conftest import require_program
from tests.license_server.description import description
from tests.license_server.live import free_port
from theme_license import cli as client_cli
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
        assert set(re.findall(r"(?:^|`)make (\w+)", page.read_text("utf-8"), re.MULTILINE)) <= targets, page.name
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


COMMANDS = dict(commands(root))
NOUNS = {path[0] for path in COMMANDS}


def flags(command: click.Command) -> set[str]:
    """Return the long flags that a command takes, ``--help`` among them."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return {flag for option in options for flag in (*option.opts, *option.secondary_opts) if flag[:2] == "--"} | {
        "--help"
    }


def told_commands(text: str) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return each command that ``text`` types out, in a code span or in a block's line, with the flags beside it.

    The program's name stands before it, or it is a span of a noun and one of its verbs: ``product show SLUG``.
    """
    fences = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    paragraphs = re.split(r"\n{2,}", fences.sub("", text))
    spans = [" ".join(span.split()) for part in paragraphs for span in re.findall(r"`([^`]+)`", part)]
    lines = [line for block in fences.findall(text) for line in block.splitlines()]
    found = []
    for written in (*spans, *lines):
        _, program, typed = written.rpartition("license-server ")
        words = typed.split()
        path = tuple(words[:2] if words and words[0] in NOUNS and (words[0],) not in COMMANDS else words[:1])
        is_placeholder = not words or not re.fullmatch(r"[a-z-]+", words[0]) or words[0].startswith("-")
        if not is_placeholder and (program or (len(path) == 2 and path in COMMANDS)):
            found.append((path, re.findall(r"(--[a-z][a-z-]*)", typed)))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_told_exists_and_takes_the_flags_beside_it(page: Path) -> None:
    for path, beside in told_commands(page.read_text("utf-8")):
        if path[0] in NOUNS and (len(path) == 1 or path[1] == "--help"):
            continue
        assert path in COMMANDS, f"there is no license-server {' '.join(path)}"
        assert set(beside) <= flags(COMMANDS[path]), f"license-server {' '.join(path)}: {beside}"


def test_every_flag_in_the_row_of_a_command_is_one_of_its_flags() -> None:
    rows = [
        line.split(" | ", 1) for line in read("docs", "vendors.md").splitlines() if line.startswith("| `license-server")
    ]
    assert len(rows) > 10
    for first, rest in rows:
        taken = {flag for path, _ in told_commands(first) for flag in flags(COMMANDS[path])}
        assert set(re.findall(r"`(--[a-z-]+)", rest)) <= taken, first


def test_every_command_is_told_to_vendors() -> None:
    told = {path for path, _ in told_commands(read("docs", "vendors.md"))}
    assert {" ".join(path) for path in COMMANDS} <= {" ".join(path) for path in told}


@pytest.mark.parametrize(
    ("page", "program"),
    [("commands.md", commands_reference.reference), ("problems.md", problems_reference.reference)],
)
def test_the_reference_is_what_the_program_says(page: str, program: Callable[[], str]) -> None:
    assert read("docs", page) == program(), f"docs/{page} is stale; run: make reference"


def test_the_reference_of_commands_has_every_command_with_every_flag() -> None:
    sections = re.split(r"^##+ ", read("docs", "commands.md"), flags=re.MULTILINE)
    told = {
        name: set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))
        for name, _, text in (part.partition("\n") for part in sections)
    }
    for path, command in COMMANDS.items():
        assert told[f"license-server {' '.join(path)}"] == flags(command) - {"--help"}
    assert not re.findall(r"^\| `.*` \| *\|$", read("docs", "commands.md"), re.MULTILINE), "a flag without a help text"


def test_every_exit_status_is_told_as_it_is() -> None:
    assert set(MEANINGS) == {DONE, FAILURE, USAGE, CANCELLED, *EXIT_STATUS.values()}
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|$", read("docs", "vendors.md"), flags=re.MULTILINE)
    assert {int(status): meaning for status, meaning in rows} == MEANINGS
    named = re.search(r"Exit status: (.*?)\.$", root.help or "", re.DOTALL)
    assert named is not None
    assert {int(status) for status in re.findall(r"\d+", named[1])} == set(MEANINGS)


def test_every_setting_is_told_and_every_told_one_exists() -> None:
    settings = {f"{ENVIRONMENT_PREFIX}{name.upper()}": field for name, field in Settings.model_fields.items()}
    rows = dict(
        re.findall(rf"^\| `({ENVIRONMENT_PREFIX}[A-Z_]+)` \| ([^|]*)\|", read("docs", "vendors.md"), re.MULTILINE)
    )
    assert set(rows) == set(settings)
    for name, default in rows.items():
        if settings[name].default not in (None, PydanticUndefined):
            assert default.strip("` ") == str(settings[name].default), name
    for page in PAGES:
        assert set(re.findall(rf"\b{ENVIRONMENT_PREFIX}[A-Z_]*[A-Z]\b", page.read_text("utf-8"))) <= set(settings), page


def test_every_problem_is_told_with_its_status_and_members() -> None:
    rows = re.findall(
        r"^\| (\d{3}) \| ([^|]+) \| [^|]+ \| ([^|]*) ?\|$", read("docs", "protocol.md"), flags=re.MULTILINE
    )
    told = {
        code: (int(status), set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", further))))
        for status, codes, further in rows
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert told == {
        error.code: (problem.status, {member.name for member in EXPLANATIONS[error.code].members})
        for error, problem in PROBLEMS.items()
    }
    protocol = read("docs", "protocol.md")
    assert all(f"`{code}` ({problem.status})" in protocol for code, problem in OTHER_PROBLEMS.items())


def test_every_address_of_the_server_is_told() -> None:
    protocol = read("docs", "protocol.md")
    assert all(f"{path}`" in protocol for path in description("https://licenses.example.com")["paths"])


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


def test_every_test_that_the_table_of_asvs_names_is_there() -> None:
    rows = re.findall(r"^\| V\d+\..*", read("docs", "security.md"), flags=re.MULTILINE)
    assert len(rows) > 40
    for row in rows:
        file = ""
        for path, name in re.findall(r"`([\w/]*\btest_\w+\.py)?(?:::(test_\w+))?`", row):
            file = path or file
            assert file or not name, row
            assert not file or not name or f"def {name}(" in read("tests", *file.split("/")), f"{file}::{name}"
            assert not path or ROOT.joinpath("tests", path).is_file(), path


def test_client_settings_are_told() -> None:
    told = set(re.findall(r"THEME_LICENSE_([A-Z]+)", read("docs", "theme-developers.md")))
    assert told == {name.upper() for name in client_cli._SETTINGS}


def test_the_commands_of_the_client_are_told_with_their_flags_and_exit_statuses() -> None:
    told = read("docs", "theme-developers.md")
    (verbs,) = [action for action in client_cli._parser()._actions if action.choices is not None]
    rows = dict(re.findall(r"^\| `theme-license (\w+)` \| ([^|]+) \|", told, re.MULTILINE))
    assert set(rows) == set(verbs.choices or ())
    for verb, parser in dict(verbs.choices or {}).items():
        taken = {flag for action in parser._actions for flag in action.option_strings if flag[:2] == "--"}
        assert set(re.findall(r"(--[a-z]+)", rows[verb])) == taken - {"--help"}, verb
    for line in re.findall(r"^theme-license (.+)$", told, re.MULTILINE):
        verb, *words = line.split()
        assert set(re.findall(r"(--[a-z]+)", " ".join(words))) <= set(re.findall(r"(--[a-z]+)", rows[verb])), line
    (statuses,) = re.findall(r"^Exit status: (.+(?:\n.+)*)", told, re.MULTILINE)
    known = (client_cli.DONE, client_cli.USAGE, client_cli.NOT_LICENSED, client_cli.UNREACHABLE, client_cli.CANCELLED)
    assert {int(status) for status in re.findall(r"\d+", statuses)} == set(known)
