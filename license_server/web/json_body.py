"""Is this body one JSON object that every reader understands alike? Strict, capped, and never echoed."""

import json
from typing import Any

from flask import Request

from license_server.errors import RequestInvalid, RequestTooLarge

MAX_BYTES = 16_384
MAX_BRACKETS = 64


def read_json_object(request: Request) -> dict[str, Any]:
    """Return the body's members, whatever media type was declared.

    Every call carries a secret of its own, so a form that a browser was tricked into sending gets nowhere.
    Raises :class:`RequestTooLarge` or :class:`RequestInvalid`.
    """
    raw = _read(request)
    if not raw:
        raise RequestInvalid("The body is empty. Send one JSON object.")
    # No member of the API is nested, so brackets are counted wherever they stand, before any parser recurses.
    if raw.count(b"[") + raw.count(b"{") > MAX_BRACKETS:
        raise RequestInvalid("The body is nested too deeply. Send one flat JSON object.")
    try:
        body = _DECODER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestInvalid("The body is not valid JSON in UTF-8. Send one JSON object.") from error
    if not isinstance(body, dict):
        raise RequestInvalid("The body is not a JSON object. Send one JSON object.")
    if not _is_text(body):
        raise RequestInvalid("The body holds half a surrogate pair or a NUL character. Send Unicode text only.")
    return body


def _read(request: Request) -> bytes:
    length = request.content_length
    if length is not None and length > MAX_BYTES:
        request.environ["license_server.body_unread"] = True
        raise RequestTooLarge
    # A chunked body has no length; the WSGI server ends the stream, which werkzeug cannot know.
    stream = request.environ["wsgi.input"] if length is None else request.stream
    try:
        raw = _read_at_most(stream, MAX_BYTES + 1)
    except OSError as error:
        raise RequestInvalid("The body did not arrive whole. Send it again.") from error
    if len(raw) > MAX_BYTES:
        request.environ["license_server.body_unread"] = True
        raise RequestTooLarge
    return raw


def _read_at_most(stream: Any, size: int) -> bytes:
    parts, left = [], size
    while left > 0 and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


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
