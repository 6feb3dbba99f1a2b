"""The doctor finds each thing that is broken, says how to repair it, and is green when it was repaired."""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from license_server import policy
from license_server.audit_chain import EMPTY_HEAD
from license_server.cli.repairs import how_to_repair
from license_server.config import Settings
from license_server.errors import calls
from license_server.service.context import Context
from license_server.service.operating import backup
from license_server.service.operating.doctor import Finding, State, clocks, examine, files, network
from license_server.service.operating.doctor.clocks import Reading
from license_server.service.operating.doctor.network import NotReached, Reply
from license_server.service.operating.signing_keys import jwk_set, list_keys
from license_server.signing import create_key
from license_server.store import refusal_counts
from license_server.store.engine import server_clock
from license_server.store.tables import audit, signing_keys
from tests.conftest import on_sqlite
from tests.license_server.conftest import START, NewSite
from tests.license_server.live import LiveServer, free_port
from tests.license_server.vendor import Vendor, on_terminal

READY = json.dumps({"status": "ready", "checks": {"database": True}}).encode()


class Net:
    """What the server's address answers; ``jwks`` and ``ready`` can be put out of order."""

    def __init__(self, context: Context) -> None:
        self.ready: Reply | NotReached = Reply(200, READY, formatdate(START, usegmt=True))
        self.jwks: Reply | NotReached = Reply(200, json.dumps(jwk_set(list_keys(context))).encode())

    def __call__(self, url: str) -> Reply:
        reply = {"/readyz": self.ready, "/.well-known/jwks.json": self.jwks}[
            url.removeprefix("https://licenses.example.com")
        ]
        if isinstance(reply, NotReached):
            raise reply
        return reply


@pytest.fixture
def net(context: Context) -> Net:
    return Net(context)


Examine = Callable[..., dict[str, Finding]]


@pytest.fixture
def check(context: Context, net: Net, settings: Settings) -> Examine:
    """Add a standby, so that all is well, and return the function that examines: the worst finding of each check."""
    key = create_key(settings.home.parent / "k2.pem")
    row = {"name": "k2", "key_id": key.key_id, "public_key": key.text, "position": 1, "status": "standby"}
    with context.store.write() as connection:
        connection.execute(insert(signing_keys).values(**row, created_at=START, status_since=START))

    def check(
        of: Settings = context.settings,
        *,
        now: float = START,
        user: int | None = None,
        theirs: float | None = None,
        environment_files: Sequence[Path] = (),
    ) -> dict[str, Finding]:
        found: dict[str, Finding] = {}
        for finding in examine(
            of,
            fetch=net,
            clock=lambda: now,
            user=user,
            database_clock=lambda _: theirs,
            environment_files=environment_files,
        ):
            if finding.check not in found or found[finding.check].state is State.OK:
                found[finding.check] = finding
        return found

    return check


def faults(found: dict[str, Finding]) -> list[str]:
    assert all(how_to_repair(finding) for finding in found.values() if finding.state is not State.OK)
    assert all(how_to_repair(finding) is None for finding in found.values() if finding.state is State.OK)
    return [finding.check for finding in found.values() if finding.state is State.FAULT]


def advice(found: dict[str, Finding]) -> list[str]:
    return [finding.check for finding in found.values() if finding.state is State.WARNING]


def test_a_server_in_order_is_green(check: Examine) -> None:
    found = check()
    assert {finding.state for finding in found.values()} == {State.OK}
    assert list(found) == [
        *("settings", "home", "permissions", "secrets", "database", "schema", "signing key", "standby key"),
        *("url", "server", "published key", "clock", "disk"),
    ]


def test_an_address_that_could_not_be_read_is_told_for_a_day(check: Examine, site: NewSite) -> None:
    replace(site(), address="unix:", key="JNH-7XS2K").activate()
    found = check(now=START + policy.DAY - 1)
    assert "addresses" in advice(found)
    assert "LICENSE_SERVER_TRUSTED_PROXIES" in str(how_to_repair(found["addresses"]))
    assert "addresses" not in check(now=START + policy.DAY)


def test_calls_for_activations_that_are_lost_are_told_until_a_restore_is_recorded(
    check: Examine, context: Context
) -> None:
    with context.store.write() as connection:
        refusal_counts.add(connection, {(START // policy.DAY, calls.LOST): 3})
    found = check()
    assert faults(found) == ["activations"]
    assert "3 calls in 7 days" in found["activations"].told
    assert "license-server restored --backup-of TIME" in str(how_to_repair(found["activations"]))
    backup.record_restored(context, START - policy.DAY)
    assert "activations" not in check()


def test_a_home_that_is_missing(check: Examine, settings: Settings, tmp_path: Path) -> None:
    found = check(settings.model_copy(update={"home": tmp_path / "elsewhere"}))
    assert faults(found) == ["home"]
    assert how_to_repair(found["home"]) == "license-server init"


def test_a_home_that_others_may_change(check: Examine, settings: Settings) -> None:
    settings.home.chmod(0o777)
    found = check()
    assert faults(found) == ["home"]
    assert how_to_repair(found["home"]) == f"chmod 700 {settings.home}"


def test_a_home_of_another_user(check: Examine, context: Context, settings: Settings) -> None:
    assert faults(check(user=os.geteuid() + 1)) == ["home"]
    if os.geteuid() == 0:
        os.chown(settings.home, 12_345, -1)
        found = check()
        assert advice(found) == ["home"]
        assert "sudo -u #12345" in str(how_to_repair(found["home"]))
        assert faults(found) == (["permissions", "database"] if context.store.is_sqlite else ["permissions"])


@pytest.mark.parametrize(
    ("path", "mode", "repair"),
    [("keys", 0o755, "chmod 700"), ("secrets", 0o770, "chmod 700"), ("secrets/audit-1", 0o644, "chmod 600")],
)
def test_private_files_that_others_may_use(
    check: Examine, settings: Settings, path: str, mode: int, repair: str
) -> None:
    (settings.home / path).chmod(mode)
    found = check()
    assert faults(found) == (["permissions", "secrets"] if path == "secrets/audit-1" else ["permissions"])
    assert str(how_to_repair(found["permissions"])).startswith(f"{repair} {settings.home / path}")


def test_a_signing_key_that_others_may_read(check: Examine, settings: Settings) -> None:
    (settings.home / "keys" / "k1.pem").chmod(0o644)
    found = check()
    assert faults(found) == ["permissions", "signing key"]
    assert "consider" in str(how_to_repair(found["permissions"]))


def test_a_signing_key_that_is_missing_or_broken(check: Examine, settings: Settings) -> None:
    key = settings.home / "keys" / "k1.pem"
    content = key.read_bytes()
    key.unlink()
    assert faults(check()) == ["signing key"]
    key.symlink_to(settings.home / "nowhere")
    assert faults(check()) == ["permissions", "signing key"]
    key.unlink()
    key.touch(mode=0o600)
    assert faults(check()) == ["signing key"]
    key.write_bytes(content)
    assert faults(check()) == []


def test_secrets_that_are_missing_or_broken(check: Examine, settings: Settings) -> None:
    secret = settings.home / "secrets" / "token-1"
    content = secret.read_bytes()
    secret.write_bytes(b"short")
    found = check()
    assert faults(found) == ["secrets"]
    assert "short" not in found["secrets"].told
    secret.unlink()
    assert faults(check()) == ["secrets"]
    secret.write_bytes(content)
    secret.chmod(0o644)
    assert faults(check()) == ["permissions", "secrets"]


def test_a_standby_is_advised_and_must_be_elsewhere(check: Examine, context: Context, settings: Settings) -> None:
    inside = settings.home / "keys" / "k2.pem"
    (settings.home.parent / "k2.pem").rename(inside)
    found = check()
    assert (faults(found), advice(found)) == ([], ["standby key"])
    assert "is in" in found["standby key"].told
    inside.unlink()
    assert advice(check()) == []
    with context.store.write() as connection:
        connection.execute(update(signing_keys).where(signing_keys.c.name == "k2").values(status="retired"))
    found = check()
    assert (faults(found), advice(found)) == ([], ["standby key"])
    assert "license-server signing-key create --to DIR" in str(how_to_repair(found["standby key"]))


def test_no_key_in_use(check: Examine, context: Context) -> None:
    with context.store.write() as connection:
        connection.execute(update(signing_keys).where(signing_keys.c.name == "k1").values(status="retired"))
    assert faults(check()) == ["signing key"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all.db",
        "postgresql://postgres:hidden@127.0.0.1:9/none",
    ],
)
def test_a_database_that_is_away(check: Examine, settings: Settings, url: str) -> None:
    away = Settings(home=settings.home, url=settings.url, database_url=url)
    found = check(away)
    assert "database" in faults(found)
    assert set(faults(found)) <= {"database", "disk"}
    assert not any("hidden" in finding.told + str(how_to_repair(finding)) for finding in found.values())


def test_a_database_that_is_none(check: Examine, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(b"this is not a database" * 100)
    file.chmod(0o600)
    assert faults(check(Settings(home=settings.home, url=settings.url, database_url=f"sqlite:///{file}"))) == [
        "database"
    ]


@on_sqlite
def test_a_database_file_that_others_may_read(check: Examine, context: Context) -> None:
    assert context.store.file is not None
    context.store.file.chmod(0o644)
    found = check()
    assert faults(found) == ["database"]
    assert how_to_repair(found["database"]) == f"chmod 600 {context.store.file}"


@pytest.mark.parametrize(("revision", "repair"), [("0001", "migrate"), ("9999", "pip install --upgrade")])
def test_a_database_of_another_version(check: Examine, context: Context, revision: str, repair: str) -> None:
    with context.store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    found = check()
    assert faults(found) == ["schema"]
    assert repair in str(how_to_repair(found["schema"]))


def test_a_settings_file_that_others_may_read_or_change(check: Examine, settings: Settings) -> None:
    file = settings.home / "license-server.toml"
    file.write_text('log_level = "info"\n')
    file.chmod(0o644)
    assert faults(check()) == []
    file.chmod(0o666)
    assert faults(check()) == ["settings"]
    file.write_text('database_url = "postgresql://user:hidden@host/name"\n')
    file.chmod(0o644)
    found = check()
    assert faults(found) == ["settings"]
    assert "hidden" not in found["settings"].told
    file.chmod(0o640)
    assert faults(check()) == []


def test_a_passphrase_that_others_may_read(check: Examine, settings: Settings, tmp_path: Path) -> None:
    own, etc = settings.home / "license-server.toml", tmp_path / "etc"
    overridden = etc / "systemd" / "system" / "license-server.service.d" / "override.conf"
    overridden.parent.mkdir(parents=True)
    for file, line in (
        (own, 'key_passphrase = "hidden in plain sight"\n'),
        (etc / "license-server.env", "LICENSE_SERVER_KEY_PASSPHRASE=hidden in plain sight\n"),
        (overridden, "[Service]\nEnvironment=LICENSE_SERVER_KEY_PASSPHRASE=hidden\n"),
    ):
        file.write_text(line)
        file.chmod(0o644)
        found = check(environment_files=files.environment_files(etc))
        assert faults(found) == ["settings"], file
        assert str(file) in found["settings"].told
        assert "hidden" not in found["settings"].told
        assert "signing-key protect" in str(how_to_repair(found["settings"]))
        file.write_text("# key_passphrase is elsewhere\nkey_passphrase_file = 'x'\n")
        assert faults(check(environment_files=files.environment_files(etc))) == []
    own.unlink()
    apart = tmp_path / "passphrase"
    apart.write_text("hidden in plain sight\n")
    apart.chmod(0o644)
    with_file = settings.model_copy(update={"key_passphrase_file": apart})
    assert faults(check(with_file)) == ["settings"]
    apart.chmod(0o440)
    assert faults(check(with_file)) == []


# --- the address ---


@pytest.mark.parametrize(
    ("url", "state"),
    [
        (None, State.FAULT),
        ("http://licenses.example.com", State.FAULT),
        ("http://127.0.0.1:8787", State.WARNING),
        ("http://licenses.test", State.WARNING),
        ("https://licenses.example.com/shop", State.OK),
    ],
)
def test_the_address_must_be_one_that_themes_take(settings: Settings, url: str | None, state: State) -> None:
    assert network.check_url(settings.model_copy(update={"url": url})).state is state


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (NotReached("connection refused"), "nobody answers"),
        (Reply(301, b"", location="https://www.example.com"), "redirects to https://www.example.com"),
        (Reply(200, b"<html>Welcome to nginx"), "not as a license server"),
        (Reply(200, b'{"checks": 5}'), "not as a license server"),
        (Reply(200, b"[" * 50_000), "not as a license server"),
        (Reply(503, b'{"checks": {"database": false, "schema": true}}'), "not ready: database"),
    ],
)
def test_an_address_that_leads_elsewhere(check: Examine, net: Net, reply: Reply | NotReached, told: str) -> None:
    net.ready = reply
    found = check()
    assert faults(found) == ["server"]
    assert told in found["server"].told
    assert "published key" not in found


@pytest.mark.parametrize("body", [b'{"keys": [{"kid": "other"}]}', b"{}", b'{"keys": [1]}', b"<html>"])
def test_a_server_that_publishes_other_keys(check: Examine, net: Net, body: bytes) -> None:
    net.jwks = Reply(200, body)
    assert faults(check()) == ["published key"]
    net.jwks = NotReached("no connection")
    assert faults(check()) == ["published key"]


def test_nobody_listens() -> None:
    with pytest.raises(NotReached, match="connection refused"):
        network.fetch(f"http://127.0.0.1:{free_port()}/readyz")
    with pytest.raises(NotReached, match="cannot be resolved"):
        network.fetch("http://nowhere.invalid/readyz")


# --- the clock ---


def test_a_clock_that_is_fast_or_slow(check: Examine) -> None:
    found = check(now=START + 94.5)
    assert faults(found) == ["clock"]
    assert found["clock"].told == "94 s fast by https://licenses.example.com"
    assert how_to_repair(found["clock"]) == "synchronise with NTP, then run again"
    assert check(now=START - 40)["clock"].told.startswith("40 s slow by ")
    assert faults(check(now=START + 9)) == []


def test_a_clock_that_differs_from_the_databases(check: Examine) -> None:
    assert check(theirs=START - 20)["clock"].told == "20 s fast by PostgreSQL"
    assert check(theirs=START)["clock"].told == "agrees with PostgreSQL and https://licenses.example.com"


def test_only_postgresql_has_a_clock_of_its_own(context: Context) -> None:
    theirs = context.store.query(server_clock.now)
    assert theirs is None if context.store.is_sqlite else abs(float(theirs or 0) - time.time()) < clocks.TOLERANCE


def test_an_audit_entry_of_the_future(check: Examine, context: Context, net: Net) -> None:
    net.ready = Reply(200, READY)
    entry = {"chain": "x", "number": 1, "actor": "site", "action": "x", "object": "x", "details": "{}"}
    with context.store.write() as connection:
        connection.execute(insert(audit).values(**entry, at=START + 3_600, mac=EMPTY_HEAD))
    found = check()
    assert faults(found) == ["clock"]
    assert "60 min ahead" in found["clock"].told


def test_what_a_clock_is_compared_with() -> None:
    assert clocks.check_clock([], now=0, newest_entry=None).state is State.WARNING
    assert clocks.check_clock([], now=5, newest_entry=15).state is State.OK
    assert clocks.check_clock([], now=5, newest_entry=16).state is State.FAULT
    assert (
        clocks.check_clock([Reading("a", 0, 0), Reading("b", 0, -11)], now=0, newest_entry=0).told == "11 s slow by b"
    )
    assert clocks.check_clock([Reading("a", 0, 5e6)], now=0, newest_entry=0).told == "57 days fast by a"
    assert clocks.seconds_of_date("Fri, 15 Jan 2027 08:00:00 GMT") == START + 0.5
    for header in (None, "", "yesterday", "Fri, 99 Jan 2027 08:00:00 GMT"):
        assert clocks.seconds_of_date(header) is None


@pytest.mark.parametrize(("free", "state"), [(99 << 20, State.FAULT), (500 << 20, State.WARNING), (2 << 30, State.OK)])
def test_a_disk_that_is_nearly_full(tmp_path: Path, free: int, state: State) -> None:
    assert files.check_disk(tmp_path, free=lambda _: free).state is state
    assert files.check_disk(tmp_path / "missing").state is State.FAULT


# --- the command ---


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("doctor"), workers=1).set_up() as server:
        yield server


def test_the_doctor_visits_a_running_server(live: LiveServer) -> None:
    done = live.cli("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert f"✓ server: {live.url} answers and is ready" in done.stdout
    assert f"✓ clock: agrees with {live.url}" in done.stdout or "PostgreSQL" in done.stdout
    assert "! standby key: none" in done.stdout
    (live.home / "keys").chmod(0o755)
    found = json.loads(live.cli("doctor", "--json").stdout)
    (live.home / "keys").chmod(0o700)
    assert not found["healthy"]
    (wrong,) = [item for item in found["checks"] if item["state"] == "fault"]
    assert (wrong["check"], wrong["repair"]) == ("permissions", f"chmod 700 {live.home / 'keys'}")
    assert set(wrong) == {"check", "state", "told", "repair"}


def test_the_doctor_comes_to_what_is_broken(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path)
    done = vendor.cli("doctor")
    assert done.returncode == 1
    assert f"✗ home: {vendor.home} holds no license server → license-server init" in done.stdout
    assert done.stderr == "1 to repair; then run again: license-server doctor\n"
    assert not vendor.home.exists()
    vendor.home.mkdir()
    (vendor.home / "license-server.toml").write_text("workers = 'four'")
    done = vendor.cli("doctor")
    assert done.returncode == 1
    assert done.stdout.startswith("✗ settings: the setting LICENSE_SERVER_WORKERS is wrong")


def test_the_doctor_on_a_terminal(live: LiveServer) -> None:
    text = on_terminal(live, "doctor", width=80)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "✓  database" in text
    assert "→ license-server signing-key create --to DIR" in text
