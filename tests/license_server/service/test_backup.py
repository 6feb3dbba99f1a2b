"""Backup and restore: a consistent copy while the server answers, and sites that notice nothing.

Promise: a backup restored on an empty machine.
"""

import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from license_server.audit_chain import SERVER_CHAIN
from license_server.cli.next_steps import next_step
from license_server.clock import now
from license_server.config import Settings
from license_server.errors import AlreadyInitialised, InputInvalid, Refused, ServiceError
from license_server.errors.backup import BackupNotWritable
from license_server.service import catalogue
from license_server.service.activation import vendor_release
from license_server.service.context import Context, open_context
from license_server.service.license import license_lookup, lifecycle
from license_server.service.operating import backup, setup
from license_server.web.app import create_app
from tests.conftest import NewDatabase, on_sqlite
from tests.license_server import faults
from tests.license_server.conftest import Issue, NewServer, NewSite
from tests.license_server.faults import NewTally
from tests.license_server.ledger import entries_of, flaws
from tests.license_server.live import LiveServer, body, post
from tests.license_server.site import claims
from tests.postgresql import Cluster


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("disk", "stick"):
        (tmp_path / name).mkdir()
    return tmp_path


def restored_to(settings: Settings, folder: Path) -> Context:
    backup.restore(settings, folder / "disk" / "b.db", keys_from=folder / "stick", actor="vendor:test", clock=now)
    return open_context(settings)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_either_kind_of_database_takes_the_others_backup(
    context: Context,
    issue: Issue,
    site: NewSite,
    folder: Path,
    kind: str,
    request: pytest.FixtureRequest,
) -> None:
    owner = site("a.example.com", domains=2)
    token = owner.token()
    suspended = issue()
    lifecycle.suspend(context, suspended.license.id, reason="chargeback")
    label = backup.backup(context, folder / "disk" / "b.db", keys_to=folder / "stick")
    assert label.rows["activations"] == 1
    url = None
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql")
        url = SecretStr(cluster.new_database())
    settings = Settings(home=folder / "new", url=context.settings.url, database_url=url)
    again = replace(restored_to(settings, folder), clock=context.clock)
    client = create_app(again).test_client()
    there = replace(owner, client=client)
    assert claims(there.refresh(token))["status"] == "active"
    assert there.activate().status_code == 200
    assert replace(there, domain="b.example.com").activate().status_code == 201
    assert license_lookup.find(again, suspended.license.id).status_reason == "chargeback"
    # New numbers do not collide with the old ones, and the audit log goes on where it ended.
    catalogue.create_plan(again, "jannah", "later", name=None, domains=1, term="1y")
    assert [entry.action for entry in entries_of(again, SERVER_CHAIN)[-2:]] == ["restore", "create"]
    assert flaws(again) == []
    again.close()


def test_a_backup_is_private_and_holds_no_secret(context: Context, site: NewSite, folder: Path) -> None:
    owner = site()
    token = owner.token()
    path = folder / "disk" / "b.db"
    backup.backup(context, path, keys_to=folder / "stick")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    secrets = [owner.key, owner.key[4:].replace("-", ""), token]
    secrets += [file.read_text().splitlines()[-2 if file.suffix else 0] for file in (folder / "stick").rglob("*-1")]
    secrets += [(folder / "stick" / "keys" / "k1.pem").read_text().splitlines()[1]]
    assert not [secret for secret in secrets if secret.encode() in content]
    assert [path.name for path in (folder / "disk").iterdir()] == ["b.db"]
    for file in (folder / "stick").rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600)


def refusal(kind: type[ServiceError], call: Callable[[], object]) -> str:
    with pytest.raises(kind) as refused:
        call()
    assert next_step(refused.value)
    return str(refused.value)


def test_nothing_is_overwritten_and_nothing_is_kept_together(context: Context, folder: Path) -> None:
    path = folder / "disk" / "b.db"
    path.write_text("mine")
    assert "exists" in refusal(Refused, lambda: backup.backup(context, path, keys_to=None))
    assert path.read_text() == "mine"
    apart = refusal(InputInvalid, lambda: backup.backup(context, folder / "disk" / "c.db", keys_to=folder / "disk"))
    assert "apart" in apart
    missing = folder / "none" / "c.db"
    with pytest.raises(InputInvalid) as refused:
        backup.backup(context, missing, keys_to=None)
    assert next_step(refused.value) == f"mkdir -p {missing.parent}, or mount the disk, then run this again"


def test_a_backup_that_cannot_be_written_is_told_by_its_own_name(context: Context) -> None:
    with pytest.raises(BackupNotWritable, match=r"/proc/b\.db cannot be written: ") as refused:
        backup.backup(context, Path("/proc/b.db"), keys_to=None)
    assert next_step(refused.value) == "give a folder with room that this user may write to"


def test_restore_refuses_without_its_keys_and_secrets(context: Context, folder: Path) -> None:
    path = folder / "disk" / "b.db"
    backup.backup(context, path, keys_to=folder / "stick")
    settings = Settings(home=folder / "new", url=context.settings.url)

    def restore(keys_from: Path | None) -> object:
        return backup.restore(settings, path, keys_from=keys_from, actor="vendor", clock=now)

    assert "no keys and secrets" in refusal(Refused, lambda: restore(None))
    other = folder / "other"
    shutil.copytree(folder / "stick", other)
    (other / "secrets" / "token-1").write_text("A" * 43 + "\n")
    assert "token-1" in refusal(Refused, lambda: restore(other))
    assert not (folder / "new" / "license-server.db").exists()
    shutil.rmtree(folder / "new")
    refusal(InputInvalid, lambda: restore(folder / "disk"))
    restore(folder / "stick")
    assert "already" in refusal(AlreadyInitialised, lambda: restore(None))


@pytest.mark.parametrize("damage", ["text", "cut", "rows", "newer", "unknown"])
def test_a_damaged_or_foreign_backup_changes_nothing(context: Context, folder: Path, damage: str) -> None:
    path = folder / "disk" / "b.db"
    backup.backup(context, path, keys_to=folder / "stick")
    if damage == "text":
        path.write_text("not a database")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:5_000])
    else:
        with sqlite3.connect(path) as file:
            change = 'UPDATE backup_label SET label = replace(label, \'"schema": "0\', \'"schema": "{}\')'
            changes = {"newer": change.format(9), "unknown": change.format("00")}
            file.execute(changes.get(damage, "DELETE FROM plans"))
        file.close()
    settings = Settings(home=folder / "new", url=context.settings.url)
    with pytest.raises((InputInvalid, Refused)):
        restored_to(settings, folder)
    assert not (folder / "new" / "license-server.db").exists()


class Load:
    """Owners who activate one license after the other, each on a domain of its own."""

    def __init__(self, server: LiveServer, keys: list[str]) -> None:
        self.tokens: dict[str, str] = {}
        self.failures: list[int] = []
        self._url = server.url
        self._keys = keys
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(4)]

    def _run(self, number: int) -> None:
        with requests.Session() as session:
            for place in range(number, len(self._keys), 4):
                domain = f"d{place}.example.com"
                answer = post(self._url, "activate", body(self._keys[place], domain), session=session)
                if answer.status_code == 201:
                    self.tokens[domain] = answer.json()["activation_token"]
                else:
                    self.failures.append(answer.status_code)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()


RESTORES = 20 if faults.FULL else 1


@pytest.mark.parametrize("number", range(RESTORES))
def test_a_server_restored_from_a_backup_under_load_strands_no_site(
    new_server: NewServer, passing_database: NewDatabase, folder: Path, new_tally: NewTally, number: int
) -> None:
    tally = new_tally("restore of a backup that was taken under load")
    tally.tried = 1
    server = new_server().set_up()
    server.cli_json("license", "create", "jannah/single", "--count", "300", "--output", str(folder / "keys.csv"))
    keys = [line.split(",")[1] for line in (folder / "keys.csv").read_text().splitlines()[1:]]
    with server:
        load = Load(server, keys)
        load.start()
        while len(load.tokens) < 50 + number * 10:
            time.sleep(0.001)
        before = dict(load.tokens)
        made = server.cli_json("backup", str(folder / "disk" / "b.db"), "--keys-to", str(folder / "stick"))
        load.wait()
    tally.acknowledged = len(load.tokens)
    tally.is_wrong(*load.failures)
    assert len(before) <= made["rows"]["activations"] <= len(keys)
    machine = LiveServer(folder / "machine", database_url=passing_database())
    brought = machine.cli_json("restore", str(folder / "disk" / "b.db"), "--keys-from", str(folder / "stick"))
    assert brought["rows"] == made["rows"]
    not_copied = len(keys) - made["rows"]["activations"]
    with machine, requests.Session() as session:
        for domain, token in load.tokens.items():
            answer = post(machine.url, "refresh", {"domain": domain, "nonce": "n"}, token=token, session=session)
            if answer.status_code != 200:
                tally.is_lost(domain)
            elif answer.json()["activation"]["used"] != 1:
                tally.is_wrong((domain, answer.json()["activation"]))
        recovered = machine.cli_json("audit", "list", "--action", "recovered", "--limit", "1000")
        assert len(recovered) == not_copied
        doctor = machine.cli("doctor", "--json")
        assert doctor.returncode == 0, doctor.stdout
        assert machine.cli("audit", "verify").returncode == 0
    assert {"b.db"} == {path.name for path in (folder / "disk").iterdir()}
    tally.assert_none_lost_or_wrong()


def test_an_activation_that_was_released_before_stays_so(context: Context, site: NewSite, folder: Path) -> None:
    owner = site()
    token = owner.token()
    activation_id = owner.activate().get_json()["activation"]["id"]
    vendor_release.release(context, activation_id)
    backup.backup(context, folder / "disk" / "b.db", keys_to=folder / "stick")
    again = restored_to(Settings(home=folder / "new", url=context.settings.url), folder)
    there = replace(owner, client=create_app(replace(again, clock=context.clock)).test_client())
    assert claims(there.refresh(token))["status"] == "released"
    again.close()


@on_sqlite
def test_a_database_is_private_before_anything_is_in_it(context: Context, folder: Path) -> None:
    """Nothing mends its mode afterwards: what it has at the end it has had from the start."""
    backup.backup(context, folder / "disk" / "b.db", keys_to=folder / "stick")
    before = os.umask(0)
    try:
        for name in ("old", "new"):
            (folder / name).mkdir(mode=0o755)
        (folder / "old" / "license-server.db").touch(mode=0o644)
        setup.initialise(Settings(home=folder / "made", url=context.settings.url), standby_to=None, clock=now)
        for name in ("old", "new"):
            restored_to(context.settings.model_copy(update={"home": folder / name}), folder).close()
    finally:
        os.umask(before)
    for name in ("made", "old", "new"):
        for path in (folder / name).glob("license-server.db*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
