"""What can be wrong with the signing keys and their files, and with the passphrase that protects them."""

from pathlib import Path

from license_server.errors import (
    ConfigurationInvalid,
    HomeNotUsable,
    InputInvalid,
    NotFound,
    Refused,
    ServerUnavailable,
    with_members,
)
from license_server.records import SigningKey


@with_members
class PassphraseFileUnreadable(ConfigurationInvalid):
    """The file that holds the passphrase cannot be read."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"the passphrase file {self.path} cannot be read: {self.why}"


@with_members
class PassphraseFileEmpty(ConfigurationInvalid):
    """The file that should hold the passphrase begins with an empty line, or holds nothing."""

    path: Path

    def __str__(self) -> str:
        return f"the passphrase file {self.path} is empty"


@with_members
class PassphraseMissing(HomeNotUsable):
    """A signing key is protected by a passphrase, and none is set."""

    path: Path

    def __str__(self) -> str:
        return f"the signing key {self.path} is protected by a passphrase, and none is set"


@with_members
class PassphraseWrong(HomeNotUsable):
    """The passphrase that is set is not this signing key's."""

    path: Path

    def __str__(self) -> str:
        return f"this passphrase does not open {self.path}"


@with_members
class KeyOpenToOthers(HomeNotUsable):
    """Other users of the machine may read or write a signing key, so it is not used; ``mode`` is the file's.

    ``read_only``: its mode cannot be changed here.
    """

    path: Path
    mode: int
    read_only: bool

    def __str__(self) -> str:
        return f"the signing key {self.path} can be used by others ({self.mode:04o})"


@with_members
class KeyBeyondOwner(HomeNotUsable):
    """The owner of the home, as whom the server runs, cannot read the private half of a key."""

    path: Path
    user: str
    read_only: bool

    def __str__(self) -> str:
        return f"{self.user}, whose home this is, cannot read the signing key {self.path}; nothing was changed"


@with_members
class KeyUnreadable(HomeNotUsable):
    """A signing key's file cannot be read."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"the signing key {self.path} cannot be read: {self.why}"


@with_members
class KeyDamaged(HomeNotUsable):
    """A signing key's file holds no private key."""

    path: Path

    def __str__(self) -> str:
        return f"it is not a private key in PKCS#8: {self.path}"


@with_members
class KeyOfAnotherKind(HomeNotUsable):
    """A signing key's file holds a private key of another algorithm."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} is not an Ed25519 key"


@with_members
class CurrentKeyMissing(HomeNotUsable):
    """The private half of the key in use is not in the folder of the signing keys."""

    folder: Path

    def __str__(self) -> str:
        return f"the private half of the signing key in use is not in {self.folder}"


@with_members
class StandbyMissing(HomeNotUsable):
    """The private half of the standby that is to take over is not in the folder of the signing keys."""

    name: str
    folder: Path

    def __str__(self) -> str:
        return f"the private half of the standby {self.name} is not in {self.folder}"


@with_members
class CannotSign(ServerUnavailable):
    """What was asked for could not be signed, because of ``cause``."""

    cause: HomeNotUsable

    def __str__(self) -> str:
        return str(self.cause)


class NoCurrentKey(ServerUnavailable):
    """The database names no signing key that is in use."""

    default_detail = "no signing key is in use"


class SigningKeyNotFound(NotFound):
    """No signing key has this name."""

    default_detail = "there is no signing key of that name"


@with_members
class KeyOfAnotherServer(NotFound):
    """The file holds the private half of no key of this server."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} is the private half of no key of this server"


@with_members
class KeyFileNotFound(InputInvalid):
    """There is no file where the private half of a key should be."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} does not exist"


@with_members
class KeyFileExists(InputInvalid):
    """There is a file already where the private half of a new key should go."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} exists, and a key is never overwritten"


@with_members
class StandbyWithinHome(InputInvalid):
    """The private half of a standby would lie beside that of the key in use."""

    home: Path

    def __str__(self) -> str:
        return f"the standby's private half must not be within the home {self.home}: who steals one would have both"


class NoStandby(Refused):
    """There is no standby that could take over."""

    default_detail = "there is no standby key to rotate to"


@with_members
class KeyOutOfUse(Refused):
    """The key has signed and does so no more."""

    key: SigningKey

    def __str__(self) -> str:
        return f"{self.key.name} is {self.key.status} and signs no more"


@with_members
class KeySignsAlready(Refused):
    """The key that should take over signs already."""

    key: SigningKey

    def __str__(self) -> str:
        return f"{self.key.name} signs already; nothing was changed"


@with_members
class KeyInUse(Refused):
    """The key signs today, so another has to take over before it can be given up."""

    key: SigningKey

    def __str__(self) -> str:
        return f"{self.key.name} signs today"
