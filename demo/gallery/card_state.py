"""What is a state of the card? A name, how a site gets into it, and which requests show it."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.gallery.scripted import DOMAIN, SERVER, Site

Prepare = Callable[[Site], None]
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """A state that an owner may find the card in.

    After ``prepare`` each of ``forms`` is sent. The card is what then stands at ``query``; without a query, it is the
    answer to the last form.
    """

    name: str
    shows: str
    prepare: Prepare
    domain: str = DOMAIN
    query: str = ""
    forms: tuple[Form, ...] = ()

    def new_site(self, folder: Path) -> Site:
        """Return a new site in this state, with a folder of its own below ``folder``; no form is sent yet."""
        site = Site(Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=folder)), domain=self.domain, server=SERVER)
        self.prepare(site)
        return site


class States:
    """The ordered table of states: :meth:`state` puts a function in that brings a site there."""

    def __init__(self) -> None:
        self._by_name: dict[str, CardState] = {}

    def state(
        self, *forms: Form, name: str | None = None, shows: str | None = None, domain: str = DOMAIN, query: str = ""
    ) -> Callable[[Prepare], Prepare]:
        """Take the decorated function as ``prepare``; its name and docstring are the state's unless told otherwise."""

        def put_in(prepare: Prepare) -> Prepare:
            made = CardState(
                name=name or prepare.__name__,
                shows=shows or prepare.__doc__ or "",
                prepare=prepare,
                domain=domain,
                query=query,
                forms=forms,
            )
            if made.name in self._by_name:
                raise ValueError(f"two states are called {made.name}")
            self._by_name[made.name] = made
            return prepare

        return put_in

    def __getitem__(self, name: str) -> CardState:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def values(self) -> tuple[CardState, ...]:
        """Return the states in order."""
        return tuple(self._by_name.values())
