"""Is the database's schema the one that this program speaks? Migrations up, and a check that costs one query."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from license_server.errors.home import DatabaseEmpty, DatabaseNewer, DatabaseOlder, DatabaseUnknown
from license_server.store.engine.database import Store

HEAD = "0005"
"""The newest migration; a test compares it with the folder."""

_MIGRATION_LOCK = 0x7468656D6C6963
FILE_SUFFIXES = ("-wal", "-shm", "-next", "-turn")
"""What lies beside an SQLite file, SQLite's own and the locks of those who wait to write, is named so at its end."""

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(store: Store, *, to: str = HEAD) -> None:
    """Bring the schema up to the migration ``to`` in one transaction; does nothing when it is there.

    Raises :class:`DatabaseUnknown` or :class:`DatabaseNewer` where there is no way from what is there.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with store.write(long=True) as connection:
        if connection.dialect.name == "postgresql":
            # Two nodes that are brought up to date at the same time take turns.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        found = _revision(connection)
        if found is not None and not is_known(found):
            raise _unknown(found)
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def revision(store: Store) -> str | None:
    """Return the migration that the database is at, or None for a database without a schema."""
    return store.query(_revision)


def check(store: Store) -> None:
    """Raise :class:`SchemaMismatch` unless the database is at :data:`HEAD`."""
    found = revision(store)
    if found == HEAD:
        return
    if found is None:
        raise DatabaseEmpty
    if is_known(found):
        raise DatabaseOlder(found=found, known=HEAD)
    raise _unknown(found)


def is_known(found: str) -> bool:
    """Return whether a migration of this program leads to the schema ``found``, and so from it to :data:`HEAD`."""
    return any(path.name.partition("_")[0] == found for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _unknown(found: str) -> DatabaseNewer | DatabaseUnknown:
    if found.isascii() and found.isdecimal() and int(found) > int(HEAD):
        return DatabaseNewer(found=found, known=HEAD)
    return DatabaseUnknown(found=found, known=HEAD)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def remove_file(path: Path) -> None:
    """Remove the database file that a failed ``init`` made, with what belongs to it."""
    for suffix in ("", *FILE_SUFFIXES):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
