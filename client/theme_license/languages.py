"""In which language, which direction and which words does the owner read? Catalogs by gettext, in ``locale/``."""

import gettext
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

DOMAIN = "theme_license"
FOLDER = Path(__file__).parent / "locale"

LANGUAGES = (
    "en",
    *sorted(path.parts[-3].replace("_", "-") for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")),
)
"""Every language that has a catalog, as a BCP 47 tag; ``make language TAG=…`` adds one."""

_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def direction(language: str) -> str:
    """Return the value of ``dir`` for text in ``language``."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=64)
def catalog(language: str, *, domain: str = DOMAIN, folder: Path = FOLDER) -> gettext.NullTranslations:
    """Return the catalog of ``language``: its ``gettext`` and ``ngettext`` leave unknown sentences English.

    Behind the catalog of another domain stands the client's own, so that no sentence need stand in both.
    """
    found = gettext.translation(domain, folder, [language.replace("-", "_")], fallback=True)
    if domain != DOMAIN:
        found.add_fallback(catalog(language))
    return found


def best_language(wanted: str, offered: Sequence[str] = LANGUAGES) -> str:
    """Return the offered language that fits ``wanted`` best: a language tag or an Accept-Language header (RFC 9110).

    English where nothing fits. Never raises, whatever the header holds.
    """
    by_tag = {language.lower(): language for language in offered}
    by_primary = {language.partition("-")[0].lower(): language for language in reversed(offered)}
    for tag in _by_preference(wanted):
        found = by_tag.get(tag) or by_primary.get(tag.partition("-")[0])
        if found is not None:
            return found
    return "en"


def _by_preference(header: str) -> list[str]:
    weighted = []
    for part in header[:1_000].split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        if tag.strip() and quality > 0:
            weighted.append((tag.strip().lower().replace("_", "-"), quality))
    return [tag for tag, _ in sorted(weighted, key=lambda pair: -pair[1])]


def marked(sentence: str) -> str:
    """Return ``sentence`` as it is: marks it for the catalogs where it is translated only later."""
    return sentence
