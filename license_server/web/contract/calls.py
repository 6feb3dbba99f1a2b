"""What does the API's description say, call by call? The document taken apart for the page that shows it."""

import json
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from license_server.web.contract.operations import JSON
from license_server.web.http.problems import MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Row:
    """One member of an object: its path such as ``activation.links.renew``, its kind in words, and what it means."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status of a call; ``examples`` are (name, summary, JSON), named by code where it is a problem."""

    status: str
    description: str
    media_type: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    examples: tuple[tuple[str, str, str], ...]

    @property
    def is_problem(self) -> bool:
        """Whether the answer is a problem."""
        return self.media_type == MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Call:
    """One operation; ``curls`` are (summary, command), ``token`` is the name of the one that it wants, if any."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    token: str
    rows: tuple[Row, ...]
    curls: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]


def calls(document: dict[str, Any]) -> list[Call]:
    """Return every operation of ``document`` in its order."""
    reader = _Reader(document)
    return [
        reader.call(path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def rows(document: dict[str, Any], schema_name: str) -> tuple[Row, ...]:
    """Return the members of a schema of ``document``."""
    return tuple(_Reader(document).rows({"$ref": f"#/components/schemas/{schema_name}"}))


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def call(self, path: str, method: str, operation: dict[str, Any]) -> Call:
        body = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
        return Call(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            tag=operation["tags"][0],
            summary=operation["summary"],
            description=operation.get("description", ""),
            token=" ".join(name.replace("_", " ") for scheme in operation.get("security", []) for name in scheme),
            rows=tuple(self.rows(body["schema"])) if body else (),
            curls=tuple(self._curls(path, method, operation, body.get("examples", {}).values())),
            answers=tuple(self._answer(status, answer) for status, answer in operation["responses"].items()),
        )

    def rows(self, schema: dict[str, Any], prefix: str = "") -> Iterator[Row]:
        """Yield the members of an object, each followed by those of the object that it is."""
        schema = self._resolve(schema)
        required = schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            found = self._resolve(member)
            meaning = member.get("description", found.get("description", ""))
            yield Row(prefix + name, self._kind(found), name in required, meaning)
            if "properties" in found:
                yield from self.rows(found, f"{prefix}{name}.")
            elif "properties" in (item := self._resolve(found.get("items", {}))):
                yield from self.rows(item, f"{prefix}{name}[].")

    def _answer(self, status: str, answer: dict[str, Any]) -> Answer:
        ((media_type, content),) = answer["content"].items()
        return Answer(
            status=status,
            description=answer["description"],
            media_type=media_type,
            headers=tuple(answer.get("headers", {})),
            rows=() if media_type == MEDIA_TYPE else tuple(self.rows(content["schema"])),
            examples=tuple(
                (name, example["summary"], json.dumps(example["value"], indent=2, ensure_ascii=False))
                for name, example in content.get("examples", {}).items()
            ),
        )

    def _curls(
        self, path: str, method: str, operation: dict[str, Any], examples: Collection[dict[str, Any]]
    ) -> Iterator[tuple[str, str]]:
        for parameter in operation.get("parameters", []):
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        verb = "" if method == "get" else f" -X {method.upper()}"
        command = f"curl -sS{verb} {shlex.quote(self._document['servers'][0]['url'] + path)}"
        if "security" in operation:
            command += " \\\n  -H 'Authorization: Bearer '\"$TOKEN\""
        if not examples:
            yield operation["summary"], command
        for example in examples:
            data = shlex.quote(json.dumps(example["value"], indent=2, ensure_ascii=False))
            yield example["summary"], f"{command} \\\n  -H 'Content-Type: {JSON}' \\\n  -d {data}"

    def _kind(self, schema: dict[str, Any]) -> str:
        if "const" in schema:
            return json.dumps(schema["const"])
        if "enum" in schema:
            return " or ".join(json.dumps(value) for value in schema["enum"])
        if "anyOf" in schema:
            return " or ".join(self._kind(self._resolve(kind)) for kind in schema["anyOf"])
        kind = schema.get("type", "any")
        if kind == "array":
            item = self._kind(self._resolve(schema["items"]))
            return f"list of {item if item.endswith('s') else f'{item}s'}"
        return kind if isinstance(kind, str) else " or ".join(kind)

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        found: dict[str, Any] = self._document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found
