"""What do metrics cost a refresh? A ratio in interleaved rounds of one run: `python -m benchmarks.metrics`."""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, values

from license_server import clock
from license_server.config import Settings
from license_server.service import catalogue
from license_server.service.context import open_context
from license_server.service.license import issue
from license_server.service.operating import setup
from license_server.web.app import create_app
from license_server.web.http import logs, metrics

ROUNDS = 401
CALLS = 20


def main() -> int:
    """Print the median time of a refresh without and with metrics, and the median ratio of neighbouring rounds."""
    with tempfile.TemporaryDirectory() as folder:
        # As in a worker: figures go to mapped files, not to variables.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        values.ValueClass = values.get_value_class()
        logs.configure("error")
        settings = Settings(home=Path(folder) / "home")
        setup.initialise(settings, standby_to=None, clock=clock.now)
        context = open_context(settings)
        catalogue.create_product(context, "jannah", name="Jannah", prefix="JNH", links={})
        plan = catalogue.create_plan(context, "jannah", "single", name="Single", domains=1, term="1y")
        key = issue.create(context, plan, customer=None, allow_domains=()).key.text("JNH")
        bare, measured = create_app(context), create_app(context)
        metrics.register(measured, context.store, registry=CollectorRegistry())
        clients = [bare.test_client(), measured.test_client()]
        body = {"license_key": key, "product": "jannah", "domain": "a.example.com", "nonce": "n"}
        token = clients[0].post("/v1/licenses/activate", json=body).get_json()["activation_token"]
        taken: list[list[float]] = [[], []]
        for number in range(ROUNDS):
            order = (0, 1) if number % 2 else (1, 0)
            for which in order:
                taken[which].append(_seconds(clients[which], token))
        context.store.dispose()
    without, with_them = map(statistics.median, taken)
    ratio = statistics.median(after / before for before, after in zip(*taken, strict=True))
    print(f"refresh without metrics   {without * 1e6:7.1f} µs   1.000")
    print(f"refresh with metrics      {with_them * 1e6:7.1f} µs   {ratio:.3f}")
    return 0


def _seconds(client: FlaskClient, token: str) -> float:
    """Return the CPU seconds of one refresh, of many."""
    body = json.dumps({"domain": "a.example.com", "nonce": "n"})
    headers = {"Authorization": f"Bearer {token}"}
    started = time.thread_time()
    for _ in range(CALLS):
        assert client.post("/v1/licenses/refresh", data=body, headers=headers).status_code == 200  # noqa: S101
    return (time.thread_time() - started) / CALLS


if __name__ == "__main__":
    sys.exit(main())
