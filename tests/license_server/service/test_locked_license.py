"""The one hand that changes a license: what it writes, and what it refuses to write."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from license_server.audit_actions import AuditAction
from license_server.errors import NotFound, ServerUnavailable
from license_server.records import License
from license_server.service.context import Context
from license_server.service.license import license_lookup, locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.store import licenses, tables
from tests.license_server.conftest import Issue
from tests.license_server.ledger import entries_of, flaws


def saved(context: Context, license_id: str, work: Callable[[LockedLicense], object]) -> License:
    """Lock, do ``work``, save; return the license as the lock's holder has it then."""

    def transaction(connection: Connection) -> License:
        locked = locked_license.require(context, connection, license_id)
        work(locked)
        locked.save()
        return locked.license

    return context.store.transact(transaction)


def test_what_was_changed_and_recorded_is_what_the_row_says(context: Context, issue: Issue) -> None:
    license_id = issue(domains=3, staging_domains=1).license.id

    def work(locked: LockedLicense) -> None:
        locked.change(used=2, customer="C-1")
        locked.record(AuditAction.ACTIVATE, "act_1", "site", domain="a.example.com")
        locked.change(staging_used=1)
        locked.record(AuditAction.RELEASE, "act_2", "owner", domain="b.example.com")

    held = saved(context, license_id, work)
    assert held == license_lookup.find(context, license_id)
    assert (held.used, held.staging_used, held.customer, held.audit_count) == (2, 1, "C-1", 3)
    entries = entries_of(context, license_id)
    assert [(entry.action, entry.object, entry.actor) for entry in entries[1:]] == [
        ("activate", "act_1", "site"),
        ("release", "act_2", "owner"),
    ]
    # The chain is whole; that no activation stands behind what was made up here is another matter, and told.
    assert {kind for _, _, kind in flaws(context, license_id)} == {"row_differs"}


def test_what_is_not_saved_has_not_happened(context: Context, issue: Issue) -> None:
    before = issue().license

    def work(connection: Connection) -> None:
        locked = locked_license.require(context, connection, before.id)
        locked.change(used=1)
        locked.record(AuditAction.ACTIVATE, "act_1", "site")
        assert (locked.stored, locked.license.used) == (before, 1)

    context.store.transact(work)
    assert license_lookup.find(context, before.id) == before


def test_a_second_save_goes_on_from_the_first(context: Context, issue: Issue) -> None:
    license_id = issue(domains=2).license.id

    def work(locked: LockedLicense) -> None:
        locked.change(used=1)
        locked.save()
        locked.change(used=2)
        locked.record(AuditAction.ACTIVATE, "act_1", "site")

    assert saved(context, license_id, work) == license_lookup.find(context, license_id)
    assert license_lookup.find(context, license_id).used == 2


@pytest.mark.parametrize(
    ("fields", "beyond_limit"),
    [
        ({"used": 3}, False),
        ({"staging_used": 2}, False),
        ({"used": -1}, True),
        ({"staging_used": -1}, True),
        ({"moves_made": -1}, True),
    ],
)
def test_no_counter_passes_its_limit_or_falls_below_nought(
    context: Context, issue: Issue, fields: dict[str, int], beyond_limit: bool
) -> None:
    before = issue(domains=2, staging_domains=1).license

    def work(connection: Connection) -> None:
        locked = locked_license.require(context, connection, before.id)
        locked.record(AuditAction.ACTIVATE, "act_1", "site")
        locked.change(**fields)
        locked.save(beyond_limit=beyond_limit)

    with pytest.raises(ServerUnavailable):
        context.store.transact(work)
    assert license_lookup.find(context, before.id) == before


def test_a_counter_passes_its_limit_where_that_is_meant_and_then_only_falls(context: Context, issue: Issue) -> None:
    license_id = issue(domains=1).license.id

    def beyond(connection: Connection) -> None:
        locked = locked_license.require(context, connection, license_id)
        locked.change(used=3)
        locked.save(beyond_limit=True)

    context.store.transact(beyond)
    assert saved(context, license_id, lambda locked: locked.change(used=2, customer="C-1")).used == 2
    with pytest.raises(ServerUnavailable):
        saved(context, license_id, lambda locked: locked.change(used=3))


@pytest.mark.parametrize("column", ["used", "staging_used", "audit_count"])
def test_a_row_that_changed_under_its_lock_is_not_written(context: Context, issue: Issue, column: str) -> None:
    before = issue(domains=5, staging_domains=5).license

    def work(connection: Connection) -> None:
        locked = locked_license.require(context, connection, before.id)
        past_the_lock = update(tables.licenses).where(tables.licenses.c.id == before.id)
        connection.execute(past_the_lock.values({column: tables.licenses.c[column] + 1}))
        locked.change(customer="C-1")
        locked.save()

    with pytest.raises(ServerUnavailable):
        context.store.transact(work)
    assert license_lookup.find(context, before.id) == before


def test_an_unknown_license_is_not_found_and_its_text_reaches_no_query(context: Context) -> None:
    with context.store.write() as connection:
        assert licenses.lock(connection, "lic_" + "0" * 24) is None
        with pytest.raises(NotFound, match="no license of that id"):
            locked_license.require(context, connection, "JNH-ABCDE")
