"""The home as it lies on the disk: is it there, whose is it, who else may read it, is there room?"""

import os
import pwd
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from license_server.errors import ServiceError
from license_server.errors.home import SecretNotHere
from license_server.home import Home
from license_server.secret_files import load_secrets
from license_server.secret_purposes import SecretKind
from license_server.service.operating.doctor.findings import Finding, Flaw, fault, fault_of, ok, warning

MEBIBYTE = 1 << 20
LEAST_FREE = 100 * MEBIBYTE
LITTLE_FREE = 1_024 * MEBIBYTE

_OTHERS = 0o077
_OTHERS_WRITE = 0o022


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
    """Yield each private folder or file that others may read or that another user owns; else that all are in order."""
    flaws = 0
    try:
        owner = home.path.stat().st_uid
        paths = [path for folder in (home.keys, home.secrets) for path in (folder, *sorted(folder.iterdir()))]
    except OSError as error:
        yield _unreadable(error)
        return
    for path in paths:
        try:
            found = path.stat()
        except OSError as error:
            yield _unreadable(error)
            flaws += 1
            continue
        if found.st_mode & _OTHERS:
            told = f"{path} can be used by others ({_mode(found)})"
            yield fault("permissions", told, Flaw.FOLDER_OPEN if path.is_dir() else Flaw.SECRET_OPEN, path=path)
            flaws += 1
        elif found.st_uid != owner:
            told = f"{path} belongs to {_name(found.st_uid)}, the home to {_name(owner)}"
            yield fault("permissions", told, Flaw.OWNED_BY_ANOTHER, path=path, user=_name(owner))
            flaws += 1
    if not flaws:
        yield ok("permissions", f"{len(paths)} folders and files of keys and secrets are private")


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


def check_settings_file(file: Path) -> Finding:
    """Return whether the settings file, which may hold the database's password, is read and changed by its owner."""
    try:
        found = file.stat()
        text = file.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ok("settings", f"from the environment; there is no {file.name}")
    except OSError as error:
        return _unreadable(error, "settings")
    if found.st_mode & _OTHERS_WRITE:
        told = f"{file} can be changed by others ({_mode(found)})"
        return fault("settings", told, Flaw.FILE_OPEN, path=file)
    if found.st_mode & _OTHERS and "database_url" in text:
        told = f"{file} names the database and can be read by others ({_mode(found)})"
        return fault("settings", told, Flaw.PASSWORD_OPEN, path=file)
    return ok("settings", f"from the environment and {file}")


def check_database_file(file: Path) -> Finding | None:
    """Return the fault of an SQLite file that others may read; None when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None  # the check that opens it says so
    if found.st_mode & _OTHERS:
        return fault("database", f"{file} can be used by others ({_mode(found)})", Flaw.FILE_OPEN, path=file)
    return None


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


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def _unreadable(error: OSError, check: str = "permissions") -> Finding:
    told = f"{error.filename} cannot be read: {error.strerror or type(error).__name__}"
    return fault(check, told, Flaw.UNREADABLE, user=_name(os.geteuid()))
