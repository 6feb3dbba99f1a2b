"""How is a sentence said in the owner's language? Translated, with its values escaped and put in."""

from collections.abc import Mapping
from gettext import NullTranslations

from markupsafe import Markup

from .domain import display_name
from .formats import day_text, moment_text, number_text
from .languages import catalog, direction
from .look_alikes import latin_twin, mixes_scripts


class Words:
    """The words of one language, out of the client's own catalog unless another is given.

    ``known`` are values that every sentence may name. Values are escaped, and whole numbers get the language's digits.
    """

    def __init__(self, language: str, translations: NullTranslations | None = None, **known: object) -> None:
        self.language = language
        self.direction = direction(language)
        self._catalog = catalog(language) if translations is None else translations
        self._known = known

    def tell(self, sentence: str, **values: object) -> Markup:
        """Return the sentence with its values in place of ``{name}``."""
        return self._fill(self._catalog.gettext(sentence), values)

    def tell_in(self, context: str, sentence: str, **values: object) -> Markup:
        """Return the sentence as it is said in ``context``, where it means something else than elsewhere."""
        return self._fill(self._catalog.pgettext(context, sentence), values)

    def tell_count(self, one: str, many: str, count: int, **values: object) -> Markup:
        """Return the form of the sentence that fits ``count``, which is ``{count}`` in it."""
        return self._fill(self._catalog.ngettext(one, many, count), {**values, "count": count})

    def domain(self, name: str) -> Markup:
        """Return a canonical domain as people read it: in its own script, and beside that what it is on the wire.

        One that could be taken for another, by its letters, is said to be such (protocol §5).
        """
        shown = display_name(name)
        if shown == name:
            return latin(name)
        domain, ascii = latin(shown), latin(name)
        twin = latin_twin(shown)
        if twin is not None:
            return self.tell(
                "{domain} ({ascii}: looks like {name}, but is another domain)",
                domain=domain,
                ascii=ascii,
                name=latin(twin),
            )
        if mixes_scripts(shown):
            return self.tell("{domain} ({ascii}: mixes letters of several scripts)", domain=domain, ascii=ascii)
        return Markup("{} ({})").format(domain, ascii)

    def day(self, moment: int) -> str:
        """Return a day, of seconds since 1970-01-01 UTC."""
        return day_text(moment, self.language)

    def moment(self, moment: int) -> str:
        """Return a day and a minute, of seconds since 1970-01-01 UTC."""
        return moment_text(moment, self.language)

    def _fill(self, sentence: str, values: Mapping[str, object]) -> Markup:
        shown = {name: self._shown(value) for name, value in {**self._known, **values}.items()}
        return Markup.escape(sentence).format(**shown)

    def _shown(self, value: object) -> object:
        return number_text(value, self.language) if type(value) is int else value


def isolated(text: str) -> Markup:
    """Return what somebody named, kept from turning the direction of the text around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def latin(text: str) -> Markup:
    """Return what is always written from left to right, such as an address or the end of a key."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)
