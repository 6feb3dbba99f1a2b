"""What machines ask a server about itself: public keys, health, readiness, the API's description."""

from flask import Blueprint, Response, jsonify

from license_server.service.context import Context
from license_server.service.operating import health, signing_keys
from license_server.web.contract.document import document

JWKS_SECONDS = 300


def blueprint(context: Context) -> Blueprint:
    """Return the public addresses that are not part of the activation API."""
    public = Blueprint("wellknown", __name__)

    @public.get("/.well-known/jwks.json")
    def jwks() -> Response:
        response = jsonify(signing_keys.jwk_set(signing_keys.list_keys(context)))
        response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
        return response

    @public.get("/healthz")
    def healthz() -> Response:
        return _uncached(jsonify({"status": "ok"}))

    @public.get("/readyz")
    def readyz() -> Response:
        checks = health.checks(context)
        response = _uncached(jsonify({"status": "ready" if all(checks.values()) else "not_ready", "checks": checks}))
        if not all(checks.values()):
            response.status_code = 503
            response.headers["Retry-After"] = "5"
        return response

    @public.get("/openapi.json")
    def description() -> Response:
        return jsonify(document(context.settings.base_url))

    return public


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
