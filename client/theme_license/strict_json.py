"""What does a payload whose signature holds say, read as strictly as every JSON reader can? (protocol §2, step 6)"""

import json
import re

from .errors import MalformedLicense

MAX_NESTING = 64
MAX_INTEGER_DIGITS = 16

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_object(raw: bytes) -> dict[str, object]:
    """Return the members of the one JSON object that ``raw`` is. Raises :class:`MalformedLicense`."""
    try:
        members = _DECODER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedLicense("the payload is not one JSON value") from error
    if type(members) is not dict:
        raise MalformedLicense("the payload is not a JSON object")
    if raw.count(b"[") + raw.count(b"{") > MAX_NESTING and _nesting(members) > MAX_NESTING:
        raise MalformedLicense("the payload is nested too deeply")
    if _SURROGATE_ESCAPE.search(raw) and not _is_unicode(members):
        raise MalformedLicense("the payload holds half a surrogate pair")
    return members


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedLicense("the payload names a member twice")
    return members


def _refuse_constant(name: str) -> None:
    raise MalformedLicense(f"{name} is no JSON number")


def _read_integer(text: str) -> int | float:
    """Return an int only where every language reads one: not for -0, nor for more digits than a claim may have."""
    return int(text) if len(text) <= MAX_INTEGER_DIGITS and text != "-0" else float(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant, parse_int=_read_integer
)


def _nesting(value: object) -> int:
    """Return how many arrays and objects stand within each other in ``value``, itself included."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [member for item in level for member in (item.values() if isinstance(item, dict) else item)]
    return depth


def _is_unicode(members: dict[str, object]) -> bool:
    try:
        json.dumps(members, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
