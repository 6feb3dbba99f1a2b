"""A request's id is a UUID, told in the answer, the problem and the log; only a trusted proxy may choose it."""

import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog
from flask.testing import FlaskClient

from license_server.service.context import Context
from license_server.web.app import create_app
from license_server.web.http import logs

GIVEN = "5b1cbb86-4f7c-4e43-9c1e-7c0f0a9a5e1d"
ID = "X-Request-Id"


@pytest.fixture
def behind(context: Context) -> FlaskClient:
    """Call a server with a trusted proxy in front."""
    settings = context.settings.model_copy(update={"trusted_proxies": 1})
    return create_app(replace(context, settings=settings)).test_client()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Read what is logged to standard error."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    logs.configure("info")
    yield written
    structlog.reset_defaults()


def test_each_answer_has_an_id_of_its_own(client: FlaskClient) -> None:
    told = [client.get(path).headers[ID] for path in ("/healthz", "/healthz", "/nowhere")]
    assert len(set(told)) == 3
    assert [str(uuid.UUID(one)) for one in told] == told


def test_a_caller_cannot_choose_it(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={ID: GIVEN}).headers[ID] != GIVEN


@pytest.mark.parametrize("spelling", [GIVEN, GIVEN.upper(), GIVEN.replace("-", "")])
def test_a_trusted_proxy_chooses_it(behind: FlaskClient, spelling: str) -> None:
    assert behind.get("/healthz", headers={ID: spelling}).headers[ID] == GIVEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        GIVEN[:-1],
        GIVEN + "0",
        f"{GIVEN}, {GIVEN}",
        f"{{{GIVEN}}}",
        f"urn:uuid:{GIVEN}",
        GIVEN.replace("-", "", 1),
        GIVEN.replace("5", "٥"),
        "JNH-7Q4M8-RTD2X-K9V3H-W6PZC-41BNE-8GFA5",
        "thma_" + "A" * 92,
        "a" * 10_000,
    ],
)
def test_what_is_no_uuid_is_not_taken_over(behind: FlaskClient, text: str) -> None:
    told = behind.get("/healthz", headers={ID: text}).headers[ID]
    assert told != text
    assert str(uuid.UUID(told)) == told


def test_a_problem_and_the_log_repeat_it(context: Context, log: io.StringIO) -> None:
    client = create_app(context).test_client()
    for path in ("/nowhere", "/v1/licenses/refresh", "/v1/licenses/activate"):
        answer = client.post(path, json={})
        problem = answer.get_json()
        assert problem["instance"] == f"urn:uuid:{answer.headers[ID]}"
        line = json.loads(log.getvalue().splitlines()[-1])
        assert (line["request_id"], line["code"]) == (answer.headers[ID], problem["code"])
