"""The database: migrations, the guards in the schema, counters, durability settings, last seen."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from license_server import policy
from license_server.errors import SchemaMismatch, ServerUnavailable
from license_server.ids import ACTIVATION, new_id
from license_server.records import Activation, ReleasedBy
from license_server.service.context import Context
from license_server.service.traffic.background_notes import BackgroundNotes
from license_server.store import Store, activations, call_counts, licenses, moves, refusal_counts, schema, tables
from tests.conftest import NewDatabase, on_sqlite
from tests.license_server.conftest import START, Clock, Issue


def test_the_head_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.HEAD


def test_migrations_make_what_the_tables_say(tmp_path: Path, new_database: NewDatabase) -> None:
    store = Store(new_database() or f"sqlite:///{tmp_path}/new.db", create=True)
    assert schema.revision(store) is None
    with pytest.raises(SchemaMismatch):
        schema.check(store)
    schema.migrate(store)
    schema.check(store)
    schema.migrate(store)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        if store.is_sqlite:
            partial = "SELECT name FROM sqlite_master WHERE sql LIKE '%WHERE%'"
        else:
            partial = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%WHERE%'"
        indexes = connection.execute(text(partial)).scalars().all()
    assert sorted(indexes) == ["uq_activations_unreleased", "uq_signing_keys_current"]
    store.dispose()


OLD_ROWS = (
    "INSERT INTO products (id, slug, name, prefix, created_at) VALUES (1, 'jannah', 'Jannah', 'JNH', 1)",
    (
        "INSERT INTO plans (id, product_id, slug, name, domains, term, lease_seconds, grace_seconds, refresh_seconds, "
        "moves_per_year, features, created_at) VALUES (1, 1, 'single', 'Single', 1, '1y', 1, 1, 1, 4, '[]', 1)"
    ),
    (
        "INSERT INTO licenses (id, plan_id, key_digest, key_last5, status, status_since, created_at, domain_limit, "
        "used, freed, audit_count, audit_head) VALUES ('lic_1', 1, :raw, 'AAAAA', 'active', 1, 1, 1, 1, 0, 0, :raw)"
    ),
)
"""A license as every released schema could hold it."""


def old_store(url: str, revision: str, activation: str, **values: object) -> Store:
    """Open a database of an old schema, in which a license is in use by the activation that a statement puts there."""
    store = Store(url, create=True)
    schema.migrate(store, to=revision)
    with store.write() as connection:
        for statement in (*OLD_ROWS, activation):
            connection.execute(text(statement), {"raw": b"x", **values})
    return store


def test_the_first_schema_is_brought_up_to_date_with_its_data(tmp_path: Path, new_database: NewDatabase) -> None:
    activation = (
        "INSERT INTO activations (id, license_id, domain, environment, activated_at, counts_as_move) "
        "VALUES ('act_1', 'lic_1', 'a.example.com', 'production', 1, :move)"
    )
    store = old_store(new_database() or f"sqlite:///{tmp_path}/old.db", "0001", activation, move=False)
    with pytest.raises(SchemaMismatch):
        schema.check(store)
    schema.migrate(store)
    schema.check(store)
    with store.read() as connection:
        found = activations.find(connection, "act_1")
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    assert found is not None
    assert (found.domain, found.offline_until) == ("a.example.com", None)
    store.dispose()


def test_the_second_schema_is_brought_up_to_date_with_its_data(tmp_path: Path, new_database: NewDatabase) -> None:
    activation = (
        "INSERT INTO activations (id, license_id, domain, environment, activated_at, counts_as_move, offline_until) "
        "VALUES ('act_1', 'lic_1', 'a.example.com', 'staging', 77, :move, 99)"
    )
    store = old_store(new_database() or f"sqlite:///{tmp_path}/old.db", "0002", activation, move=True)
    schema.migrate(store)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        found = licenses.find(connection, "lic_1")
        there = activations.find(connection, "act_1")
        made = moves.times(connection, "lic_1", since=0, in_staging_place=False)
        assert activations.had_place(connection, "lic_1", "a.example.com")
    assert found is not None
    assert (found.used, found.staging_limit, found.staging_used, found.plan.staging_domains) == (1, 0, 0, 0)
    assert there is not None
    assert (there.environment, there.in_staging_place, there.offline_until) == ("staging", False, 99)
    assert (made, found.moves_made) == ([77], 1)
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(update(tables.licenses).values(staging_used=-1))
    store.dispose()


def test_a_place_that_an_offline_license_keeps_ends_nobodys_hold_by_the_upgrade(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    released = (
        "INSERT INTO activations (id, license_id, domain, environment, activated_at, counts_as_move, last_seen_at, "
        "released_at, released_by, placed_at, offline_until) VALUES "
        "('act_1', 'lic_1', 'a.example.com', 'production', 1, :no, 90, 90, 'owner', 1, 9000000000), "
        "('act_2', 'lic_1', 'b.example.com', 'production', 1, :no, 80, 80, 'owner', 1, NULL), "
        "('act_3', 'lic_1', 'c.example.com', 'production', 1, :no, 70, 70, 'owner', 1, NULL)"
    )
    store = old_store(new_database() or f"sqlite:///{tmp_path}/old.db", "0003", released, no=False)
    with store.write() as connection:
        connection.execute(text("UPDATE licenses SET domain_limit = 2"))
    schema.migrate(store)
    with store.read() as connection:
        held = {one.id: one.signed_until for one in activations.of_license(connection, "lic_1", released=True)}
    assert held == {"act_1": 90 + 60 + 2, "act_2": 80 + 60 + 2, "act_3": None}
    store.dispose()


def test_a_migration_that_fails_leaves_nothing(
    tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(new_database() or f"sqlite:///{tmp_path}/new.db", create=True)
    monkeypatch.setattr("alembic.runtime.migration.MigrationContext.run_migrations", _migrate_and_fail)
    with pytest.raises(ZeroDivisionError):
        schema.migrate(store)
    with store.read() as connection:
        assert inspect(connection).get_table_names() == []
    store.dispose()


def _migrate_and_fail(self: MigrationContext, **_: object) -> None:
    self.connection.execute(text("CREATE TABLE half (id INTEGER)"))  # type: ignore[union-attr]
    raise ZeroDivisionError


@on_sqlite
def test_every_connection_is_durable_and_checked(context: Context) -> None:
    for use in (context.store.read, context.store.write):
        with use() as connection:
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert found == ["wal", 2, 1]


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/missing.db")
    with pytest.raises(ServerUnavailable), store.read():
        pass
    assert not (tmp_path / "missing.db").exists()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database " * 100)
    with pytest.raises(ServerUnavailable) as refused, Store(f"sqlite:///{tmp_path}/text.db").read():
        pass
    assert "not a database" in str(refused.value)


@on_sqlite
def test_another_programs_lock_is_waited_for_and_then_refused(tmp_path: Path, context: Context) -> None:
    impatient = Store(context.settings.store_url, wait_seconds=0.2)
    assert context.store.file is not None
    other = sqlite3.connect(context.store.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServerUnavailable), impatient.write():
        pass
    with impatient.read() as connection:
        assert connection.execute(select(tables.products.c.slug)).scalar() == "jannah"
    other.execute("ROLLBACK")
    other.close()
    with impatient.write():
        pass
    impatient.dispose()


@on_sqlite
def test_threads_of_one_process_queue_for_the_same_time(context: Context) -> None:
    impatient = Store(context.settings.store_url, wait_seconds=0.2)
    refusals = []

    def write() -> None:
        try:
            with impatient.write():
                pass
        except ServerUnavailable as error:
            refusals.append(error)

    with impatient.write():
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join()
    assert len(refusals) == 1
    impatient.dispose()


def test_a_block_that_fails_changes_nothing(context: Context) -> None:
    def change_and_fail() -> None:
        with context.store.write() as connection:
            connection.execute(delete(tables.plans))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    with context.store.read() as connection:
        assert connection.execute(select(tables.plans.c.slug)).scalar() == "single"


def activation(license_id: str, domain: str, *, random: Callable[[int], bytes]) -> Activation:
    return Activation(new_id(ACTIVATION, random), license_id, domain, "production", None, START, START, None, None)


def test_the_schema_itself_keeps_one_unreleased_activation_a_domain(context: Context, issue: Issue) -> None:
    license_id = issue().license.id
    first, second = (activation(license_id, "a.example.com", random=context.random_bytes) for _ in range(2))
    with context.store.write() as connection:
        activations.add(connection, first)
    with pytest.raises(IntegrityError), context.store.write() as connection:
        activations.add(connection, second)
    with context.store.write() as connection:
        activations.save(connection, replace(first, released_at=START, released_by=ReleasedBy.SITE), at=START)
        activations.add(connection, second)


@pytest.mark.parametrize(
    "values", [{"status": "lost"}, {"used": -1}, {"moves_made": -1}, {"staging_used": -1}, {"plan_id": 99}]
)
def test_the_schema_refuses_what_no_license_can_be(context: Context, issue: Issue, values: dict[str, object]) -> None:
    issue()
    with pytest.raises(IntegrityError), context.store.write() as connection:
        connection.execute(update(tables.licenses).values(**values))


def test_there_is_one_signing_key_in_use_and_one_server(context: Context) -> None:
    row = {"key_id": "k", "public_key": "p", "position": 9, "created_at": 0, "status_since": 0}
    with pytest.raises(IntegrityError), context.store.write() as connection:
        connection.execute(insert(tables.signing_keys).values(name="k9", status="current", **row))
    with pytest.raises(IntegrityError), context.store.write() as connection:
        connection.execute(insert(tables.server).values(id=2, created_at=0, audit_count=0, audit_head=b""))


def test_a_window_starts_with_its_first_call_and_ends(context: Context) -> None:
    def hit(now: int) -> call_counts.Window:
        with context.store.write() as connection:
            return call_counts.hit(connection, scope="s", subject="a", now=now, seconds=100)

    assert [hit(now).count for now in (1_000, 1_001, 1_099, 1_100)] == [1, 2, 3, 1]
    assert hit(1_101).ends_at == 1_200
    with context.store.write() as connection:
        assert call_counts.current(connection, scope="s", subject="a", now=1_150, seconds=100).count == 2
        assert call_counts.current(connection, scope="s", subject="b", now=1_150, seconds=100).count == 0
        call_counts.forget_before(connection, 1_200)
        assert call_counts.current(connection, scope="s", subject="a", now=1_150, seconds=100).count == 0


@on_sqlite
def test_what_was_noted_is_kept_until_it_can_be_stored(context: Context, issue: Issue, clock: Clock) -> None:
    one = activation(issue().license.id, "a.example.com", random=context.random_bytes)
    with context.store.write() as connection:
        activations.add(connection, one)
    notes = BackgroundNotes(context, interval=3_600)
    clock.now += 60
    notes.saw(one.id)
    notes.refused("rate_limited")
    assert context.store.file is not None
    away = context.store.file.rename(context.store.file.with_suffix(".away"))
    context.store.dispose()
    with pytest.raises(ServerUnavailable):
        notes.flush()
    notes.refused("rate_limited")
    away.rename(context.store.file)
    notes.flush()
    with context.store.read() as connection:
        found = activations.find(connection, one.id)
        counted = refusal_counts.since(connection, 0)
    assert found is not None
    assert found.last_seen_at == START + 60
    assert counted == [(START // policy.DAY, "rate_limited", 2)]
    notes.stop()


def test_refusals_add_up_by_day_and_code(context: Context) -> None:
    with context.store.write() as connection:
        refusal_counts.add(connection, {})
        refusal_counts.add(connection, {(100, "rate_limited"): 2, (100, "token_invalid"): 1, (101, "rate_limited"): 5})
        refusal_counts.add(connection, {(100, "rate_limited"): 3, (99, "key_malformed"): 9})
        assert refusal_counts.since(connection, 100) == [
            (100, "rate_limited", 5),
            (100, "token_invalid", 1),
            (101, "rate_limited", 5),
        ]
        assert refusal_counts.since(connection, 102) == []


def test_notes_are_stored_in_the_order_of_their_keys(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[list[object]] = []
    monkeypatch.setattr(activations, "note_last_seen", lambda _, seen: stored.append(list(seen)))
    monkeypatch.setattr(refusal_counts, "add", lambda _, counts: stored.append(list(counts)))
    notes = BackgroundNotes(context, interval=3_600)
    for name in ("act_c", "act_a", "act_b"):
        notes.saw(name)
        notes.refused(name)
    notes.flush()
    today = START // policy.DAY
    assert stored == [["act_a", "act_b", "act_c"], [(today, "act_a"), (today, "act_b"), (today, "act_c")]]
    notes.stop()
