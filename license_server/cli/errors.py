"""Which exit status does each error get, and how is it told in one line?"""

from license_server import errors
from license_server.errors import ServiceError

DONE, FAILURE, USAGE, NOT_FOUND, NOT_ALLOWED, REFUSED, UNREACHABLE, CANCELLED = 0, 1, 2, 3, 4, 5, 6, 130

MEANINGS = {
    DONE: "done",
    FAILURE: "failure",
    USAGE: "wrong usage or setting",
    NOT_FOUND: "not found, or the home is not initialised",
    NOT_ALLOWED: "not allowed: a folder or file cannot be used",
    REFUSED: "refused by a rule",
    UNREACHABLE: "the database cannot be reached",
    CANCELLED: "cancelled",
}
"""Every exit status, as the docs tell it."""

EXIT_STATUS: dict[type[ServiceError], int] = {
    errors.ConfigurationInvalid: USAGE,
    errors.InputInvalid: USAGE,
    errors.LicenseKeyMalformed: USAGE,
    errors.NotFound: NOT_FOUND,
    errors.HomeNotInitialised: NOT_FOUND,
    errors.HomeNotUsable: NOT_ALLOWED,
    errors.AlreadyExists: REFUSED,
    errors.AlreadyInitialised: REFUSED,
    errors.Refused: REFUSED,
    errors.SchemaMismatch: REFUSED,
    errors.ServerUnavailable: UNREACHABLE,
}
"""What the commands can end with, the finer names of each included; every other error is a failure (1)."""


def exit_status(error: ServiceError) -> int:
    """Return the exit status for an error."""
    return next((EXIT_STATUS[kind] for kind in type(error).__mro__ if kind in EXIT_STATUS), FAILURE)


def line(what: str, next_step: str | None) -> str:
    """Return the one line that says what happened, why, and the next command."""
    text = f"error: {' '.join(what.split()).rstrip('.')}"
    return f"{text}; next: {next_step}" if next_step else text
