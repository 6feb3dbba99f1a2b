"""What PostgreSQL may do to a transaction, and what becomes of it: undone, cut off, locked, away and back.

Promise: the database locked, full, read-only, or away.
"""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import requests
from sqlalchemy import Connection, Table, select, text, update
from sqlalchemy.exc import IntegrityError

from license_server.errors import ServerUnavailable
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.store import Store, tables
from license_server.web.app import create_app
from tests.conftest import NewDatabase, on_postgresql
from tests.license_server.conftest import Issue
from tests.license_server.live import LiveServer, body, post
from tests.license_server.site import Site, code, key_of
from tests.postgresql import Cluster

pytestmark = on_postgresql


def url_of(context: Context) -> str:
    return context.settings.store_url


def end_sessions(context: Context) -> None:
    """End every other session of the database, as a restart of the server does."""
    with psycopg.connect(url_of(context), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def rename(connection: Connection, name: str) -> None:
    connection.execute(update(tables.products).values(name=name))


def name_of(context: Context) -> str:
    with context.store.read() as connection:
        return str(connection.execute(select(tables.products.c.name)).scalar_one())


def test_a_session_that_was_ended_meanwhile_is_not_noticed(context: Context) -> None:
    context.store.query(name_statement)
    end_sessions(context)
    assert context.store.query(name_statement) == "Jannah"
    end_sessions(context)
    context.store.transact(lambda connection: rename(connection, "Anew"))
    assert name_of(context) == "Anew"


def name_statement(connection: Connection) -> str:
    return str(connection.execute(select(tables.products.c.name)).scalar_one())


def test_a_transaction_that_is_cut_off_in_the_middle_runs_again_as_a_whole(context: Context) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> int:
        attempts.append(1)
        connection.execute(update(tables.products).values(created_at=tables.products.c.created_at + 1))
        if len(attempts) == 1:
            end_sessions(context)
        return int(connection.execute(select(tables.products.c.created_at)).scalar_one())

    with context.store.read() as connection:
        before = int(connection.execute(select(tables.products.c.created_at)).scalar_one())
    assert context.store.transact(work) == before + 1
    assert len(attempts) == 2


def test_a_connection_lost_in_the_commit_is_not_tried_again(context: Context) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        rename(connection, "Once")
        end_sessions(context)

    with pytest.raises(ServerUnavailable):
        context.store.transact(work)
    assert len(attempts) == 1


def test_two_that_lock_each_other_out_both_get_through(context: Context) -> None:
    both = threading.Barrier(2, timeout=10)
    both_tables = (tables.products, tables.plans)
    attempts: list[str] = []

    def lock(first: Table, second: Table) -> None:
        def work(connection: Connection) -> None:
            attempts.append(first.name)
            connection.execute(select(first).with_for_update())
            if len(attempts) <= 2:
                both.wait()
            connection.execute(select(second).with_for_update())

        context.store.transact(work)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(lock, *order) for order in (both_tables, both_tables[::-1])]:
            done.result()
    assert len(attempts) == 3


def test_a_serialization_failure_is_repeated_within_bounds(context: Context) -> None:
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(ServerUnavailable):
        context.store.transact(work)
    assert len(attempts) == 5


def test_a_session_that_may_only_read_is_not_kept(context: Context) -> None:
    name = url_of(context).rpartition("/")[2]
    with psycopg.connect(url_of(context), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        context.store.dispose()
        with pytest.raises(ServerUnavailable):
            context.store.transact(lambda connection: rename(connection, "Refused"))
        other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    context.store.transact(lambda connection: rename(connection, "Anew"))
    assert name_of(context) == "Anew"


def test_a_broken_rule_of_the_schema_is_no_reason_to_repeat(context: Context, issue: Issue) -> None:
    issue()
    attempts: list[int] = []

    def work(connection: Connection) -> None:
        attempts.append(1)
        connection.execute(update(tables.licenses).values(used=-1))

    with pytest.raises(IntegrityError):
        context.store.transact(work)
    assert len(attempts) == 1


def test_a_row_that_another_program_locks_is_a_503_and_others_go_on(context: Context, issue: Issue) -> None:
    locked, free = issue(), issue()
    hasty = replace(context, store=Store(url_of(context), wait_seconds=0.3))
    client = create_app(hasty).test_client()
    with psycopg.connect(url_of(context)) as other:
        other.execute("SELECT * FROM licenses WHERE id = %s FOR UPDATE", [locked.license.id])
        waiting = Site(client, key_of(locked), "a.example.com").activate()
        assert (waiting.status_code, code(waiting)) == (503, "server_unavailable")
        assert int(waiting.headers["Retry-After"]) >= 1
        assert Site(client, key_of(free), "b.example.com").activate().status_code == 201
    assert Site(client, key_of(locked), "a.example.com").activate().status_code == 201
    hasty.close()


def test_a_counter_that_a_waiting_writer_reads_is_the_newest(context: Context, issue: Issue) -> None:
    license_id = issue().license.id
    waiting = threading.Event()

    def take(connection: Connection) -> int:
        locked = locked_license.require(context, connection, license_id)
        locked.change(used=locked.license.used + 1)
        locked.save(beyond_limit=True)
        return locked.stored.used

    def second() -> int:
        with context.store.write() as connection:
            waiting.set()
            return take(connection)

    with ThreadPoolExecutor(1) as threads:
        with context.store.write() as connection:
            assert take(connection) == 1
            other = threads.submit(second)
            assert waiting.wait(10)
            time.sleep(0.1)
        assert other.result() == 2


@pytest.fixture
def own_cluster(new_database: NewDatabase) -> Iterator[Cluster]:
    """Give a cluster that the test may stop."""
    del new_database  # where PostgreSQL is missing, this skips
    cluster = Cluster(durable=True)
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_database_that_is_away_is_a_503_and_what_was_granted_is_there_when_it_is_back(
    own_cluster: Cluster, tmp_path: Path, how: int
) -> None:
    server = LiveServer(tmp_path, database_url=own_cluster.new_database()).set_up()
    keys = [server.issue().license_key for _ in range(2)]
    with server:
        activate, refresh = body(keys[0], "a.example.com"), {"domain": "a.example.com", "nonce": "n"}
        granted = post(server.url, "activate", activate).json()
        token = granted["activation_token"]
        own_cluster.stop(how)
        for away in (
            post(server.url, "activate", {**activate, "license_key": keys[1]}),
            post(server.url, "refresh", refresh, token=token),
        ):
            assert (away.status_code, away.json()["code"]) == (503, "server_unavailable")
            assert int(away.headers["Retry-After"]) >= 1
        assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 503
        refused = server.cli("license", "list")
        assert (refused.returncode, len(refused.stderr.splitlines())) == (6, 1)
        own_cluster.start()
        again = post(server.url, "activate", activate)
        assert (again.status_code, again.json()["activation"]["id"]) == (200, granted["activation"]["id"])
        assert post(server.url, "refresh", refresh, token=token).status_code == 200
