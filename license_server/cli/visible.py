"""What strangers wrote, such as a site's name for its client, reaches a terminal as signs that show and do nothing."""

import unicodedata

_ACTING = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Controls of terminals and of the direction of writing, what takes no room, and separators of lines."""

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that are drawn as nothing."""

_JOINERS = frozenset("\u200c\u200d")
_VIRAMA = 9


def visible(text: str) -> str:
    r"""Return ``text`` with every sign that acts or cannot be seen as an escape, such as ``\u202e``.

    A joiner stays where its script needs it, as in a domain name (RFC 5892, appendix A). In the text of a JSON value,
    whose line feeds are escaped already, the escapes are JSON's own.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(letter, text, place) for place, letter in enumerate(text))


def visible_lines(text: str) -> str:
    """Return ``text`` as :func:`visible` does, its lines and tabs kept."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def _shown(letter: str, text: str, place: int) -> str:
    if letter in _JOINERS and place and _joins(text[place - 1]):
        return letter
    if letter not in _BLANK and unicodedata.category(letter) not in _ACTING:
        return letter
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[start : start + 2].hex()}" for start in range(0, len(units), 2))


def _joins(before: str) -> bool:
    return unicodedata.combining(before) == _VIRAMA or unicodedata.bidirectional(before) == "AL"
