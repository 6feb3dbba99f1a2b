"""The token and the audit secret: files ``secrets/<purpose>-<id>`` of mode 0600, outside the database."""

from dataclasses import dataclass, field
from pathlib import Path

from license_server.errors import HomeNotUsable
from license_server.home import SECRET_BYTES, Home, new_secret, write_private_file
from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense

TOKEN = "token"  # noqa: S105 - the name of a purpose
AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one server; none of them is in the ``repr``.

    ``tokens`` maps a secret id (0 to 255) to its secret; new tokens are made with the highest id.
    """

    tokens: dict[int, bytes] = field(repr=False)
    audit: bytes = field(repr=False)


def create_secrets(home: Home) -> None:
    """Write the first token secret and the audit secret; never overwrites."""
    for purpose in (TOKEN, AUDIT):
        write_private_file(home.secrets / f"{purpose}-1", encode_segment(new_secret()).encode("ascii") + b"\n")


def load_secrets(home: Home) -> Secrets:
    """Read the secrets of an initialised home. Raises :class:`HomeNotUsable`, which names the file only."""
    tokens = {_secret_id(path): _read(path) for path in sorted(home.secrets.glob(f"{TOKEN}-*"))}
    audit = home.secrets / f"{AUDIT}-1"
    if not tokens:
        raise _unreadable(home.secrets / f"{TOKEN}-1", "it is missing")
    return Secrets(tokens=tokens, audit=_read(audit))


def _secret_id(path: Path) -> int:
    text = path.name.rpartition("-")[2]
    if not text.isascii() or not text.isdecimal() or int(text) > 255:
        raise _unreadable(path, "its name does not end in a number up to 255")
    return int(text)


def _read(path: Path) -> bytes:
    try:
        secret = decode_segment(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise _unreadable(path, error.strerror or "it cannot be read") from error
    except (MalformedLicense, ValueError) as error:
        raise _unreadable(path, "it is damaged") from error
    if len(secret) != SECRET_BYTES:
        raise _unreadable(path, "it is damaged")
    return secret


def _unreadable(path: Path, why: str) -> HomeNotUsable:
    return HomeNotUsable(
        f"the secret {path} cannot be used: {why}",
        next_step="restore it from the backup of the home, or fix its rights",
    )
