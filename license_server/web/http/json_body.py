"""Is this body one JSON object that every reader understands alike? Strict, capped, and never echoed."""

from typing import Any

from flask import Request

from license_server import strict_json
from license_server.errors import RequestTooLarge
from license_server.errors.calls import BodyCutOff, BodyEmpty, BodyNotStrictJson
from license_server.strict_json import NotStrictJson

MAX_BYTES = 16_384


def read_json_object(request: Request) -> dict[str, Any]:
    """Return the body's members, whatever media type was declared.

    Every call carries a secret of its own, so a form that a browser was tricked into sending gets nowhere.
    Raises :class:`RequestTooLarge` or :class:`RequestInvalid`.
    """
    raw = _read(request)
    if not raw:
        raise BodyEmpty
    try:
        return strict_json.read_object(raw)
    except NotStrictJson as error:
        raise BodyNotStrictJson(flaw=str(error)) from error


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
        raise BodyCutOff from error
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
