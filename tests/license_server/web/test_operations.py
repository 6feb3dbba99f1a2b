"""Does a view that says what it is stand in the description and on the page, with no other file touched?"""

from typing import Any, Literal

import jsonschema_rs
import pytest
from flask import Flask
from pydantic import BaseModel, Field

from license_server import errors
from license_server.web.contract import calls
from license_server.web.contract.document import document
from license_server.web.contract.examples import example_of
from license_server.web.contract.operations import Answer, BearerToken, Example, Operation, Tag

BASE = "https://licenses.example.com"
VENDOR = Tag("Vendor", "What a vendor's programs call.")
TOKEN = BearerToken("vendor_token", "The token of `token create`.")


class Note(BaseModel):
    """What a vendor writes about a license."""

    text: str = Field(description="What is written.", examples=["Asked for a refund."])
    kind: Literal["warning", "praise"] = Field(description="How it is meant.")
    author: str | None = Field(description="Who wrote it.", examples=["alice"])
    shown: bool = Field(default=True, description="Whether owners see it.")


class Written(BaseModel):
    """A note that is kept."""

    note: Note = Field(description="The note.")
    is_first: bool = Field(description="Whether it is the first of its license.")


def small_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["BASE_URL"] = BASE

    @app.put("/v1/vendor/licenses/<license_id>/notes/<int:number>")
    @Operation(
        tag=VENDOR,
        token=TOKEN,
        body=Note,
        answers={201: Answer("The note", Written), 200: Answer("It was there", Written)},
        errors=(errors.LicenseNotFound, errors.TokenInvalid),
        parameters={
            "license_id": {"description": "The license.", "schema": {"type": "string"}, "example": "lic_1"},
            "number": {"description": "Which note.", "schema": {"type": "integer"}, "example": "7"},
        },
    )
    def write_note(license_id: str, number: int) -> str:
        """Write a note.

        Idempotent: the same note
        again is `200`.

        Nobody else reads it.
        """
        return f"{license_id} {number}"

    @app.get("/page")
    def page() -> str:
        return ""

    return app


def test_one_decorated_view_is_one_whole_operation() -> None:
    told = document(small_app())
    assert list(told["paths"]) == ["/v1/vendor/licenses/{license_id}/notes/{number}"]
    assert told["tags"] == [{"name": "Vendor", "description": "What a vendor's programs call."}]
    assert set(told["components"]["securitySchemes"]) == {"vendor_token"}
    operation = told["paths"]["/v1/vendor/licenses/{license_id}/notes/{number}"]["put"]
    assert operation["operationId"] == "write_note"
    assert operation["summary"] == "Write a note"
    assert operation["description"] == "Idempotent: the same note again is `200`.\n\nNobody else reads it."
    assert operation["security"] == [{"vendor_token": []}]
    assert [(each["name"], each["in"], each["required"]) for each in operation["parameters"]] == [
        ("license_id", "path", True),
        ("number", "path", True),
    ]
    assert list(operation["responses"]) == ["201", "200", "400", "401", "404", "405", "413", "500"]


def test_its_examples_are_made_from_its_models() -> None:
    told = document(small_app())
    operation = told["paths"]["/v1/vendor/licenses/{license_id}/notes/{number}"]["put"]
    sent = operation["requestBody"]["content"]["application/json"]
    note = {"text": "Asked for a refund.", "kind": "warning", "author": "alice"}
    assert sent["examples"] == {"write_note": {"summary": "Write a note", "value": note}}
    answered = operation["responses"]["200"]["content"]["application/json"]
    assert answered["examples"] == {
        "write_note": {"summary": "It was there", "value": {"note": note, "is_first": True}}
    }
    for content in (sent, answered):
        schema = {**content["schema"], "components": told["components"]}
        assert all(
            jsonschema_rs.Draft202012Validator(schema).is_valid(each["value"]) for each in content["examples"].values()
        )


def test_its_page_says_how_it_is_called() -> None:
    (call,) = calls.calls(document(small_app()))
    assert call.token == "vendor token"
    ((summary, command),) = call.curls
    assert summary == "Write a note"
    assert command.startswith(f"curl -sS -X PUT {BASE}/v1/vendor/licenses/lic_1/notes/7 \\\n  -H 'Authorization: ")
    assert [row.name for row in call.rows] == ["text", "kind", "author", "shown"]


@pytest.mark.parametrize(
    ("members", "made"),
    [
        ({}, {"note": {"text": "Asked for a refund.", "kind": "warning", "author": "alice"}, "is_first": True}),
        (
            {"note": {"author": None, "shown": False}, "is_first": False},
            {
                "note": {"text": "Asked for a refund.", "kind": "warning", "author": None, "shown": False},
                "is_first": False,
            },
        ),
    ],
)
def test_an_example_says_only_what_its_model_does_not(members: dict[str, Any], made: dict[str, Any]) -> None:
    assert example_of(Written, members) == made


def test_two_audiences_may_have_models_of_one_name() -> None:
    app = small_app()
    other = type("Note", (BaseModel,), {"__doc__": "Another.", "__annotations__": {"seen": bool}})

    @app.get("/other")
    @Operation(tag=VENDOR, answers={200: Answer("Another note", other, Example(name="other"))})
    def other_note() -> str:
        """Return another note."""
        return ""

    told = document(app)
    content = told["paths"]["/other"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["examples"] == {"other": {"summary": "Another note", "value": {"seen": True}}}
    assert jsonschema_rs.Draft202012Validator({**content["schema"], "components": told["components"]}).is_valid(
        {"seen": True}
    )
