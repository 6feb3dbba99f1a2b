"""The OpenAPI 3.1 description of the API, made from what each view says of itself and from the table of problems."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from license_server.errors import RequestInvalid, RequestTooLarge
from license_server.web.contract import signed_license
from license_server.web.contract.examples import example_of
from license_server.web.contract.operations import JSON, Answer, Content, Example, Operation, operation_of
from license_server.web.contract.problem_answers import HEADERS, headers, problem_answers, problem_schemas
from license_server.web.contract.schemas import Links
from license_server.web.contract.signed_license import SignedLicenseClaims

VERSION = "1"
INTRODUCTION = """\
What a theme on a customer's site calls to activate a license key on one domain, to renew its signed license and \
to give the domain's place back. Three calls, no account, no e-mail address.

Calls are POST with one JSON object in UTF-8 of at most 16,384 bytes, read strictly: no member twice, no NaN, no \
half surrogate pair, no NUL. Unknown members are ignored, and so should a client ignore members that it does not \
know.

Every refusal is a problem (RFC 9457, `application/problem+json`) whose member `code` is permanent: compare it \
and nothing else. No problem repeats what was sent. Its `type` is the address of a page that says what to do.

Limits. By address (IPv6 by /64) only guesses count: 20 unknown keys, malformed keys and bad tokens in 10 minutes; \
more of them are refused, and nothing else from that address. Of a known key 60 refused calls an hour from one address \
count. A domain new to the license, and one that is in use and asked for again, never do; for other activations (a \
released domain returns, the environment changes) there are 60 an hour and one for every domain of the license. A call \
with a good token is never limited. What exceeds a limit is answered with 429 and Retry-After. A vendor may have set \
other numbers.

Repeating any call is safe. If an answer was lost, send the same request again, with a fresh nonce.

A site never depends on this server being reachable: the signed license is verified offline, and "could not ask" \
is never "not valid". Follow no redirect, and give up after ten seconds.

Versions. The path's `v1` stays: members and codes are added, none is removed or given another meaning."""

_KEPT = "license_server.description"
_IMPLIED_METHODS = {"HEAD", "OPTIONS"}
_ARGUMENT = re.compile(r"<(?:[^<>]*:)?(\w+)>")
_OF_ANY_BODY = (RequestInvalid, RequestTooLarge)
_OF_NO_OPERATION: tuple[type[BaseModel], ...] = (Links, SignedLicenseClaims)
"""What problems and the texts within answers are made of."""


def document(app: Flask) -> dict[str, Any]:
    """Return the whole document of the operations of ``app``; it is made once."""
    kept: dict[str, Any] | None = app.extensions.get(_KEPT)
    if kept is None:
        kept = app.extensions[_KEPT] = _Writer(app).document()
    return kept


class _Writer:
    def __init__(self, app: Flask) -> None:
        self._base_url: str = app.config["BASE_URL"]
        views = ((rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
        self._views = [(rule, view, told) for rule, view in views if (told := operation_of(view)) is not None]
        self._operations = [operation for _, _, operation in self._views]
        models = dict.fromkeys(_OF_NO_OPERATION)
        for operation in self._operations:
            contents = (operation.body, *(answer.content for answer in operation.answers.values()))
            models |= dict.fromkeys(content for content in contents if isinstance(content, type))
        self._references, schemas = models_json_schema(
            [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
        )
        self._schemas = schemas["$defs"]
        self._schemas[SignedLicenseClaims.__name__]["examples"] = [signed_license.CLAIMS]

    def document(self) -> dict[str, Any]:
        tags = dict.fromkeys(operation.tag for operation in self._operations)
        tokens = dict.fromkeys(operation.token for operation in self._operations if operation.token is not None)
        return {
            "openapi": "3.1.0",
            "info": {"title": "Theme License: activation API", "version": VERSION, "description": INTRODUCTION},
            "servers": [{"url": self._base_url, "description": "This server"}],
            "externalDocs": {"url": f"{self._base_url}/docs", "description": "This description as a page"},
            "tags": [{"name": tag.name, "description": tag.description} for tag in tags],
            "paths": self._paths(),
            "components": {
                "schemas": {**self._schemas, **problem_schemas()},
                "headers": HEADERS,
                "securitySchemes": {
                    token.name: {"type": "http", "scheme": "bearer", "description": token.description}
                    for token in tokens
                },
            },
        }

    def _paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for rule, view, operation in self._views:
            methods = paths.setdefault(_ARGUMENT.sub(r"{\1}", rule.rule), {})
            for method in sorted((rule.methods or set()) - _IMPLIED_METHODS):
                methods[method.lower()] = self._operation(view, operation)
        return paths

    def _operation(self, view: Callable[..., Any], operation: Operation) -> dict[str, Any]:
        name, errors = view.__name__, operation.errors
        first, *paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(view) or "").split("\n\n")]
        summary = first.removesuffix(".")
        told: dict[str, Any] = {"operationId": name, "tags": [operation.tag.name], "summary": summary}
        if paragraphs:
            told["description"] = "\n\n".join(paragraphs)
        if operation.parameters:
            told["parameters"] = [
                {"name": part, "in": "path", "required": True, **parameter}
                for part, parameter in operation.parameters.items()
            ]
        if operation.token is not None:
            told["security"] = [{operation.token.name: []}]
        if operation.body is not None:
            errors = (*_OF_ANY_BODY, *errors)
            told["requestBody"] = {
                "required": True,
                "description": "One flat JSON object of 16,384 bytes at most. Unknown members are ignored.",
                "content": {JSON: self._content(operation.body, operation.examples, name=name, summary=summary)},
            }
        answers = {status: self._answer(status, answer, name) for status, answer in operation.answers.items()}
        answers |= problem_answers((error.code for error in errors), self._base_url)
        # What is no refusal comes first, in the view's order.
        order = sorted(answers, key=lambda status: max(status, 399))
        told["responses"] = {str(status): answers[status] for status in order}
        return told

    def _answer(self, status: int, answer: Answer, name: str) -> dict[str, Any]:
        content = self._content(answer.content, (answer.example,), name=name, summary=answer.description)
        return {
            "description": answer.description,
            "headers": headers(status, cached=answer.cached),
            "content": {answer.media_type: content},
        }

    def _content(self, content: Content, examples: tuple[Example, ...], *, name: str, summary: str) -> dict[str, Any]:
        if not isinstance(content, type):
            return {"schema": content}
        told = {
            each.name or name: {"summary": each.summary or summary, "value": example_of(content, each.members)}
            for each in examples
        }
        return {"schema": self._references[content, "validation"], "examples": told}
