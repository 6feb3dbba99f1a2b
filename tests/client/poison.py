"""The gallery's states with every word replaced that nobody signed, and the parts that a page is made of."""

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

from demo.gallery.card_state import CardState, States
from demo.gallery.preparing import activate
from demo.gallery.scripted import Site
from demo.gallery.states import STATES
from theme_license.errors import ServerRefused, ThemeLicenseError
from theme_license.transport import Reply

TOLD = ("plan_name", "key_last5", "reason", "domain", "id")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def poison(value: Any, word: str) -> Any:
    """Return ``value`` with ``word`` for every text in it, however deep."""
    if isinstance(value, str):
        return word
    if isinstance(value, Mapping):
        return {name: poison(each, word) for name, each in value.items()}
    return [poison(each, word) for each in value] if isinstance(value, list) else value


def poisoned(word: str, *, link: str | None = None) -> States:
    """Return the gallery's states with ``word`` for all unsigned words, and for all links ``link``."""
    made = States()
    for state in STATES.values():
        made.state(*state.forms, name=state.name, domain=state.domain, query=state.query, shows=state.shows)(
            _poisoning(state, word, link or word)
        )
    made.state(name="plan")(lambda site: activate(site, plan=word, told={"plan_name": None}))
    made.state({"action": "check"}, name="code")(_refusing_with(word))
    return made


def _poisoning(state: CardState, word: str, link: str) -> Callable[[Site], None]:
    def spoil(members: Mapping[str, object]) -> dict[str, object]:
        links = members.get("links")
        names = links if isinstance(links, Mapping) else {}
        return {**poison(members, word), "links": dict.fromkeys(names, link)}

    def prepare(site: Site) -> None:
        state.prepare(site)
        kept = site.checker.state.read()
        activation = dict.fromkeys(TOLD, word) | spoil(kept.activation or {})
        if kept.signed_license is not None:
            site.checker.state.write(kept._replace(activation=activation))
        site.checker.forget()
        answer = site.transport.answer

        def spoiled(action: str, body: Mapping[str, Any], token: str | None) -> Reply | ThemeLicenseError:
            said = answer(action, body, token)
            if isinstance(said, ServerRefused):
                return ServerRefused(said.code, status=said.status, problem=spoil(said.problem))
            return said._replace(activation=spoil(said.activation)) if isinstance(said, Reply) else said

        site.transport.answer = spoiled

    return prepare


def _refusing_with(code: str) -> Callable[[Site], None]:
    def prepare(site: Site) -> None:
        activate(site)
        site.fails(ServerRefused(code, status=400, problem={}))

    return prepare


class Parts(HTMLParser):
    """A page's tags with their attributes, and its texts with the tags around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, tuple[str, ...]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append((data, tuple(self._open)))

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.texts)

    def values(self, *names: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags for name in names if name in attributes]
