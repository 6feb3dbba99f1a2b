"""What stands in the home of a license server: keys, secrets and, by default, the database; and who may read them."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from license_server.errors import HomeNotInitialised, HomeNotUsable
from license_server.errors.home import PathNotUsable, PathReadOnly
from license_server.ownership import acting_as_owner, is_open_to_others, is_read_only, user_name

SECRET_BYTES = 32
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one license server."""

    path: Path

    @property
    def keys(self) -> Path:
        """The folder of private signing keys, mode 0700."""
        return self.path / "keys"

    @property
    def secrets(self) -> Path:
        """The folder of the token and the audit secret, mode 0700."""
        return self.path / "secrets"

    @property
    def is_initialised(self) -> bool:
        """Whether ``init`` has been here: there is a signing key or a secret that must never be overwritten."""
        return any(folder.is_dir() and any(folder.iterdir()) for folder in (self.keys, self.secrets))

    def require(self) -> None:
        """Raise :class:`HomeNotInitialised` or :class:`HomeNotUsable` unless the home can be worked with."""
        try:
            initialised = self.is_initialised
        except OSError as error:
            raise not_usable(self.path, error) from error
        if not initialised:
            raise HomeNotInitialised(home=self.path)

    def create(self) -> None:
        """Make the home with its parents and its private folders. Raises :class:`HomeNotUsable`."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        except OSError as error:
            raise not_usable(self.path, error) from error
        with self.as_owner():
            for folder in (self.keys, self.secrets):
                make_private_folder(folder, close=True)

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Let root write here as the home's owner, whose the files are then. Raises :class:`HomeNotUsable`."""
        with ExitStack() as stack:
            try:
                stack.enter_context(acting_as_owner(self.path))
            except OSError as error:
                raise not_usable(self.path, error) from error
            yield

    def holds(self, path: Path) -> bool:
        """Return whether ``path`` is within the home."""
        return path.resolve().is_relative_to(self.path.resolve())

    def make_database_file(self, path: Path) -> bool:
        """Let a new SQLite database be private and its owner's before anything is in it; return whether it is new.

        Without its folder there is no file, and SQLite says so. Raises :class:`HomeNotUsable`.
        """
        if not path.parent.is_dir():
            return False
        with self.as_owner():
            if not path.exists():
                write_private_file(path, b"")
                return True
            try:
                if is_open_to_others(path.stat().st_mode):
                    path.chmod(_PRIVATE_FILE)
            except OSError as error:
                raise not_usable(path, error) from error
            return False


def make_private_folder(path: Path, *, close: bool = False) -> None:
    """Make the folder ``path`` with mode 0700 if it is not there; ``close`` also one that others may use.

    On a volume of secrets it is as it is. Raises :class:`HomeNotUsable`.
    """
    try:
        path.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)
        if close and is_open_to_others(path.stat().st_mode) and not is_read_only(path):
            path.chmod(_PRIVATE_FOLDER)
    except OSError as error:
        raise not_usable(path, error) from error


def write_private_file(path: Path, content: bytes) -> None:
    """Create ``path`` with mode 0600, on disk when this returns; never overwrites. Raises :class:`HomeNotUsable`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise not_usable(path, error) from error


def read_private_file(path: Path) -> bytes:
    """Return what is in a file, whatever its mode. Raises :class:`HomeNotUsable`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise not_usable(path, error) from error


def replace_private_file(path: Path, content: bytes) -> None:
    """Write ``path`` anew with mode 0600, as a whole or not at all. Raises :class:`HomeNotUsable`."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        write_private_file(beside, content)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise not_usable(path, error) from error


def sync_folder(path: Path) -> None:
    """Make the names in the folder ``path`` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def new_secret() -> bytes:
    """Return a new secret of 256 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def not_usable(path: Path, error: OSError) -> HomeNotUsable:
    """Return the error that tells why a file of a home cannot be worked with."""
    if error.errno == errno.EROFS:
        return PathReadOnly(path=path)
    return PathNotUsable(path=path, why=error.strerror or type(error).__name__, user=user_name(os.geteuid()))
