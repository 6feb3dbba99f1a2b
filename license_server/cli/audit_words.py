"""What an audit entry says, in words that a vendor reads."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditEntry, Flaw, FlawKind
from license_server.cli.shapes import and_copies
from license_server.clock import day, iso
from license_server.policy import DAY

Details = Mapping[str, Any]


def entry_json(entry: AuditEntry) -> dict[str, object]:
    """Return an entry as JSON, without its MAC."""
    return {
        "chain": entry.chain,
        "number": entry.number,
        "at": iso(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "details": details_of(entry),
    }


def flaw_json(flaw: Flaw) -> dict[str, object]:
    """Return a flaw as JSON."""
    found: dict[str, object] = {"chain": flaw.chain, "number": flaw.number, "kind": flaw.kind.value}
    if flaw.fact is not None:
        found |= {"object": flaw.of, "fact": flaw.fact, "log": flaw.told, "row": flaw.stored}
    return {**found, "likely": likely(flaw)}


def likely(flaw: Flaw) -> str:
    """Return what has likely happened; of a row that differs, what the log says and what the row says."""
    if flaw.fact is None:
        return LIKELY[flaw.kind]
    of = "" if flaw.of in (None, flaw.chain) else f"{flaw.of} "
    name = _FACTS.get(flaw.fact, flaw.fact.replace("_", " "))
    return f"{of}{name}: the log says {_fact(flaw.fact, flaw.told)}, the row says {_fact(flaw.fact, flaw.stored)}"


LIKELY: dict[FlawKind, str] = {
    FlawKind.EDITED: "edited, or put in another's place",
    FlawKind.MISSING: "missing: removed from the middle",
    FlawKind.CUT_OFF: "cut off: this and every later entry were removed",
    FlawKind.ADDED: "not counted: it was added, or the row that counts was set back",
    FlawKind.END_EDITED: "whole, but the head on the row that counts was edited",
    FlawKind.ROW_GONE: "whole or not, the row that counts was removed",
    FlawKind.SET_BACK: "in the copy and no longer here: the chain was set back or removed",
    FlawKind.FALLEN_BACK: "made with an older secret than the entry before it: added by whoever has that secret",
    FlawKind.SEAL_MISSING: "by a retired secret, at the end of a chain: its seal was removed, or all of it was forged",
    FlawKind.UNREADABLE: "by an audit secret that is not in this home, or edited",
    FlawKind.NOT_RECORDED: "no entry at all: written past this program, or its entries were removed with their count",
    FlawKind.ROW_DIFFERS: "whole, and a row says another thing than its entries",
    FlawKind.REWRITTEN: "here with another content than in the copy: the chain was rewritten",
}


_FACTS = {
    "key_mark": "key",
    "status_reason": "reason",
    "status_since": "since",
    "term_ends_at": "end of term",
    "domain_limit": "domains",
    "staging_limit": "places for test copies",
    "used": "places in use",
    "staging_used": "places for test copies in use",
    "in_staging_place": "in a place for test copies",
}


def _fact(name: str, value: object) -> str:
    if value is None:
        return "for ever" if name == "term_ends_at" else "none"
    if name == "status_since" and isinstance(value, int):
        return f"{iso(value)}"
    return str(_value(name, value))


def details_of(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry's details; whatever an editor left there becomes the member ``text``."""
    try:
        found = json.loads(entry.details)
    except ValueError:
        return {"text": entry.details}
    return found if isinstance(found, dict) else {"text": entry.details}


def in_words(entry: AuditEntry) -> str:
    """Return what was done, such as ``suspended: chargeback``; an action of a later version is told by its members."""
    details = details_of(entry)
    words = _words(entry)
    if words is not None:
        try:
            return words(details)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            pass
    return _plainly(entry.action.replace("_", " "), details)


def _words(entry: AuditEntry) -> Callable[[Details], str] | None:
    try:
        action = AuditAction(entry.action)
    except ValueError:
        return None
    kind = entry.object.partition(":")[0].partition("_")[0]
    return WORDS.get((kind, action)) or WORDS.get(("", action))


def _plainly(done: str, details: Details) -> str:
    parts = [f"{name.replace('_', ' ')} {_value(name, value)}" for name, value in details.items() if value is not None]
    return f"{done}: {', '.join(parts)}" if parts else done


def _value(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith(("_at", "_until")):
            return day(value)
        if name.endswith("_seconds"):
            return f"{value // DAY} days" if value % DAY == 0 else f"{value // 3600} hours"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return " ".join(f"{key}={one}" for key, one in value.items()) or "none"
    return str(value)


def _end(seconds: int | None) -> str:
    return "for ever" if seconds is None else f"until {day(seconds)}"


def _domains(count: int) -> str:
    return f"{count} domain{'' if count == 1 else 's'}"


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def _sold(details: Details) -> str:
    # An entry of an earlier version has no test copies.
    return _domains(details["domains"]) + and_copies(details.get("staging_domains", 0))


def _because(done: str) -> Callable[[Details], str]:
    return lambda details: done if not details["reason"] else f"{done}: {details['reason']}"


def _released(details: Details) -> str:
    if details.get("moved_to"):
        return f"moved away from {details['domain']} to {details['moved_to']}"
    return f"released {details['domain']}"


def _activated(details: Details) -> str:
    return f"activated {details['domain']} ({details['environment']}{_place(details)})"


def _changed_environment(details: Details) -> str:
    return f"changed from {details['from']} to {details['to']}{_place(details)}"


def _undone(details: Details) -> str:
    # That it came back is what an undo is; a hold that it ended is worth a word.
    place = _place(details) if "moved_from" in details else ""
    return f"took back the release of {details['domain']}{place}"


def _recovered(details: Details) -> str:
    beyond = ", beyond the limit" if details["beyond_limit"] else ""
    return f"recovered {details['domain']}, whose row was lost{beyond}"


def _license_updated(details: Details) -> str:
    if "customer_to" in details:
        return f"customer changed from {details['customer_from'] or 'none'} to {details['customer_to'] or 'none'}"
    return f"plan changed from {details['from']} to {details['to']}: {_sold(details)}"


def _updated(details: Details) -> str:
    return _plainly("changed", {name: "none" if value is None else value for name, value in details.items()})


def _restored(details: Details) -> str:
    # One that was brought back by other means counts no rows.
    rows = f": {details['rows']} rows" if "rows" in details else ""
    return f"restored from the backup of {details['backup_of']}{rows}"


def _place(details: Details) -> str:
    """Return how the activation came to its place, and of which kind it is."""
    place, moved_from = details.get("place", ""), details.get("moved_from")
    how = {"move": ", a move", "return": ", again"}.get(place, "")
    if moved_from is not None:
        how += f" from {moved_from}" if place == "move" else f" in place of {moved_from}"
    # An entry of an earlier version tells the kind as the way.
    is_staging = details.get("kind") == "staging" or place == "staging"
    return how + (", in a place for test copies" if is_staging else "")


def _retired(details: Details) -> str:
    return (
        f"retired: {details['sealed']:,} chains were sealed" if "sealed" in details else "retired: it is read no more"
    )


WORDS: dict[tuple[str, AuditAction], Callable[[Details], str]] = {
    ("lic", AuditAction.CREATE): lambda d: f"issued {d['plan']}: {_sold(d)}, {_end(d['term_ends_at'])}",
    ("product", AuditAction.CREATE): lambda d: f"created: {d['name']}, prefix {d['prefix']}",
    ("plan", AuditAction.CREATE): lambda d: f"created: {_sold(d)}, {d['term']}, {d['moves_per_year']} moves a year",
    ("lic", AuditAction.UPDATE): _license_updated,
    ("lic", AuditAction.REKEY): lambda d: f"key replaced: {d['key_from']} is refused, {d['key_to']} took its place",
    ("act", AuditAction.SIGN_OFFLINE): lambda d: f"signed an offline license for {d['domain']}, {_end(d['until'])}",
    ("act", AuditAction.UNDO): _undone,
    ("act", AuditAction.REPORT): lambda d: f"the owner says that the activation of {d['domain']} was not theirs",
    ("lic", AuditAction.SIGN_IN): lambda d: "the owner signed in to the portal",
    ("lic", AuditAction.SIGN_OUT_EVERYWHERE): lambda d: f"the owner ended {_sessions(d['sessions'])} in the portal",
    ("key", AuditAction.ROTATE): lambda d: f"took over from {d['from']}, which is {d['old_key']}",
    ("key", AuditAction.LEAKED): lambda d: f"marked as leaked, was {d['from']}",
    ("secret", AuditAction.CREATE): lambda d: f"created as {d['status']}",
    ("secret", AuditAction.ROTATE_SECRET): lambda d: f"took over from {d['from']}",
    ("secret", AuditAction.RETIRE_SECRET): _retired,
    ("lic", AuditAction.SEAL): lambda d: f"sealed with {d['secret']}",
    ("key", AuditAction.PROTECT): lambda d: "put under a passphrase" if d["protected"] else "passphrase removed",
    ("server", AuditAction.RESTORE): _restored,
    ("key", AuditAction.CREATE): lambda d: f"created as {d['status']}",
    ("", AuditAction.UPDATE): lambda d: _plainly(
        "changed", {name: "none" if one is None else one for name, one in d.items()}
    ),
    ("", AuditAction.SUSPEND): _because("suspended"),
    ("", AuditAction.REINSTATE): _because("reinstated"),
    ("", AuditAction.REVOKE): _because("revoked"),
    ("", AuditAction.RENEW): lambda d: f"renewed by {d['term']}: {_end(d['to'])}",
    ("", AuditAction.ACTIVATE): _activated,
    ("", AuditAction.RELEASE): _released,
    ("", AuditAction.ENVIRONMENT): _changed_environment,
    ("", AuditAction.RECOVERED): _recovered,
}
"""By the kind of the object ("" for any) and the action; a test proves that no action is without words."""
