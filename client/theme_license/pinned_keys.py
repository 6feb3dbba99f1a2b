"""Which keys does the theme trust, and in which order? (protocol §4)"""

from collections.abc import Iterable, Iterator, Sequence

from .errors import UnusablePublicKey
from .public_key import PublicKey, parse_public_key


class PinnedKeys:
    """The ordered public keys that a theme trusts: the first signs today, the later ones stand by."""

    __slots__ = ("_keys", "_positions")

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = tuple(keys)
        self._positions = {key.key_id: position for position, key in enumerate(self._keys)}
        if not self._keys:
            raise UnusablePublicKey("no public key is pinned; pin at least the one that signs today")
        if len(self._positions) != len(self._keys):
            raise UnusablePublicKey("the same public key is pinned twice; pin each once, in the order of their use")

    @classmethod
    def parse(cls, texts: Sequence[str]) -> "PinnedKeys":
        """Read each text as :func:`~theme_license.public_key.parse_public_key` does.

        Raises :class:`UnusablePublicKey`.
        """
        return cls([parse_public_key(text) for text in texts])

    def find(self, key_id: str) -> PublicKey | None:
        """Return the pinned key with this id, or None."""
        position = self._positions.get(key_id)
        return None if position is None else self._keys[position]

    def position(self, key_id: str) -> int | None:
        """Return where the key stands in the order, from 0, or None when it is not pinned."""
        return self._positions.get(key_id)

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
