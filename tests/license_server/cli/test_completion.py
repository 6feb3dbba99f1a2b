"""The shell completes commands, and ids and names as the database has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from license_server.service.operating import completion
from tests.conftest import require_program
from tests.license_server.live import LiveServer, body, post
from tests.license_server.vendor import Vendor, refused


def completed(server: LiveServer, *words: str, into: str = "bash") -> list[str]:
    """Return what a shell is offered for the last of ``words``."""
    done = subprocess.run(
        [sys.executable, "-c", "import license_server; license_server.main()"],
        env={
            **server.environment,
            "_LICENSE_SERVER_COMPLETE": f"{into}_complete",
            "COMP_WORDS": " ".join(["license-server", *words]),
            "COMP_CWORD": words[-1] if into == "fish" else str(len(words)),
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


@pytest.fixture(scope="module")
def server(live_server: LiveServer) -> LiveServer:
    live_server.cli_json("product", "create", "completed", "--name", "Completed")
    live_server.cli_json("plan", "create", "completed", "single", "--domains", "1", "--term", "1y")
    return live_server


def test_commands_and_flags(server: LiveServer) -> None:
    assert "audit" in completed(server, "a")
    assert completed(server, "audit", "v") == ["verify"]
    assert completed(server, "audit", "verify", "--ag") == ["--against"]


def test_names_that_exist(server: LiveServer) -> None:
    license_id = server.issue("completed/single").license_id
    assert completed(server, "audit", "list", "--license", license_id[:12]) == [license_id]
    assert completed(server, "audit", "list", "--license", license_id[:12].lower()) == []
    assert license_id in completed(server, "activation", "list", "--license", "")
    assert completed(server, "product", "show", "comp") == ["completed"]
    assert completed(server, "plan", "show", "completed/") == ["completed/single"]
    assert completed(server, "plan", "list", "comp") == ["completed"]
    assert completed(server, "stats", "--product", "x") == []


def test_activations_and_their_domains(server: LiveServer) -> None:
    issued = server.issue("completed/single")
    asked = body(issued.license_key, "tab.acme.com", product="completed")
    made = post(server.url, "activate", asked).json()["activation"]
    assert made["id"] in completed(server, "activation", "release", "act_")
    assert completed(server, "activation", "list", "--domain", "Tab.") == ["tab.acme.com"]
    assert f"{made['id']}\ttab.acme.com" in completed(server, "activation", "release", made["id"], into="fish")[0]
    server.cli_json("activation", "release", made["id"], "--yes")
    assert completed(server, "activation", "release", made["id"]) == []
    assert completed(server, "activation", "list", "--domain", "tab.") == []


def test_each_name_comes_with_a_word_that_tells_it_apart(server: LiveServer) -> None:
    made = server.cli_json("license", "create", "completed/single", "--customer", "order 4711")
    lines = completed(server, "audit", "list", "--license", made["license_id"], into="zsh")
    assert [line for line in lines if "order 4711" in line] == ["completed/single, active, order 4711"]


def test_names_that_look_like_patterns(server: LiveServer) -> None:
    assert completed(server, "product", "show", "%") == []
    assert completed(server, "product", "show", "_ompleted") == []


@pytest.mark.parametrize("kind", list(completion.KINDS))
def test_every_kind_is_quiet_when_nothing_can_be_had(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LICENSE_SERVER_HOME", str(tmp_path / "missing"))
    assert completion.matching(kind, "") == []
    monkeypatch.setenv("LICENSE_SERVER_DATABASE_URL", "postgresql://postgres@127.0.0.1:9/none")
    assert completion.matching(kind, "") == []
    monkeypatch.setenv("LICENSE_SERVER_DATABASE_URL", "nonsense")
    assert completion.matching(kind, "") == []
    assert not (tmp_path / "missing").exists()


def test_every_kind_of_name(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.issue("completed/single")
    assert ("k1", "current") in completion.matching("signing_key", "k")
    assert ("completed/single", "single") in completion.matching("plan", "comp")
    assert len(completion.matching("license", "lic_")) <= completion.LIMIT


def test_the_scripts_are_printed(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    for shell, part in (("bash", "complete -o nosort"), ("zsh", "#compdef license-server"), ("fish", "--no-files")):
        done = vendor.cli("completion", shell)
        assert (done.returncode, part in done.stdout) == (0, True)
        assert vendor.cli_json("completion", shell)["script"] + "\n" == done.stdout
    refused(vendor.cli("completion", "tcsh"), 2)


def test_a_real_bash_completes(server: LiveServer, tmp_path: Path) -> None:
    require_program("bash", install="apt-get install bash")
    command = tmp_path / "license-server"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import license_server; license_server.main()" "$@"\n')
    command.chmod(0o755)
    script = """
        eval "$(license-server completion bash)"
        complete -p license-server
        COMP_WORDS=(license-server plan show completed/); COMP_CWORD=3
        _license_server_completion license-server completed/ show
        echo "offered: ${COMPREPLY[*]}"
    """
    environment = {**server.environment, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert "-F _license_server_completion license-server" in done.stdout
    assert "offered: completed/single" in done.stdout
