"""What can be wrong where a license server stands: its settings, home, database, address and port."""

from pathlib import Path

from license_server.errors import (
    AlreadyInitialised,
    ConfigurationInvalid,
    HomeNotUsable,
    Refused,
    SchemaMismatch,
    ServerUnavailable,
    with_members,
)


@with_members
class SettingInvalid(ConfigurationInvalid):
    """A setting has an impossible value, which is not repeated; ``file`` is where settings may stand too."""

    variable: str
    flaw: str
    file: Path

    def __str__(self) -> str:
        return f"the setting {self.variable} is wrong: {self.flaw}"


@with_members
class SettingsFileInvalid(ConfigurationInvalid):
    """The file of settings cannot be read, or is no TOML; ``kind`` names the fault."""

    file: Path
    kind: str

    def __str__(self) -> str:
        return f"{self.file} cannot be read as TOML ({self.kind})"


@with_members
class PathNotUsable(HomeNotUsable):
    """A folder or a file cannot be made or written by ``user``."""

    path: Path
    why: str
    user: str

    def __str__(self) -> str:
        return f"{self.path} cannot be used: {self.why}"


@with_members
class PathReadOnly(HomeNotUsable):
    """A folder or a file lies where nothing can be written, such as on a volume of secrets."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} cannot be written: it is on a file system that is mounted read-only"


@with_members
class HomeUnreadable(HomeNotUsable):
    """Whether the home is new cannot be seen."""

    home: Path
    why: str

    def __str__(self) -> str:
        return f"{self.home} cannot be read: {self.why}"


@with_members
class SecretUnusable(HomeNotUsable):
    """A secret is missing, unreadable or damaged."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"the secret {self.path} cannot be used: {self.why}"


@with_members
class SecretOpenToOthers(HomeNotUsable):
    """Other users of the machine may read or write a secret, so it is not used; ``read_only``: nor can its mode change.

    ``mode`` is the file's.
    """

    path: Path
    mode: int
    read_only: bool

    def __str__(self) -> str:
        return f"the secret {self.path} can be used by others ({self.mode:04o})"


@with_members
class SecretNotHere(ServerUnavailable):
    """Another node has written with a secret that is not in this home, and what this one wrote would not fit."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} is not in this home, and another node uses it"


@with_members
class HomeInUse(AlreadyInitialised):
    """The home holds a license server."""

    home: Path

    def __str__(self) -> str:
        return f"{self.home} already holds a license server, and its keys are never overwritten; nothing was changed"


@with_members
class DatabaseUnavailable(ServerUnavailable):
    """The database is absent, locked, damaged, full or out of reach; ``reason`` is the driver's."""

    reason: str

    def __str__(self) -> str:
        return f"the database cannot be used: {self.reason}"


class DatabaseEmpty(SchemaMismatch):
    """The database holds no schema."""

    default_detail = "the database holds no tables yet"


@with_members
class DatabaseOlder(SchemaMismatch):
    """The database is of an earlier version of the program."""

    found: str
    known: str

    def __str__(self) -> str:
        return f"the database is of an earlier version (schema {self.found}, this program has {self.known})"


@with_members
class DatabaseNewer(SchemaMismatch):
    """The database is of a later version of the program."""

    found: str
    known: str

    def __str__(self) -> str:
        return f"the database is of a newer version (schema {self.found}, this program knows {self.known})"


@with_members
class DatabaseUnknown(SchemaMismatch):
    """The database is of no version that this program could bring up to date."""

    found: str
    known: str

    def __str__(self) -> str:
        return (
            f"the database is of a version that this program does not know (schema {self.found}, it has {self.known})"
        )


@with_members
class DatabaseOfAnotherHome(AlreadyInitialised):
    """The database belongs to a license server whose keys are elsewhere."""

    home: Path

    def __str__(self) -> str:
        return "the database already belongs to a license server whose keys are not in this home; nothing was changed"


@with_members
class HostUnknown(Refused):
    """The name or address to listen on leads nowhere on this machine."""

    host: str

    def __str__(self) -> str:
        return f"{self.host} is not an address of this machine"


@with_members
class PortNotFree(Refused):
    """The port cannot be listened on; ``for_metrics`` says for which of the two."""

    host: str
    port: int
    why: str
    for_metrics: bool

    def __str__(self) -> str:
        return f"{self.host} port {self.port} cannot be listened on: {self.why}"


class MetricsFolderNotMade(HomeNotUsable):
    """There is no place for the files in which workers keep their figures."""

    default_detail = "no temporary folder can be made for the metrics"
