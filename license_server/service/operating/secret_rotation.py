"""Token and audit secrets: which makes what is new, and how another takes over while the server answers.

A running process follows the folder, so on one machine a new secret is in use with the next call. Several nodes need
the file before the first of them uses it: it waits, is copied to each, and takes over on one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from license_server import secret_files
from license_server.audit_actions import AuditAction
from license_server.errors.secrets import NoSecretIdLeft, SecretNotFound, SecretRetired, SecretSigns, SecretWaits
from license_server.secret_files import MAX_ID, WAITING
from license_server.secret_purposes import SecretKind
from license_server.service import locked_server
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.service.operating import audit_log
from license_server.store import audit_chains

SIGNS, READ, WAITS, RETIRED = "signs", "read", "waiting", "retired"
_BATCH = 200


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret of the home, without its bytes; ``status`` is one of the four above."""

    kind: SecretKind
    number: int
    status: str
    file: Path

    @property
    def name(self) -> str:
        """The name that the audit log and a backup know it by."""
        return f"{self.kind}-{self.number}"


def list_secrets(context: Context) -> list[KeptSecret]:
    """Return every secret, the newest of each kind first."""
    retired = context.store.query(audit_log.newest_retired)
    found = []
    for kind in SecretKind:
        ring = context.secrets.ring(kind)
        for number in sorted(ring, reverse=True):
            status = SIGNS if number == ring.signs else WAITS if number > ring.signs else READ
            if kind is SecretKind.AUDIT and number <= retired:
                status = RETIRED
            name = f"{kind}-{number}{WAITING if status == WAITS else ''}"
            found.append(KeptSecret(kind, number, status, context.home.secrets / name))
    return found


def prepare(context: Context, kind: SecretKind) -> KeptSecret:
    """Make a secret that is read and makes nothing yet, to be copied to every node.

    Raises :class:`SecretWaits`, :class:`NoSecretIdLeft` or :class:`HomeNotUsable`.
    """
    waiting = context.secrets.waiting(kind)
    if waiting:
        raise SecretWaits(name=f"{kind}-{waiting[0]}", kind=kind)
    number = _next_id(context, kind)
    path = secret_files.add_secret(context.home, kind, number, waiting=True)
    _record(context, AuditAction.CREATE, f"{kind}-{number}", status=WAITS)
    return KeptSecret(kind, number, WAITS, path)


def rotate(context: Context, kind: SecretKind) -> tuple[KeptSecret, KeptSecret]:
    """Let the secret that waits, or a new one, make what is new; return the one before, which is read on, and it.

    Raises :class:`NoSecretIdLeft` or :class:`HomeNotUsable`.
    """
    ring = context.secrets.ring(kind)
    before = KeptSecret(kind, ring.signs, READ, context.home.secrets / f"{kind}-{ring.signs}")
    waiting = context.secrets.waiting(kind)
    number = waiting[0] if waiting else _next_id(context, kind)
    if waiting:
        path = secret_files.use_secret(context.home, kind, number)
    else:
        path = secret_files.add_secret(context.home, kind, number, waiting=False)
    # Whatever becomes of this entry, the secret is in use: to take it away again would break what it made meanwhile.
    _record(context, AuditAction.ROTATE_SECRET, f"{kind}-{number}", **{"from": before.name})
    return before, KeptSecret(kind, number, SIGNS, path)


def retire(
    context: Context, kind: SecretKind, number: int, *, advance: Callable[[int], object] = lambda sealed: None
) -> KeptSecret:
    """Let a secret that was replaced do nothing any more.

    A token secret is removed: tokens and sessions by it are worthless at once. An audit secret stays for what it made,
    and every chain that ends with it, or with an older one, is sealed; ``advance`` is told how many are.
    Raises :class:`SecretNotFound`, :class:`SecretSigns`, :class:`SecretRetired` or :class:`HomeNotUsable`.
    """
    ring = context.secrets.ring(kind)
    found = KeptSecret(kind, number, RETIRED, context.home.secrets / f"{kind}-{number}")
    if number not in ring:
        raise SecretNotFound(name=found.name)
    if number >= ring.signs:
        raise SecretSigns(name=found.name, kind=kind)
    if kind is SecretKind.TOKEN:
        _record(context, AuditAction.RETIRE_SECRET, found.name)
        secret_files.remove_secret(context.home, kind, number)
        return found
    if number <= context.store.query(audit_log.newest_retired):
        raise SecretRetired(name=found.name)
    sealed = 0
    while names := context.store.query(lambda connection: audit_chains.ending_with(connection, number, limit=_BATCH)):
        context.store.transact(lambda connection, names=names: _seal(context, connection, names))  # type: ignore[misc]
        sealed += len(names)
        advance(sealed)
    _record(context, AuditAction.RETIRE_SECRET, found.name, sealed=sealed)
    return found


def _seal(context: Context, connection: Connection, license_ids: list[str]) -> None:
    for license_id in license_ids:
        locked = locked_license.require(context, connection, license_id)
        secret = f"{SecretKind.AUDIT}-{context.secrets.audit.signs}"
        locked.record(AuditAction.SEAL, license_id, context.actor, secret=secret)
        locked.save()


def _next_id(context: Context, kind: SecretKind) -> int:
    number = max(context.secrets.ring(kind)) + 1
    if number > MAX_ID:
        raise NoSecretIdLeft(kind=kind)
    return number


def _record(context: Context, action: AuditAction, name: str, **details: object) -> None:
    def work(connection: Connection) -> None:
        server = locked_server.lock(context, connection)
        server.record(action, f"secret:{name}", **details)
        server.save()

    context.store.transact(work)
