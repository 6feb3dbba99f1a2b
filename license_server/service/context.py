"""What every use case works with: the store, the secrets, and the outside world as arguments."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from license_server import clock
from license_server.config import Settings
from license_server.home import Home
from license_server.records import Actor
from license_server.secret_files import SecretFolder, Secrets
from license_server.signing import Signer
from license_server.store import Store, schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One opened license server; time and randomness are functions, so that tests can pass their own.

    ``actor`` is who does what the vendor does, as the audit log keeps it: at most 64 characters, such as
    ``vendor:alice``.
    """

    settings: Settings
    store: Store
    secret_folder: SecretFolder
    signer: Signer
    actor: str = Actor.VENDOR
    clock: Callable[[], int] = clock.now
    random_bytes: Callable[[int], bytes] = os.urandom
    chance: Callable[[], float] = random.random
    before_close: list[Callable[[], None]] = field(default_factory=list, repr=False)
    """What ends when the server is closed, such as threads that write; shared with copies of this context."""

    @property
    def home(self) -> Home:
        """The server's home."""
        return Home(self.settings.home)

    @property
    def secrets(self) -> Secrets:
        """The secrets as they lie in the home now."""
        return self.secret_folder.now()

    def close(self) -> None:
        """End what was begun with this context, then close the database's connections."""
        while self.before_close:
            self.before_close.pop()()
        self.store.dispose()


def open_context(settings: Settings, *, check_schema: bool = True, actor: str = Actor.VENDOR) -> Context:
    """Open the server that ``init`` made.

    Raises :class:`HomeNotInitialised`, :class:`HomeNotUsable`, :class:`SchemaMismatch` or
    :class:`ServerUnavailable`.
    """
    home = Home(settings.home)
    home.require()
    secret_folder = SecretFolder(home)
    store = Store(settings.store_url, connections=settings.threads + 2)
    if check_schema:
        schema.check(store)
    return Context(
        settings=settings,
        store=store,
        secret_folder=secret_folder,
        signer=Signer(home.keys, passphrase=settings.read_key_passphrase()),
        actor=actor,
    )
