"""What can be wrong with changing a token or audit secret."""

from license_server.errors import NotFound, Refused, with_members


@with_members
class SecretNotFound(NotFound):
    """The home holds no secret of this name."""

    name: str

    def __str__(self) -> str:
        return f"there is no secret {self.name}"


@with_members
class SecretSigns(Refused):
    """The secret makes what is new, or waits to: it cannot be retired before another took over."""

    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.name} is the newest {self.kind} secret, and is retired only after another took over"


@with_members
class SecretWaits(Refused):
    """One secret of the kind waits already."""

    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.name} waits already to take over"


@with_members
class SecretRetired(Refused):
    """The audit secret was retired before."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} is retired, and its file stays: the entries that it made are verified with it"


@with_members
class NoSecretIdLeft(Refused):
    """All ids of a kind were used."""

    kind: str

    def __str__(self) -> str:
        return f"every id of {self.kind} secrets was used"
