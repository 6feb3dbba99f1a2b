"""What can be wrong with a backup, the keys and secrets that go with it, and a copy of the audit log's heads."""

from pathlib import Path

from license_server.errors import AlreadyInitialised, HomeNotUsable, InputInvalid, Refused, with_members


@with_members
class NotAFolder(InputInvalid):
    """Keys are to go to a folder that is not there."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} is not a folder"


class SecretsBesideDatabase(InputInvalid):
    """Keys and secrets would lie where the database or its backup does."""

    default_detail = "keys and secrets are kept apart from the database: whoever has both can sign licenses"


@with_members
class SecretsNotThere(InputInvalid):
    """The folder is none that keys and secrets were copied to."""

    folder: Path

    def __str__(self) -> str:
        return f"{self.folder} does not hold the folders keys and secrets"


@with_members
class BackupUnreadable(InputInvalid):
    """The file is no backup of a license server, or is damaged."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} is not a backup of a license server, or is damaged"


@with_members
class BackupIncomplete(InputInvalid):
    """A table of the backup has other rows than were written."""

    table: str
    found: int
    written: int

    def __str__(self) -> str:
        return f"the backup is damaged: {self.table} has {self.found} rows, and {self.written} were written"


class DatabaseInUse(AlreadyInitialised):
    """A backup would be brought back over a license server."""

    default_detail = "the database holds a license server already, and is never overwritten; nothing was restored"


@with_members
class BackupExists(Refused):
    """There is a file of the name that the backup is to have."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} exists, and is never overwritten"


@with_members
class BackupNewer(Refused):
    """The backup is of a later version of the program."""

    path: Path
    found: str
    known: str

    def __str__(self) -> str:
        return f"{self.path} is of a newer version (schema {self.found}, this program knows {self.known})"


@with_members
class CopyDiffers(Refused):
    """A key or a secret would be copied over another of its name."""

    copy: Path
    original: Path

    def __str__(self) -> str:
        return f"{self.copy} exists and is another than {self.original}"


@with_members
class SecretsMissing(Refused):
    """A backup would be brought back to a home without keys and secrets."""

    home: Path

    def __str__(self) -> str:
        return (
            f"{self.home} holds no keys and secrets, and without them every site would have to paste its key again; "
            "nothing was restored"
        )


@with_members
class SecretsOfAnotherServer(Refused):
    """The secrets named ``names`` in the home are not those that go with the backup."""

    home: Path
    names: tuple[str, ...]

    def __str__(self) -> str:
        told = ", ".join(self.names)
        return f"the secrets in {self.home} are not those of this backup ({told}); nothing was restored"


@with_members
class BackupFolderMissing(InputInvalid):
    """There is no folder for the backup."""

    folder: Path

    def __str__(self) -> str:
        return f"{self.folder} is not a folder"


@with_members
class BackupNotWritable(HomeNotUsable):
    """The file system refuses the backup."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{self.path} cannot be written: {self.why}"


@with_members
class HeadsInvalid(InputInvalid):
    """A line of what should be a copy of the audit log's heads is of another form; the first is line 1."""

    line: int

    def __str__(self) -> str:
        return f"line {self.line} is not of a copy of the audit log's heads"


@with_members
class HeadsUnreadable(HomeNotUsable):
    """The copy of the audit log's heads cannot be read."""

    path: Path
    why: str

    def __str__(self) -> str:
        return f"{self.path} cannot be read: {self.why}"


@with_members
class BackupOfFuture(InputInvalid):
    """The moment to which a database is said to be brought back is yet to come."""

    backup_of: int

    def __str__(self) -> str:
        return "a backup is of a moment that is over"
