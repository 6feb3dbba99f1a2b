"""A Flask site with the theme, on a socket of its own, which a real license server licenses."""

import threading
from pathlib import Path

from flask import Flask, request
from werkzeug.serving import make_server

from demo.world import QuietHandler
from tests.license_server.live import LiveServer
from theme_license.flask import ThemeLicense

PAGE = "/admin/theme"


def admit() -> None:
    """Let everybody in."""


def new_app(folder: Path) -> Flask:
    """Return a site that has no theme yet: a secret, and one public page that says under which name it was asked."""
    app = Flask("theme", instance_path=str(folder))
    app.secret_key = "for tests"

    @app.get("/")
    def home() -> str:
        return f"<h1>News</h1><p>{request.host}</p>"

    return app


class FlaskSite:
    """A site on ``domain``: at ``url`` on this machine, at ``options`` for a browser that finds it by its name."""

    def __init__(self, folder: Path, server: LiveServer, domain: str, *, language: str | None = None) -> None:
        self.domain = domain
        app = new_app(folder / domain)
        self.theme_license = ThemeLicense(
            app,
            product="jannah",
            server=server.url,
            keys=server.public_keys(),
            domain=domain,
            options_page=PAGE,
            guard=admit,
            language=language,
        )
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.options = f"http://{domain}:{self._server.server_port}{PAGE}"

    def stop(self) -> None:
        """Go off the network, for good."""
        self._server.shutdown()
        self._server.server_close()

    def verdict(self) -> str:
        """Return the code that a fresh look at the state file gives."""
        self.theme_license.checker().forget()
        return self.theme_license.check().code.value
