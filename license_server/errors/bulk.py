"""What can stop many licenses from being issued into a file."""

from pathlib import Path

from license_server.errors import HomeNotUsable, Refused, ServerUnavailable, with_members
from license_server.records import BulkJob


@with_members
class OutputExists(Refused):
    """There is a file of the name that the keys' file is to have."""

    output: Path

    def __str__(self) -> str:
        return f"{self.output} exists, and is never overwritten; nothing was issued"


@with_members
class OutputNotPrivate(Refused):
    """A file beside the keys' belongs to another user, or others may read it."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} is not a private file of this user; nothing was issued"


@with_members
class OutputInWork(Refused):
    """Another process is at the same job."""

    output: Path

    def __str__(self) -> str:
        return f"another process is issuing the keys of {self.output}"


@with_members
class OutputOfAnotherServer(Refused):
    """The file was begun by another license server."""

    output: Path

    def __str__(self) -> str:
        return f"{self.output} was begun by another license server; nothing was issued"


@with_members
class OutputOfAnotherJob(Refused):
    """The file was begun with other arguments, those of ``begun``."""

    output: Path
    begun: BulkJob

    def __str__(self) -> str:
        return f"{self.output} was begun with another plan, number or customer; nothing was issued"


@with_members
class OutputChanged(Refused):
    """Something else has written to the keys' private file."""

    partial: Path

    def __str__(self) -> str:
        return f"{self.partial} is not as this command left it; nothing more was issued"


@with_members
class JobDamaged(Refused):
    """What the job began with cannot be read any more; ``partial`` holds its keys so far."""

    job: Path
    partial: Path

    def __str__(self) -> str:
        return f"{self.job} is damaged"


@with_members
class OutputNotMade(Refused):
    """Every license is issued, and their file cannot be given its name."""

    output: Path
    partial: Path
    job: Path
    why: str

    def __str__(self) -> str:
        return f"{self.output} could not be made ({self.why}); every license is issued"


@with_members
class OutputNotWritable(HomeNotUsable):
    """The file system refuses the keys' file, or those beside it."""

    output: Path
    why: str

    def __str__(self) -> str:
        return f"{self.output} cannot be written: {self.why}"


@with_members
class StoppedByDatabase(ServerUnavailable):
    """The database refused a part of the job, which can go on later."""

    cause: ServerUnavailable
    job: BulkJob
    output: Path
    issued: int

    def __str__(self) -> str:
        return _stopped(self.cause, self.issued, self.job)


@with_members
class StoppedByFile(HomeNotUsable):
    """The file system refused a part of the job, which can go on later."""

    cause: HomeNotUsable
    job: BulkJob
    output: Path
    issued: int

    def __str__(self) -> str:
        return _stopped(self.cause, self.issued, self.job)


def _stopped(cause: ServerUnavailable | HomeNotUsable, issued: int, job: BulkJob) -> str:
    return f"{cause}; {issued} of {job.count} keys are issued" if issued else str(cause)
