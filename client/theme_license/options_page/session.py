"""Which requests wait for an answer in this administrator's session? At most five, each for a day (protocol §8)."""

from collections.abc import MutableMapping, Sequence

from ..offline import Pending

MAX_PENDING = 5

Session = MutableMapping[str, object]
"""The framework's session: whatever it holds comes back in the next request of the same administrator."""


class PendingRequests:
    """The requests of one product's options page; what is over, or was never written here, is not among them."""

    def __init__(self, session: Session, product: str, *, now: int) -> None:
        self._session = session
        self._name = f"theme_license_{product}"
        self._now = now

    def all(self) -> tuple[Pending, ...]:
        """Return the requests that still wait, oldest first."""
        kept = self._session.get(self._name)
        read = [_read(item) for item in kept] if isinstance(kept, list | tuple) else []
        return tuple(item for item in read if item is not None and not item.is_over(self._now))

    def add(self, pending: Pending) -> None:
        """Remember one more; the oldest makes room for it."""
        self._store((*self.all(), pending)[-MAX_PENDING:])

    def remove(self, pending: Pending) -> None:
        """Forget one, since its answer was taken."""
        self._store([item for item in self.all() if item.nonce != pending.nonce])

    def _store(self, requests: Sequence[Pending]) -> None:
        self._session[self._name] = [[item.nonce, item.made_at] for item in requests]


def _read(item: object) -> Pending | None:
    if not isinstance(item, list | tuple) or len(item) != 2:
        return None
    nonce, made_at = item
    return Pending(nonce, made_at) if isinstance(nonce, str) and type(made_at) is int else None
