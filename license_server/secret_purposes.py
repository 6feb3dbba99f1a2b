"""What is derived from the server's secrets, each for one purpose? One table, and HMAC-SHA-256. Pure.

The audit chain alone uses its secret without a label: its texts are longer than 32 bytes, the secret's labels shorter.
"""

import hmac
from collections.abc import Mapping
from enum import Enum, StrEnum


class SecretKind(StrEnum):
    """The kinds of secrets, named as their files begin."""

    TOKEN = "token"  # noqa: S105 - the name of a kind
    AUDIT = "audit"


class Purpose(Enum):
    """A label that no other begins with, and the kind of secret that it goes with; None: every one.

    What a label gives is stored or sent, so a changed label makes that worthless.
    """

    UNDATED_TOKEN = b"theme-license token 1", SecretKind.TOKEN
    ACTIVATION_TOKEN = b"theme-license token 2", SecretKind.TOKEN
    PORTAL_COOKIE = b"theme-license portal cookie 1", SecretKind.TOKEN
    PORTAL_KEY_TAG = b"theme-license portal key 1", SecretKind.TOKEN
    BULK_JOB = b"bulk job", SecretKind.AUDIT
    FINGERPRINT = b"theme-license fingerprint 1", None

    def __init__(self, label: bytes, kind: SecretKind | None) -> None:
        self.label = label
        self.kind = kind


class Ring(dict[int, bytes]):
    """The secrets of one kind by their ids: all are read, ``signs`` is the id of the one that makes what is new.

    One with a higher id waits: another node may make something with it already.
    """

    def __init__(self, secrets: Mapping[int, bytes], *, signs: int | None = None) -> None:
        super().__init__(secrets)
        self.signs = max(secrets) if signs is None else signs


def signing_id(secrets: Mapping[int, bytes]) -> int:
    """Return the id of the secret that makes what is new."""
    return secrets.signs if isinstance(secrets, Ring) else max(secrets)


def derive(secret: bytes, purpose: Purpose, *told: bytes) -> bytes:
    """Return 32 bytes of ``secret`` for ``purpose`` and what is ``told``; only the last part may vary in length."""
    return hmac.digest(secret, b"".join((purpose.label, *told)), "sha256")
