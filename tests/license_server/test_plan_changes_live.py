"""The vendor changes plans without end while sites and owners go on: no good key is unknown, and every row adds up.

Promise: a plan that changes while its sites call.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle

import requests
from sqlalchemy import select

from license_server.errors import Refused, ServiceError, UndoOver
from license_server.service import catalogue, owners
from license_server.service.activation import activation_lookup, offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.store.tables import call_counts
from tests.license_server.conftest import NewServer
from tests.license_server.ledger import flaws, miscounted
from tests.license_server.live import LiveServer

CHANGES = int(os.environ.get("PLAN_CHANGES", "120"))
"""``make plan-changes`` makes it 1,000."""

LICENSES = 4
SITES = 16
TEST_COPIES = 4
CALLS_PER_KEY = 1_000_000_000
"""So that only an address that was counted among the guessers is told to wait."""
PAUSE_SECONDS = 0.05
"""Between two doings of an owner, or of the vendor beside the changes: sites are to hold places meanwhile."""

Outcomes = Counter[tuple[str, str]]
"""How often each doing ended in each way."""


def test_plans_change_while_sites_call_and_owners_undo(new_server: NewServer) -> None:
    server = new_server(settings={"calls_per_key": str(CALLS_PER_KEY)}).set_up()
    opened = partial(server.opened, calls_per_key=CALLS_PER_KEY)
    for plan, places in (("small", "10"), ("large", "20")):
        server.cli_json("plan", "create", "jannah", plan, "--domains", places, "--staging", "2", "--term", "1y")
    issued = [server.issue("jannah/small") for _ in range(LICENSES)]
    license_ids = [one.license_id for one in issued]
    over = threading.Event()
    started = time.monotonic()
    with server, opened() as vendor, opened() as assistant, opened() as owner:
        for license_id in license_ids:
            held = offline.sign(vendor, license_id, "held.example.com").activation
            owners.release(owner, license_id, held.id)
        with ThreadPoolExecutor(SITES + 2) as threads:
            doings = [
                threads.submit(release_some, assistant, license_ids, over),
                threads.submit(undo_some, owner, license_ids, over),
            ]
            for number in range(SITES):
                key = issued[number % LICENSES].license_key
                doings.append(threads.submit(call, server, key, number, over))
            try:
                outcomes = change_plans(vendor, license_ids)
            finally:
                over.set()
            outcomes = sum((doing.result() for doing in doings), outcomes)
        print(f"{CHANGES} changes in {time.monotonic() - started:.0f} s: {dict(sorted(outcomes.items()))}")
        failures = vendor.store.query(lambda connection: connection.execute(FAILURES).all())
        assert (unexpected(outcomes), failures) == ({}, [])
        assert outcomes["change plan", "done"] == CHANGES
        assert {doing for doing, end in outcomes if end in ("200", "201", "done")} == DOINGS
        assert (flaws(vendor), miscounted(vendor)) == ([], [])


def call(server: LiveServer, key: str, number: int, over: threading.Event) -> Outcomes:
    """Be a site, or a test copy, that comes and goes on its domain."""
    outcomes = Outcomes()
    site = {"domain": f"d{number}.example.com", "nonce": "n"}
    asked = {"license_key": key, "product": "jannah"} | ({"environment": "staging"} if number < TEST_COPIES else {})
    with requests.Session() as session:

        def post(verb: str, token: str | None = None, **more: str) -> dict[str, str]:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            url = f"{server.url}/v1/licenses/{verb}"
            answer = session.post(url, json={**site, **more}, headers=headers, timeout=30)
            told: dict[str, str] = answer.json()
            outcomes[verb, f"{answer.status_code} {told.get('code', '')}".strip()] += 1
            return told

        while not over.is_set():
            token = post("activate", **asked).get("activation_token")
            if token is not None:
                post("refresh", token)
                post("refresh", token)
                post("deactivate", token)
    return outcomes


def change_plans(context: Context, license_ids: list[str]) -> Outcomes:
    """Put one license after the other on the other plan, ``CHANGES`` times."""
    outcomes = Outcomes()
    plans = [catalogue.find_plan(context, "jannah", slug) for slug in ("large", "small")]
    for number in range(CHANGES):
        license_id, plan = license_ids[number % LICENSES], plans[number // LICENSES % 2]
        attempt(outcomes, "change plan", lifecycle.change_plan, context, license_id, plan)
    return outcomes


def release_some(context: Context, license_ids: list[str], over: threading.Event) -> Outcomes:
    """Release, as the vendor, what has been in use for longest."""
    outcomes = Outcomes()
    turns = cycle(license_ids)
    while not over.wait(PAUSE_SECONDS):
        for found in activation_lookup.of_license(context, next(turns))[:1]:
            attempt(outcomes, "activation release", vendor_release.release, context, found.id)
    return outcomes


def undo_some(context: Context, license_ids: list[str], over: threading.Event) -> Outcomes:
    """Release, as the owner, what has come into use last, and take it back."""
    outcomes = Outcomes()
    turns = cycle(license_ids)
    while not over.wait(PAUSE_SECONDS):
        for found in activation_lookup.of_license(context, next(turns))[-1:]:
            of = (context, found.license_id, found.id)
            attempt(outcomes, "owner's release", owners.release, *of)
            attempt(outcomes, "undo", undo, *of)
    return outcomes


undo = partial(owners.undo, address="203.0.113.7")


def attempt(outcomes: Outcomes, doing: str, work: Callable[..., object], *arguments: object) -> None:
    """Count how the work ends; that another was quicker is no fault."""
    try:
        work(*arguments)
    except (Refused, UndoOver):
        outcomes[doing, "too late"] += 1
    except (ServiceError, AssertionError) as error:
        outcomes[doing, type(error).__name__] += 1
    else:
        outcomes[doing, "done"] += 1


def unexpected(outcomes: Outcomes) -> Outcomes:
    """Return what may not happen to anybody who holds a good key."""
    well = ("200", "201", "done", "too late")
    return Outcomes({(doing, end): count for (doing, end), count in outcomes.items() if end not in well})


DOINGS = {
    *("activate", "refresh", "deactivate"),
    *("change plan", "activation release", "owner's release", "undo"),
}
FAILURES = select(call_counts.c.subject, call_counts.c.count).where(call_counts.c.scope == "failures")
