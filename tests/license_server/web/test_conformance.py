"""Does the running server do what its description says? Schemathesis reads the one and calls the other."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from license_server.config import Settings
from license_server.service import catalogue
from license_server.service.context import open_context
from license_server.service.license import issue, lifecycle
from tests.license_server.live import LiveServer, body, post
from tests.license_server.site import key_of

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
EXAMPLES = os.environ.get("CONFORMANCE_EXAMPLES", "40")
SEED = os.environ.get("CONFORMANCE_SEED", "20270115")


@pytest.fixture(scope="module")
def tolerant_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server that limits nobody and has licenses in every state."""
    many = {"failures_per_address": "100000000", "calls_per_key": "100000000"}
    server = LiveServer(tmp_path_factory.mktemp("conformance"), settings=many)
    with server.set_up():
        yield server


def licenses_in_every_state(server: LiveServer) -> list[dict[str, str]]:
    """Issue one license of each kind that the API can meet: fresh, with room, full, fixed, suspended, revoked."""
    context = open_context(Settings(home=server.home, url=server.url))
    many = catalogue.create_plan(context, "jannah", "many", name=None, domains=1_000, term="perpetual")
    single = catalogue.find_plan(context, "jannah", "single")
    fixed = catalogue.create_plan(context, "jannah", "fixed", name=None, domains=1, term="1y", moves_per_year=0)
    found: list[dict[str, str]] = []
    for number, plan in enumerate((many, many, single, fixed, single, single)):
        issued = issue.create(context, plan, customer=None)
        key, domain = key_of(issued), f"site-{number}.example.com"
        told = post(server.url, "activate", body(key, domain)).json()
        kept = {"activation": told["activation"]["id"], "token": told["activation_token"], "domain": domain}
        found.append({"license_key": key, **kept})
        if number == 4:
            lifecycle.suspend(context, issued.license.id, reason=None)
        if number == 5:
            lifecycle.revoke(context, issued.license.id, reason="charged back")
    context.store.dispose()
    return found


def test_no_generated_request_gets_an_answer_that_is_not_described(tolerant_server: LiveServer, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    # From a file, since schemathesis leaves out the address from which it took the description.
    served = tmp_path / "openapi.json"
    served.write_text(requests.get(f"{tolerant_server.url}/openapi.json", timeout=10).text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", served, "--url", tolerant_server.url),
            *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", EXAMPLES, "--seed", SEED, "--continue-on-failure", "--no-color", "--workers", "1"),
        ],
        env=os.environ
        | {
            "SCHEMATHESIS_HOOKS": "tests.license_server.web.conformance_hooks",
            "CONFORMANCE_LICENSES": json.dumps(licenses_in_every_state(tolerant_server)),
            "PYTHONPATH": os.pathsep.join([str(root), *(path for path in sys.path if path)]),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=36_000,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4_000:]
    assert re.search(rf"Tested: {len(json.loads(served.read_text())['paths'])}\b", done.stdout)
    logged = [json.loads(line) for line in tolerant_server.log.read_text().splitlines() if line.startswith("{")]
    answered = Counter((line["route"], line["status"]) for line in logged if line["event"] == "request")
    print(*(f"{count:7} {route} {status}" for (route, status), count in sorted(answered.items(), key=str)), sep="\n")
    # With several workers schemathesis now and then leaves a call out, so each one's share is counted.
    for verb in ("activate", "refresh", "deactivate"):
        assert sum(count for (route, _), count in answered.items() if route == f"/v1/licenses/{verb}") > int(EXAMPLES)
    for path, statuses in (("activate", (200, 201, 400, 403, 404, 409)), ("refresh", (200, 400, 401))):
        assert {(f"/v1/licenses/{path}", status) for status in statuses} <= set(answered)
    codes = {line["code"] for line in logged if line.get("code")}
    assert {"no_activations_left", "product_mismatch", "license_suspended", "domain_not_allowed"} <= codes
