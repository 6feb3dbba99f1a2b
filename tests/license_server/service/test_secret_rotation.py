"""Another token or audit secret takes over while the server answers, and the old one is worth nothing once retired.

Promise: a token or audit secret that was stolen.
"""

import base64
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update

from license_server import secret_files
from license_server.audit_chain import EMPTY_HEAD, SERVER_CHAIN, AuditChain, AuditEntry, secret_id_of
from license_server.cli.audit_words import in_words
from license_server.config import Settings
from license_server.errors.backup import SecretsOfAnotherServer
from license_server.errors.home import SecretNotHere, SecretUnusable
from license_server.errors.secrets import NoSecretIdLeft, SecretNotFound, SecretRetired, SecretSigns, SecretWaits
from license_server.home import Home
from license_server.secret_files import SecretFolder, load_secrets
from license_server.secret_purposes import SecretKind
from license_server.service import catalogue
from license_server.service.context import Context, open_context
from license_server.service.license import lifecycle
from license_server.service.license.bulk import create_many
from license_server.service.license.issue import create
from license_server.service.operating import audit_log, backup, secret_rotation
from license_server.service.operating.doctor import examine
from license_server.service.operating.doctor.network import NotReached
from license_server.store import audit as audit_store
from license_server.store.tables import audit, licenses
from license_server.web.app import create_app
from tests.license_server.conftest import START, Issue, NewServer, NewSite
from tests.license_server.ledger import activated, entries_of, flaws
from tests.license_server.owner import Owner
from tests.license_server.site import Site, code, key_of
from tests.license_server.vendor import Vendor, refused

TOKEN, AUDIT = SecretKind.TOKEN, SecretKind.AUDIT


def token_id(token: str) -> int:
    """Return the id of the secret that made a token."""
    part = token.removeprefix("thma_")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))[0]


def made_with(context: Context, chain: str) -> list[int]:
    """Return the id of the secret that each entry of a chain was made with."""
    return [secret_id_of(entry.mac) for entry in entries_of(context, chain)]


def statuses(context: Context) -> dict[str, str]:
    return {one.name: one.status for one in secret_rotation.list_secrets(context)}


@pytest.fixture
def node(context: Context, tmp_path: Path) -> Iterator[Context]:
    """Open the same server on another machine: the same database, a copy of the home."""
    home = tmp_path / "node"
    for name in ("keys", "secrets"):
        shutil.copytree(context.home.path / name, home / name)
    shared = {"home": home, "database_url": SecretStr(context.settings.store_url)}
    opened = replace(open_context(context.settings.model_copy(update=shared)), clock=context.clock)
    yield opened
    opened.close()


# --- the token secret ---


def test_a_running_server_follows_and_older_tokens_are_read(context: Context, site: NewSite) -> None:
    news = site(domains=2)
    old = news.token()
    before, now = secret_rotation.rotate(context, TOKEN)
    assert (before.name, now.name) == ("token-1", "token-2")
    new = news.token()
    assert (token_id(old), token_id(new)) == (1, 2)
    assert news.refresh(old).status_code == news.refresh(new).status_code == 200
    assert statuses(context) == {"token-2": "signs", "token-1": "read", "audit-1": "signs"}
    (file,) = context.home.secrets.glob("token-2*")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_retired_token_secret_is_worth_nothing_at_once(context: Context, site: NewSite) -> None:
    news = site()
    old = news.token()
    secret_rotation.rotate(context, TOKEN)
    new = news.token()
    secret_rotation.retire(context, TOKEN, 1)
    assert code(news.refresh(old)) == "token_invalid"
    assert news.refresh(new).status_code == 200
    assert not (context.home.secrets / "token-1").exists()
    assert [in_words(entry) for entry in entries_of(context, SERVER_CHAIN)[-2:]] == [
        "took over from token-1",
        "retired: it is read no more",
    ]
    assert flaws(context) == []


def test_a_session_and_an_open_form_of_the_portal_outlive_a_rotation(
    context: Context, owner: Owner, site: NewSite
) -> None:
    news = site()
    activated(news)
    form = owner.sign_in(news.key).form("/sign-out")
    secret_rotation.rotate(context, TOKEN)
    assert [one for one in owner.get().forms if one.action.endswith("/sign-out")]
    assert owner.post(form).status_code == 303
    owner.sign_in(news.key)
    secret_rotation.retire(context, TOKEN, 1)
    assert [one for one in owner.get().forms if one.action.endswith("/sign-out")]


def test_a_session_by_a_retired_secret_is_over(context: Context, owner: Owner, site: NewSite) -> None:
    news = site()
    form = owner.sign_in(news.key).form("/sign-out")
    secret_rotation.rotate(context, TOKEN)
    secret_rotation.retire(context, TOKEN, 1)
    assert owner.post(form).status_code == 403
    assert [one for one in owner.get().forms if one.action.endswith("/sign-in")]


def test_strangers_cannot_make_the_server_read_its_disk(
    context: Context, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    original = secret_files._read
    monkeypatch.setattr(secret_files, "_read", lambda path: (read.append(path), original(path))[1])
    context.secret_folder._clock = lambda: time.time() + 60  # the folder was made long ago
    context.secrets  # noqa: B018
    read.clear()
    for secret_id in range(256):
        token = "thma_" + base64.urlsafe_b64encode(bytes([secret_id, *bytes(62)])).decode()
        assert token_id(token) == secret_id
        assert code(Site(client, "", "news.example.com").refresh(token)) in ("token_invalid", "rate_limited")
    assert read == []


# --- the audit secret ---


def test_a_chain_goes_on_with_the_newer_secret(context: Context, issue: Issue, site: NewSite) -> None:
    issued = issue()
    activated(site(of=issued))
    secret_rotation.rotate(context, AUDIT)
    lifecycle.suspend(context, issued.license.id, reason=None)
    other = issue().license.id
    assert made_with(context, issued.license.id) == [1, 1, 2]
    assert made_with(context, other) == [2]
    assert made_with(context, SERVER_CHAIN)[-1] == 2
    assert flaws(context) == flaws(context, other) == []
    copy = [f"{audit_log.HEADS_HEADER}\n", *(f"{name}\t{n}\t{head}\n" for name, n, head in audit_log.heads(context))]
    assert audit_log.compare(context, copy, tell=pytest.fail) == 3
    assert statuses(context)["audit-1"] == "read"


def test_a_job_that_was_begun_before_goes_on(context: Context, tmp_path: Path) -> None:
    plan, output = catalogue.find_plan(context, "jannah", "single"), tmp_path / "keys.csv"

    class Interrupted(Exception):
        pass

    def stop(issued: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        create_many(context, plan, customer=None, count=50, output=output, advance=stop)
    job = output.with_name(".keys.csv.job")
    kept = job.read_text() if job.exists() else None
    secret_rotation.rotate(context, AUDIT)
    create_many(context, plan, customer=None, count=50, output=output)
    assert kept is not None
    assert len(output.read_text().splitlines()) == 51
    create_many(context, plan, customer=None, count=50, output=tmp_path / "more.csv")
    assert flaws(context) == []
    assert audit_log.verify(context, tell=pytest.fail).chains == 101


def forged(context: Context, license_id: str, number: int, head: bytes) -> AuditEntry:
    """Return an entry that a thief of the first secret makes."""
    stolen = {1: context.secrets.audit[1]}
    chain = AuditChain(stolen, license_id, count=number - 1)
    chain.head = head
    return chain.entry(at=context.clock(), actor="vendor", action="create" if number == 1 else "x", object=license_id)


def append(context: Context, entry: AuditEntry) -> None:
    with context.store.write() as connection:
        audit_store.add(connection, [entry])
        ends = {"audit_count": entry.number, "audit_head": entry.mac}
        connection.execute(update(licenses).where(licenses.c.id == entry.chain).values(**ends))


def head_of(context: Context, license_id: str) -> tuple[int, bytes]:
    last = entries_of(context, license_id)[-1]
    return last.number, last.mac


def test_a_thief_of_a_retired_secret_adds_nothing(context: Context, issue: Issue) -> None:
    names = [issue().license.id for _ in range(3)]
    secret_rotation.rotate(context, AUDIT)
    secret_rotation.retire(context, AUDIT, 1)
    assert [made_with(context, name) for name in names] == [[1, 2]] * 3
    assert in_words(entries_of(context, names[0])[-1]) == "sealed with audit-2"
    assert in_words(entries_of(context, SERVER_CHAIN)[-1]) == "retired: 3 chains were sealed"
    assert flaws(context) == []
    behind, instead, new = names[0], names[1], "lic_0000000000000000000000AB"
    count, head = head_of(context, behind)
    append(context, forged(context, behind, count + 1, head))
    first = entries_of(context, instead)[0]
    with context.store.write() as connection:
        connection.execute(delete(audit).where(audit.c.chain == instead, audit.c.number == 2))
        row = dict(connection.execute(select(licenses).where(licenses.c.id == names[2])).mappings().one())
        connection.execute(insert(licenses).values(**{**row, "id": new, "key_digest": b"x" * 32}))
    append(context, forged(context, instead, 2, first.mac))
    append(context, forged(context, new, 1, EMPTY_HEAD))
    assert set(flaws(context)) == {(behind, 3, "fallen_back"), (instead, 2, "seal_missing"), (new, 1, "seal_missing")}
    assert flaws(context, new) == [(new, 1, "seal_missing")]


def test_what_may_not_be_retired(context: Context) -> None:
    with pytest.raises(SecretSigns):
        secret_rotation.retire(context, AUDIT, 1)
    with pytest.raises(SecretNotFound):
        secret_rotation.retire(context, TOKEN, 9)
    secret_rotation.rotate(context, AUDIT)
    secret_rotation.retire(context, AUDIT, 1)
    assert statuses(context)["audit-1"] == "retired"
    assert (context.home.secrets / "audit-1").exists()
    with pytest.raises(SecretRetired):
        secret_rotation.retire(context, AUDIT, 1)


def test_ids_come_to_an_end(context: Context) -> None:
    for kind in (TOKEN, AUDIT):
        (context.home.secrets / f"{kind}-1").rename(context.home.secrets / f"{kind}-255")
    with pytest.raises(NoSecretIdLeft):
        secret_rotation.rotate(replace(context, secret_folder=SecretFolder(context.home)), TOKEN)


# --- the folder ---


def test_a_folder_that_cannot_be_read_leaves_the_secrets_as_they_were(context: Context) -> None:
    known = context.secrets
    (context.home.secrets / "token-2").write_text("half")
    assert context.secrets is known
    (context.home.secrets / "token-2").unlink()
    shutil.move(context.home.secrets, context.home.path / "away")
    assert context.secrets.tokens == known.tokens
    shutil.move(context.home.path / "away", context.home.secrets)


def test_a_name_that_is_none_is_told(context: Context) -> None:
    (context.home.secrets / "token-256").write_text("x")
    with pytest.raises(SecretUnusable, match="token-256"):
        load_secrets(context.home)


def test_many_threads_follow_a_rotation_with_their_next_call(context: Context, issue: Issue) -> None:
    chains = [issue().license.id for _ in range(4)]
    stop = threading.Event()

    def live(name: str) -> None:
        while not stop.is_set():
            lifecycle.change_customer(context, name, "a")

    threads = [threading.Thread(target=live, args=(name,)) for name in chains for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.15)
        secret_rotation.rotate(context, AUDIT)
        secret_rotation.rotate(context, TOKEN)
    stop.set()
    for thread in threads:
        thread.join()
    assert flaws(context) == []
    for name in chains:
        lifecycle.suspend(context, name, reason=None)
        assert made_with(context, name)[-1] == 4


# --- several nodes ---


def test_a_secret_waits_until_every_node_has_it(context: Context, node: Context, issue: Issue) -> None:
    issued = issue(domains=3)
    here, there = (create_app(one).test_client() for one in (context, node))
    for kind in (TOKEN, AUDIT):
        made = secret_rotation.prepare(context, kind)
        assert made.file.name == f"{kind}-2.waiting"
        with pytest.raises(SecretWaits):
            secret_rotation.prepare(context, kind)
        shutil.copy(made.file, node.home.secrets)
    assert token_id(Site(here, key_of(issued), "a.example.com").token()) == 1
    for kind in (TOKEN, AUDIT):
        secret_rotation.rotate(context, kind)
    a, b = (Site(client, key_of(issued), "b.example.com") for client in (here, there))
    token = a.token()
    assert (token_id(token), token_id(b.token())) == (2, 1)
    assert b.refresh(token).status_code == 200
    lifecycle.suspend(node, issued.license.id, reason=None)
    assert made_with(context, issued.license.id)[-2:] == [2, 2]
    assert flaws(context) == flaws(node) == []
    for kind in (TOKEN, AUDIT):
        secret_rotation.rotate(node, kind)
    assert statuses(node) == statuses(context)
    assert token_id(b.token() if b.refresh(token).status_code != 200 else token) == 2
    assert flaws(context) == []


def test_a_node_without_the_secret_writes_nothing_that_would_not_fit(
    context: Context, node: Context, issue: Issue
) -> None:
    issued = issue()
    secret_rotation.rotate(context, AUDIT)
    lifecycle.suspend(context, issued.license.id, reason=None)
    with pytest.raises(SecretNotHere, match="audit-2"):
        lifecycle.reinstate(node, issued.license.id, reason=None)
    news = Site(create_app(node).test_client(), key_of(issued), "news.example.com")
    assert news.activate().status_code == 403
    lifecycle.reinstate(context, issued.license.id, reason=None)
    assert code(news.activate()) == "server_unavailable"
    assert flaws(context) == []
    shutil.copy(context.home.secrets / "audit-2", node.home.secrets)
    assert news.activate().status_code == 201
    assert flaws(context) == []


def test_the_doctor_counts_the_secrets_and_misses_one_that_another_node_uses(context: Context, node: Context) -> None:
    def told(of: Context) -> list[tuple[str, str]]:
        found = examine(of.settings, fetch=lambda url: NotReached("down"), clock=lambda: START, user=os.geteuid())
        return [(finding.state.value, finding.told) for finding in found if finding.check == "secrets"]

    secret_rotation.prepare(context, TOKEN)
    secret_rotation.rotate(context, AUDIT)
    assert told(context) == [("ok", "2 for activation tokens, 2 for the audit log; waiting: token-2")]
    assert [state for state, _ in told(node)] == ["ok", "fault"]
    assert "audit-2 is not in this home" in told(node)[1][1]


# --- backups ---


def restored(settings: Settings, folder: Path, clock: object) -> Context:
    backup.restore(settings, folder / "b.db", keys_from=folder / "stick", actor="vendor", clock=lambda: 1_800_000_000)
    return open_context(settings)


def test_a_backup_goes_with_all_of_its_secrets(context: Context, issue: Issue, tmp_path: Path) -> None:
    issue()
    secret_rotation.rotate(context, AUDIT)
    secret_rotation.rotate(context, TOKEN)
    secret_rotation.prepare(context, TOKEN)
    create(context, catalogue.find_plan(context, "jannah", "single"), customer=None)
    (tmp_path / "stick").mkdir()
    label = backup.backup(context, tmp_path / "b.db", keys_to=tmp_path / "stick")
    assert set(label.secrets) == {"audit-1", "audit-2", "token-1", "token-2", "token-3"}
    settings = Settings(home=tmp_path / "new", url=context.settings.url)
    again = restored(settings, tmp_path, context.clock)
    assert flaws(again) == []
    again.close()


@pytest.mark.parametrize(("gone", "is_taken"), [("token-1", True), ("audit-1", False), ("token-*", False)])
def test_a_backup_of_before_a_retirement_is_taken(
    context: Context, issue: Issue, tmp_path: Path, gone: str, is_taken: bool
) -> None:
    secret_rotation.rotate(context, AUDIT)
    secret_rotation.rotate(context, TOKEN)
    (tmp_path / "stick").mkdir()
    backup.backup(context, tmp_path / "b.db", keys_to=tmp_path / "stick")
    for file in (tmp_path / "stick" / "secrets").glob(gone):
        file.unlink()
    if gone == "token-*":
        secret_files.add_secret(Home(tmp_path / "stick"), TOKEN, 3, waiting=False)
    settings = Settings(home=tmp_path / "new", url=context.settings.url)
    if is_taken:
        restored(settings, tmp_path, context.clock).close()
    else:
        with pytest.raises(SecretsOfAnotherServer):
            restored(settings, tmp_path, context.clock)


# --- the commands, and a running server ---


def test_the_vendor_lists_rotates_and_retires(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path / "server")
    vendor.set_up()
    vendor.issue()
    assert vendor.cli("secret", "list").stdout.splitlines()[0] == "secret\tstatus\tfile"
    assert [one["name"] for one in vendor.cli_json("secret", "list")] == ["token-1", "audit-1"]
    assert vendor.cli_json("secret", "rotate", "token")["to"] == "token-2"
    assert "retire" in vendor.cli("secret", "rotate", "audit").stderr
    assert vendor.cli_json("secret", "rotate", "token", "--prepare")["status"] == "waiting"
    assert "rotate token" in refused(vendor.cli("secret", "rotate", "token", "--prepare"), 5)
    assert vendor.cli_json("secret", "rotate", "token")["to"] == "token-3"
    refused(vendor.cli("secret", "retire", "token", "3", "--yes"), 5)
    refused(vendor.cli("secret", "retire", "token", "9", "--yes"), 3)
    assert "--yes" in refused(vendor.cli("secret", "retire", "token", "1"), 2)
    assert vendor.cli_json("secret", "retire", "token", "1", "--yes")["status"] == "retired"
    assert "stays" in vendor.cli("secret", "retire", "audit", "1", "--yes").stderr
    assert vendor.cli_json("audit", "verify")["whole"]
    (vendor.home / "secrets" / "audit-2").rename(vendor.folder / "audit-2")
    done = vendor.cli("audit", "verify")
    assert done.returncode == 1
    assert "next: bring back every audit secret" in done.stderr


def test_workers_that_run_follow_a_rotation_without_a_restart(new_server: NewServer) -> None:
    server = new_server(workers=2)
    server.set_up(domains=40)
    issued = server.issue()

    def activate(domain: str) -> str:
        body = {"license_key": issued.license_key, "product": "jannah", "domain": domain, "nonce": "n"}
        answer = requests.post(f"{server.url}/v1/licenses/activate", json=body, timeout=10)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["activation_token"])

    def refresh(domain: str, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        body = {"domain": domain, "nonce": "n"}
        return requests.post(f"{server.url}/v1/licenses/refresh", json=body, headers=headers, timeout=10).status_code

    with server:
        old = activate("old.example.com")
        server.cli_json("secret", "rotate", "token")
        server.cli_json("secret", "rotate", "audit")
        for number in range(20):
            domain = f"d{number}.example.com"
            token = activate(domain)
            assert token_id(token) == 2
            assert (refresh(domain, token), refresh("old.example.com", old)) == (200, 200)
        assert server.cli_json("audit", "verify")["whole"]
        server.cli_json("secret", "retire", "token", "1", "--yes")
        assert {refresh("old.example.com", old) for _ in range(10)} == {401}
