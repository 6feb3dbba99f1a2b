"""What each worker process of ``serve`` loads: the application for the settings in the environment."""

from flask import Flask

from license_server import policy
from license_server.config import load_settings
from license_server.service.context import open_context
from license_server.web import logs
from license_server.web.app import create_app
from theme_license.domain import parse_domain


def application() -> Flask:
    """Open the server named by the environment and return its application."""
    settings = load_settings()
    logs.configure(settings.log_level)
    # The suffix list is read before the first request, not in it.
    policy.decide(parse_domain("example.com"))
    return create_app(open_context(settings))
