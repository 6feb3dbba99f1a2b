"""What machines ask a server about itself: public keys, health, readiness, the API's description."""

from typing import Literal

from flask import Blueprint, Response, current_app, jsonify
from pydantic import BaseModel, Field

from license_server.errors import ServerUnavailable
from license_server.service.operating import health, signing_keys
from license_server.web.contract.document import document
from license_server.web.contract.examples import KEY_ID, PUBLIC_KEY, example_of
from license_server.web.contract.operations import Answer, Example, Operation, Tag
from license_server.web.http.opened_server import context

JWKS_SECONDS = 300
_SERVER = Tag("Server", "What machines ask about the server itself.")

blueprint = Blueprint("wellknown", __name__)


class Jwk(BaseModel):
    """A public key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="The 32 bytes; this is what a theme pins.")
    kid: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="Its RFC 7638 thumbprint.")
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class JwkSet(BaseModel):
    """Every key that may have signed a license; leaked ones are left out."""

    keys: list[Jwk]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Checks(BaseModel):
    """What must hold before a site is answered."""

    database: bool = Field(description="The database answers.")
    schema_: bool = Field(alias="schema", description="Its schema is this version's.")
    signing_key: bool = Field(description="The private half of the key in use is there.")


class Readiness(BaseModel):
    """Whether the server can do its work."""

    status: Literal["ready", "not_ready"]
    checks: Checks


_KEYS = Example({"keys": [example_of(Jwk, {"x": PUBLIC_KEY, "kid": KEY_ID})]}, name="keys", summary="One signing key")
_NOT_READY = Example(
    {"status": "not_ready", "checks": {"schema": False, "signing_key": False}}, name="not_ready", summary="Not ready"
)
_DOCUMENT = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {"openapi": {"type": "string", "const": "3.1.0"}},
}


@blueprint.get("/.well-known/jwks.json")
@Operation(
    tag=_SERVER, answers={200: Answer("The JWK set", JwkSet, _KEYS, cached="MaxAge")}, errors=(ServerUnavailable,)
)
def jwks() -> Response:
    """The public keys.

    Every key that may have signed a license (RFC 7517, RFC 8037), for tools. A theme does not fetch its keys: it pins
    them, as the 43 characters of `x`.
    """
    response = jsonify(signing_keys.jwk_set(signing_keys.list_keys(context())))
    response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return response


@blueprint.get("/healthz")
@Operation(tag=_SERVER, answers={200: Answer("It answers", Health, Example(name="healthy"))})
def healthz() -> Response:
    """Whether the process answers.

    Touches neither database nor disk.
    """
    return _uncached(jsonify({"status": "ok"}))


@blueprint.get("/readyz")
@Operation(
    tag=_SERVER,
    answers={
        200: Answer("Ready", Readiness, Example(name="ready")),
        503: Answer("Not ready; `checks` says what is missing", Readiness, _NOT_READY),
    },
)
def readyz() -> Response:
    """Whether database, schema and signing key are ready.

    For a load balancer: 503 while something is missing that every answer needs.
    """
    checks = health.checks(context())
    response = _uncached(jsonify({"status": "ready" if all(checks.values()) else "not_ready", "checks": checks}))
    if not all(checks.values()):
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return response


@blueprint.get("/openapi.json")
@Operation(tag=_SERVER, answers={200: Answer("OpenAPI 3.1", _DOCUMENT, cached=None)})
def openapi() -> Response:
    """This document.

    OpenAPI 3.1. Client generators read it as it is; the pages at `/docs` and `/problems` are made from it.
    """
    return jsonify(document(current_app))


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
