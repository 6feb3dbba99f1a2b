"""The audit log's chain: each entry's MAC covers the one before it (security: HMAC(secret, previous ‖ row)).

Pure. The count and the head of a chain live on the row that the change locks anyway, so an entry that is edited,
removed, moved or cut off at the end does not fit. Setting a whole license back needs an outside copy to be seen.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

EMPTY_HEAD = b"\x00" * 32
SERVER_CHAIN = "server"
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


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first place where a chain does not fit."""

    chain: str
    number: int
    kind: FlawKind


class AuditChain:
    """The end of one chain, which hands out the next entries; read ``count`` and ``head`` back when done."""

    __slots__ = ("_secret", "chain", "count", "head")

    def __init__(self, secret: bytes, chain: str, *, count: int = 0, head: bytes = EMPTY_HEAD) -> None:
        self._secret = secret
        self.chain = chain
        self.count = count
        self.head = head

    def entry(
        self, *, at: int, actor: str, action: str, object: str, details: Mapping[str, object] | None = None
    ) -> AuditEntry:
        """Return the next entry and move the end of the chain past it."""
        self.count += 1
        text = details_text(details or {})
        self.head = _mac(self._secret, self.head, (self.chain, self.count, at, actor, action, object, text))
        return AuditEntry(self.chain, self.count, at, actor, action, object, text, self.head)


def first_flaw(secret: bytes, entries: Iterable[AuditEntry], *, chain: str, count: int, head: bytes) -> Flaw | None:
    """Return the first place where a chain does not fit, or None when all of it does.

    ``entries`` in order of their numbers; ``count`` and ``head`` as the locked row holds them.
    """
    previous, number = EMPTY_HEAD, 0
    for number, entry in enumerate(entries, start=1):
        row = (entry.chain, entry.number, entry.at, entry.actor, entry.action, entry.object, entry.details)
        expected = _mac(secret, previous, row)
        if entry.chain != chain or entry.number != number or not hmac.compare_digest(expected, entry.mac):
            kind = FlawKind.MISSING if entry.number > number else FlawKind.EDITED
            return Flaw(chain, number, kind)
        previous = entry.mac
    if number < count:
        return Flaw(chain, number + 1, FlawKind.CUT_OFF)
    if number > count:
        return Flaw(chain, count + 1, FlawKind.ADDED)
    return None if hmac.compare_digest(previous, head) else Flaw(chain, number, FlawKind.END_EDITED)


def details_text(details: Mapping[str, object]) -> str:
    """Return ``details`` as an entry holds them."""
    return json.dumps(dict(details), sort_keys=True, separators=(",", ":"))


def first_macs(
    secret: bytes, chains: Iterable[bytes], *, at: int, actor: str, action: str, details: Mapping[str, object]
) -> list[bytes]:
    """Return the MAC of the first entry of each chain: :meth:`AuditChain.entry` for very many new objects at once.

    A chain is named after its object, in ASCII that JSON does not escape. ``secret`` has at most 64 bytes.
    """
    row = json.dumps(("\0", 1, at, actor, action, "\0", details_text(details)), separators=(",", ":")).encode("ascii")
    start, middle, end = row.split(b"\\u0000")
    # HMAC (RFC 2104) from two plain hashes: a ready-made one costs four times as much to set up as these to run.
    key = secret.ljust(_BLOCK, b"\0")
    inner = bytes(byte ^ 0x36 for byte in key) + EMPTY_HEAD + start
    outer = bytes(byte ^ 0x5C for byte in key)
    return [sha256(outer + sha256(inner + chain + middle + chain + end).digest()).digest() for chain in chains]


def _mac(secret: bytes, previous: bytes, row: tuple[object, ...]) -> bytes:
    return hmac.digest(secret, previous + json.dumps(row, separators=(",", ":")).encode("ascii"), "sha256")
