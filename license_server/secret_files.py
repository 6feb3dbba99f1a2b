"""The token and audit secrets: files ``secrets/<kind>-<id>``, which others may not read, outside the database.

The one with the highest id makes what is new, all are read. A file ``<kind>-<id>.waiting`` is read too and makes
nothing yet, so that every node has it before the first one uses it.
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_IMODE

from license_server.errors import ServiceError
from license_server.errors.home import SecretNotHere, SecretOpenToOthers, SecretUnusable
from license_server.home import SECRET_BYTES, Home, new_secret, not_usable, sync_folder, write_private_file
from license_server.ownership import is_open_to_others, is_read_only
from license_server.secret_purposes import Purpose, Ring, SecretKind, derive
from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense

MAX_ID = 255
WAITING = ".waiting"
_NAME = re.compile(rf"(?:{'|'.join(SecretKind)})-([0-9]{{1,3}})(\.waiting)?")
_SETTLED_SECONDS = 2.0
"""A folder that changed so recently may change once more without another time of change."""
_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one server, each kind by its ids (1 to 255); none of them is in the ``repr``."""

    tokens: Ring = field(repr=False)
    audit: Ring = field(repr=False)

    def ring(self, kind: SecretKind) -> Ring:
        """Return the secrets of a kind."""
        return self.tokens if kind is SecretKind.TOKEN else self.audit

    def waiting(self, kind: SecretKind) -> list[int]:
        """Return the ids of those of a kind that make nothing yet."""
        return [number for number in sorted(self.ring(kind)) if number > self.ring(kind).signs]

    def derive(self, purpose: Purpose, *told: bytes) -> bytes:
        """Return what :func:`derive` gives for ``purpose`` from the secret of its kind that makes what is new."""
        return self.derive_all(purpose, *told)[-1]

    def derive_all(self, purpose: Purpose, *told: bytes) -> list[bytes]:
        """Return the same from every secret of the kind, to read what others made; the last one is for what is new."""
        if purpose.kind is None:
            raise ValueError(f"{purpose.name} is of every secret")
        ring = self.ring(purpose.kind)
        ids = [*(number for number in sorted(ring) if number != ring.signs), ring.signs]
        return [derive(ring[number], purpose, *told) for number in ids]

    def fingerprints(self) -> dict[str, str]:
        """Return a fingerprint of each secret, by its name."""
        named = {f"{kind}-{number}": secret for kind in SecretKind for number, secret in self.ring(kind).items()}
        return {name: derive(secret, Purpose.FINGERPRINT).hex()[:32] for name, secret in sorted(named.items())}


class _FileRing(Ring):
    """The secrets of one kind of a home: one that is asked for and missing is told by its file."""

    def __init__(self, folder: Path, kind: SecretKind, secrets: dict[int, bytes], *, signs: int) -> None:
        super().__init__(secrets, signs=signs)
        self._folder, self._kind = folder, kind

    def __missing__(self, number: int) -> bytes:
        raise SecretNotHere(path=self._folder / f"{self._kind}-{number}")


class SecretFolder:
    """The secrets of a home as they lie on the disk, read again when the folder has changed.

    A running process follows a rotation by it, at its next call; asking costs a look at the folder's time of change,
    whatever strangers send. What cannot be read leaves the secrets as they were, and is tried again after a second.
    ``clock`` tells the time as file systems do.
    """

    def __init__(self, home: Home, *, clock: Callable[[], float] = time.time) -> None:
        self._home, self._clock = home, clock
        self._seen: tuple[int, int] | None = None
        self._failed_at = -_RETRY_SECONDS
        stamp = self._look()
        self._secrets = load_secrets(home)
        self._seen = stamp

    def now(self) -> Secrets:
        """Return the secrets as they are now."""
        stamp = self._look()
        if (stamp is None or stamp != self._seen) and abs(self._clock() - self._failed_at) >= _RETRY_SECONDS:
            try:
                self._secrets = load_secrets(self._home)
            except ServiceError:
                self._failed_at = self._clock()
            else:
                self._seen = stamp
        return self._secrets

    def _look(self) -> tuple[int, int] | None:
        """Return which folder it is and when it changed; None while that may not tell the next change apart."""
        try:
            found = self._home.secrets.stat()
        except OSError:
            return self._seen
        is_settled = not 0 <= self._clock() - found.st_mtime < _SETTLED_SECONDS
        return (found.st_ino, found.st_mtime_ns) if is_settled else None


def create_secrets(home: Home) -> None:
    """Write the first token secret and the first audit secret; never overwrites."""
    for kind in SecretKind:
        write_private_file(home.secrets / f"{kind}-1", _new_text())


def add_secret(home: Home, kind: SecretKind, number: int, *, waiting: bool) -> Path:
    """Write a new secret, which appears whole; never overwrites. Raises :class:`HomeNotUsable`."""
    path = home.secrets / f"{kind}-{number}{WAITING if waiting else ''}"
    partial = home.secrets / f".{path.name}.{os.getpid()}.partial"
    with home.as_owner():
        write_private_file(partial, _new_text())
        _rename(partial, path)
    return path


def use_secret(home: Home, kind: SecretKind, number: int) -> Path:
    """Let a secret that waits make what is new from now on. Raises :class:`HomeNotUsable`."""
    path = home.secrets / f"{kind}-{number}"
    with home.as_owner():
        _rename(path.with_name(path.name + WAITING), path)
    return path


def remove_secret(home: Home, kind: SecretKind, number: int) -> None:
    """Remove a secret, if it is there. Raises :class:`HomeNotUsable`."""
    path = home.secrets / f"{kind}-{number}"
    try:
        with home.as_owner():
            path.unlink(missing_ok=True)
            sync_folder(home.secrets)
    except OSError as error:
        raise not_usable(path, error) from error


def load_secrets(home: Home) -> Secrets:
    """Read the secrets of an initialised home. Raises :class:`SecretUnusable`, which names the file only."""
    return Secrets(tokens=_load(home, SecretKind.TOKEN), audit=_load(home, SecretKind.AUDIT))


def _load(home: Home, kind: SecretKind) -> _FileRing:
    found: dict[int, bytes] = {}
    signs = 0
    for path in sorted(home.secrets.glob(f"{kind}-*")):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) > MAX_ID:
            raise SecretUnusable(path=path, why=f"its name does not end in a number up to {MAX_ID}")
        found[int(match[1])] = _read(path)
        if match[2] is None:
            signs = max(signs, int(match[1]))
    if not signs:
        raise SecretUnusable(path=home.secrets / f"{kind}-1", why="it is missing")
    return _FileRing(home.secrets, kind, found, signs=signs)


def _new_text() -> bytes:
    return encode_segment(new_secret()).encode("ascii") + b"\n"


def _rename(source: Path, target: Path) -> None:
    # A link, since a renaming would overwrite what another process has just written there.
    try:
        os.link(source, target)
        source.unlink()
        sync_folder(target.parent)
    except OSError as error:
        raise not_usable(target, error) from error


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
