"""Which HTTP answer does each error get? One table, and RFC 9457 problems that never echo the input."""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from license_server import errors
from license_server.clock import iso
from license_server.errors import ServiceError
from license_server.records import Activation, License

MEDIA_TYPE = "application/problem+json"
_PAGE = "license_server.problem_page"

E = TypeVar("E", bound=ServiceError)
Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Problem:
    """How an error is told: HTTP status and a title that does not change from one occurrence to the next."""

    status: int
    title: str


PROBLEMS: dict[type[ServiceError], Problem] = {
    errors.RequestInvalid: Problem(400, "The request is not valid"),
    errors.LicenseKeyMalformed: Problem(400, "This is not a license key"),
    errors.DomainInvalid: Problem(400, "This is not a domain name"),
    errors.TokenInvalid: Problem(401, "The activation token is not valid"),
    errors.LicenseExpired: Problem(403, "The term of the license is over"),
    errors.LicenseSuspended: Problem(403, "The license is suspended"),
    errors.LicenseRevoked: Problem(403, "The license is revoked"),
    errors.DomainNotAllowed: Problem(403, "No license can be activated on this domain"),
    errors.LicenseNotFound: Problem(404, "The license key is not known"),
    errors.NoActivationsLeft: Problem(409, "Every domain of the license is in use"),
    errors.ProductMismatch: Problem(409, "The license is for another product"),
    errors.MovesExhausted: Problem(409, "The license has been moved too often"),
    errors.RequestTooLarge: Problem(413, "The request is too large"),
    errors.RateLimited: Problem(429, "Too many calls"),
    errors.ServerUnavailable: Problem(503, "The license server is not available"),
}
"""Every error of the activation API, its finer names included; a test proves that it is complete."""


def _row(kind: type[E], members: Callable[[E], Members]) -> tuple[type[ServiceError], Callable[[Any], Members]]:
    return kind, members


def _stopped(error: errors.LicenseSuspended | errors.LicenseRevoked) -> Members:
    return {"reason": error.license.status_reason, "since": iso(error.license.status_since)}


def _in_use(error: errors.NoActivationsLeft) -> Members:
    return {
        "activations": [_activation(item, now=error.at) for item in error.holding],
        "limit": error.license.domain_limit,
        "used": error.license.used,
        **_links(error.license),
    }


def _activation(item: Activation, *, now: int) -> Members:
    offline_until, held_until = item.offline_hold(now), item.held_until(now)
    until = {} if offline_until is None else {"offline_until": iso(offline_until)}
    if offline_until is None and held_until is not None:
        until = {"held_until": iso(held_until)}
    return {"id": item.id, "domain": item.domain, "last_seen": iso(item.last_seen_at), **until}


def _links(license: License) -> Members:
    return {"links": license.product.links}


MEMBERS: dict[type[ServiceError], Callable[[Any], Members]] = dict(
    (
        _row(errors.DomainInvalid, lambda error: {"reason": error.reason}),
        _row(
            errors.LicenseExpired,
            lambda error: {"expired_at": iso(error.license.term_ends_at), **_links(error.license)},
        ),
        _row(errors.LicenseSuspended, _stopped),
        _row(errors.LicenseRevoked, _stopped),
        _row(errors.DomainNotAllowed, lambda error: {"reason": error.reason}),
        _row(errors.NoActivationsLeft, _in_use),
        _row(
            errors.MovesExhausted,
            lambda error: {"next_move_at": iso(error.next_move_at), **_links(error.license)},
        ),
        _row(errors.RateLimited, lambda error: {"retry_after": error.retry_after}),
        _row(errors.ServerUnavailable, lambda error: {"retry_after": error.retry_after}),
    )
)
"""What a problem says beside its code and its sentence, as JSON; a test proves that it is complete."""

OTHER_PROBLEMS: dict[str, Problem] = {
    "not_found": Problem(404, "There is nothing at this address"),
    "method_not_allowed": Problem(405, "This address does not take this method"),
    "internal_error": Problem(500, "The license server has a fault"),
}
"""What is no error of a use case but of the way to it."""

_DETAILS = {
    "not_found": "There is nothing at this address. The API is described at /openapi.json.",
    "method_not_allowed": "This address does not take this method. The API is described at /openapi.json.",
    "internal_error": "The license server has a fault, which was logged. Nothing is known to have changed; try later.",
}


def every_problem() -> dict[str, tuple[Problem, str]]:
    """Return each problem's status and title, and the detail that it has unless it says more, by code."""
    told = {kind.code: (problem, kind.default_detail) for kind, problem in PROBLEMS.items()}
    return told | {code: (problem, _DETAILS[code]) for code, problem in OTHER_PROBLEMS.items()}


def kind_of(error: ServiceError) -> type[ServiceError] | None:
    """Return the kind in :data:`PROBLEMS` that ``error`` is of, None when the API does not answer with it."""
    return next((kind for kind in type(error).__mro__ if kind in PROBLEMS), None)


ProblemPage = Callable[[str, int, int | None], Response | None]
"""Tells a problem, by code, status and seconds to wait, as a page where a person asked; None where a program did."""


def register(app: Flask, *, refused: Callable[[str], None], page: ProblemPage) -> None:
    """Make every error of ``app`` leave as a problem, or as the ``page`` that tells it to a person.

    ``refused`` is told the code of each that the API names, and what else it is counted as.
    """
    app.extensions[_PAGE] = page
    app.register_error_handler(ServiceError, _service_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unknown_error)
    codes = frozenset(kind.code for kind in PROBLEMS)

    @app.after_request
    def note(response: Response) -> Response:
        if g.get("problem_code") in codes:
            refused(g.problem_code)
        if g.get("counted_as") is not None:
            refused(g.counted_as)
        return response


def _service_error(error: ServiceError) -> Response:
    kind = kind_of(error)
    if kind is None:
        return _unknown_error(error)
    problem = PROBLEMS[kind]
    if problem.status >= 500:
        _log().warning("unavailable", code=error.code, reason=str(error))
    # What an operator reads (paths, reasons) is not for sites: a 503 has one sentence.
    detail = kind.default_detail if problem.status >= 500 else str(error)
    g.counted_as = error.counted_as
    if isinstance(error, errors.RateLimited):
        g.counted_by = error.counted_by
    members = MEMBERS[kind](error) if kind in MEMBERS else {}
    retry_after = error.retry_after if isinstance(error, errors.RateLimited | errors.ServerUnavailable) else None
    response = _response(error.code, problem, detail, members, retry_after=retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        request.environ["license_server.body_unread"] = True
        return _service_error(errors.RequestTooLarge())
    if isinstance(error, NotFound):
        code = "not_found"
    elif isinstance(error, MethodNotAllowed):
        code = "method_not_allowed"
    elif error.code is not None and 400 <= error.code < 500:
        return _service_error(errors.RequestInvalid())
    else:
        return _unknown_error(error)
    response = _response(code, OTHER_PROBLEMS[code], _DETAILS[code], {})
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unknown_error(error: Exception) -> Response:
    # Only where it happened: a message or a local variable could hold a key.
    _log().error("fault", kind=type(error).__name__, at=_places(error))
    return _response("internal_error", OTHER_PROBLEMS["internal_error"], _DETAILS["internal_error"], {})


def _places(error: Exception) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]


def _response(
    code: str, problem: Problem, detail: str, members: Members, *, retry_after: int | None = None
) -> Response:
    g.problem_code = code
    page: ProblemPage = current_app.extensions[_PAGE]
    response = page(code, problem.status, retry_after) or _json(code, problem, detail, members)
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if request.environ.get("license_server.body_unread"):
        # The rest of the body is still on its way, so the connection cannot be used for another request.
        response.headers["Connection"] = "close"
    return response


def _json(code: str, problem: Problem, detail: str, members: Members) -> Response:
    body = {
        "type": f"{current_app.config['BASE_URL']}/problems/{code}",
        "title": problem.title,
        "status": problem.status,
        "code": code,
        "detail": detail,
        "instance": f"urn:uuid:{g.request_id}",
        **members,
    }
    return Response(json.dumps(body), status=problem.status, mimetype=MEDIA_TYPE)


def _log() -> Any:
    return structlog.get_logger("license_server")
