"""What one check of the doctor found."""

from dataclasses import dataclass
from enum import StrEnum

from license_server.errors import ServiceError


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    """Works today; a repair is advised."""
    FAULT = "fault"
    """Does not work, or is not safe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor; ``repair`` is what to do, and is None when nothing is."""

    check: str
    state: State
    told: str
    repair: str | None = None


def ok(check: str, told: str) -> Finding:
    """Return that all is well."""
    return Finding(check, State.OK, told)


def warning(check: str, told: str, repair: str) -> Finding:
    """Return advice."""
    return Finding(check, State.WARNING, told, repair)


def fault(check: str, told: str, repair: str) -> Finding:
    """Return what must be repaired."""
    return Finding(check, State.FAULT, told, repair)


def fault_of(check: str, error: ServiceError) -> Finding:
    """Return the fault that an error tells."""
    return fault(check, error.detail.rstrip("."), error.next_step or "then run this again")
