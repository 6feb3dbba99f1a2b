"""Could a person take this name for another one? By the scripts and shapes of its letters (protocol §5)."""

import unicodedata

_SHAPES = {
    # Latin beyond ASCII
    **dict(zip("ɑɡı", "agi", strict=True)),
    # Greek
    **dict(zip("αεηικνορτυχγωϲϳ", "aenikvoptuxywcj", strict=True)),
    # Cyrillic
    **dict(zip("асԁеһіјӏорԛѕԝхуьгпѵүҽкмт", "acdehijlopqswxybrnvyekmt", strict=True)),
    # Armenian
    **dict(zip("օոսցհյզ", "onughjq", strict=True)),
}
"""Letters that are drawn like one of ASCII, and that one."""

_WRITTEN_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
"""Scripts that one word of a language may mix; every other script stands alone."""


def latin_twin(shown: str) -> str | None:
    """Return the Latin name that ``shown``, a name in its own script, looks like; None where there is none.

    Judged label by label: one that has a letter without a Latin shape looks like no other.
    """
    labels = [_twin_of_label(label) for label in shown.split(".")]
    twin = ".".join(labels)
    return None if twin == shown else twin


def mixes_scripts(shown: str) -> bool:
    """Return whether a label of ``shown``, a name in its own script, mixes letters that no language writes together."""
    return any(not label.isascii() and _is_mixed(_scripts(label)) for label in shown.split("."))


def _twin_of_label(label: str) -> str:
    twin = "".join(_SHAPES.get(character, character) for character in label)
    return twin if twin.isascii() else label


def _is_mixed(scripts: frozenset[str]) -> bool:
    return len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER)


def _scripts(label: str) -> frozenset[str]:
    """Return the scripts of a label's letters; marks and modifiers go with every one."""
    letters = [character for character in label if unicodedata.category(character) in ("Ll", "Lo")]
    return frozenset(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0] for letter in letters)
