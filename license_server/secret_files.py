"""The token and the audit secret: files ``secrets/<kind>-<id>``, which others may not read, outside the database."""

from dataclasses import dataclass, field
from pathlib import Path
from stat import S_IMODE

from license_server.errors.home import SecretOpenToOthers, SecretUnusable
from license_server.home import SECRET_BYTES, Home, new_secret, write_private_file
from license_server.ownership import is_open_to_others, is_read_only
from license_server.secret_purposes import Purpose, SecretKind, derive
from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one server; none of them is in the ``repr``.

    ``tokens`` maps a secret id (0 to 255) to its secret; new tokens are made with the highest id.
    """

    tokens: dict[int, bytes] = field(repr=False)
    audit: bytes = field(repr=False)

    def derive(self, purpose: Purpose, *told: bytes) -> bytes:
        """Return what :func:`derive` gives for ``purpose`` from its one secret, the newest of its kind."""
        newest = {SecretKind.TOKEN: self.tokens[max(self.tokens)], SecretKind.AUDIT: self.audit}
        if purpose.kind is None:
            raise ValueError(f"{purpose.name} is of every secret")
        return derive(newest[purpose.kind], purpose, *told)

    def fingerprints(self) -> dict[str, str]:
        """Return a fingerprint of each secret, by the name of its file."""
        named = {f"{SecretKind.AUDIT}-1": self.audit}
        named |= {f"{SecretKind.TOKEN}-{number}": secret for number, secret in self.tokens.items()}
        return {name: derive(secret, Purpose.FINGERPRINT).hex()[:32] for name, secret in sorted(named.items())}


def create_secrets(home: Home) -> None:
    """Write the first token secret and the audit secret; never overwrites."""
    for kind in SecretKind:
        write_private_file(home.secrets / f"{kind}-1", encode_segment(new_secret()).encode("ascii") + b"\n")


def load_secrets(home: Home) -> Secrets:
    """Read the secrets of an initialised home. Raises :class:`SecretUnusable`, which names the file only."""
    tokens = {_secret_id(path): _read(path) for path in sorted(home.secrets.glob(f"{SecretKind.TOKEN}-*"))}
    audit = home.secrets / f"{SecretKind.AUDIT}-1"
    if not tokens:
        raise SecretUnusable(path=home.secrets / f"{SecretKind.TOKEN}-1", why="it is missing")
    return Secrets(tokens=tokens, audit=_read(audit))


def _secret_id(path: Path) -> int:
    text = path.name.rpartition("-")[2]
    if not text.isascii() or not text.isdecimal() or int(text) > 255:
        raise SecretUnusable(path=path, why="its name does not end in a number up to 255")
    return int(text)


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if is_open_to_others(mode):
            raise SecretOpenToOthers(path=path, mode=S_IMODE(mode), read_only=is_read_only(path))
        secret = decode_segment(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise SecretUnusable(path=path, why=error.strerror or "it cannot be read") from error
    except (MalformedLicense, ValueError) as error:
        raise SecretUnusable(path=path, why="it is damaged") from error
    if len(secret) != SECRET_BYTES:
        raise SecretUnusable(path=path, why="it is damaged")
    return secret
