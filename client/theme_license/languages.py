"""In which language, which direction and which words does the owner read? Catalogs by gettext, in ``locale/``."""

import gettext
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

DOMAIN = "theme_license"
FOLDER = Path(__file__).parent / "locale"

NOTICE_LANGUAGES = ("en", "ar", "de", "es", "fa", "fr", "he", "hi", "id", "ja", "pt-BR", "ru", "tr", "zh-CN")
CARD_LANGUAGES = ("en", "ar")
"""The languages into which every sentence of the card is translated; the notice speaks all of the above."""

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he"})


def direction(language: str) -> str:
    """Return the value of ``dir`` for text in ``language``."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=32)
def translator(language: str) -> Callable[[str], str]:
    """Return the function that turns an English sentence into ``language``; unknown sentences stay English."""
    return gettext.translation(DOMAIN, FOLDER, [language.replace("-", "_")], fallback=True).gettext


def best_language(wanted: str, offered: Sequence[str]) -> str:
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


def date_text(moment: int, language: str) -> str:
    """Return the day (UTC) of ``moment``, seconds since 1970, as people write it in a card language."""
    try:
        day = datetime.fromtimestamp(moment, UTC)
    except (OverflowError, OSError, ValueError):
        return "—"
    return f"{day.day} {translator(language)(_MONTHS[day.month - 1])} {day.year}"


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


_MONTHS = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)
