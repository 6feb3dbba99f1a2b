"""The home as it lies on the disk: is it there, whose is it, who else may read it, is there room?"""

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from license_server.config import SETTINGS_FILE, Settings
from license_server.errors import ServiceError
from license_server.errors.home import SecretNotHere
from license_server.home import Home
from license_server.ownership import acting_as_owner, is_open_to_others, is_read_only
from license_server.ownership import user_name as _name
from license_server.secret_files import load_secrets
from license_server.secret_purposes import SecretKind
from license_server.service.operating.doctor.findings import Finding, Flaw, fault, fault_of, ok, warning
from license_server.store.schema import FILE_SUFFIXES

MEBIBYTE = 1 << 20
LEAST_FREE = 100 * MEBIBYTE
LITTLE_FREE = 1_024 * MEBIBYTE

_ENVIRONMENT_FILES = (
    "license-server.env",
    "systemd/system/license-server*.service",
    "systemd/system/license-server*.service.d/*.conf",
)

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_SECRET_SETTING = re.compile(r"^[^#\n]*(database_url|key_passphrase)\b", re.IGNORECASE | re.MULTILINE)


def environment_files(etc: Path = Path("/etc")) -> list[Path]:
    """Return where a service manager takes the settings from, as docs/operating.md tells; this program never does."""
    return [path for pattern in _ENVIRONMENT_FILES for path in sorted(etc.glob(pattern))]


def check_home(home: Home, *, user: int) -> Finding:
    """Return whether the home is there, is this user's, and cannot be changed by others."""
    try:
        home.require()
        found = home.path.stat()
    except ServiceError as error:
        return fault_of("home", error)
    except OSError as error:
        return _unreadable(error, "home")
    if found.st_mode & _OTHERS_WRITE:
        told = f"{home.path} can be changed by others ({_mode(found)})"
        return fault("home", told, Flaw.FOLDER_OPEN, path=home.path)
    if user != found.st_uid:
        owner = _name(found.st_uid)
        told = f"{home.path} belongs to {owner}, and you are {_name(user)}"
        return (warning if user == 0 else fault)("home", told, Flaw.HOME_OF_ANOTHER, user=owner)
    return ok("home", str(home.path))


def check_private(home: Home) -> Iterator[Finding]:
    """Yield each private folder or file that others may use or the home's owner cannot; else that all are in order."""
    flaws = 0
    try:
        owner = home.path.stat().st_uid
        paths = [path for folder in (home.keys, home.secrets) for path in (folder, *sorted(folder.iterdir()))]
    except OSError as error:
        yield _unreadable(error)
        return
    for path in paths:
        flaw = _flaw_of_private(path, home, owner)
        if flaw is not None:
            yield flaw
            flaws += 1
    if not flaws:
        yield ok("permissions", f"{len(paths)} folders and files of keys and secrets are private")


def _flaw_of_private(path: Path, home: Home, owner: int) -> Finding | None:
    try:
        found = path.stat()
    except OSError as error:
        return _unreadable(error)
    is_folder, read_only = stat.S_ISDIR(found.st_mode), is_read_only(path)
    if is_open_to_others(found.st_mode) and not (is_folder and read_only):
        flaw = Flaw.FOLDER_OPEN if is_folder else Flaw.VOLUME_OPEN if read_only else Flaw.SECRET_OPEN
        return fault("permissions", f"{path} can be used by others ({_mode(found)})", flaw, path=path)
    told = f"{path} belongs to {_name(found.st_uid)}, the home to {_name(owner)}"
    if found.st_uid not in (owner, 0):
        return fault("permissions", told, Flaw.OWNED_BY_ANOTHER, path=path, user=_name(owner))
    try:
        with acting_as_owner(home.path):
            os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        flaw = Flaw.VOLUME_UNREADABLE if read_only else Flaw.OWNED_BY_ANOTHER
        return fault("permissions", f"{told}, who cannot read it", flaw, path=path, user=_name(owner))
    return None


def check_secrets(home: Home) -> Finding:
    """Return whether the secrets can be read and are whole."""
    try:
        secrets = load_secrets(home)
    except ServiceError as error:
        return fault_of("secrets", error)
    told = f"{len(secrets.tokens)} for activation tokens, {len(secrets.audit)} for the audit log"
    waiting = [f"{kind}-{number}" for kind in SecretKind for number in secrets.waiting(kind)]
    return ok("secrets", "; waiting: ".join([told, ", ".join(waiting)] if waiting else [told]))


def check_used_secret(home: Home, number: int) -> Finding | None:
    """Return the fault that the audit secret in use is not in this home; None when it is, or no secret can be read."""
    try:
        is_here = number in load_secrets(home).audit
    except ServiceError:
        return None  # told already
    path = home.secrets / f"{SecretKind.AUDIT}-{number}"
    return None if is_here else fault_of("secrets", SecretNotHere(path=path))


def check_settings_files(settings: Settings, environment_files: Sequence[Path]) -> Finding:
    """Return whether what the settings come from is changed by its owner alone, and read by no stranger if secret.

    That is the file in the home, the file of the passphrase, and ``environment_files``, those of a service manager.
    """
    own = settings.home / SETTINGS_FILE
    for file in (own, *environment_files):
        flaw = _flaw_of_settings(file)
        if flaw is not None:
            return flaw
    if settings.key_passphrase_file is not None:
        flaw = _flaw_of_passphrase(settings.key_passphrase_file)
        if flaw is not None:
            return flaw
    if own.exists():
        return ok("settings", f"from the environment and {own}")
    return ok("settings", f"from the environment; there is no {own.name}")


def _flaw_of_settings(file: Path) -> Finding | None:
    try:
        found = file.stat()
        if found.st_mode & _OTHERS_WRITE:
            told = f"{file} can be changed by others ({_mode(found)})"
            return fault("settings", told, Flaw.FILE_OPEN, path=file)
        if not is_open_to_others(found.st_mode):
            return None
        secret = _SECRET_SETTING.search(file.read_text("utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unreadable(error, "settings")
    if secret is None:
        return None
    if secret[1].lower() == "database_url":
        told = f"{file} names the database and can be read by others ({_mode(found)})"
        return fault("settings", told, Flaw.PASSWORD_OPEN, path=file)
    told = f"{file} holds the passphrase of the signing keys and can be read by others ({_mode(found)})"
    return fault("settings", told, Flaw.PASSPHRASE_OPEN, path=file)


def _flaw_of_passphrase(file: Path) -> Finding | None:
    try:
        found = file.stat()
    except OSError:
        return None  # the check that reads it says so
    if not is_open_to_others(found.st_mode):
        return None
    told = f"{file}, the passphrase of the signing keys, can be used by others ({_mode(found)})"
    flaw = Flaw.VOLUME_OPEN if is_read_only(file) else Flaw.PASSPHRASE_OPEN
    return fault("settings", told, flaw, path=file)


def check_database_file(file: Path, home: Home) -> Finding | None:
    """Return the fault of an SQLite file that others may read or the home's owner cannot write; None for none."""
    try:
        owner = home.path.stat().st_uid
        found = {path: path.stat() for path in (file, *map(file.with_name, _beside(file))) if path.exists()}
    except OSError:
        return None  # the check that opens it says so
    for path, state in found.items():
        if state.st_mode & _OTHERS:
            told = f"{path} can be used by others ({_mode(state)})"
            return fault("database", told, Flaw.FILE_OPEN, path=path)
        if state.st_uid != owner:
            told = f"{path} belongs to {_name(state.st_uid)}, the home to {_name(owner)}"
            return fault("database", told, Flaw.OWNED_BY_ANOTHER, path=path, user=_name(owner))
    return None


def _beside(file: Path) -> list[str]:
    return [f"{file.name}{suffix}" for suffix in FILE_SUFFIXES]


def check_disk(folder: Path, *, free: Callable[[Path], int] | None = None) -> Finding:
    """Return whether there is room where the folder lies."""
    try:
        left = (free or _free)(folder)
    except OSError as error:
        return _unreadable(error, "disk")
    told = (
        f"{left / 1024**3:,.1f} GiB free at {folder}"
        if left >= LITTLE_FREE
        else (f"{left // MEBIBYTE} MiB free at {folder}")
    )
    if left < LEAST_FREE:
        return fault("disk", told, Flaw.DISK_FULL)
    if left < LITTLE_FREE:
        return warning("disk", told, Flaw.DISK_FILLING)
    return ok("disk", told)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):04o}"


def _unreadable(error: OSError, check: str = "permissions") -> Finding:
    told = f"{error.filename} cannot be read: {error.strerror or type(error).__name__}"
    return fault(check, told, Flaw.UNREADABLE, user=_name(os.geteuid()))
