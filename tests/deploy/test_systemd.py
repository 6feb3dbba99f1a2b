"""The shipped systemd units: systemd finds no fault in them, and what they start serves and stops."""

import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from tests.conftest import require_program
from tests.license_server.live import STOP_SECONDS, LiveServer

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
PROGRAM = "/opt/license-server/bin/license-server"
HOME = "/var/lib/license-server"
SANDBOX = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "LimitCORE": "0",
    "UMask": "0077",
}


def settings(unit: str) -> list[tuple[str, str]]:
    lines = (UNITS / unit).read_text().splitlines()
    return [(name, value) for name, found, value in (line.partition("=") for line in lines) if found and name[0] != "#"]


def command(unit: str) -> str:
    (found,) = (value for name, value in settings(unit) if name == "ExecStart")
    return found


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = require_program("systemd-analyze", install="apt-get install systemd")
    for unit in UNITS.iterdir():
        text = unit.read_text()
        assert (PROGRAM in text) == (unit.suffix == ".service")
        (tmp_path / unit.name).write_text(text.replace(PROGRAM, "/bin/true"))
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, timeout=60, check=False)
    complaints = [line for line in done.stderr.splitlines() if "license-server" in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


@pytest.mark.parametrize("unit", ["license-server.service", "license-server-backup.service"])
def test_the_units_are_walled_in(unit: str) -> None:
    assert SANDBOX.items() <= dict(settings(unit)).items()
    assert dict(settings(unit))["User"] == "license-server"


def test_what_the_unit_starts_serves_and_stops_at_sigterm(tmp_path: Path) -> None:
    server = LiveServer(tmp_path).set_up()
    line = command("license-server.service")
    start = [part.replace("8787", str(server.port)) for part in shlex.split(line)]
    assert start[0] == PROGRAM
    assert str(server.port) in start
    own = dict(value.split("=", 1) for name, value in settings("license-server.service") if name == "Environment")
    assert own["LICENSE_SERVER_HOME"] == HOME
    assert own["LICENSE_SERVER_TRUSTED_PROXIES"] == "1"
    kept = {name: value for name, value in server.environment.items() if not name.startswith("LICENSE_SERVER_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "license_server", *start[1:]],
        env={**kept, **own, "LICENSE_SERVER_HOME": str(server.home)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not server.is_ready():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(STOP_SECONDS)
    assert status == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/healthz", timeout=5)


def test_the_backup_unit_writes_a_file_named_for_the_time(tmp_path: Path) -> None:
    server = LiveServer(tmp_path).set_up()
    program, backups = tmp_path / "license-server", tmp_path / "backups"
    backups.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m license_server "$@"\n')
    program.chmod(0o755)
    # As systemd reads it: a doubled character stands for itself.
    line = command("license-server-backup.service").replace("%%", "%").replace("$$", "$").replace(PROGRAM, str(program))
    line = line.replace("/var/lib/license-server-backups", str(backups))
    subprocess.run(shlex.split(line), env=server.environment | {"TZ": "Asia/Tokyo"}, timeout=60, check=True)
    (made,) = backups.iterdir()
    assert datetime.now(UTC) - datetime.strptime(made.name, "%Y-%m-%dT%H%M%S%z") < timedelta(minutes=1)
    assert made.stat().st_mode & 0o777 == 0o600
