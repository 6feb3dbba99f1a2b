"""The audit log: who did what, whether every chain still fits what was written, and whether the rows do."""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import Connection

from license_server import ids
from license_server.audit_actions import AuditAction
from license_server.audit_chain import SERVER_CHAIN, AuditEntry, Flaw, FlawKind, first_flaw, secret_id_of
from license_server.audit_replay import Difference, LicenseReplay
from license_server.errors.backup import HeadsInvalid
from license_server.errors.licenses import LicenseUnknown
from license_server.records import AuditFilter
from license_server.secret_purposes import SecretKind
from license_server.server_replay import ServerReplay
from license_server.service.activation import activation_lookup
from license_server.service.context import Context
from license_server.store import audit, audit_chains
from license_server.store.audit_chains import Chain
from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense

HEADS_HEADER = "chain\tentries\thead"
_BATCH = 500
_MAC_BYTES = (32, 33)  # with the id of the secret, unless that is the first
_MAX_REPORTS = 100
_MAX_RETIRED = 10_000


@dataclass(slots=True)
class Verified:
    """How much was read, and how many flaws were found."""

    chains: int = 0
    entries: int = 0
    flaws: int = 0


def search(context: Context, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
    """Return the newest entries that match. Raises :class:`LicenseUnknown` or :class:`ActivationUnknown`.

    An object also says which chain it is in, which makes the search quick.
    """
    if wanted.object is not None and wanted.chain is None:
        wanted = replace(wanted, chain=_chain_of_object(context, wanted.object))
    if wanted.chain not in (None, SERVER_CHAIN):
        _require_chain(context, str(wanted.chain))
    return context.store.query(lambda connection: audit.search(connection, wanted, limit=limit))


def open_reports(context: Context, license_id: str) -> list[AuditEntry]:
    """Return what the owner of a license reported since its key was last replaced, the newest of each activation."""

    def work(connection: Connection) -> list[AuditEntry]:
        reports = audit.search(connection, AuditFilter(chain=license_id, action=AuditAction.REPORT), limit=_MAX_REPORTS)
        rekeys = (
            audit.search(connection, AuditFilter(chain=license_id, action=AuditAction.REKEY), limit=1)
            if reports
            else []
        )
        answered = rekeys[0].number if rekeys else 0
        newest = {entry.object: entry for entry in reversed(reports) if entry.number > answered}
        return list(reversed(newest.values()))

    return context.store.query(work)


def verify(
    context: Context,
    *,
    license_id: str | None = None,
    tell: Callable[[Flaw], object],
    expect: Callable[[int], object] = lambda chains: None,
    advance: Callable[[int], object] = lambda chains: None,
) -> Verified:
    """Read every chain, or one license's, and ``tell`` the first flaw of each that has one.

    What the entries of a whole chain add up to is compared with the rows, and ``tell`` is told each difference.
    All of one moment, in memory that does not grow with the log. ``expect`` is told how many chains there should be,
    ``advance`` how many are done. Raises :class:`LicenseUnknown`.
    """
    done, secrets = Verified(), context.secrets.audit
    if license_id is not None and ids.parse_id(ids.LICENSE, license_id) is None:
        raise LicenseUnknown(license_id=ids.repeatable(ids.LICENSE, license_id))
    with context.store.snapshot() as connection:
        if license_id is not None:
            chain = audit_chains.one(connection, license_id)
            if chain is None:
                raise LicenseUnknown(license_id=ids.repeatable(ids.LICENSE, license_id))
            chains: Iterable[Chain] = [chain]
        else:
            expect(audit_chains.count(connection))
            chains = audit_chains.every(connection)
        retired = newest_retired(connection)
        for chain in chains:
            for flaw in _read(connection, secrets, retired, chain, done):
                done.flaws += 1
                tell(flaw)
            done.chains += 1
            advance(done.chains)
    return done


def heads(context: Context) -> Iterator[tuple[str, int, str]]:
    """Yield each chain's name, its number of entries and its head, of one moment: a copy to be kept elsewhere."""
    with context.store.snapshot() as connection:
        for name, end in audit_chains.ends(connection):
            yield name, end.count, encode_segment(end.head)


def compare(context: Context, lines: Iterable[str], *, tell: Callable[[Flaw], object]) -> int:
    """Compare the log with an outside copy of its heads, ``tell`` what was set back or rewritten; return the chains.

    Raises :class:`HeadsInvalid` when the lines are no such copy.
    """
    copies = _copies(lines)
    compared = 0
    with context.store.snapshot() as connection:
        while batch := list(islice(copies, _BATCH)):
            compared += len(batch)
            for flaw in _differences(connection, batch):
                tell(flaw)
    return compared


def newest_retired(connection: Connection) -> int:
    """Return the id of the newest audit secret that was retired, or 0: no chain ends with it or an older one."""
    wanted = AuditFilter(chain=SERVER_CHAIN, action=AuditAction.RETIRE_SECRET)
    names = [entry.object for entry in audit.search(connection, wanted, limit=_MAX_RETIRED)]
    found = [name.removeprefix(f"secret:{SecretKind.AUDIT}-") for name in names]
    return max((int(number) for number in found if number.isascii() and number.isdecimal()), default=0)


def _read(
    connection: Connection, secrets: Mapping[int, bytes], retired: int, chain: Chain, done: Verified
) -> Iterator[Flaw]:
    told = ServerReplay() if chain.name == SERVER_CHAIN else LicenseReplay()
    entries = _replayed(chain.entries, told, done)
    if chain.end is None:
        first = next(entries, None)
        flaw: Flaw | None = Flaw(chain.name, 1 if first is None else first.number, FlawKind.ROW_GONE)
    else:
        flaw = first_flaw(secrets, entries, chain=chain.name, count=chain.end.count, head=chain.end.head)
        if flaw is None and secret_id_of(chain.end.head) <= retired:
            flaw = Flaw(chain.name, chain.end.count, FlawKind.SEAL_MISSING)
    for _ in entries:  # the rest is counted and not judged: nothing fits behind a flaw
        pass
    if flaw is not None:
        yield flaw
        return
    # Only now is anything that the entries told believed.
    for found in _compared(connection, told, chain):
        yield Flaw(chain.name, found.number, FlawKind.ROW_DIFFERS, found.of, found.fact, found.told, found.stored)


def _compared(connection: Connection, told: ServerReplay | LicenseReplay, chain: Chain) -> Iterator[Difference]:
    if isinstance(told, ServerReplay):
        yield from told.differences(audit_chains.server_objects(connection))
    elif chain.license is not None:
        yield from told.differences(chain.license, chain.activations)


def _replayed(
    entries: Iterable[AuditEntry], told: ServerReplay | LicenseReplay, done: Verified
) -> Iterator[AuditEntry]:
    for entry in entries:
        done.entries += 1
        told.add(entry)
        yield entry


def _differences(connection: Connection, copies: list[tuple[str, int, bytes]]) -> Iterator[Flaw]:
    there = audit_chains.macs(connection, [(name, number) for name, number, _ in copies if number])
    for name, number, head in copies:
        mac = there.get((name, number))
        if number and mac is None:
            yield Flaw(name, number, FlawKind.SET_BACK)
        elif mac is not None and not hmac.compare_digest(mac, head):
            yield Flaw(name, number, FlawKind.REWRITTEN)


def _copies(lines: Iterable[str]) -> Iterator[tuple[str, int, bytes]]:
    rest = iter(lines)
    if next(rest, "").rstrip("\r\n") != HEADS_HEADER:
        raise HeadsInvalid(line=1)
    for place, line in enumerate(rest, start=2):
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != 3 or not fields[1].isascii() or not fields[1].isdecimal() or len(fields[1]) > 15:
            raise HeadsInvalid(line=place)
        try:
            head = decode_segment(fields[2])
        except MalformedLicense as error:
            raise HeadsInvalid(line=place) from error
        if len(head) not in _MAC_BYTES:
            raise HeadsInvalid(line=place)
        yield fields[0], int(fields[1]), head


def _chain_of_object(context: Context, name: str) -> str | None:
    if name.startswith(f"{ids.LICENSE}_"):
        return name
    if name.startswith(f"{ids.ACTIVATION}_"):
        return activation_lookup.find(context, name).license_id
    return SERVER_CHAIN


def _require_chain(context: Context, name: str) -> None:
    # Not the license's row: what was done to one that is gone may be what is looked for. And only what has the form of
    # an id reaches the database, whose log may hold every parameter: it could be a key.
    is_id = ids.parse_id(ids.LICENSE, name) is not None
    if not is_id or not context.store.query(lambda connection: audit_chains.is_there(connection, name)):
        raise LicenseUnknown(license_id=ids.repeatable(ids.LICENSE, name))
