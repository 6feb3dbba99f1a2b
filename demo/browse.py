"""How does the walk use an options page? As a browser without scripts: it fills forms in and presses buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from demo.vendor import DemoFailed


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it sends by itself, and the values of its buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", "")))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append((values.get("name", ""), values.get("value", "")))
        elif tag == "input" and self.forms and "name" in values:
            is_choice = values.get("type") == "radio"
            if not is_choice or "checked" in values:
                self.forms[-1].fields[values["name"]] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class OptionsPageVisitor:
    """An administrator of one site with a browser of their own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.html = ""
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, query: str = "") -> str:
        """Open the page and return its HTML."""
        return self._keep(self._session.get(self.url + query, timeout=30))

    def press(self, action: str, **typed: str) -> str:
        """Press the button whose value is ``action`` on the page that is open, after typing; return the next page."""
        for form in _read(self.html).forms:
            for name, value in form.buttons:
                if value == action:
                    data = form.fields | typed | {name: value}
                    return self._keep(self._session.post(urljoin(self.url, form.action), data=data, timeout=30))
        raise DemoFailed(f"the page {self.url} has no button {action!r}")

    def close(self) -> None:
        """Close the browser's connections."""
        self._session.close()

    @property
    def text(self) -> str:
        """The words of the open page, white space folded."""
        return " ".join("".join(_read(self.html).words).split())

    def _keep(self, answer: requests.Response) -> str:
        if answer.status_code not in (200, 422, 502):
            raise DemoFailed(f"{answer.url} answered {answer.status_code}")
        self.html = answer.text
        return self.html


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader
