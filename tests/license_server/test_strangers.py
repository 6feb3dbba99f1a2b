"""Can somebody who has only the description, or only curl, build a client?"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from license_server.web.contract import calls
from tests.conftest import require_program
from tests.license_server.live import LiveServer
from tests.license_server.site import verdict
from theme_license.wire import decode_segment

SITE = Path(__file__).parent / "clients" / "site.sh"
PACKAGE = "activation_client"


@pytest.fixture(scope="module")
def generated(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a package that a generator made from the served document, and from nothing else."""
    folder = tmp_path_factory.mktemp("generated")
    described = folder / "openapi.json"
    described.write_text(requests.get(f"{live_server.url}/openapi.json", timeout=10).text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--path", described, "--fail-on-warning"),
            *("--meta", "none", "--output-path", folder / PACKAGE),
        ],
        env=os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def module(generated: str, name: str) -> Any:
    loaded: ModuleType = importlib.import_module(f"{generated}.{name}")
    return loaded


def test_a_generated_client_activates_refreshes_and_deactivates(generated: str, live_server: LiveServer) -> None:
    models, errors_client = module(generated, "models"), module(generated, "client")
    activate, refresh, deactivate = (
        module(generated, f"api.activation.{verb}") for verb in ("activate", "refresh", "deactivate")
    )
    issued = live_server.issue()

    def body(domain: str, **more: Any) -> Any:
        return models.ActivateBody(license_key=issued.license_key, product="jannah", domain=domain, nonce="n-1", **more)

    with errors_client.Client(base_url=live_server.url) as anonymous:
        first = activate.sync_detailed(client=anonymous, body=body("https://www.a.example.com/"))
        assert (first.status_code, type(first.parsed)) == (201, models.ActivateAnswer)
        assert activate.sync_detailed(client=anonymous, body=body("a.example.com")).status_code == 200

        refused = activate.sync(client=anonymous, body=body("b.example.com"))
        assert isinstance(refused, models.NoActivationsLeftProblem)
        assert (refused.status, refused.code, refused.limit, refused.used) == (409, "no_activations_left", 1, 1)
        (in_use,) = refused.activations
        assert (in_use.id, in_use.domain) == (first.parsed.activation.id, "a.example.com")
        assert in_use.last_seen.tzinfo is not None

        moved = activate.sync(client=anonymous, body=body("b.example.com", replaces=in_use.id))
        assert isinstance(moved, models.ActivateAnswer)

    with errors_client.AuthenticatedClient(base_url=live_server.url, token=moved.activation_token) as site:
        here = models.SiteBody(domain="b.example.com", nonce="n-2")
        refreshed = refresh.sync(client=site, body=here)
        released = deactivate.sync(client=site, body=here)
        elsewhere = refresh.sync(client=site, body=models.SiteBody(domain="c.example.com", nonce="n-3"))
    assert isinstance(elsewhere, models.TokenInvalidProblem)
    for answer, told in ((refreshed, "valid"), (released, "not_activated")):
        assert isinstance(answer, models.SiteAnswer | models.RefreshAnswer)
        text = answer.signed_license
        found = verdict(text, live_server.public_keys(), domain="b.example.com", now=refreshed_at(text))
        assert found.code == told


def test_a_generated_client_reads_what_the_server_says_of_itself(generated: str, live_server: LiveServer) -> None:
    models = module(generated, "models")
    with module(generated, "client").Client(base_url=live_server.url) as anonymous:
        keys = module(generated, "api.server.jwks").sync(client=anonymous)
        ready = module(generated, "api.server.readyz").sync(client=anonymous)
    assert [key.x for key in keys.keys] == live_server.public_keys()
    assert isinstance(ready, models.Readiness)
    assert ready.checks.signing_key is True


def refreshed_at(signed_license: str) -> int:
    return int(json.loads(decode_segment(signed_license.split(".")[1]))["iat"])


def run_site(server: LiveServer, key: str, domain: str) -> "subprocess.CompletedProcess[str]":
    require_program("curl", install="apt-get install curl")
    return subprocess.run(
        ["bash", SITE, server.url, "jannah", domain], input=f"{key}\n", capture_output=True, text=True, check=False
    )


def test_a_client_of_curl_activates_refreshes_and_deactivates(live_server: LiveServer) -> None:
    done = run_site(live_server, live_server.issue().license_key, "https://www.curl.example.com/")
    assert done.stdout.splitlines() == [
        "activate: active on curl.example.com",
        "refresh: active on curl.example.com",
        "deactivate: released on curl.example.com",
    ], done.stderr
    assert done.returncode == 0


def test_a_client_of_curl_reads_a_refusal(live_server: LiveServer) -> None:
    done = run_site(live_server, "JNH-00000-00000-00000-00000-00000-00000", "a.example.com")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "activate: key_malformed\n")


def test_every_curl_command_of_the_page_works_as_it_stands(live_server: LiveServer) -> None:
    require_program("curl", install="apt-get install curl")
    described = requests.get(f"{live_server.url}/openapi.json", timeout=10).json()
    page = requests.get(f"{live_server.url}/docs", timeout=10).text
    for call in calls.calls(described):
        for summary, command in call.curls:
            assert command.splitlines()[0].replace("'", "&#39;") in page, summary
            done = subprocess.run(
                ["bash", "-c", f"{command} -o /dev/null -w '%{{http_code}}'"],
                env=os.environ | {"TOKEN": "thma_x"},
                capture_output=True,
                text=True,
                check=False,
            )
            expected = {"activate": "404", "refresh": "401", "deactivate": "401"}.get(call.id, "200")
            assert (done.returncode, done.stdout) == (0, expected), f"{summary}: {done.stderr}"
