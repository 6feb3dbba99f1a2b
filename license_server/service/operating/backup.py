"""Back a server up while it answers, and make it again on an empty machine.

The database goes to one file, the keys and secrets to another place: whoever has both can sign licenses.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from license_server.audit_actions import AuditAction
from license_server.clock import iso
from license_server.config import Settings
from license_server.errors.backup import (
    BackupExists,
    BackupFolderMissing,
    BackupNewer,
    BackupNotWritable,
    BackupOfFuture,
    BackupUnreadable,
    CopyDiffers,
    DatabaseInUse,
    NotAFolder,
    SecretsBesideDatabase,
    SecretsMissing,
    SecretsNotThere,
    SecretsOfAnotherServer,
)
from license_server.errors.home import PathNotUsable, PathReadOnly
from license_server.home import Home, make_private_folder, read_private_file, sync_folder, write_private_file
from license_server.secret_files import load_secrets
from license_server.secret_purposes import SecretKind
from license_server.service import locked_server
from license_server.service.context import Context, open_context
from license_server.service.operating.signing_keys import require_usable
from license_server.store import Store, audit, backup_file, recovery, schema
from license_server.store.backup_file import Label

_FOLDERS = ("keys", "secrets")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back: what the backup says of itself, and where the server is now."""

    label: Label
    home: Path


def backup(context: Context, target: Path, *, keys_to: Path | None) -> Label:
    """Write the whole database, as it is at one moment, to the new file ``target`` (0600).

    Nobody waits for it. ``keys_to`` also copies keys and secrets to another folder. Raises :class:`Refused`,
    :class:`InputInvalid`, :class:`HomeNotUsable` or :class:`ServerUnavailable`; no half file is left.
    """
    target = target.expanduser().absolute()
    if os.path.lexists(target):
        raise BackupExists(path=target)
    if not target.parent.is_dir():
        raise BackupFolderMissing(folder=target.parent)
    if keys_to is not None:
        _copy_secrets(context.home, keys_to, target)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    secrets = load_secrets(context.home).fingerprints()
    # Before what is written is read: what is activated from now on is not in it for certain.
    made_at = context.clock()
    try:
        with context.home.as_owner() if context.home.holds(target) else nullcontext():
            write_private_file(partial, b"")
        with context.store.snapshot() as connection:
            label = backup_file.dump(connection, partial, lambda rows: Label(schema.HEAD, made_at, dict(rows), secrets))
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.link(partial, target)
        sync_folder(target.parent)
    except FileExistsError as error:
        raise BackupExists(path=target) from error
    except (PathNotUsable, PathReadOnly) as error:
        why = error.why if isinstance(error, PathNotUsable) else "it is on a file system that is mounted read-only"
        raise BackupNotWritable(path=target, why=why) from error
    except OSError as error:
        raise BackupNotWritable(path=target, why=str(error.strerror)) from error
    except backup_file.NotWritten as error:
        raise BackupNotWritable(path=target, why=str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return label


def restore(
    settings: Settings,
    source: Path,
    *,
    keys_from: Path | None,
    actor: str,
    clock: Callable[[], int],
) -> Restored:
    """Make the database of a home anew from a backup; the home holds its keys and secrets, or gets them.

    Refused without them, and where a license server is already. Raises :class:`Refused`, :class:`InputInvalid`,
    :class:`AlreadyInitialised`, :class:`HomeNotUsable` or :class:`ServerUnavailable`.
    """
    home = Home(settings.home)
    with backup_file.opened(source.expanduser()) as (file, label):
        if not schema.is_known(label.schema):
            if label.schema.isdecimal() and int(label.schema) > int(schema.HEAD):
                raise BackupNewer(path=source, found=label.schema, known=schema.HEAD)
            raise BackupUnreadable(path=source)
        if keys_from is not None:
            _bring_secrets(home, keys_from)
        _require_secrets(home, label)
        home.create()
        store = Store(settings.store_url, create=True)
        made_file = False
        try:
            _require_empty(store)
            made_file = store.file is not None and home.make_database_file(store.file)
            schema.migrate(store, to=label.schema)
            with store.write(long=True) as connection:
                backup_file.load(connection, file, label)
            schema.migrate(store)
        except BaseException:
            store.dispose()
            if made_file and store.file is not None:
                schema.remove_file(store.file)
            raise
        store.dispose()
    context = replace(open_context(settings, actor=actor), clock=clock)
    try:
        require_usable(context)
        context.store.transact(lambda connection: _record(context, connection, label))
    finally:
        context.store.dispose()
    return Restored(label, home.path)


def record_restored(context: Context, backup_of: int) -> int:
    """Record that the database was brought back by other means, to its state of ``backup_of``; return when.

    From now on, and for 90 days, the tokens of sites bring back what was activated after that moment. Raises
    :class:`BackupOfFuture`.
    """

    def work(connection: Connection) -> int:
        server = locked_server.lock(context, connection)
        if backup_of > server.at:
            raise BackupOfFuture(backup_of=backup_of)
        server.record(AuditAction.RESTORE, "server", backup_of=iso(backup_of))
        recovery.record(connection, restored_at=server.at, backup_of=backup_of)
        server.save()
        return server.at

    return context.store.transact(work)


def _copy_secrets(home: Home, folder: Path, target: Path) -> None:
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise NotAFolder(path=folder)
    if folder.resolve() == target.parent.resolve() or home.holds(folder):
        raise SecretsBesideDatabase
    _copy_files(home.path, folder)


def _bring_secrets(home: Home, folder: Path) -> None:
    folder = folder.expanduser().absolute()
    if not all((folder / name).is_dir() for name in _FOLDERS):
        raise SecretsNotThere(folder=folder)
    home.create()
    _copy_files(folder, home.path, writing=home.as_owner)


def _copy_files(
    source: Path, target: Path, *, writing: Callable[[], AbstractContextManager[None]] = nullcontext
) -> None:
    """Copy keys and secrets, writing as ``writing`` lets; a file that is there already must be the same."""
    for name in _FOLDERS:
        with writing():
            make_private_folder(target / name)
        for path in sorted((source / name).iterdir()):
            copy = target / name / path.name
            if not path.is_file() or path.name.startswith("."):
                continue
            if not copy.exists():
                content = read_private_file(path)
                with writing():
                    write_private_file(copy, content)
            elif read_private_file(copy) != read_private_file(path):
                raise CopyDiffers(copy=copy, original=path)


def _require_secrets(home: Home, label: Label) -> None:
    if not home.is_initialised:
        raise SecretsMissing(home=home.path)
    found = load_secrets(home).fingerprints()
    missing = tuple(name for name, mark in label.secrets.items() if found.get(name) != mark)
    # A token secret may have been retired since, if another of that time is still there; the log needs all of its own.
    may_be_gone = {name for name in missing if name.startswith(f"{SecretKind.TOKEN}-") and name not in found}
    kept_one = any(name.startswith(f"{SecretKind.TOKEN}-") for name in label.secrets.keys() - set(missing))
    if missing and not (kept_one and may_be_gone == set(missing)):
        raise SecretsOfAnotherServer(home=home.path, names=missing)


def _require_empty(store: Store) -> None:
    if store.file is not None and not store.file.exists():
        return
    if schema.revision(store) is not None and store.query(audit.has_server_row):
        raise DatabaseInUse


def _record(context: Context, connection: Connection, label: Label) -> None:
    server = locked_server.lock(context, connection)
    server.record(AuditAction.RESTORE, "server", backup_of=iso(label.made_at), rows=sum(label.rows.values()))
    recovery.record(connection, restored_at=server.at, backup_of=label.made_at)
    server.save()
