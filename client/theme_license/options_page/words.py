"""How is a sentence said in the owner's language? Translated, with its values escaped and put in."""

from collections.abc import Mapping

from markupsafe import Markup

from ..domain import display_name
from ..formats import day_text, moment_text, number_text
from ..languages import catalog


class Words:
    """The words of one theme's card in one language."""

    def __init__(self, *, theme: str, language: str) -> None:
        self.language = language
        self._theme = isolated(theme)
        self._catalog = catalog(language)

    def gettext(self, sentence: str) -> str:
        """Return a sentence without values."""
        return self._catalog.gettext(sentence)

    def tell(self, sentence: str, **values: object) -> Markup:
        """Return the sentence, escaped, with its values in place of ``{name}``; ``{theme}`` is known."""
        return self._fill(self._catalog.gettext(sentence), values)

    def tell_count(self, one: str, many: str, count: int, **values: object) -> Markup:
        """Return the form of the sentence that fits ``count``, which is ``{count}`` in it."""
        return self._fill(self._catalog.ngettext(one, many, count), {**values, "count": self.number(count)})

    def day(self, moment: int) -> str:
        """Return a day, of seconds since 1970-01-01 UTC."""
        return day_text(moment, self.language)

    def moment(self, moment: int) -> str:
        """Return a day and a minute, of seconds since 1970-01-01 UTC."""
        return moment_text(moment, self.language)

    def number(self, number: int) -> str:
        """Return a number."""
        return number_text(number, self.language)

    def _fill(self, sentence: str, values: Mapping[str, object]) -> Markup:
        return Markup.escape(sentence).format(**{"theme": self._theme, **values})


def isolated(text: str) -> Markup:
    """Return what somebody named, kept from turning the direction of the text around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def latin(text: str) -> Markup:
    """Return what is always written from left to right, such as an address or the end of a key."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def domain_html(name: str) -> Markup:
    """Return a canonical domain as people read it."""
    return latin(display_name(name))


def seconds_of(text: object) -> int | None:
    """Return the moment that an answer tells as RFC 3339, or None for anything else."""
    from datetime import datetime

    try:
        return int(datetime.fromisoformat(text).timestamp()) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None
