"""The app factory."""

from flask import Flask, Response
from prometheus_client import CollectorRegistry
from werkzeug.middleware.proxy_fix import ProxyFix

from license_server.service.context import Context
from license_server.service.traffic.background_notes import BackgroundNotes
from license_server.web import wellknown
from license_server.web.contract import pages
from license_server.web.http import logs, metrics, opened_server, problems
from license_server.web.owners import activation_pages, license_pages, session
from license_server.web.owners.pages import problem_page
from license_server.web.themes import views

BLUEPRINTS = (
    views.blueprint,
    wellknown.blueprint,
    pages.blueprint,
    license_pages.blueprint,
    activation_pages.blueprint,
)
"""Every address of the server; the API's description tells them in this order."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


def create_app(context: Context) -> Flask:
    """Return the WSGI application of one opened server."""
    app = Flask(__name__, static_folder=None)
    app.config["BASE_URL"] = context.settings.base_url
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    # No browser calls from another site's page, so OPTIONS is a method like others that an address does not take.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.strict_slashes = True
    app.url_map.redirect_defaults = False
    logs.register(app, trust_request_ids=context.settings.trusted_proxies > 0)
    notes = BackgroundNotes(context)
    problems.register(app, refused=notes.refused, page=problem_page)
    opened_server.register(app, context, notes)
    session.register(app, context)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if context.settings.metrics_port is not None:
        metrics.register(app, context.store, registry=CollectorRegistry())
    if context.settings.trusted_proxies:
        # Counted from the end, so that what a caller wrote into the header itself is never reached.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=context.settings.trusted_proxies)  # type: ignore[method-assign]

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if context.settings.base_url.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    return app
