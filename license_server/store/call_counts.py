"""How often has this key or this address called in its window? One statement, shared by all workers and nodes."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from license_server.store.tables import call_counts


@dataclass(frozen=True, slots=True)
class Window:
    """The calls counted so far, and when the next window starts."""

    count: int
    ends_at: int


def hit(connection: Connection, *, scope: str, subject: str, now: int, seconds: int) -> Window:
    """Count one call and return the window that it fell in; a window of ``seconds`` starts with its first call."""
    values = {"scope": scope, "subject": subject, "window_start": now, "count": 1, "over_at": now - seconds}
    count, start = connection.execute(_hit(connection.dialect.name), values).one()
    return Window(count=count, ends_at=start + seconds)


def current(connection: Connection, *, scope: str, subject: str, now: int, seconds: int) -> Window:
    """Return the window without counting a call."""
    values = {"scope": scope, "subject": subject, "over_at": now - seconds}
    row = connection.execute(_CURRENT, values).one_or_none()
    return Window(count=0, ends_at=now + seconds) if row is None else Window(count=row[0], ends_at=row[1] + seconds)


def forget_before(connection: Connection, at: int, *, but: str = "") -> None:
    """Remove the windows that started before ``at``: addresses are not kept for longer than they count.

    Those of the scope ``but`` stay.
    """
    connection.execute(delete(call_counts).where(call_counts.c.window_start < at, call_counts.c.scope != but))


_CURRENT = select(call_counts.c.count, call_counts.c.window_start).where(
    call_counts.c.scope == bindparam("scope"),
    call_counts.c.subject == bindparam("subject"),
    call_counts.c.window_start > bindparam("over_at"),
)


@lru_cache(maxsize=2)
def _hit(dialect: str) -> ReturningInsert[int, int]:
    insert = postgresql.insert(call_counts) if dialect == "postgresql" else sqlite.insert(call_counts)
    over = call_counts.c.window_start <= bindparam("over_at")
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["scope", "subject"],
        set_={
            "count": case((over, 1), else_=call_counts.c.count + 1),
            "window_start": case((over, new.window_start), else_=call_counts.c.window_start),
        },
    ).returning(call_counts.c.count, call_counts.c.window_start)
