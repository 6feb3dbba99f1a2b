"""Is the API's description whole, and is it OpenAPI 3.1 whose every example holds against its own schema?"""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from schemathesis.specs.openapi.definitions import OPENAPI_31

from license_server import errors
from license_server.web.contract import examples
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.contract.problem_answers import schema_name
from license_server.web.contract.signed_license import CLAIMS
from license_server.web.http.problems import MEDIA_TYPE, OTHER_PROBLEMS, PROBLEMS, every_problem
from tests.license_server.description import description
from tests.license_server.site import verdict
from theme_license import domain
from theme_license.errors import DomainRefused
from theme_license.license_key import parse_license_key
from theme_license.wire import decode_segment

BASE = "https://licenses.example.com"
DOCUMENT = description(BASE)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every body that is sent or answered, with its name."""
    for name, operation in operations():
        yield from (
            (f"{name} {kind}", body) for kind, body in operation.get("requestBody", {}).get("content", {}).items()
        )
        for status, answer in operation["responses"].items():
            yield from ((f"{name} {status} {kind}", body) for kind, body in answer["content"].items())


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Return a validator of ``schema`` as it stands in the document."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]}, validate_formats=True)


def test_the_served_document_is_this_one(client: FlaskClient) -> None:
    assert client.get("/openapi.json").get_json() == DOCUMENT


def test_it_is_openapi_3_1() -> None:
    flaws = [
        f"{flaw.instance_path}: {flaw.message}"
        for flaw in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(DOCUMENT)
    ]
    assert not flaws


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_schema_is_json_schema_and_closed_in_itself(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
    assert schema["description"]
    validator(schema)


def test_every_example_holds_against_its_schema() -> None:
    held = 0
    for name, content in contents():
        for key, example in content.get("examples", {}).items():
            flaws = [flaw.message for flaw in validator(content["schema"]).iter_errors(example["value"])]
            assert not flaws, f"{name} {key}"
            held += 1
    assert held > 50


def test_every_example_of_a_member_and_of_a_header_holds() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        for member in schema["properties"].values():
            assert all(validator(member).is_valid(example) for example in member.get("examples", []))
        assert all(validator(schema).is_valid(example) for example in schema.get("examples", []))
    for header in DOCUMENT["components"]["headers"].values():
        assert validator(header["schema"]).is_valid(header["example"])


def test_every_json_that_is_sent_or_answered_has_an_example() -> None:
    for name, content in contents():
        assert content.get("examples") or "text/html" in name or name.startswith("GET /openapi.json 200"), name


def test_every_operation_says_what_it_is() -> None:
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for name, operation in operations():
        assert operation["summary"], name
        assert set(operation["tags"]) <= tags, name
        assert ("security" in operation) == (operation["operationId"] in ("refresh", "deactivate")), name


def test_every_answer_names_its_headers() -> None:
    for name, operation in operations():
        for status, answer in operation["responses"].items():
            names = set(answer["headers"])
            assert "X-Request-Id" in names, name
            assert ("Retry-After" in names) == (status in ("429", "503")), name
            assert ("WWW-Authenticate" in names) == (status == "401"), name
            assert ("Allow" in names) == (status == "405"), name
            assert "Cache-Control" in names or name == "GET /openapi.json", name


SITE_ERRORS = {
    errors.RequestInvalid,
    errors.DomainInvalid,
    errors.RequestTooLarge,
    errors.RateLimited,
    errors.TokenInvalid,
    errors.LicenseNotFound,
    errors.ServerUnavailable,
}


@pytest.mark.parametrize(
    ("call", "told"),
    [("activate", set(PROBLEMS) - {errors.TokenInvalid}), ("refresh", SITE_ERRORS), ("deactivate", SITE_ERRORS)],
)
def test_every_status_and_code_is_named(call: str, told: set[type[errors.ServiceError]]) -> None:
    answers = DOCUMENT["paths"][f"/v1/licenses/{call}"]["post"]["responses"]
    found = {
        (int(status), code)
        for status, answer in answers.items()
        for code in answer["content"].get(MEDIA_TYPE, {}).get("examples", {})
    }
    assert found == {(PROBLEMS[kind].status, kind.code) for kind in told} | {
        (405, "method_not_allowed"),
        (500, "internal_error"),
    }


def test_every_problem_of_the_api_can_be_answered_by_a_call() -> None:
    told = {key for name, content in contents() if MEDIA_TYPE in name for key in content["examples"]}
    assert told == set(every_problem())


def test_every_problem_has_its_schema_and_its_explanation() -> None:
    assert set(EXPLANATIONS) == set(every_problem()) == {kind.code for kind in PROBLEMS} | set(OTHER_PROBLEMS)
    for code, (problem, _) in every_problem().items():
        schema = DOCUMENT["components"]["schemas"][schema_name(code)]
        assert schema["properties"]["code"]["const"] == code
        assert schema["properties"]["status"]["const"] == problem.status


def test_a_problem_of_one_code_is_no_problem_of_another() -> None:
    for name, content in contents():
        for key, example in content.get("examples", {}).items() if MEDIA_TYPE in name else ():
            others = content["schema"].get("oneOf", [])
            assert not others or sum(validator(other).is_valid(example["value"]) for other in others) == 1, (
                f"{name} {key}"
            )


def test_every_reason_for_refusing_a_domain_is_described() -> None:
    raised = set(re.findall(rf'{DomainRefused.__name__}\("(\w+)"\)', inspect.getsource(domain)))
    reason = DOCUMENT["components"]["schemas"]["DomainInvalidProblem"]["properties"]["reason"]
    assert set(reason["enum"]) == raised


def test_every_address_of_the_server_is_described_or_a_page(client: FlaskClient) -> None:
    rules = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in client.application.url_map.iter_rules()
        # The portal is for owners' browsers: no program calls it, and its forms want a token of its own pages.
        if not rule.rule.startswith("/portal")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert {name for name, _ in operations()} == rules - {"GET /docs/style.css"}


def test_every_part_of_an_address_is_described() -> None:
    for name, operation in operations():
        told = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        assert set(told) == set(re.findall(r"\{(\w+)\}", name)), name
        assert all(validator(each["schema"]).is_valid(each["example"]) for each in told.values()), name


def exchange(call: str) -> tuple[Any, Any]:
    """Return the first example of what a call sends, and of what it is answered."""
    operation = DOCUMENT["paths"][f"/v1/licenses/{call}"]["post"]
    sent, answered = operation["requestBody"], next(iter(operation["responses"].values()))
    first, second = (each["content"]["application/json"]["examples"] for each in (sent, answered))
    return next(iter(first.values()))["value"], next(iter(second.values()))["value"]


def claims(answered: dict[str, Any]) -> Any:
    return json.loads(decode_segment(answered["signed_license"].split(".")[1]))


def test_the_examples_are_one_true_story() -> None:
    told = {call: exchange(call) for call in ("activate", "refresh", "deactivate")}
    for call, code in (("activate", "valid"), ("refresh", "valid"), ("deactivate", "not_activated")):
        sent, answered = told[call]
        assert answered["activation"]["key_last5"] == parse_license_key(examples.LICENSE_KEY).last5
        found = verdict(answered["signed_license"], [examples.PUBLIC_KEY], now=CLAIMS["iat"] + 1)
        assert found.code == code
        assert claims(answered)["nonce"] == sent["nonce"]
    assert told["activate"][0]["license_key"] == examples.LICENSE_KEY


def test_the_claims_of_the_example_are_those_that_are_shown() -> None:
    _, answered = exchange("activate")
    assert claims(answered) == CLAIMS
    header = json.loads(decode_segment(answered["signed_license"].split(".")[0]))
    keys = DOCUMENT["paths"]["/.well-known/jwks.json"]["get"]["responses"]["200"]["content"]["application/json"]
    assert header["kid"] == examples.KEY_ID == keys["examples"]["keys"]["value"]["keys"][0]["kid"]
