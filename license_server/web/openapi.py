"""The OpenAPI 3.1 description of the API, made from the models and the table of problems."""

from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from license_server import errors
from license_server.errors import ServiceError
from license_server.web.problems import MEDIA_TYPE, OTHER_PROBLEMS, PROBLEMS
from license_server.web.themes.schemas import ActivateAnswer, ActivateBody, SiteAnswer, SiteBody

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

_SCHEMAS = "#/components/schemas/{model}"
_INSTANCE = "urn:uuid:5b1cbb86-4f7c-4e43-9c1e-7c0f0a9a5e1d"


@lru_cache(maxsize=4)
def document(base_url: str) -> dict[str, Any]:
    """Return the whole document for the server at ``base_url``."""
    models = (ActivateBody, SiteBody, ActivateAnswer, SiteAnswer)
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_SCHEMAS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Theme License: activation API",
            "version": "1",
            "description": "What a theme calls to activate a license key on a domain. Every refusal is a problem "
            "(RFC 9457) whose member code is permanent; compare nothing else.",
        },
        "servers": [{"url": base_url}],
        "paths": {
            "/v1/licenses/activate": {"post": _activate()},
            "/v1/licenses/refresh": {"post": _site("refresh", "Ask for the signed license as it stands now")},
            "/v1/licenses/deactivate": {"post": _site("deactivate", "Give the domain's place back")},
            "/.well-known/jwks.json": {"get": _plain("jwks", "The public keys (RFC 7517)")},
            "/healthz": {"get": _plain("healthz", "Whether the process answers")},
            "/readyz": {"get": _ready()},
            "/openapi.json": {"get": _plain("openapi", "This document")},
        },
        "components": {
            "schemas": {**definitions["$defs"], "Problem": _problem_schema()},
            "securitySchemes": {"activation_token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _activate() -> dict[str, Any]:
    return {
        "operationId": "activate",
        "summary": "Activate a license key on a domain",
        "description": "Idempotent: the same key and domain again is answered with 200 and takes no further place.",
        "requestBody": _json_body(ActivateBody),
        "responses": {
            "201": _json_answer("A new activation", ActivateAnswer),
            "200": _json_answer("The activation that the domain has already", ActivateAnswer),
            **_problem_answers(ACTIVATE_ERRORS),
        },
    }


def _site(operation: str, summary: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "security": [{"activation_token": []}],
        "requestBody": _json_body(SiteBody),
        "responses": {"200": _json_answer("The activation, signed", SiteAnswer), **_problem_answers(SITE_ERRORS)},
    }


def _plain(operation: str, summary: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    responses = {"200": {"description": summary, "content": content}, **_problem_answers(_AWAY)}
    return {"operationId": operation, "summary": summary, "responses": responses}


def _ready() -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "readyz",
        "summary": "Whether database, schema and signing key are ready",
        "responses": {
            "200": {"description": "Ready", "content": content},
            "503": {"description": "Not ready; checks says what is missing", "content": content},
        },
    }


def _json_body(model: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _reference(model.__name__)}}}


def _json_answer(description: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _reference(model.__name__)}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": _SCHEMAS.format(model=name)}


def _problem_answers(kinds: tuple[type[ServiceError], ...]) -> dict[str, Any]:
    """Return the answers by status, each with every code that can come under it."""
    told: dict[str, list[tuple[str, str, str]]] = {}
    for kind in kinds:
        problem = PROBLEMS[kind]
        told.setdefault(str(problem.status), []).append((kind.code, problem.title, kind.default_detail))
    fault = OTHER_PROBLEMS["internal_error"]
    told["500"] = [("internal_error", fault.title, fault.title)]
    return {status: _problem_answer(status, codes) for status, codes in sorted(told.items())}


def _problem_answer(status: str, codes: list[tuple[str, str, str]]) -> dict[str, Any]:
    schema = {
        "allOf": [
            _reference("Problem"),
            {"properties": {"code": {"enum": [code for code, _, _ in codes]}, "status": {"const": int(status)}}},
        ]
    }
    examples = {
        code: {"value": {"title": title, "status": int(status), "code": code, "detail": detail, "instance": _INSTANCE}}
        for code, title, detail in codes
    }
    answer: dict[str, Any] = {
        "description": "; ".join(f"`{code}`: {title}" for code, title, _ in codes),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
    if status in ("429", "503"):
        answer["headers"] = {
            "Retry-After": {"required": True, "description": "Seconds to wait", "schema": {"type": "integer"}}
        }
    return answer


def _problem_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "RFC 9457. Further members depend on the code.",
        "required": ["type", "title", "status", "code", "detail", "instance"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri", "description": "The request's id, as in X-Request-Id"},
        },
    }
