"""The audit log's chain: each entry's MAC covers the one before it (security: HMAC(secret, previous ‖ row)).

Pure. The count and the head of a chain live on the row that the change locks anyway, so an entry that is edited,
removed, moved or cut off at the end does not fit. Setting a whole license back needs an outside copy to be seen.

A MAC by a secret other than the first has the secret's id behind it. Within a chain the ids never fall: whoever stole a
secret that was replaced adds nothing behind an entry by a newer one, and each hand takes up the secret of the entry
before its own.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import chain as joined

from license_server.secret_purposes import signing_id

EMPTY_HEAD = b"\x00" * 32
SERVER_CHAIN = "server"
OWN_VALUE = "\x01"
"""Stands in the details of many first entries where each has a value of its own."""

_ESCAPED, _ESCAPED_TWICE = b"\\u0001", b"\\\\u0001"
MAC_BYTES = 32
_BLOCK = 64  # bytes that SHA-256 takes at a time


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: who did what to which object, when; ``details`` are plain JSON values and hold no secret."""

    chain: str
    number: int
    at: int
    actor: str
    action: str
    object: str
    details: str
    mac: bytes


class FlawKind(StrEnum):
    """What has likely happened where a chain does not fit."""

    EDITED = "edited"
    """The entry was changed, or put in another's place."""
    MISSING = "missing"
    """The entry was removed, and later ones are there."""
    CUT_OFF = "cut_off"
    """This entry and all after it were removed."""
    ADDED = "added"
    """The entry is beyond the end that the locked row knows: it was added, or the row was set back."""
    END_EDITED = "end_edited"
    """Every entry fits, and the head on the locked row is another."""
    ROW_GONE = "row_gone"
    """The row that holds the chain's end was removed."""
    SET_BACK = "set_back"
    """An outside copy knows this entry, and the log no longer has it."""
    REWRITTEN = "rewritten"
    """An outside copy knows this entry with another content."""
    FALLEN_BACK = "fallen_back"
    """The entry was made with an older secret than the one before it."""
    SEAL_MISSING = "seal_missing"
    """The chain ends with an entry by a secret that was retired, when every chain was sealed with a newer one."""
    UNREADABLE = "unreadable"
    """The entry names a secret that is not here."""
    NOT_RECORDED = "not_recorded"
    """There is a row and no entry: it was written past the program, or its entries and their count are gone."""
    ROW_DIFFERS = "row_differs"
    """The chain is whole, and a row says another thing than its entries."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where a chain does not fit; for a row that differs, the entry that told the fact.

    ``of`` is whose row it is, ``fact`` what of it; ``told`` is what the entries say, ``stored`` what the row says.
    """

    chain: str
    number: int
    kind: FlawKind
    of: str | None = None
    fact: str | None = None
    told: object = None
    stored: object = None


class AuditChain:
    """The end of one chain, which hands out the next entries; read ``count`` and ``head`` back when done."""

    __slots__ = ("_secret", "_secret_id", "chain", "count", "head")

    def __init__(self, secrets: Mapping[int, bytes], chain: str, *, count: int = 0, head: bytes = EMPTY_HEAD) -> None:
        self._secret_id = max(signing_id(secrets), secret_id_of(head))
        self._secret = secrets[self._secret_id]
        self.chain = chain
        self.count = count
        self.head = head

    def entry(
        self, *, at: int, actor: str, action: str, object: str, details: Mapping[str, object] | None = None
    ) -> AuditEntry:
        """Return the next entry and move the end of the chain past it."""
        self.count += 1
        text = details_text(details or {})
        self.head = _mac(
            self._secret_id, self._secret, self.head, (self.chain, self.count, at, actor, action, object, text)
        )
        return AuditEntry(self.chain, self.count, at, actor, action, object, text, self.head)


def first_flaw(
    secrets: Mapping[int, bytes], entries: Iterable[AuditEntry], *, chain: str, count: int, head: bytes
) -> Flaw | None:
    """Return the first place where a chain does not fit, or None when all of it does.

    ``entries`` in order of their numbers; ``count`` and ``head`` as the locked row holds them.
    """
    previous, number, newest = EMPTY_HEAD, 0, 0
    for number, entry in enumerate(entries, start=1):
        row = (entry.chain, entry.number, entry.at, entry.actor, entry.action, entry.object, entry.details)
        secret_id = secret_id_of(entry.mac)
        secret = secrets.get(secret_id)
        if secret is None and entry.number == number:
            return Flaw(chain, number, FlawKind.UNREADABLE)
        fits = secret is not None and hmac.compare_digest(_mac(secret_id, secret, previous, row), entry.mac)
        if entry.chain != chain or entry.number != number or not fits:
            kind = FlawKind.MISSING if entry.number > number else FlawKind.EDITED
            return Flaw(chain, number, kind)
        if secret_id < newest:
            return Flaw(chain, number, FlawKind.FALLEN_BACK)
        previous, newest = entry.mac, secret_id
    if number < count:
        return Flaw(chain, number + 1, FlawKind.CUT_OFF)
    if number > count:
        return Flaw(chain, count + 1, FlawKind.ADDED)
    if count < 1:
        return Flaw(chain, 1, FlawKind.NOT_RECORDED)
    return None if hmac.compare_digest(previous, head) else Flaw(chain, number, FlawKind.END_EDITED)


def secret_id_of(mac: bytes) -> int:
    """Return the id of the secret that a MAC, or the head of a chain, says it was made with."""
    return mac[MAC_BYTES] if len(mac) == MAC_BYTES + 1 else 1


def details_text(details: Mapping[str, object]) -> str:
    """Return ``details`` as an entry holds them."""
    return json.dumps(dict(details), sort_keys=True, separators=(",", ":"))


def first_macs(
    secrets: Mapping[int, bytes],
    chains: Iterable[bytes],
    own: Iterable[Sequence[bytes]],
    *,
    at: int,
    actor: str,
    action: str,
    details: Mapping[str, object],
) -> tuple[list[bytes], list[bytes]]:
    """Return the MACs and the details of the first entries of chains, as :meth:`AuditChain.entry` makes them.

    For very many new objects at once. A chain is named after its object. ``details`` holds :data:`OWN_VALUE` where each
    has a value of its own, which is in ``own`` in the order of the members' names. Names and values are ASCII that JSON
    does not escape; a secret has at most 64 bytes.
    """
    secret_id = signing_id(secrets)
    secret, behind = secrets[secret_id], _behind(secret_id)
    text = details_text(details)
    row = json.dumps(("\0", 1, at, actor, action, "\0", text), separators=(",", ":")).encode("ascii")
    start, middle, end = row.split(b"\\u0000")
    ends, texts = end.split(_ESCAPED_TWICE), text.encode("ascii").split(_ESCAPED)
    # HMAC (RFC 2104) from two plain hashes: a ready-made one costs four times as much to set up as these to run.
    key = secret.ljust(_BLOCK, b"\0")
    inner = bytes(byte ^ 0x36 for byte in key) + EMPTY_HEAD + start
    outer = bytes(byte ^ 0x5C for byte in key)
    macs, told = [], []
    for chain, values in zip(chains, own, strict=True):
        row = inner + chain + middle + chain + _filled(ends, values)
        macs.append(sha256(outer + sha256(row).digest()).digest() + behind)
        told.append(_filled(texts, values))
    return macs, told


def _filled(parts: Sequence[bytes], values: Sequence[bytes]) -> bytes:
    return b"".join(joined.from_iterable(zip(parts, (*values, b""), strict=True)))


def _mac(secret_id: int, secret: bytes, previous: bytes, row: tuple[object, ...]) -> bytes:
    text = previous + json.dumps(row, separators=(",", ":")).encode("ascii")
    return hmac.digest(secret, text, "sha256") + _behind(secret_id)


def _behind(secret_id: int) -> bytes:
    # The first secret's MACs are as they were before there could be a second.
    return b"" if secret_id == 1 else bytes([secret_id])
