"""What do the entries of a license's audit chain say that its rows must hold, and where do these say another thing?

Pure: entries and rows are plain values. What no entry tells, such as what earlier versions did not write down, is
compared with nothing. Memory grows with the activations of one license, not with the log.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditEntry
from license_server.records import LicenseStatus

MARK_BYTES = 8
"""Of the digest of a license key an entry tells so many: enough to see that the row has another one."""

IN_USE, RELEASED, NOTHING, NO_ROW, THERE = "in use", "released", "nothing", "no row", "a row"

_TOLD_PLACES: Mapping[object, bool] = {"staging": True, "free": False, "move": False}
"""Whether a place is one for test copies, as earlier versions told it; a domain that returned may be in either kind."""

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LicenseRow:
    """What a license's row says of all that entries tell; ``plan`` is named as in the log."""

    id: str
    plan: str
    key_last5: str
    key_digest: bytes = field(repr=False)
    customer: str | None
    status: str
    status_reason: str | None
    status_since: int
    term_ends_at: int | None
    domain_limit: int
    staging_limit: int
    used: int
    staging_used: int
    moves_made: int

    def facts(self) -> dict[str, object]:
        """Return what can be compared with what entries tell."""
        return {
            "plan": self.plan,
            "key_last5": self.key_last5,
            "key_mark": key_mark(self.key_digest),
            "customer": self.customer,
            "status": self.status,
            "status_reason": self.status_reason,
            "status_since": self.status_since,
            "term_ends_at": self.term_ends_at,
            "domain_limit": self.domain_limit,
            "staging_limit": self.staging_limit,
        }


@dataclass(frozen=True, slots=True)
class ActivationRow:
    """What an activation's row says of all that entries tell."""

    id: str
    license_id: str
    domain: str
    environment: str
    in_staging_place: bool
    released_at: int | None
    offline_until: int | None

    @property
    def counts(self) -> bool:
        """Whether its license counts it: it is in use, or it was released while an offline license was out."""
        if self.released_at is None:
            return True
        return self.offline_until is not None and self.offline_until > self.released_at


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of the object ``of``, told in one way and stored in another; ``number`` is the entry that told it."""

    of: str
    number: int
    fact: str
    told: object
    stored: object


@dataclass(slots=True)
class _Use:
    """An activation as its entries tell it; None is what they do not tell."""

    number: int
    domain: str | None = None
    environment: str | None = None
    in_staging_place: bool | None = None


class LicenseReplay:
    """What the entries of one license's chain add up to; give them to ``add`` in their order."""

    def __init__(self) -> None:
        self.last = 0
        self.is_issued = False
        self.facts: dict[str, tuple[object, int]] = {}
        self.in_use: dict[str, _Use] = {}
        self.released: dict[str, int] = {}
        self.moves = 0

    def add(self, entry: AuditEntry) -> None:
        """Let one more entry tell what it tells; an action of another version tells nothing."""
        self.last = entry.number
        told = _TELL.get(entry.action)
        if told is not None:
            told(self, entry, details_of(entry))

    def tell(self, number: int, **facts: object) -> None:
        """Keep what entry ``number`` tells."""
        for name, value in facts.items():
            self.facts[name] = (value, number)

    def tell_member(self, number: int, fact: str, details: Details, member: str) -> None:
        """Keep what ``member`` of the details tells; where it is missing, nothing is known of the fact any more."""
        if member in details:
            self.facts[fact] = (details[member], number)
        else:
            self.facts.pop(fact, None)

    def use(self, entry: AuditEntry) -> _Use:
        """Return the activation of the entry, which is in use from now on."""
        self.released.pop(entry.object, None)
        use = self.in_use.setdefault(entry.object, _Use(entry.number))
        use.number = entry.number
        return use

    def place(self, use: _Use, details: Details) -> None:
        """Keep which kind of place an activation came to, and whether that was a move."""
        place, kind = details.get("place"), details.get("kind")
        use.in_staging_place = _TOLD_PLACES.get(place) if kind is None else kind == "staging"
        self.moves += place == "move"

    def differences(self, row: LicenseRow, activations: Iterable[ActivationRow]) -> Iterator[Difference]:
        """Yield where the license's row and its activations are not as the entries tell."""
        if not self.is_issued:
            yield Difference(row.id, 1, "issue", NOTHING, THERE)
        stored = row.facts()
        for name, (value, number) in self.facts.items():
            if stored[name] != value:
                yield Difference(row.id, number, name, value, stored[name])
        places = [0, 0]
        missing = {**self.released, **{name: use.number for name, use in self.in_use.items()}}
        for activation in activations:
            missing.pop(activation.id, None)
            places[activation.in_staging_place] += activation.counts
            yield from self._of_activation(activation)
        for name, number in missing.items():
            yield Difference(name, number, "state", IN_USE if name in self.in_use else RELEASED, NO_ROW)
        counted = (
            ("used", places[0], row.used),
            ("staging_used", places[1], row.staging_used),
            ("moves_made", self.moves, row.moves_made),
        )
        for fact, count, held in counted:
            if count != held:
                yield Difference(row.id, self.last, fact, count, held)

    def _of_activation(self, row: ActivationRow) -> Iterator[Difference]:
        use = self.in_use.get(row.id)
        told = IN_USE if use is not None else RELEASED if row.id in self.released else NOTHING
        stored = IN_USE if row.released_at is None else RELEASED
        if told != stored:
            number = use.number if use is not None else self.released.get(row.id, self.last)
            yield Difference(row.id, number, "state", told, stored)
        elif use is not None:
            for fact in ("domain", "environment", "in_staging_place"):
                value, held = getattr(use, fact), getattr(row, fact)
                if value is not None and value != held:
                    yield Difference(row.id, use.number, fact, value, held)


def key_mark(digest: bytes) -> str:
    """Return what an entry tells of a license key: the beginning of its digest, of which the key does not follow."""
    return digest[:MARK_BYTES].hex()


def details_of(entry: AuditEntry) -> Details:
    """Return an entry's details; none where an editor left what is no JSON object."""
    try:
        found = json.loads(entry.details)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _created(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    state.is_issued = entry.number == 1
    state.tell(entry.number, status=LicenseStatus.ACTIVE.value, status_reason=None)
    for fact, member in (
        ("plan", "plan"),
        ("domain_limit", "domains"),
        ("staging_limit", "staging_domains"),
        ("term_ends_at", "term_ends_at"),
        ("customer", "customer"),
        ("key_last5", "key_last5"),
        ("key_mark", "key_mark"),
    ):
        state.tell_member(entry.number, fact, details, member)


def _updated(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    if "customer_to" in details:
        state.tell(entry.number, customer=details["customer_to"])
    else:
        state.tell_member(entry.number, "plan", details, "to")
        state.tell_member(entry.number, "domain_limit", details, "domains")
        state.tell_member(entry.number, "staging_limit", details, "staging_domains")


def _becomes(status: LicenseStatus) -> Callable[[LicenseReplay, AuditEntry, Details], None]:
    def told(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
        state.tell(entry.number, status=status.value, status_since=entry.at)
        state.tell_member(entry.number, "status_reason", details, "reason")

    return told


def _renewed(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    state.tell_member(entry.number, "term_ends_at", details, "to")


def _rekeyed(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    state.tell_member(entry.number, "key_last5", details, "key_to")
    state.tell_member(entry.number, "key_mark", details, "mark_to")


def _activated(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    use = state.use(entry)
    use.domain = details.get("domain")
    use.environment = details.get("environment")
    state.place(use, details)


def _changed_environment(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    use = state.use(entry)
    use.environment = details.get("to")
    if "place" in details:
        state.place(use, details)


def _came_back(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    # By an undo or a restore's recovery: where no kind is told, in whichever place was left.
    use = state.use(entry)
    use.domain = details.get("domain", use.domain)
    use.environment = details.get("environment")
    state.place(use, details)


def _signed_offline(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    use = state.use(entry)
    use.domain = details.get("domain", use.domain)


def _released(state: LicenseReplay, entry: AuditEntry, details: Details) -> None:
    del details
    state.in_use.pop(entry.object, None)
    state.released[entry.object] = entry.number


_TELL: Mapping[str, Callable[[LicenseReplay, AuditEntry, Details], None]] = {
    AuditAction.CREATE: _created,
    AuditAction.UPDATE: _updated,
    AuditAction.SUSPEND: _becomes(LicenseStatus.SUSPENDED),
    AuditAction.REINSTATE: _becomes(LicenseStatus.ACTIVE),
    AuditAction.REVOKE: _becomes(LicenseStatus.REVOKED),
    AuditAction.RENEW: _renewed,
    AuditAction.REKEY: _rekeyed,
    AuditAction.ACTIVATE: _activated,
    AuditAction.ENVIRONMENT: _changed_environment,
    AuditAction.RELEASE: _released,
    AuditAction.UNDO: _came_back,
    AuditAction.SIGN_OFFLINE: _signed_offline,
    AuditAction.RECOVERED: _came_back,
}
