"""What do the workers tell Prometheus? Counts and times, with labels of few values: never a key, token or domain.

Each worker writes its figures to files of its own in one private folder; the process that started the workers adds them
up when it is asked (see ``web.exposition``). So this module must be imported after ``PROMETHEUS_MULTIPROC_DIR`` is set.
"""

import threading
import time
from functools import lru_cache
from http import HTTPStatus

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from license_server.store import Store

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds; a request waits for the database for up to four."""

SAMPLE_SECONDS = 1.0
NO_ROUTE = "none"
"""The route of what is no address here: the path itself is the caller's text."""

_STATUSES = frozenset(status.value for status in HTTPStatus)


class Metrics:
    """The figures of one process, in ``registry`` where no folder is shared with others."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.activations = Counter(
            "license_server_activations", "Activations granted, by result: new or again.", ["result"], registry=registry
        )
        self.refreshes = Counter("license_server_refreshes", "Refreshes answered.", registry=registry)
        self.deactivations = Counter("license_server_deactivations", "Deactivations answered.", registry=registry)
        self.refusals = Counter("license_server_refusals", "Problems answered, by code.", ["code"], registry=registry)
        self.rate_limited = Counter(
            "license_server_rate_limited", "Calls refused as too many, by what is counted.", ["by"], registry=registry
        )
        self.seconds = Histogram(
            "license_server_request_seconds",
            "Time from a request's headers to its answer, by route and status.",
            ["route", "status"],
            buckets=BUCKETS,
            registry=registry,
        )
        self.connections_in_use = Gauge(
            "license_server_database_connections_in_use",
            "Database connections that requests hold just now, of all workers.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.connections_limit = Gauge(
            "license_server_database_connections_limit",
            "Database connections that there may be, of all workers.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.workers = Gauge(
            "license_server_workers", "Processes that answer requests.", multiprocess_mode="livesum", registry=registry
        )

    def sample(self, store: Store) -> None:
        """Note how the pool of database connections stands."""
        in_use, limit = store.connections
        self.connections_in_use.set(in_use)
        self.connections_limit.set(limit)


def register(app: Flask, store: Store, *, registry: CollectorRegistry) -> Metrics:
    """Measure every request of ``app`` from now on, and the pool every second."""
    metrics = Metrics(registry)
    metrics.workers.set(1)
    metrics.sample(store)
    granted = {
        ("themes.activate", 201): metrics.activations.labels("new"),
        ("themes.activate", 200): metrics.activations.labels("again"),
        ("themes.refresh", 200): metrics.refreshes,
        ("themes.deactivate", 200): metrics.deactivations,
    }
    limited = {by: metrics.rate_limited.labels(by) for by in ("address", "key")}
    seconds = lru_cache(maxsize=None)(lambda route, status: metrics.seconds.labels(route, status))
    refused = lru_cache(maxsize=None)(metrics.refusals.labels)

    @app.after_request
    def measure(response: Response) -> Response:
        rule = request.url_rule
        status = response.status_code
        seconds(rule.rule if rule is not None else NO_ROUTE, status if status in _STATUSES else 0).observe(
            time.perf_counter() - g.started
        )
        done = granted.get((request.endpoint or "", status))
        if done is not None:
            done.inc()
        code = g.get("problem_code")
        if code is not None:
            refused(code).inc()
            if code == "rate_limited":
                limited[g.counted_by].inc()
        return response

    threading.Thread(target=_sample, args=(metrics, store), name="metrics", daemon=True).start()
    return metrics


def _sample(metrics: Metrics, store: Store) -> None:
    while True:
        time.sleep(SAMPLE_SECONDS)
        metrics.sample(store)
