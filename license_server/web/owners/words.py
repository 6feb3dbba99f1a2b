"""In which language does the owner read the portal? By its own catalogs and the client's."""

from pathlib import Path

from flask import g, request, session

from theme_license.languages import LANGUAGES, best_language, catalog
from theme_license.words import Words

DOMAIN = "license_server"
FOLDER = Path(__file__).parents[2] / "locale"


def words() -> Words:
    """Return the words of the request: of ``?lang=``, which the session keeps, or else of the browser's settings."""
    if "words" not in g:
        asked = request.args.get("lang", "")
        if asked in LANGUAGES:
            session["language"] = asked
        kept = session.get("language")
        language = kept if kept in LANGUAGES else best_language(request.headers.get("Accept-Language", ""))
        g.words = Words(language, catalog(language, domain=DOMAIN, folder=FOLDER))
    found: Words = g.words
    return found
