"""How often has this key or this address called in its window? One statement, shared by all workers and nodes."""

from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from license_server.store.tables import call_counts


@dataclass(frozen=True, slots=True)
class Window:
    """The calls counted so far, and when the next window starts."""

    count: int
    ends_at: int


def hit(connection: Connection, *, scope: str, subject: str, now: int, seconds: int) -> Window:
    """Count one call and return the window that it fell in; a window of ``seconds`` starts with its first call."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    over = call_counts.c.window_start <= now - seconds
    statement = (
        dialect.insert(call_counts)
        .values(scope=scope, subject=subject, window_start=now, count=1)
        .on_conflict_do_update(
            index_elements=["scope", "subject"],
            set_={
                "count": case((over, 1), else_=call_counts.c.count + 1),
                "window_start": case((over, now), else_=call_counts.c.window_start),
            },
        )
        .returning(call_counts.c.count, call_counts.c.window_start)
    )
    count, start = connection.execute(statement).one()
    return Window(count=count, ends_at=start + seconds)


def current(connection: Connection, *, scope: str, subject: str, now: int, seconds: int) -> Window:
    """Return the window without counting a call."""
    statement = select(call_counts.c.count, call_counts.c.window_start).where(
        call_counts.c.scope == scope, call_counts.c.subject == subject, call_counts.c.window_start > now - seconds
    )
    row = connection.execute(statement).one_or_none()
    return Window(count=0, ends_at=now + seconds) if row is None else Window(count=row[0], ends_at=row[1] + seconds)


def forget_before(connection: Connection, at: int) -> None:
    """Remove the windows that started before ``at``: addresses are not kept for longer than they count."""
    connection.execute(delete(call_counts).where(call_counts.c.window_start < at))
