"""Bodies that nobody should send: each gets a problem with a stable code, none a fault, none an echo.

Promise: a body that is oversized, deeply nested, not JSON, or full of NaN, NUL, duplicate members or lone surrogates.
"""

import json
import logging
import os
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from license_server.service.context import Context
from license_server.web.app import create_app
from license_server.web.contract import examples
from tests.license_server.conftest import Issue
from tests.license_server.description import description
from tests.license_server.site import Site, code, key_of
from tests.license_server.web.body_fuzzer import VERBS, Fuzzer

FUZZ_CASES = int(os.environ.get("FUZZ_CASES", "3000"))
FUZZ_SEED = int(os.environ.get("FUZZ_SEED", "20270115"))

GOOD: dict[str, Any] = {
    "license_key": "JNH-00000-00000-00000-00000-00000-00000",
    "product": "jannah",
    "domain": "news.example.com",
    "nonce": "n",
}


def send(client: FlaskClient, raw: bytes, *, verb: str = "activate", kind: str | None = "application/json") -> Any:
    return client.post(f"/v1/licenses/{verb}", data=raw, content_type=kind)


def member(name: str, raw: str) -> bytes:
    """Return the good body with the JSON text ``raw`` as the value of ``name``."""
    parts = [f"{json.dumps(key)}: {raw if key == name else json.dumps(value)}" for key, value in GOOD.items()]
    return ("{" + ", ".join(parts) + "}").encode("utf-8", "surrogatepass")


BAD = {
    "empty": b"",
    "white space": b"  \n",
    "not JSON": b"license_key=abc",
    "half an object": b'{"license_key": "a"',
    "two objects": b"{}{}",
    "a list": b"[]",
    "a text": b'"abc"',
    "null": b"null",
    "a number": b"7",
    "no members": b"{}",
    "nested lists": b"[" * 3_000 + b"]" * 3_000,
    "nested objects": b'{"":' * 3_000 + b"1" + b"}" * 3_000,
    "nested in a member": member("domain", "[" * 3_000 + "]" * 3_000),
    "unclosed nesting": b"[" * 16_000,
    "NaN": member("nonce", "NaN"),
    "Infinity": member("nonce", "-Infinity"),
    "duplicate members": b'{"nonce": "a", ' + member("nonce", '"n"')[1:],
    "duplicate deep members": member("client", "1")[:-1] + b', "x": {"a": 1, "a": 2}}',
    "lone surrogate escape": member("domain", '"\\ud800.example.com"'),
    "lone surrogate in a name": member("domain", '"a.example.com", "\\udfff": 1'),
    "lone surrogate bytes": member("domain", '"\ud800"'),
    "NUL": member("domain", '"a\\u0000.example.com"'),
    "raw NUL": member("domain", '"a\x00.example.com"'),
    "a BOM": b"\xef\xbb\xbf" + member("nonce", '"n"'),
    "UTF-16": member("nonce", '"n"').decode().encode("utf-16"),
    "Latin-1": b'{"license_key": "\xe9"}',
    "a huge number": member("nonce", "9" * 10_000),
    "a comment": b"/* */" + member("nonce", '"n"'),
    "single quotes": b"{'nonce': 'n'}",
    "a trailing comma": b'{"nonce": "n",}',
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", BAD)
def test_a_body_that_is_not_one_flat_object_is_invalid(client: FlaskClient, name: str, verb: str) -> None:
    answer = send(client, BAD[name], verb=verb)
    assert (answer.status_code, code(answer)) == (400, "request_invalid")


@pytest.mark.parametrize("name", [*GOOD, "environment", "replaces", "client"])
@pytest.mark.parametrize("raw", ["1", "true", "null", "[]", "{}", '["a"]', "1.5", "-0", "1e999"])
def test_a_member_of_another_type_is_invalid(client: FlaskClient, name: str, raw: str) -> None:
    body = json.loads(member("nonce", '"n"'))
    text = json.dumps({**body, name: "@"}).replace('"@"', raw).encode()
    answer = send(client, text)
    if raw == "null" and name in ("replaces", "client"):
        assert code(answer) == "key_malformed"
    else:
        assert (answer.status_code, code(answer)) == (400, "request_invalid")
        assert name in answer.get_json()["detail"]


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_member_is_named(client: FlaskClient, name: str) -> None:
    answer = send(client, json.dumps({key: value for key, value in GOOD.items() if key != name}).encode())
    assert code(answer) == "request_invalid"
    assert name in answer.get_json()["detail"]


@pytest.mark.parametrize("nonce", ["", "a" * 129, "a b", "ä", "a=", "a\n", "a."])
def test_a_nonce_is_1_to_128_characters_of_base64url(client: FlaskClient, nonce: str) -> None:
    answer = send(client, json.dumps({**GOOD, "nonce": nonce}).encode())
    assert code(answer) == "request_invalid"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "x"])
def test_a_body_is_read_whatever_it_was_declared_as(client: FlaskClient, kind: str | None) -> None:
    assert code(send(client, json.dumps(GOOD).encode(), kind=kind)) == "key_malformed"


def test_a_charset_changes_nothing(client: FlaskClient) -> None:
    assert code(send(client, json.dumps(GOOD).encode(), kind="application/json; charset=latin-1")) == "key_malformed"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_sixteen_kib_are_read_and_no_byte_more(client: FlaskClient, verb: str, is_chunked: bool) -> None:
    def send(raw: bytes) -> Any:
        told = {"input_stream": BytesIO(raw), "environ_overrides": {"wsgi.input_terminated": True}}
        return client.post(f"/v1/licenses/{verb}", **(told if is_chunked else {"data": raw}))

    body = json.dumps(GOOD).encode()
    whole = body + b" " * (16_384 - len(body))
    assert code(send(whole)) in ("key_malformed", "token_invalid")
    answer = send(whole + b" ")
    assert (answer.status_code, code(answer)) == (413, "request_too_large")
    assert answer.headers["Connection"] == "close"


def test_sixty_four_brackets_are_read_and_no_more(client: FlaskClient) -> None:
    # Two are the body's own and that of the list.
    for inner, expected in (([[], {}] * 31, "key_malformed"), ([[], {}] * 31 + [{}], "request_invalid")):
        assert code(send(client, json.dumps({**GOOD, "later": inner}).encode())) == expected


def test_unknown_members_are_ignored(client: FlaskClient) -> None:
    assert code(send(client, json.dumps({**GOOD, "later": [1, {"a": None}]}).encode())) == "key_malformed"


def test_no_refusal_echoes_what_was_sent(client: FlaskClient) -> None:
    marker = "SECRETMARKER"
    for name in [*GOOD, "environment", "replaces", "client", marker]:
        for value in (marker, [marker], {marker: marker}, marker * 100):
            answer = send(client, json.dumps({**GOOD, name: value}).encode())
            assert answer.status_code < 500
            assert marker not in answer.get_data(as_text=True)
            assert marker not in str(answer.headers)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), json_values.map(lambda value: json.dumps(value).encode())))
def test_whatever_is_sent_the_answer_is_no_fault(client: FlaskClient, raw: bytes) -> None:
    for verb in VERBS:
        assert 400 <= send(client, raw, verb=verb).status_code < 500


@pytest.fixture
def quiet_log() -> Iterator[None]:
    """No line per request: there are too many of them to keep."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


def test_fuzzed_bodies_get_no_answer_but_those_that_are_described(
    context: Context, issue: Issue, quiet_log: None
) -> None:
    unlimited = context.settings.model_copy(update={"failures_per_address": 10**9, "calls_per_key": 10**9})
    caller = create_app(replace(context, settings=unlimited)).test_client()
    good: dict[str, list[dict[str, Any]]] = {verb: [] for verb in VERBS}
    tokens: list[str] = []
    for number in range(3):
        site = Site(caller, key_of(issue()), f"site-{number}.example.com")
        tokens.append(site.token())
        good["activate"] += [
            {"license_key": site.key, "product": "jannah", "domain": domain, "nonce": "n"}
            for domain in (site.domain, "elsewhere.example.com")
        ]
        good["refresh"].append({"domain": site.domain, "nonce": "n"})
    good["activate"].append({**good["activate"][1], "license_key": examples.LICENSE_KEY})
    good["deactivate"] = good["refresh"]
    described = {
        f"/v1/licenses/{verb}": {
            (int(status), code)
            for status, answer in description("x")["paths"][f"/v1/licenses/{verb}"]["post"]["responses"].items()
            for code in answer["content"].get("application/problem+json", {}).get("examples", [None])
        }
        for verb in VERBS
    }
    met: Counter[tuple[int, str | None]] = Counter()
    for sent in Fuzzer(FUZZ_SEED, good=good, tokens=tokens).requests(FUZZ_CASES):
        answer = caller.post(
            f"/v1/licenses/{sent.verb}",
            input_stream=BytesIO(sent.body),
            content_length=None if sent.is_chunked else len(sent.body),
            content_type=sent.kind,
            headers=None if sent.authorization is None else {"Authorization": sent.authorization},
            environ_overrides={"wsgi.input_terminated": True} if sent.is_chunked else None,
        )
        told = code(answer) if answer.status_code >= 400 else None
        assert (answer.status_code, told) in described[f"/v1/licenses/{sent.verb}"], (answer.data, sent)
        assert answer.status_code < 500, sent
        met[answer.status_code, told] += 1
    print(*(f"{count:7} {status} {told or ''}" for (status, told), count in sorted(met.items(), key=str)), sep="\n")
    assert {200, 201, 400, 401, 404, 409, 413} <= {status for status, _ in met}


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1/licenses/activate/", 404, "not_found"),
        ("GET", "/v1/licenses/activate", 405, "method_not_allowed"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
        ("BREW", "/", 405, "method_not_allowed"),
    ],
)
def test_other_addresses_and_methods_are_problems(
    client: FlaskClient, method: str, path: str, status: int, expected: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert status != 405 or answer.headers["Allow"]


def test_a_fault_is_a_bare_500_and_logged_without_its_message(
    context: Context, client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> str:
        raise RuntimeError("SECRETMARKER")

    client.application.add_url_rule("/fail", view_func=fail)
    answer = client.get("/fail")
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert "SECRETMARKER" not in answer.get_data(as_text=True) + logged


def test_every_answer_has_the_headers_of_a_careful_server(client: FlaskClient) -> None:
    for path in ("/", "/healthz", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"].split("; ")
        assert policy[0] == "default-src 'none'"
        assert {"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert headers["Strict-Transport-Security"]
        assert set(headers["X-Request-Id"]) <= set(string.hexdigits + "-")
