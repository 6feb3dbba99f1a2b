"""Is this one JSON object that every reader understands alike? Strict, and never echoed."""

import json
from typing import Any

MAX_BRACKETS = 64


class NotStrictJson(ValueError):
    """The bytes are no such object; the text says what they are instead, as the end of a sentence."""


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the members of the one object that ``raw`` is. Raises :class:`NotStrictJson`."""
    # No object that is read here is nested, so brackets are counted wherever they stand, before any parser recurses.
    if raw.count(b"[") + raw.count(b"{") > MAX_BRACKETS:
        raise NotStrictJson("is nested too deeply. Send one flat JSON object.")
    try:
        members = _DECODER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotStrictJson("is not valid JSON in UTF-8. Send one JSON object.") from error
    if not isinstance(members, dict):
        raise NotStrictJson("is not a JSON object. Send one JSON object.")
    if not _is_text(members):
        raise NotStrictJson("holds half a surrogate pair or a NUL character. Send Unicode text only.")
    return members


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant)


def _is_text(value: object) -> bool:
    """Return whether every string within ``value`` is Unicode text without NUL."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return all(_is_text(name) and _is_text(member) for name, member in value.items())
    if isinstance(value, list):
        return all(_is_text(item) for item in value)
    return True
