"""The OpenAPI 3.1 description of the API, made from the models, the table of problems and their explanations."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from license_server import errors
from license_server.errors import ServiceError
from license_server.web.contract import examples, prose
from license_server.web.contract.problem_answers import HEADERS, headers, problem_answers, problem_schemas, reference
from license_server.web.contract.schemas import Health, JwkSet, Readiness, SignedLicenseClaims
from license_server.web.http.problems import OTHER_PROBLEMS, PROBLEMS
from license_server.web.themes.schemas import ActivateAnswer, ActivateBody, SiteAnswer, SiteBody

VERSION = "1"
_ANY = (errors.RequestInvalid, errors.DomainInvalid, errors.RequestTooLarge, errors.RateLimited)
_AWAY = (errors.ServerUnavailable,)
ACTIVATE_ERRORS: tuple[type[ServiceError], ...] = (
    *_ANY,
    errors.LicenseKeyMalformed,
    errors.LicenseExpired,
    errors.LicenseSuspended,
    errors.LicenseRevoked,
    errors.DomainNotAllowed,
    errors.LicenseNotFound,
    errors.NoActivationsLeft,
    errors.ProductMismatch,
    errors.MovesExhausted,
    *_AWAY,
)
SITE_ERRORS: tuple[type[ServiceError], ...] = (*_ANY, errors.TokenInvalid, errors.LicenseNotFound, *_AWAY)

_MODELS = (ActivateBody, SiteBody, ActivateAnswer, SiteAnswer, SignedLicenseClaims, JwkSet, Health, Readiness)
_JSON, _HTML = "application/json", "text/html"


@lru_cache(maxsize=4)
def document(base_url: str) -> dict[str, Any]:
    """Return the whole document for the server at ``base_url``."""
    _, models = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    models["$defs"]["SignedLicenseClaims"]["examples"] = [examples.CLAIMS]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Theme License: activation API", "version": VERSION, "description": prose.INTRODUCTION},
        "servers": [{"url": base_url, "description": "This server"}],
        "externalDocs": {"url": f"{base_url}/docs", "description": "This description as a page"},
        "tags": [{"name": name, "description": text} for name, text in prose.TAGS.items()],
        "paths": _paths(base_url),
        "components": {
            "schemas": {**models["$defs"], **problem_schemas()},
            "headers": HEADERS,
            "securitySchemes": {
                "activation_token": {"type": "http", "scheme": "bearer", "description": prose.ACTIVATION_TOKEN}
            },
        },
    }


def _paths(base_url: str) -> dict[str, Any]:
    return {
        "/v1/licenses/activate": {"post": _activate(base_url)},
        "/v1/licenses/refresh": {
            "post": _site(
                "refresh",
                "Ask for the signed license as it stands now",
                prose.REFRESH,
                body=examples.REFRESH_BODY,
                answer=examples.REFRESHED,
                base_url=base_url,
            )
        },
        "/v1/licenses/deactivate": {
            "post": _site(
                "deactivate",
                "Give the domain's place back",
                prose.DEACTIVATE,
                body=examples.DEACTIVATE_BODY,
                answer=examples.DEACTIVATED,
                base_url=base_url,
            )
        },
        "/.well-known/jwks.json": {"get": _jwks(base_url)},
        "/healthz": {"get": _healthz(base_url)},
        "/readyz": {"get": _readyz(base_url)},
        "/openapi.json": {"get": _openapi(base_url)},
        "/": {"get": _page("front", "What this server is", base_url)},
        "/docs": {"get": _page("docs", "This description as a page", base_url)},
        "/problems": {"get": _page("problems", "Every problem that the API answers with", base_url)},
        "/problems/{code}": {"get": _problem_page(base_url)},
    }


def _activate(base_url: str) -> dict[str, Any]:
    kept = headers(Cache_Control="NoStore")
    answer = {"activated": {"summary": "The activation", "value": examples.ACTIVATED}}
    return {
        "operationId": "activate",
        "tags": ["Activation"],
        "summary": "Activate a license key on a domain",
        "description": prose.ACTIVATE,
        "requestBody": _body(
            ActivateBody,
            {
                "activate": {"summary": "Activate a domain", "value": examples.ACTIVATE_BODY},
                "move": {"summary": "Move an activation to another domain", "value": examples.MOVE_BODY},
            },
        ),
        "responses": {
            "201": _json("A new activation", ActivateAnswer, answer, kept),
            "200": _json("The activation that the domain has already", ActivateAnswer, answer, kept),
            **problem_answers(_codes(ACTIVATE_ERRORS), base_url),
        },
    }


def _site(
    operation: str, summary: str, description: str, *, body: dict[str, Any], answer: dict[str, Any], base_url: str
) -> dict[str, Any]:
    return {
        "operationId": operation,
        "tags": ["Activation"],
        "summary": summary,
        "description": description,
        "security": [{"activation_token": []}],
        "requestBody": _body(SiteBody, {operation: {"summary": summary, "value": body}}),
        "responses": {
            "200": _json(
                "The activation, signed",
                SiteAnswer,
                {operation: {"summary": "The activation as it stands now", "value": answer}},
                headers(Cache_Control="NoStore"),
            ),
            **problem_answers(_codes(SITE_ERRORS), base_url),
        },
    }


def _jwks(base_url: str) -> dict[str, Any]:
    keys = {"keys": {"summary": "One signing key", "value": examples.JWKS}}
    return {
        "operationId": "jwks",
        "tags": ["Server"],
        "summary": "The public keys",
        "description": prose.JWKS,
        "responses": {
            "200": _json("The JWK set", JwkSet, keys, headers(Cache_Control="MaxAge")),
            **problem_answers(_codes(_AWAY), base_url),
        },
    }


def _healthz(base_url: str) -> dict[str, Any]:
    healthy = {"healthy": {"summary": "It answers", "value": examples.HEALTHY}}
    return {
        "operationId": "healthz",
        "tags": ["Server"],
        "summary": "Whether the process answers",
        "description": prose.HEALTHZ,
        "responses": {
            "200": _json("It answers", Health, healthy, headers(Cache_Control="NoStore")),
            **problem_answers((), base_url),
        },
    }


def _readyz(base_url: str) -> dict[str, Any]:
    ready = {"ready": {"summary": "Ready", "value": examples.READY}}
    not_ready = {"not_ready": {"summary": "Not ready", "value": examples.NOT_READY}}
    away = headers(Cache_Control="NoStore", Retry_After="RetryAfter")
    return {
        "operationId": "readyz",
        "tags": ["Server"],
        "summary": "Whether database, schema and signing key are ready",
        "description": prose.READYZ,
        "responses": {
            "200": _json("Ready", Readiness, ready, headers(Cache_Control="NoStore")),
            **problem_answers((), base_url),
            "503": _json("Not ready; `checks` says what is missing", Readiness, not_ready, away),
        },
    }


def _openapi(base_url: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["openapi", "info", "paths", "components"],
        "properties": {"openapi": {"type": "string", "const": "3.1.0"}},
    }
    return {
        "operationId": "openapi",
        "tags": ["Server"],
        "summary": "This document",
        "description": prose.OPENAPI,
        "responses": {
            "200": {"description": "OpenAPI 3.1", "headers": headers(), "content": {_JSON: {"schema": schema}}},
            **problem_answers((), base_url),
        },
    }


def _page(operation: str, summary: str, base_url: str) -> dict[str, Any]:
    page = {"schema": {"type": "string"}}
    return {
        "operationId": operation,
        "tags": ["Pages"],
        "summary": summary,
        "responses": {
            "200": {"description": "A page", "headers": headers(Cache_Control="MaxAge"), "content": {_HTML: page}},
            **problem_answers((), base_url),
        },
    }


def _problem_page(base_url: str) -> dict[str, Any]:
    page = _page("problem", "What one problem means, and what to do about it", base_url)
    codes = [kind.code for kind in PROBLEMS] + list(OTHER_PROBLEMS)
    return {
        **page,
        "description": prose.PROBLEM_PAGE,
        "parameters": [
            {
                "name": "code",
                "in": "path",
                "required": True,
                "description": "The problem's member `code`.",
                "schema": {"type": "string", "enum": codes},
                "example": "no_activations_left",
            }
        ],
        "responses": {"200": page["responses"]["200"], **problem_answers(("not_found",), base_url)},
    }


def _codes(kinds: Iterable[type[ServiceError]]) -> list[str]:
    return [kind.code for kind in kinds]


def _body(model: type[BaseModel], told: dict[str, Any]) -> dict[str, Any]:
    return {
        "required": True,
        "description": "One flat JSON object of 16,384 bytes at most. Unknown members are ignored.",
        "content": {_JSON: {"schema": reference("schemas", model.__name__), "examples": told}},
    }


def _json(
    description: str, model: type[BaseModel], told: dict[str, Any], sent_headers: dict[str, Any]
) -> dict[str, Any]:
    return {
        "description": description,
        "headers": sent_headers,
        "content": {_JSON: {"schema": reference("schemas", model.__name__), "examples": told}},
    }
