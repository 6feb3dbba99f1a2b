"""The parts of the API's description that every call shares: headers, problems by status, and their schemas."""

from collections.abc import Iterable
from typing import Any

from license_server.web.contract.examples import REQUEST_ID
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.contract.problem_members import SHARED_SCHEMAS
from license_server.web.http.problems import MEDIA_TYPE, every_problem


def _header(description: str, example: object, **schema: object) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": schema, "example": example}


HEADERS: dict[str, Any] = {
    "RequestId": _header(
        "The request's id, under which the server's log tells of it.", REQUEST_ID, type="string", minLength=1
    ),
    "NoStore": _header("No cache keeps the answer.", "no-store", type="string", const="no-store"),
    "MaxAge": _header(
        "How long caches may keep the answer.", "public, max-age=300", type="string", pattern="^public, max-age=[0-9]+$"
    ),
    "RetryAfter": _header("Seconds to wait before the next try.", 87, type="integer", minimum=1),
    "WwwAuthenticate": _header("What the call takes.", "Bearer", type="string", const="Bearer"),
    "Allow": _header("The methods that the address takes.", "POST", type="string"),
}
_HEADERS_OF_STATUS = {
    401: {"WWW-Authenticate": "WwwAuthenticate"},
    405: {"Allow": "Allow"},
    429: {"Retry-After": "RetryAfter"},
    503: {"Retry-After": "RetryAfter"},
}
EVERYWHERE = ("method_not_allowed", "internal_error")
"""What any address can answer: the first to another method than its own, the second if the server has a fault."""


def headers(status: int, *, cached: str | None = "NoStore") -> dict[str, Any]:
    """Return the headers of an answer; ``cached`` names the one of :data:`HEADERS` that tells its Cache-Control."""
    cache_control = {} if cached is None else {"Cache-Control": cached}
    named = {"X-Request-Id": "RequestId", **cache_control, **_HEADERS_OF_STATUS.get(status, {})}
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in named.items()}


def schema_name(code: str) -> str:
    """Return the name of the schema of the problem ``code``: ``key_malformed`` is ``KeyMalformedProblem``."""
    return "".join(part.capitalize() for part in code.split("_")) + "Problem"


def problem_schemas() -> dict[str, Any]:
    """Return the schema of every problem, by name, and those of what stands in them."""
    return {schema_name(code): _schema(code) for code in every_problem()} | SHARED_SCHEMAS


def problem_example(code: str, base_url: str) -> dict[str, Any]:
    """Return the problem ``code`` as the server at ``base_url`` sends it."""
    problem, detail = every_problem()[code]
    return {
        "type": f"{base_url}/problems/{code}",
        "title": problem.title,
        "status": problem.status,
        "code": code,
        "detail": detail,
        "instance": f"urn:uuid:{REQUEST_ID}",
        **{member.name: member.example for member in EXPLANATIONS[code].members},
    }


def problem_answers(codes: Iterable[str], base_url: str) -> dict[int, Any]:
    """Return the answers by status, each with every code that can come under it."""
    told = every_problem()
    by_status: dict[int, list[str]] = {}
    for code in (*codes, *EVERYWHERE):
        by_status.setdefault(told[code][0].status, []).append(code)
    return {status: _answer(status, by_status[status], base_url) for status in by_status}


def _answer(status: int, codes: list[str], base_url: str) -> dict[str, Any]:
    told = every_problem()
    schemas = [{"$ref": f"#/components/schemas/{schema_name(code)}"} for code in codes]
    return {
        "description": "; ".join(f"`{code}`: {told[code][0].title}" for code in codes),
        "headers": headers(status),
        "content": {
            MEDIA_TYPE: {
                "schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas},
                "examples": {
                    code: {"summary": told[code][0].title, "value": problem_example(code, base_url)} for code in codes
                },
            }
        },
    }


def _schema(code: str) -> dict[str, Any]:
    problem, _ = every_problem()[code]
    further = EXPLANATIONS[code].members
    properties: dict[str, Any] = {
        "type": {"type": "string", "format": "uri", "description": "A page that explains the problem."},
        "title": {"type": "string", "description": f"The same for every `{code}`: {problem.title}."},
        "status": {"type": "integer", "const": problem.status, "description": "The HTTP status."},
        "code": {"type": "string", "const": code, "description": "Permanent; the one member to compare."},
        "detail": {"type": "string", "description": "What happened and what to do, in English; no input is in it."},
        "instance": {
            "type": "string",
            "format": "uri",
            "description": "The request's id, as in the header X-Request-Id; the server's log tells of it.",
        },
    }
    properties |= {
        member.name: member.schema
        if "$ref" in member.schema
        else {**member.schema, "description": member.meaning.replace("`", "")}
        for member in further
    }
    return {
        "title": schema_name(code),
        "description": EXPLANATIONS[code].when,
        "type": "object",
        "required": list(properties),
        "properties": properties,
    }
