"""Is the database there, of this version, and does it agree with the home about the keys?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, make_url

from license_server import policy
from license_server.audit_chain import secret_id_of
from license_server.config import Settings
from license_server.errors import ServiceError
from license_server.errors.calls import LOST
from license_server.home import Home
from license_server.records import SigningKey
from license_server.service.operating.doctor.clocks import Reading
from license_server.service.operating.doctor.files import check_database_file
from license_server.service.operating.doctor.findings import Finding, Flaw, fault, fault_of, ok, warning
from license_server.service.traffic import call_limits
from license_server.signing import Signer
from license_server.store import Store, audit, recovery, refusal_counts, schema, signing_keys

WAIT_SECONDS = 3.0
LOST_DAYS = 7

DatabaseClock = Callable[[Connection], float | None]
"""Gives the database's own time, in seconds since 1970-01-01 UTC, where it has one."""


@dataclass(slots=True)
class Answers:
    """What the database said, for the checks that need it."""

    findings: list[Finding]
    file: Path | None = None
    keys: list[SigningKey] | None = None
    newest_entry: int | None = None
    audit_secret: int | None = None
    had_unreadable_address: bool = False
    lost_calls: int = 0
    readings: list[Reading] = field(default_factory=list)


def ask(settings: Settings, *, clock: Callable[[], float], database_clock: DatabaseClock) -> Answers:
    """Return what the database says; nothing of it is changed, and nothing is raised."""
    answers = Answers([])
    store = Store(settings.store_url, connections=1, wait_seconds=WAIT_SECONDS)
    answers.file = store.file
    try:
        schema.revision(store)
    except ServiceError as error:
        store.dispose()
        answers.findings.append(fault_of("database", error))
        return answers
    try:
        exposed = None if store.file is None else check_database_file(store.file, Home(settings.home))
        answers.findings.append(exposed or ok("database", _named(settings)))
        schema.check(store)
        answers.findings.append(ok("schema", f"{schema.HEAD}, this version's"))

        def read(connection: Connection) -> None:
            answers.keys = signing_keys.all_keys(connection)
            answers.newest_entry = audit.newest_at(connection)
            head = audit.server_head(connection)
            answers.audit_secret = None if head is None else secret_id_of(head)
            before = clock()
            answers.had_unreadable_address = call_limits.had_unreadable_address(connection, now=int(before))
            answers.lost_calls = _lost_calls(connection, now=int(before))
            theirs = database_clock(connection)
            answers.readings = [] if theirs is None else [Reading("PostgreSQL", theirs, (before + clock()) / 2)]

        store.query(read)
    except ServiceError as error:
        answers.findings.append(fault_of("schema", error))
    finally:
        store.dispose()
    return answers


def check_activations(answers: Answers) -> list[Finding]:
    """Return whether sites came of late with tokens for activations that the database does not have."""
    if answers.keys is None or not answers.lost_calls:
        return []
    calls = f"{answers.lost_calls} call{'' if answers.lost_calls == 1 else 's'}"
    told = f"{calls} in {LOST_DAYS} days with tokens of this server for activations that it does not have"
    return [fault("activations", told, Flaw.ACTIVATIONS_LOST)]


def check_keys(found: list[SigningKey], home: Home, settings: Settings) -> list[Finding]:
    """Return whether the key in use can sign here, and whether a standby is out of a thief's reach."""
    findings = []
    current = next((key for key in found if key.status == "current"), None)
    try:
        signer = Signer(home.keys, passphrase=settings.read_key_passphrase())
        if current is None:
            findings.append(fault("signing key", "no key is in use", Flaw.NO_CURRENT_KEY))
        elif signer.has(current.key_id):
            findings.append(ok("signing key", f"{current.name} is in use, its private half is here"))
        else:
            told = f"the private half of {current.name}, the key in use, is not in {home.keys}"
            findings.append(fault("signing key", told, Flaw.CURRENT_KEY_MISSING))
    except ServiceError as error:
        findings.append(fault_of("signing key", error))
        return findings
    standbys = [key for key in found if key.status == "standby"]
    here = [key.name for key in standbys if signer.has(key.key_id)]
    if not standbys:
        told = "none: a stolen key could only be retired by a new release of every theme"
        findings.append(warning("standby key", told, Flaw.NO_STANDBY))
    elif here:
        told = f"the private half of {', '.join(here)} is in {home.keys}: who steals one key has both"
        findings.append(warning("standby key", told, Flaw.STANDBY_HERE))
    else:
        names = ", ".join(key.name for key in standbys)
        findings.append(ok("standby key", f"{names}, with the private half elsewhere"))
    return findings


def _lost_calls(connection: Connection, *, now: int) -> int:
    restored_at = recovery.find(connection).restored_at
    # What came before a restore was recorded is over with it.
    since = max(now // policy.DAY - LOST_DAYS, 0 if restored_at is None else restored_at // policy.DAY + 1)
    counted = refusal_counts.since(connection, since)
    return sum(count for _, code, count in counted if code == LOST)


def _named(settings: Settings) -> str:
    address = make_url(settings.store_url)
    if address.get_backend_name() == "sqlite":
        return f"SQLite, {address.database}"
    return f"PostgreSQL, {address.database or ''} at {address.host or 'this machine'}"
