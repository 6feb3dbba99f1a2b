"""What one check of the doctor found."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from license_server.errors import ServiceError


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    """Works today; a repair is advised."""
    FAULT = "fault"
    """Does not work, or is not safe."""


class Flaw(StrEnum):
    """What is to be repaired, where no error of the program's says so. ``path`` and ``user`` are the finding's."""

    FOLDER_OPEN = "folder_open"
    """Others may use the folder ``path``."""
    FILE_OPEN = "file_open"
    """Others may use the file ``path``."""
    SECRET_OPEN = "secret_open"  # noqa: S105 - the name of a flaw
    """Others may have read the key or the secret in ``path``."""
    PASSWORD_OPEN = "password_open"  # noqa: S105
    """Others may have read the database's password in ``path``."""
    PASSPHRASE_OPEN = "passphrase_open"  # noqa: S105
    """Others may have read the passphrase of the signing keys in ``path``."""
    VOLUME_OPEN = "volume_open"
    """Others may have read the secret in ``path``, whose mode cannot be changed where it is mounted."""
    VOLUME_UNREADABLE = "volume_unreadable"
    """``user``, whose the home is, may not read ``path``, whose owner cannot be changed where it is mounted."""
    OWNED_BY_ANOTHER = "owned_by_another"
    """``path`` belongs to another than ``user``, whose the home is."""
    HOME_OF_ANOTHER = "home_of_another"
    """The home belongs to ``user``, who is not the one who asks."""
    UNREADABLE = "unreadable"
    """``user``, who asks, may not read it."""
    NO_CURRENT_KEY = "no_current_key"
    CURRENT_KEY_MISSING = "current_key_missing"
    ACTIVATIONS_LOST = "activations_lost"
    """Sites come with tokens of this server for activations that the database does not have."""
    NO_STANDBY = "no_standby"
    STANDBY_HERE = "standby_here"
    NO_URL = "no_url"
    URL_OF_DEVELOPMENT = "url_of_development"
    URL_NOT_HTTPS = "url_not_https"
    NOBODY_ANSWERS = "nobody_answers"
    REDIRECTED = "redirected"
    ANOTHER_ANSWERS = "another_answers"
    NOT_READY = "not_ready"
    OTHER_KEYS = "other_keys"
    ADDRESS_UNREADABLE = "address_unreadable"
    """A proxy names its callers otherwise than by their addresses."""
    CLOCK_WRONG = "clock_wrong"
    NO_CLOCK = "no_clock"
    DISK_FULL = "disk_full"
    DISK_FILLING = "disk_filling"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor; ``flaw`` is what is to be repaired, and is None when nothing is."""

    check: str
    state: State
    told: str
    flaw: Flaw | ServiceError | None = None
    path: Path | None = None
    user: str | None = None


def ok(check: str, told: str) -> Finding:
    """Return that all is well."""
    return Finding(check, State.OK, told)


def warning(check: str, told: str, flaw: Flaw, *, user: str | None = None) -> Finding:
    """Return advice."""
    return Finding(check, State.WARNING, told, flaw, user=user)


def fault(check: str, told: str, flaw: Flaw, *, path: Path | None = None, user: str | None = None) -> Finding:
    """Return what must be repaired."""
    return Finding(check, State.FAULT, told, flaw, path=path, user=user)


def fault_of(check: str, error: ServiceError) -> Finding:
    """Return the fault that an error tells."""
    return Finding(check, State.FAULT, str(error).rstrip("."), error)
