"""In which language does the owner read the portal, and how are its sentences filled? Catalogs in ``locale/``."""

from collections.abc import Mapping
from pathlib import Path

from flask import g, request, session
from markupsafe import Markup

from theme_license.domain import display_name
from theme_license.formats import day_text, moment_text, number_text
from theme_license.languages import LANGUAGES, best_language, catalog, direction

DOMAIN = "license_server"
FOLDER = Path(__file__).parents[2] / "locale"


class Words:
    """The portal's sentences in one language. What is put into them is escaped, and whole numbers get its digits."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.direction = direction(language)
        self._catalog = catalog(language, domain=DOMAIN, folder=FOLDER)

    def tell(self, sentence: str, **values: object) -> Markup:
        """Return the translated sentence with its values put in."""
        return self._fill(self._catalog.gettext(sentence), values)

    def many(self, one: str, more: str, number: int, **values: object) -> Markup:
        """Return the form of the sentence that fits ``number``, with its values and ``{number}`` put in."""
        return self._fill(self._catalog.ngettext(one, more, number), {"number": number, **values})

    def day(self, moment: int) -> Markup:
        """Return the day of ``moment``."""
        return Markup("<bdi>{}</bdi>").format(day_text(moment, self.language))

    def moment(self, moment: int) -> Markup:
        """Return the day and the minute of ``moment``, with the zone."""
        return Markup("<bdi>{}</bdi>").format(moment_text(moment, self.language))

    def _fill(self, sentence: str, values: Mapping[str, object]) -> Markup:
        return Markup.escape(sentence).format(**{name: self._shown(value) for name, value in values.items()})

    def _shown(self, value: object) -> object:
        return number_text(value, self.language) if type(value) is int else value


def words() -> Words:
    """Return the words of the request: of ``?lang=``, which the session keeps, or else of the browser's settings."""
    if "words" not in g:
        asked = request.args.get("lang", "")
        if asked in LANGUAGES:
            session["language"] = asked
        kept = session.get("language")
        wanted = request.headers.get("Accept-Language", "")
        g.words = Words(kept if kept in LANGUAGES else best_language(wanted))
    found: Words = g.words
    return found


def domain_html(name: str) -> Markup:
    """Return a canonical domain as people read it, kept left-to-right inside any text."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(display_name(name))


def name_html(text: str) -> Markup:
    """Return a name that somebody chose, kept apart from the direction of the text around it."""
    return Markup("<bdi>{}</bdi>").format(text)
