"""How does the owner's language write a day, a moment and a number? By CLDR, through Babel.

Babel is imported when a page is written, so that the start of a theme does not pay for it.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

_NO_DATE = "—"
_DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
    "deva": str.maketrans("0123456789", "०१२३४५६७८९"),
}


def day_text(moment: int, language: str) -> str:
    """Return the day (UTC) of ``moment``, seconds since 1970-01-01 UTC; a dash for a moment that no calendar has."""
    from babel import dates

    when = _utc(moment)
    return _NO_DATE if when is None else _digits(dates.format_date(when, "long", locale=_locale(language)), language)


def moment_text(moment: int, language: str) -> str:
    """Return the day and the minute of ``moment``, seconds since 1970-01-01 UTC, with the zone: UTC."""
    from babel import dates

    when = _utc(moment)
    if when is None:
        return _NO_DATE
    locale = _locale(language)
    time = _digits(dates.format_time(when, "short", locale=locale), language)
    pattern = str(dates.get_datetime_format("medium", locale=locale))
    return f"{pattern.replace('{1}', day_text(moment, language)).replace('{0}', time)} UTC"


def number_text(number: int, language: str) -> str:
    """Return ``number`` with the digits and the grouping of ``language``."""
    from babel import numbers

    return _digits(numbers.format_decimal(number, locale=_locale(language), numbering_system="default"), language)


def language_name(language: str) -> str:
    """Return what ``language`` calls itself, with a capital letter where its script has any."""
    name = _locale(language).display_name or language
    return name[:1].upper() + name[1:]


def _utc(moment: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(moment, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _digits(text: str, language: str) -> str:
    """Return ``text`` with the language's own digits; Babel writes dates with ASCII ones everywhere."""
    digits = _DIGITS.get(_locale(language).default_numbering_system)
    return text if digits is None else text.translate(digits)


@lru_cache(maxsize=32)
def _locale(language: str) -> "Locale":
    from babel import Locale

    return Locale.parse(language, sep="-")
