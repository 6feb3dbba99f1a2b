"""Make a license server: home, keys, secrets, database; never twice."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from license_server import secret_files, signing
from license_server.audit_actions import AuditAction
from license_server.config import Settings
from license_server.errors.backup import NotAFolder
from license_server.errors.home import DatabaseOfAnotherHome, HomeInUse, HomeUnreadable
from license_server.errors.keys import KeyFileExists, StandbyWithinHome
from license_server.home import Home
from license_server.records import Actor, SigningKey
from license_server.secret_files import Secrets
from license_server.service.locked_server import LockedServer
from license_server.store import Store, audit, schema, signing_keys
from theme_license.public_key import PublicKey

FIRST_KEY = "k1"
STANDBY_KEY = "k2"


@dataclass(frozen=True, slots=True)
class Made:
    """What ``init`` made; ``standby_file`` is None when no standby was asked for."""

    home: Path
    key: PublicKey
    standby: PublicKey | None
    standby_file: Path | None


def initialise(
    settings: Settings, *, standby_to: Path | None, clock: Callable[[], int], actor: str = Actor.VENDOR
) -> Made:
    """Make the home, the signing key, the secrets and the database.

    A home or a database that is in use is left exactly as it is, and a failure leaves none of what this call made.
    Raises :class:`AlreadyInitialised`, :class:`HomeNotUsable`, :class:`InputInvalid` or :class:`ServerUnavailable`.
    """
    home = Home(settings.home)
    _require_new(home)
    standby_file = None if standby_to is None else key_file_outside(home, standby_to, STANDBY_KEY)
    passphrase = settings.read_key_passphrase()
    home.create()
    store = Store(settings.store_url, create=True)
    _require_new_database(home, store)
    new_file = False
    made_files = [home.keys / f"{FIRST_KEY}.pem", *(home.secrets / f"{kind}-1" for kind in ("token", "audit"))]
    if standby_file is not None:
        made_files.append(standby_file)
    try:
        with home.as_owner():
            key = signing.create_key(home.keys / f"{FIRST_KEY}.pem", passphrase=passphrase)
            secret_files.create_secrets(home)
        standby = None if standby_file is None else signing.create_key(standby_file, passphrase=passphrase)
        new_file = store.file is not None and home.make_database_file(store.file)
        schema.migrate(store)
        _first_rows(store, secret_files.load_secrets(home), key, standby, at=clock(), actor=actor)
    except BaseException:
        for path in made_files:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if new_file and store.file is not None:
            store.dispose()
            schema.remove_file(store.file)
        raise
    finally:
        store.dispose()
    return Made(home=home.path, key=key, standby=standby, standby_file=standby_file)


def migrate(settings: Settings) -> tuple[str | None, str]:
    """Bring the database of an initialised home to this program's schema; return what it was at and what it is at."""
    Home(settings.home).require()
    store = Store(settings.store_url)
    found = schema.revision(store)
    if found != schema.HEAD:
        schema.migrate(store)
    schema.check(store)
    store.dispose()
    return found, schema.HEAD


def _require_new(home: Home) -> None:
    try:
        initialised = home.is_initialised
    except OSError as error:
        raise HomeUnreadable(home=home.path, why=str(error.strerror)) from error
    if initialised:
        raise HomeInUse(home=home.path)


def _require_new_database(home: Home, store: Store) -> None:
    if store.file is not None and not store.file.exists():
        return
    if schema.revision(store) is not None and store.query(audit.has_server_row):
        raise DatabaseOfAnotherHome(home=home.path)


def key_file_outside(home: Home, folder: Path, name: str) -> Path:
    """Return where the private half of a standby goes: to ``folder``, which exists and is not within the home.

    Raises :class:`StandbyWithinHome`, :class:`NotAFolder` or :class:`KeyFileExists`.
    """
    folder = folder.expanduser().absolute()
    if home.holds(folder):
        raise StandbyWithinHome(home=home.path)
    if not folder.is_dir():
        raise NotAFolder(path=folder)
    path = folder / f"{name}.pem"
    if path.exists():
        raise KeyFileExists(path=path)
    return path


def _first_rows(
    store: Store, secrets: Secrets, key: PublicKey, standby: PublicKey | None, *, at: int, actor: str
) -> None:
    with store.write() as connection:
        chain = audit.start_server_chain(connection, secrets.audit, at=at)
        server = LockedServer(connection, chain, at=at, actor=actor)
        for position, (name, public, status) in enumerate(
            ((FIRST_KEY, key, "current"), (STANDBY_KEY, standby, "standby"))
        ):
            if public is None:
                continue
            row = SigningKey(name, public.key_id, public.text, position, status, at)
            signing_keys.add(connection, row)
            server.record(AuditAction.CREATE, f"key:{name}", status=status, public_key=public.text)
        server.save()
