"""One JSON line on standard error per request: what was asked and how it ended, never a key, token or query."""

import logging
import secrets
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


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


def register(app: Flask) -> None:
    """Log every request of ``app``; its id goes back in ``X-Request-Id``."""
    log: Any = structlog.get_logger("license_server")

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        # The rule and not the path: a path is the caller's text, and could be a key pasted into an address.
        rule = request.url_rule.rule if request.url_rule is not None else None
        log.info(
            "request",
            method=request.method if request.url_rule is not None else None,
            route=rule,
            status=response.status_code,
            code=g.get("problem_code"),
            milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 2),
        )
        return response
