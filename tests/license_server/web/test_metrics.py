"""What Prometheus is told: every worker's counts, the dead ones' included, and nothing that names a caller."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from license_server.service.context import Context
from license_server.web.app import create_app
from license_server.web.http import metrics
from license_server.web.http.problems import OTHER_PROBLEMS, PROBLEMS
from license_server.web.process.metrics_page import Workers
from tests.license_server.conftest import NewSite
from tests.license_server.live import LiveServer, body, free_port, post
from tests.license_server.site import BAD_TOKEN

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name.removeprefix("license_server_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client(context: Context, registry: CollectorRegistry) -> FlaskClient:
    app = create_app(context)
    metrics.register(app, context.store, registry=registry)
    return app.test_client()


def test_what_is_granted_and_what_is_refused_is_counted(registry: CollectorRegistry, site: NewSite) -> None:
    owner = site()
    token = owner.token()
    for _ in range(2):
        assert owner.activate().status_code == 200
    for _ in range(3):
        assert owner.refresh(token).status_code == 200
    owner.refresh(BAD_TOKEN)
    site("other.example.org", of=owner).activate()
    owner.deactivate(token)
    told = samples(generate_latest(registry).decode())
    assert told["activations_total", (("result", "new"),)] == 1
    assert told["activations_total", (("result", "again"),)] == 2
    assert told["refreshes_total", ()] == 3
    assert told["deactivations_total", ()] == 1
    assert told["refusals_total", (("code", "token_invalid"),)] == 1
    assert told["refusals_total", (("code", "no_activations_left"),)] == 1
    route = (("route", "/v1/licenses/refresh"), ("status", "200"))
    assert told["request_seconds_count", route] == 3
    assert 0 < told["request_seconds_sum", route] < 60


def test_rate_limits_are_told_by_what_is_counted(registry: CollectorRegistry, site: NewSite) -> None:
    owner = site()
    for _ in range(61):
        owner.activate(product="sahifa")
    guesser = replace(owner, address="203.0.113.77")
    for _ in range(22):
        guesser.refresh(BAD_TOKEN)
    told = samples(generate_latest(registry).decode())
    assert told["rate_limited_total", (("by", "key"),)] == 1
    assert told["rate_limited_total", (("by", "address"),)] == 2


def test_the_pool_of_connections_is_told(context: Context, registry: CollectorRegistry) -> None:
    measured = metrics.register(create_app(context), context.store, registry=registry)
    with context.store.read():
        measured.sample(context.store)
    told = samples(generate_latest(registry).decode())
    assert told["database_connections_in_use", ()] == 1
    assert told["database_connections_limit", ()] == context.settings.threads + 2


def test_no_label_holds_what_a_caller_sent(registry: CollectorRegistry, client: FlaskClient, site: NewSite) -> None:
    owner = site("shop.example.org")
    token = owner.token()
    client.get(f"/{owner.key}?domain=shop.example.org", headers={"X-Request-Id": owner.key})
    client.open("/healthz", method=owner.key[:3])
    owner.activate(product=token, nonce="!")
    text = generate_latest(registry).decode()
    for secret in (owner.key, owner.key[4:], token, "shop.example.org", owner.address):
        assert secret not in text
    values: dict[str, set[str]] = {}
    for _, labels in samples(text):
        for name, value in labels:
            values.setdefault(name, set()).add(value)
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert values["route"] <= rules | {metrics.NO_ROUTE}
    assert values["code"] <= {kind.code for kind in PROBLEMS} | set(OTHER_PROBLEMS)
    assert values["by"] == {"address", "key"}
    assert all(re.fullmatch(r"[1-5]\d\d", status) for status in values["status"])


# --- several processes ---


def test_what_dead_workers_counted_stays_and_their_files_go(tmp_path: Path) -> None:
    ended = [_worker(tmp_path, count) for count in (1, 2, 4)]
    workers = Workers(tmp_path, is_alive=lambda process: process == ended[2])
    registry = CollectorRegistry()
    registry.register(workers)
    for _ in range(2):
        told = samples(generate_latest(registry).decode())
        assert told["refreshes_total", ()] == 7
        assert told["request_seconds_count", (("route", "/x"), ("status", "200"))] == 3
        assert told["workers", ()] == 1
        names = {path.name for path in tmp_path.iterdir()}
        own = {f"{kind}_{ended[2]}.db" for kind in ("counter", "histogram", "gauge_livesum")}
        assert names == {"counter_past.db", "histogram_past.db", *own}


def _worker(folder: Path, count: int) -> int:
    """Let a process count refreshes, and end; return its id."""
    program = (
        "from prometheus_client import CollectorRegistry\nfrom license_server.web.http.metrics import Metrics\n"
        f"m = Metrics(CollectorRegistry())\nm.refreshes.inc({count})\nm.workers.set(1)\n"
        "m.seconds.labels('/x', 200).observe(0.1)\nimport os\nprint(os.getpid())"
    )
    environment = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


def _folder(worker: str) -> Path:
    """Return the folder whose files a worker has mapped."""
    (name,) = re.findall(r"(/\S+/license-server-metrics-\w+)/counter_", Path(f"/proc/{worker}/maps").read_text())
    return Path(name)


def test_two_workers_are_one_figure_that_survives_a_dead_one_and_sigterm_removes_the_files(tmp_path: Path) -> None:
    port = free_port()
    server = LiveServer(tmp_path, settings={"metrics_port": str(port)}).set_up()
    key = server.issue().license_key
    with server:
        token = post(server.url, "activate", body(key, "a.example.com")).json()["activation_token"]
        for _ in range(30):
            told = post(server.url, "refresh", {"domain": "a.example.com", "nonce": "n"}, token=token)
            assert told.status_code == 200

        def page() -> Samples:
            return samples(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text)

        assert page()["refreshes_total", ()] == 30
        assert page()["activations_total", (("result", "new"),)] == 1
        deadline = time.monotonic() + 15
        while page()["workers", ()] != 2:  # the second may still be loading when the first answers
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert server.process is not None
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        folder = _folder(children[0])
        assert folder.stat().st_mode & 0o777 == 0o700
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        deadline = time.monotonic() + 15
        while page().get(("workers", ())) != 2 or any(list(folder.glob(f"*_{child}.db")) for child in children):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert page()["refreshes_total", ()] == 30
        assert server.stop() == 0
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_without_the_setting_nothing_is_told(live_server: LiveServer, client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert requests.get(f"{live_server.url}/metrics", timeout=10).status_code == 404


def test_a_metrics_port_that_is_taken_is_told_in_one_line(live_server: LiveServer) -> None:
    refused = live_server.cli("serve", "--port", str(free_port()), "--metrics-port", str(live_server.port))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (5, 1)
    assert "next: license-server serve --metrics-port" in refused.stderr
