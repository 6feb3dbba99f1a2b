"""The API's description as a server gives it, without one behind it."""

from typing import Any

from flask import Flask

from license_server.web.app import BLUEPRINTS
from license_server.web.contract.document import document


def description(base_url: str) -> dict[str, Any]:
    """Return the description of the server at ``base_url``."""
    app = Flask(__name__, static_folder=None)
    app.config["BASE_URL"] = base_url
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return document(app)
