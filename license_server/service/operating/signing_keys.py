"""Signing keys: which signs, which stand by, and how one takes over from another (protocol §4)."""

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from license_server import signing
from license_server.audit_actions import AuditAction
from license_server.errors.keys import (
    CurrentKeyMissing,
    KeyBeyondOwner,
    KeyFileNotFound,
    KeyInUse,
    KeyOfAnotherServer,
    KeyOutOfUse,
    KeySignsAlready,
    NoStandby,
    SigningKeyNotFound,
    StandbyMissing,
)
from license_server.ownership import is_read_only, user_name
from license_server.records import SigningKey
from license_server.service import locked_server
from license_server.service.context import Context
from license_server.service.operating.setup import key_file_outside
from license_server.store import signing_keys

CURRENT, STANDBY, RETIRED, LEAKED = "current", "standby", "retired", "leaked"


def list_keys(context: Context) -> list[SigningKey]:
    """Return every key in the order in which a theme pins them."""
    return context.store.query(signing_keys.all_keys)


def public_keys(context: Context) -> list[str]:
    """Return what a theme pins, in order: the key in use, then the standbys."""
    order = {CURRENT: 0, STANDBY: 1}
    usable = [key for key in list_keys(context) if key.status in order]
    return [key.public_key for key in sorted(usable, key=lambda key: (order[key.status], key.position))]


def jwk_set(found: Sequence[SigningKey]) -> dict[str, object]:
    """Return the JWK Set (RFC 7517, RFC 8037) of every key that may have signed a license; leaked ones are left out."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": key.public_key, "kid": key.key_id, "use": "sig", "alg": "EdDSA"}
            for key in found
            if key.status != LEAKED
        ]
    }


def require_usable(context: Context) -> None:
    """Raise :class:`HomeNotUsable` unless the private half of the key in use is in the home."""
    key_id = context.store.query(signing_keys.current_key_id)
    if key_id is None or not context.signer.has(key_id):
        raise CurrentKeyMissing(folder=context.home.keys)


def create_standby(context: Context, folder: Path) -> tuple[SigningKey, Path]:
    """Make a standby whose private half goes to ``folder``, outside of the home, and nowhere else.

    Raises :class:`InputInvalid` or :class:`HomeNotUsable`.
    """
    name = f"k{len(list_keys(context)) + 1}"
    path = key_file_outside(context.home, folder, name)
    public = signing.create_key(path, passphrase=context.settings.read_key_passphrase())

    def work(connection: Connection) -> SigningKey:
        server = locked_server.lock(context, connection)
        position = 1 + max(key.position for key in signing_keys.all_keys(connection))
        row = SigningKey(name, public.key_id, public.text, position, STANDBY, server.at)
        signing_keys.add(connection, row)
        server.record(AuditAction.CREATE, f"key:{name}", status=STANDBY, public_key=public.text)
        server.save()
        return row

    try:
        return context.store.transact(work), path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def install(context: Context, source: Path) -> SigningKey:
    """Copy a private half into the home of this node, where it does not sign before a rotation.

    ``source`` is the file, or a folder that holds one of our keys by its name. Raises :class:`InputInvalid`,
    :class:`HomeNotUsable`, or :class:`NotFound` when it is no key of this server.
    """
    known = list_keys(context)
    file = source.expanduser()
    if file.is_dir():
        waiting = [file / f"{key.name}.pem" for key in known if key.status in (STANDBY, CURRENT)]
        file = next((path for path in waiting if path.exists()), waiting[-1])
    if not file.exists():
        raise KeyFileNotFound(path=file)
    passphrase = context.settings.read_key_passphrase()
    brought = signing.BroughtKey(file, passphrase=passphrase)
    key = next((key for key in known if key.key_id == brought.public.key_id), None)
    if key is None:
        raise KeyOfAnotherServer(path=file)
    if key.status not in (STANDBY, CURRENT):
        raise KeyOutOfUse(key=key)
    target = context.home.keys / f"{key.name}.pem"
    if not target.exists():
        with context.home.as_owner():
            brought.write(target)
    _require_owner_reads(context)
    return key


def next_standby(context: Context) -> SigningKey:
    """Return the standby that takes over at a rotation. Raises :class:`NoStandby`."""
    standbys = [key for key in list_keys(context) if key.status == STANDBY]
    if not standbys:
        raise NoStandby
    return standbys[0]


def rotate(context: Context, *, leaked: bool) -> tuple[SigningKey, SigningKey]:
    """Let the next standby sign from now on; return the key that signed until now, and the new one.

    All nodes switch with the database row; each needs the private half in its home before. ``leaked`` takes the old
    key out of the JWK set. Raises :class:`Refused` or :class:`HomeNotUsable`.
    """
    chosen = next_standby(context)
    if not context.signer.has(chosen.key_id):
        raise StandbyMissing(name=chosen.name, folder=context.home.keys)
    _require_owner_reads(context)

    def work(connection: Connection) -> tuple[SigningKey, SigningKey]:
        server = locked_server.lock(context, connection)
        before = next(key for key in signing_keys.all_keys(connection) if key.status == CURRENT)
        if before.key_id == chosen.key_id:
            raise KeySignsAlready(key=chosen)
        status = LEAKED if leaked else RETIRED
        signing_keys.set_status(connection, before.name, status, at=server.at)
        signing_keys.set_status(connection, chosen.name, CURRENT, at=server.at)
        details = {"from": before.name, "to": chosen.name, "old_key": status}
        server.record(AuditAction.ROTATE, f"key:{chosen.name}", **details)
        server.save()
        return before, chosen

    return context.store.transact(work)


def mark_leaked(context: Context, name: str) -> SigningKey:
    """Take a standby, or a key that signs no more, out of use.

    Raises :class:`SigningKeyNotFound` or :class:`KeyInUse`.
    """
    key = next((key for key in list_keys(context) if key.name == name), None)
    if key is None:
        raise SigningKeyNotFound
    if key.status == CURRENT:
        raise KeyInUse(key=key)

    def work(connection: Connection) -> None:
        server = locked_server.lock(context, connection)
        signing_keys.set_status(connection, name, LEAKED, at=server.at)
        server.record(AuditAction.LEAKED, f"key:{name}", **{"from": key.status})
        server.save()

    context.store.transact(work)
    return next(key for key in list_keys(context) if key.name == name)


def protect(context: Context, passphrase: bytes | None) -> list[Path]:
    """Put every private key of the home under a passphrase, or under none; return the files.

    Raises :class:`HomeNotUsable` before any file is changed.
    """
    old = context.settings.read_key_passphrase()
    files = sorted(context.home.keys.glob("*.pem"))
    for path in files:
        signing.read_public_half(path, passphrase=old)
    _require_owner_reads(context)
    with context.home.as_owner():
        for path in files:
            signing.change_passphrase(path, old=old, new=passphrase)

    def work(connection: Connection) -> None:
        server = locked_server.lock(context, connection)
        server.record(AuditAction.PROTECT, "key:all", protected=passphrase is not None)
        server.save()

    context.store.transact(work)
    return files


def _require_owner_reads(context: Context) -> None:
    """Raise :class:`KeyBeyondOwner` where the owner of the home, as whom the server runs, cannot read a key in it.

    Only root meets that; one such file keeps the server from every key.
    """
    keys = context.home.keys
    for path in (keys, *sorted(keys.glob("*.pem"))):
        try:
            with context.home.as_owner():
                os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError as error:
            user = user_name(context.home.path.stat().st_uid)
            raise KeyBeyondOwner(path=path, user=user, read_only=is_read_only(path)) from error
