"""Many licenses at once: whatever ends the command, it goes on, and file and database agree in the end."""

import errno
import itertools
import json
import os
import pty
import random
import re
import selectors
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, delete, func, select, text

from license_server import ids
from license_server.audit_replay import MARK_BYTES
from license_server.cli.next_steps import next_step
from license_server.cli.progress import key_progress
from license_server.config import Settings, load_settings
from license_server.errors import HomeNotUsable, Refused, ServerUnavailable
from license_server.errors.home import DatabaseUnavailable
from license_server.policy import DAY
from license_server.records import Plan
from license_server.secret_purposes import SecretKind
from license_server.service import catalogue
from license_server.service.context import Context, open_context
from license_server.service.license import bulk, bulk_file, issue, license_lookup
from license_server.store import bulk as store_bulk
from license_server.store import tables
from tests.conftest import on_postgresql
from tests.license_server.conftest import START, Clock
from tests.license_server.ledger import entries_of, flaws
from tests.license_server.live import LiveServer
from tests.license_server.other_secrets import with_another_secret
from tests.license_server.site import Site
from theme_license.license_key import parse_license_key

COUNT = 130


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make batches of 40, and look back in steps that fit no batch."""
    for name, value in (("FIRST_BATCH", 40), ("SMALLEST_BATCH", 40), ("LARGEST_BATCH", 40), ("LOOK_BACK", 33)):
        monkeypatch.setattr(bulk, name, value)


@pytest.fixture
def plan(context: Context) -> Plan:
    return catalogue.find_plan(context, "jannah", "single")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "keys.csv"


def create(context: Context, output: Path, *, count: int = COUNT, customer: str | None = None) -> list[int]:
    """Run the job and return the numbers that ``resume`` was told."""
    resumed: list[int] = []
    plan = catalogue.find_plan(context, "jannah", "single")
    bulk.create_many(context, plan, customer=customer, count=count, output=output, resume=resumed.append)
    return resumed


def rows_of(file: Path) -> dict[str, str]:
    """Return the keys of a file by license id; every line is whole and told once."""
    header, *lines = file.read_text("ascii").split("\n")
    assert header == "license_id,license_key"
    assert lines.pop() == ""
    rows = dict(line.split(",") for line in lines)
    assert len(rows) == len(set(rows.values())) == len(lines)
    return rows


def assert_whole(context: Context, output: Path, count: int = COUNT) -> dict[str, str]:
    """Assert that the file, alone in its folder, and the database hold the same ``count`` licenses; return the keys."""
    assert [path.name for path in output.parent.iterdir()] == [output.name]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    rows = rows_of(output)
    assert len(rows) == count
    with context.store.read() as connection:
        stored = connection.execute(select(tables.licenses.c.id, tables.licenses.c.key_digest)).all()
    assert {row.id: row.key_digest for row in stored} == {
        license_id: parse_license_key(key).digest() for license_id, key in rows.items()
    }
    assert_chains_hold(context, sorted(rows)[:20])
    with context.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.audit)).scalar() == count + server_entries(
            context
        )
    return rows


def server_entries(context: Context) -> int:
    with context.store.read() as connection:
        return connection.execute(select(tables.server.c.audit_count)).scalar_one()


def assert_chains_hold(context: Context, license_ids: list[str]) -> None:
    for license_id in license_ids:
        assert len(entries_of(context, license_id)) == 1
        assert flaws(context, license_id) == []


def whole_row(context: Context, license_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {"id", "key_digest", "key_last5", "audit_head", "chain", "object", "mac"}
    with context.store.read() as connection:
        found = [
            connection.execute(select(table).where(column == license_id)).one()._mapping
            for table, column in ((tables.licenses, tables.licenses.c.id), (tables.audit, tables.audit.c.chain))
        ]
    license, entry = ({str(name): value for name, value in row.items() if name not in own} for row in found)
    details = json.loads(entry["details"])
    assert (details.pop("key_last5"), bytes.fromhex(details.pop("key_mark"))) == (
        found[0]["key_last5"],
        found[0]["key_digest"][:MARK_BYTES],
    )
    return license, entry | {"details": details}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("customer", [None, 'order 4711 \\N 100% مرحبا ,"'])
def test_a_license_of_many_is_like_one_issued_alone(
    context: Context, plan: Plan, output: Path, customer: str | None
) -> None:
    alone = issue.create(context, plan, customer=customer).license.id
    assert create(context, output, customer=customer) == []
    rows = rows_of(output)
    for license_id, key in rows.items():
        assert whole_row(context, license_id) == whole_row(context, alone)
        found = license_lookup.find_by_key(context, parse_license_key(key))
        assert (found.id, found.key_last5) == (license_id, key[-5:])
        assert key.startswith("JNH-")
    assert_chains_hold(context, [alone, *rows])


@pytest.mark.usefixtures("small")
def test_file_and_database_hold_the_same(context: Context, output: Path) -> None:
    create(context, output)
    assert_whole(context, output)


def test_the_ids_of_a_batch_are_ids_that_share_what_was_drawn_for_them() -> None:
    made = [license_id.decode("ascii") for license_id in ids.new_batch(ids.LICENSE, 1_000, os.urandom)]
    assert len(set(made)) == 1_000
    assert len({license_id[:8] for license_id in made}) == 1
    assert len({license_id[8:12] for license_id in made}) > 950
    for license_id in made:
        raw = ids.parse_id(ids.LICENSE, license_id)
        assert raw is not None
        assert ids.format_id(ids.LICENSE, raw) == license_id


def test_the_ids_of_a_batch_say_nothing_of_their_keys(context: Context, output: Path) -> None:
    create(context, output, count=2_000)
    rows = sorted(rows_of(output).items())
    digests = [parse_license_key(key).digest() for _, key in rows]
    rising = sum(one < next_one for one, next_one in itertools.pairwise(digests))
    assert 800 < rising < 1_200


def test_a_key_of_many_activates(context: Context, client: FlaskClient, output: Path) -> None:
    create(context, output, count=3)
    for number, key in enumerate(rows_of(output).values()):
        assert Site(client, key, f"d{number}.example.com").activate().status_code == 201


STEPS = (
    *((os, name) for name in ("fsync", "ftruncate", "link", "pwrite", "write")),
    *((Path, name) for name in ("rename", "unlink")),
    (store_bulk, "add"),
    (bulk_file, "sync_folder"),
)
"""What writes: between each two calls of these a kill leaves another state."""


def kill_at_call(number: int, *, after: bool) -> None:
    """Let the ``number``-th call of STEPS, counted together, be this process's last: before or after it is done."""
    left = number

    def dying(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            is_last = left == 0
            if is_last and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = work(*args, **kwargs)
            if is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for owner, name in STEPS:
        setattr(owner, name, dying(getattr(owner, name)))


def in_a_process_killed_at(number: int, settings: Settings, output: Path, *, after: bool) -> bool:
    """Run the job in a child that is killed at its ``number``-th step; return whether it ended before that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on fork: other tests' threads are not needed
        child = os.fork()
    if child == 0:
        try:
            opened = open_context(settings)
            kill_at_call(number, after=after)
            create(opened, output)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def assert_refused_as_finished(context: Context, output: Path) -> None:
    with pytest.raises(Refused, match="never overwritten"):
        create(context, output)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_between_any_two_steps_loses_nothing(
    context: Context, settings: Settings, output: Path, after: bool
) -> None:
    context.store.dispose()
    kills = 0
    while not in_a_process_killed_at(kills + 1, settings, output, after=after):
        kills += 1
        if output.exists() and not output.with_name(".keys.csv.partial").exists():
            assert_refused_as_finished(context, output)
        else:
            create(context, output)
        assert_whole(context, output)
        with context.store.write() as connection:
            connection.execute(delete(tables.licenses))
            connection.execute(delete(tables.audit).where(tables.audit.c.chain.startswith("lic_")))
        context.store.dispose()
        output.unlink()
    assert kills > 20
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
def test_kills_one_after_another_lose_nothing(context: Context, settings: Settings, output: Path) -> None:
    context.store.dispose()
    number = 8
    while not in_a_process_killed_at(number, settings, output, after=False):
        number += 1
    assert_whole(context, output)


def interrupted(context: Context, output: Path, *, batches: int = 2) -> None:
    """Run the job until the database is away, before it stores another batch than the first ``batches``."""
    left = batches
    add = store_bulk.add

    def away(*args: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise DatabaseUnavailable(reason="it is away")
        add(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_bulk, "add", away)
        with pytest.raises(ServerUnavailable) as told:
            create(context, output)
    if batches:
        assert f"; {40 * batches} of {COUNT} keys are issued" in str(told.value)
    assert f"--count {COUNT} --output {output}" in str(next_step(told.value))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("batches", [0, 1, 3])
def test_it_goes_on_when_the_database_is_back(context: Context, output: Path, batches: int) -> None:
    interrupted(context, output, batches=batches)
    there = rows_of(output.with_name(".keys.csv.partial"))
    assert len(there) == min(COUNT, 40 * (batches + 1))
    assert create(context, output) == [len(there)]
    assert there.items() <= assert_whole(context, output).items()


@pytest.mark.usefixtures("small")
def test_what_is_committed_while_it_is_looked_up_is_looked_up_again(
    context: Context, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(context, output, batches=3)
    stored, looks = store_bulk.stored_digests, iter([0, 0, 0, 0, 0, 0])

    def late(connection: Connection, license_ids: list[str]) -> dict[str, bytes]:
        return {} if next(looks, None) == 0 else stored(connection, license_ids)

    monkeypatch.setattr(store_bulk, "stored_digests", late)
    assert create(context, output) == [COUNT]
    assert_whole(context, output)


@on_postgresql
@pytest.mark.usefixtures("small")
def test_it_goes_on_when_its_connection_was_ended(
    context: Context, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, batches = store_bulk.add, itertools.count()

    def ended(connection: Connection, batch: store_bulk.Batch) -> None:
        if next(batches) == 2:
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            with context.store.read() as other:
                other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        add(connection, batch)

    monkeypatch.setattr(store_bulk, "add", ended)
    with pytest.raises(ServerUnavailable):
        create(context, output)
    assert create(context, output) == [120]
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("torn", [1, 40, 68, 69, 70, 69 * 40 - 1, 69 * 40])
def test_a_torn_end_is_dropped(context: Context, output: Path, torn: int) -> None:
    interrupted(context, output)
    partial = output.with_name(".keys.csv.partial")
    whole = partial.read_bytes()
    partial.write_bytes(whole[:-torn])
    (resumed,) = create(context, output)
    assert resumed == 120 - -(-torn // 69)
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
def test_what_a_power_cut_left_empty_is_dropped(context: Context, output: Path) -> None:
    interrupted(context, output)
    partial = output.with_name(".keys.csv.partial")
    whole = partial.read_bytes()
    partial.write_bytes(whole[:-1_000] + bytes(1_000))
    assert create(context, output) == [120 - 15]
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
def test_a_torn_header_is_written_anew(context: Context, output: Path) -> None:
    interrupted(context, output, batches=0)
    output.with_name(".keys.csv.partial").write_bytes(b"license_")
    assert create(context, output) == [0]
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
def test_a_database_of_an_earlier_day_gets_back_what_the_file_holds(context: Context, output: Path) -> None:
    interrupted(context, output, batches=3)
    with context.store.write() as connection:
        some = connection.execute(select(tables.licenses.c.id)).scalars().all()
        assert len(some) == 120
        connection.execute(delete(tables.licenses))
        connection.execute(delete(tables.audit).where(tables.audit.c.chain.startswith("lic_")))
    assert create(context, output) == [COUNT]
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("place", [30 + 69 * 119, 60 + 69 * 119, 0])
def test_a_file_that_something_else_changed_is_refused(context: Context, output: Path, place: int) -> None:
    interrupted(context, output, batches=3)
    partial = output.with_name(".keys.csv.partial")
    data = bytearray(partial.read_bytes()[: 23 + 69 * 120])
    data[place] = ord("1" if data[place] == ord("0") else "0")
    partial.write_bytes(data)
    with pytest.raises(Refused, match="not as this command left it"):
        create(context, output)
    assert partial.read_bytes() == data
    assert not output.exists()


@pytest.mark.usefixtures("small")
def test_another_key_under_an_issued_id_is_refused(context: Context, output: Path) -> None:
    interrupted(context, output, batches=3)
    partial = output.with_name(".keys.csv.partial")
    lines = partial.read_bytes().splitlines(keepends=True)
    lines[119] = lines[119][:28] + lines[118][28:]
    partial.write_bytes(b"".join(lines))
    with pytest.raises(Refused, match="not as this command left it"):
        create(context, output)


@pytest.mark.usefixtures("small")
def test_a_resumed_job_keeps_what_it_began_with(context: Context, output: Path, clock: Clock) -> None:
    interrupted(context, output)
    clock.now += 40 * DAY
    catalogue.update_product(context, "jannah", name=None, prefix="NEW", links={})
    catalogue.update_plan(context, "jannah", "single", {"domains": 9, "staging_domains": 9, "term": "perpetual"})
    create(context, output)
    rows = assert_whole(context, output)
    assert {key[:4] for key in rows.values()} == {"JNH-"}
    with context.store.read() as connection:
        found = connection.execute(
            select(tables.licenses.c.domain_limit, tables.licenses.c.created_at, tables.licenses.c.term_ends_at)
        ).all()
        times = connection.execute(select(tables.audit.c.at).where(tables.audit.c.action == "create")).scalars().all()
        staging = connection.execute(select(tables.licenses.c.staging_limit)).scalars().all()
    assert len(set(found)) == 1
    assert (*found[0][:2], *set(staging)) == (1, START, 0)
    assert Counter(at for at in times if at > START) == {clock.now: 50}


@pytest.mark.usefixtures("small")
def test_a_job_that_an_earlier_version_began_has_no_staging_places(context: Context, output: Path) -> None:
    interrupted(context, output)
    catalogue.update_plan(context, "jannah", "single", {"staging_domains": 3})
    begun = output.with_name(".keys.csv.job")
    job = json.loads(begun.read_text())
    del job["staging_domains"]
    begun.write_text(json.dumps(job))
    create(context, output)
    assert_whole(context, output)
    with context.store.read() as connection:
        assert set(connection.execute(select(tables.licenses.c.staging_limit)).scalars()) == {0}


@pytest.mark.usefixtures("small")
def test_another_job_for_the_same_file_is_refused(context: Context, output: Path, tmp_path: Path) -> None:
    catalogue.create_plan(context, "jannah", "many", name="Many", domains=5, term="1y")
    interrupted(context, output)
    before = output.with_name(".keys.csv.partial").read_bytes()
    other = catalogue.find_plan(context, "jannah", "many")
    single = catalogue.find_plan(context, "jannah", "single")
    for plan, count, customer in ((other, COUNT, None), (single, COUNT + 1, None), (single, COUNT, "order 1")):
        with pytest.raises(Refused) as told:
            bulk.create_many(context, plan, customer=customer, count=count, output=output)
        assert f"license-server license create jannah/single --count {COUNT} --output {output}" in str(
            next_step(told.value)
        )
    elsewhere = with_another_secret(context, SecretKind.AUDIT, tmp_path / "other")
    with pytest.raises(Refused, match="another license server"):
        create(elsewhere, output)
    assert output.with_name(".keys.csv.partial").read_bytes() == before
    create(context, output)
    assert_whole(context, output)


@pytest.mark.parametrize("job", [b"", b"{}", b"[1]", b'{"count": "many"}'])
@pytest.mark.usefixtures("small")
def test_a_damaged_job_is_refused(context: Context, output: Path, job: bytes) -> None:
    interrupted(context, output)
    output.with_name(".keys.csv.job").write_bytes(job)
    with pytest.raises(Refused, match="damaged"):
        create(context, output)
    output.with_name(".keys.csv.job").unlink()
    with pytest.raises(Refused, match="not as this command left it"):
        create(context, output)


def test_a_finished_file_is_refused(context: Context, output: Path) -> None:
    create(context, output)
    before = output.read_bytes()
    with pytest.raises(Refused, match="never overwritten"):
        create(context, output)
    assert output.read_bytes() == before
    assert_whole(context, output)


@pytest.mark.usefixtures("small")
def test_a_file_that_came_meanwhile_is_not_overwritten(context: Context, output: Path) -> None:
    interrupted(context, output)
    output.write_text("mine")
    with pytest.raises(Refused, match="never overwritten"):
        create(context, output)
    assert output.read_text() == "mine"
    output.unlink()
    create(context, output)
    assert_whole(context, output)


def test_another_job_does_not_pass_for_a_finished_one(context: Context, output: Path) -> None:
    create(context, output)
    os.link(output, output.with_name(".keys.csv.partial"))
    with pytest.raises(Refused, match="never overwritten"):
        create(context, output, count=COUNT + 1)
    os.link(output, output.with_name(".keys.csv.partial"))
    with pytest.raises(Refused, match="never overwritten"):
        create(context, output, customer="order 1")
    assert_whole(context, output)


def test_of_two_at_once_the_second_is_refused(context: Context, output: Path) -> None:
    with bulk_file.opened(output), pytest.raises(Refused, match="another process"):
        create(context, output)
    create(context, output)
    assert_whole(context, output)


def test_a_file_that_others_may_read_is_not_written_to(context: Context, output: Path) -> None:
    partial = output.with_name(".keys.csv.partial")
    partial.touch(0o644)
    with pytest.raises(Refused, match="not a private file"):
        create(context, output)
    partial.unlink()
    partial.symlink_to(output.with_name("elsewhere"))
    with pytest.raises(HomeNotUsable):
        create(context, output)
    assert not output.with_name("elsewhere").exists()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("writes", [0, 1, 2])
def test_it_goes_on_after_a_full_disk(
    context: Context, output: Path, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = writes

    def full(descriptor: int, data: bytes) -> int:
        nonlocal left
        left -= 1
        if left >= 0:
            return os.pwrite(descriptor, data, os.fstat(descriptor).st_size)
        if left == -1:
            return os.pwrite(descriptor, data[:100], os.fstat(descriptor).st_size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(HomeNotUsable, match="No space left on device"):
            create(context, output)
    create(context, output)
    assert_whole(context, output)


def test_what_issued_nothing_leaves_nothing(context: Context, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(HomeNotUsable):
        create(context, output)
    assert list(output.parent.iterdir()) == []


def test_memory_does_not_grow_with_the_number(context: Context, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_BATCH", "SMALLEST_BATCH", "LARGEST_BATCH", "LOOK_BACK"):
        monkeypatch.setattr(bulk, name, 500)

    def peak(count: int) -> int:
        tracemalloc.start()
        create(context, output, count=count)
        output.unlink()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(500)
    assert peak(20_000) < 2 * peak(2_000)


def start(server: LiveServer, output: Path, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "license_server", "license", "create", "jannah/single"),
            *("--count", str(count), "--output", str(output)),
        ],
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A command in the background of a script ignores Ctrl-C, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for_keys(output: Path, size: int = 1) -> None:
    partial = output.with_name(".keys.csv.partial")
    deadline = time.monotonic() + 60
    while not partial.exists() or partial.stat().st_size <= size:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_command_goes_on_after_kills_at_any_moment(tmp_path: Path, output: Path) -> None:
    server, count, seed = LiveServer(tmp_path / "server").set_up(), 100_000, random.randrange(2**32)
    moments = random.Random(seed)
    sizes = [0]
    for _ in range(3):
        process = start(server, output, count)
        wait_for_keys(output, sizes[-1])
        time.sleep(moments.random() * 0.3)
        process.kill()
        process.communicate()
        if output.exists():
            break
        sizes.append(output.with_name(".keys.csv.partial").stat().st_size)
    if not output.exists():
        told = server.cli("license", "create", "jannah/single", "--count", str(count), "--output", str(output))
        assert told.returncode == 0, told.stderr
        assert "resuming: " in told.stderr
    rows = rows_of(output)
    assert len(rows) == count, seed
    with opened(server) as context, context.store.read() as connection:
        stored = connection.execute(select(tables.licenses.c.id)).scalars().all()
        assert set(stored) == set(rows), seed
        assert len(stored) == count


@contextmanager
def opened(server: LiveServer) -> Iterator[Context]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        settings = load_settings()
    context = open_context(settings)
    try:
        yield context
    finally:
        context.store.dispose()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_interruption_says_that_the_same_command_goes_on(tmp_path: Path, output: Path, how: signal.Signals) -> None:
    server = LiveServer(tmp_path / "server").set_up()
    process = start(server, output, 10_000_000)
    wait_for_keys(output, 40_000 * 69)  # the first batch is stored, the second is under way
    process.send_signal(how)
    out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert told.startswith("cancelled; ")
    assert "the same command" in told
    assert [path.name for path in sorted(output.parent.iterdir())] == [".keys.csv.job", ".keys.csv.partial"]
    issued = int(told.split()[1])
    with opened(server) as context, context.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.licenses)).scalar() == issued


def test_a_terminal_shows_number_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = pty.openpty()
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")

    def wait_for(pattern: str) -> None:
        shown = ""
        while not re.search(pattern, shown):
            assert reader.select(timeout=30), shown
            shown += os.read(controller, 100_000).decode()

    reader = selectors.DefaultSelector()
    reader.register(controller, selectors.EVENT_READ)

    with os.fdopen(terminal, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        with key_progress(1_000) as progress:
            progress.start_at(100)
            for done in (200, 500, 700):
                progress.advance(done)
                wait_for(f"{done}/1000")
            wait_for(r"[\d,]+ keys/s")
            wait_for(r"\d\d:\d\d")
    reader.close()
    os.close(controller)
