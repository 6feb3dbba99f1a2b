"""One JSON line on standard error per request: what was asked and how it ended, never a key, token or query."""

import logging
import re
import sys
import time
import uuid
from typing import Any

import structlog
from flask import Flask, Response, g, request

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# A UUID and nothing freer: a caller's text in the log could be a license key.
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-?)[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{4}\1[0-9A-Fa-f]{12}")


def configure(level: str) -> None:
    """Make structlog write JSON lines to standard error from ``level`` on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def register(app: Flask, *, trust_request_ids: bool) -> None:
    """Log every request of ``app``; its id, a UUID, goes back in ``X-Request-Id``.

    ``trust_request_ids`` says that a proxy of the vendor's stands in front, whose own ids are taken over.
    """
    log: Any = structlog.get_logger("license_server")

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = (trust_request_ids and _given_id()) or str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        # The rule and not the path: a path is the caller's text, and could be a key pasted into an address.
        rule = request.url_rule.rule if request.url_rule is not None else None
        log.info(
            "request",
            method=request.method if request.url_rule is not None else None,
            route=rule,
            status=response.status_code,
            code=g.get("problem_code"),
            milliseconds=round((time.perf_counter() - g.started) * 1000, 2),
        )
        return response


def _given_id() -> str | None:
    """Return the id that the proxy gave, in the spelling of RFC 9562, or None when it is no UUID."""
    given = request.headers.get("X-Request-Id", "")
    return str(uuid.UUID(given)) if _UUID.fullmatch(given) else None
