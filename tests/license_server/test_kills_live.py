"""Processes of a running server are killed in the middle of activations: what was granted is there, and counted once.

Promise: the server killed in the middle of an activation.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

import requests
from requests.exceptions import ChunkedEncodingError
from urllib3.exceptions import ProtocolError

from tests.license_server import faults
from tests.license_server.conftest import NewServer
from tests.license_server.faults import NewTally
from tests.license_server.ledger import flaws, miscounted
from tests.license_server.live import LiveServer, body, post

KILLS = 1_000 if faults.FULL else 6
SITES = 6
LICENSES = 3
WORKERS = 3
WHOLE_SERVER_EVERY = 10 if faults.FULL else 3
"""Of so many kills one is of the first process, which takes its workers with it; the others are of one worker each."""
SETTINGS = {"calls_per_key": "1000000000"}
PAUSE_SECONDS = 0.02
"""What a site does between two activations, so that a machine of two cores can start workers meanwhile."""
NOTICED_SECONDS = 1.0
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Granted:
    """What a site was told: its activation, and the token of it."""

    domain: str
    activation_id: str
    token: str


@dataclass
class Load:
    """Sites that activate one domain after the other, on a connection each, whatever becomes of the server."""

    server: LiveServer
    keys: list[str]
    over: threading.Event = field(default_factory=threading.Event)
    granted: list[Granted] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    under_way: set[int] = field(default_factory=set)
    numbers: "count[int]" = field(default_factory=count)

    def run(self, site: int) -> None:
        while not self.over.wait(PAUSE_SECONDS):
            number = next(self.numbers)
            while not self._is_settled(site, number) and not self.over.wait(PAUSE_SECONDS):
                pass

    def _is_settled(self, site: int, number: int) -> bool:
        """Activate; return whether there is an answer, or none came and the site is one that never asks again."""
        domain = f"d{number}.example.com"
        self.under_way.add(site)
        try:
            answer = post(self.server.url, "activate", body(self.keys[number % LICENSES], domain))
        except (requests.ConnectionError, ChunkedEncodingError) as error:
            # Who calls while nobody listens is refused, and has sent nothing.
            was_sent = isinstance(error.args[0], ProtocolError)
            if was_sent:
                self.cut_off.append(domain)
            return was_sent and number % 2 == 0
        finally:
            self.under_way.discard(site)
        told = answer.json()
        self.answers[answer.status_code, told.get("code", "")] += 1
        if "activation_token" in told:
            self.granted.append(Granted(domain, told["activation"]["id"], told["activation_token"]))
        return True

    def kill_some(self, kills: int) -> int:
        """Kill until so many kills have each cut an activation off; return how many it took."""
        in_the_middle = 0
        for tried in count(1):
            granted, cut_off = len(self.granted), len(self.cut_off)
            wait_for(lambda at_least=granted: len(self.granted) > at_least and len(self.under_way) > SITES // 2)
            self._kill(whole=in_the_middle % WHOLE_SERVER_EVERY == WHOLE_SERVER_EVERY - 1)
            deadline = time.monotonic() + NOTICED_SECONDS
            while len(self.cut_off) == cut_off and time.monotonic() < deadline:
                time.sleep(0.005)
            in_the_middle += len(self.cut_off) > cut_off
            if in_the_middle == kills:
                return tried
        raise AssertionError("unreachable")

    def _kill(self, *, whole: bool) -> None:
        if whole:
            self.server.kill()
            self.server.start()
        else:
            wait_for(lambda: len(self.server.workers_alive()) >= WORKERS - 1)
            os.kill(self.server.workers_alive()[0], signal.SIGKILL)  # the one that has been there for longest


def test_what_was_granted_survives_kills_in_the_middle_of_activations(
    new_server: NewServer, new_tally: NewTally
) -> None:
    server = new_server(settings=SETTINGS, workers=WORKERS).set_up(domains=1_000_000)
    keys = [server.issue().license_key for _ in range(LICENSES)]
    tally = new_tally("kill -9 in the middle of an activation")
    load = Load(server, keys)
    started = time.monotonic()
    with server, ThreadPoolExecutor(SITES) as sites:
        calling = [sites.submit(load.run, site) for site in range(SITES)]
        try:
            kills = load.kill_some(KILLS)
        finally:
            load.over.set()
        for site in calling:
            site.result()
        server.kill()
    tally.tried, tally.acknowledged = KILLS, len(load.granted)
    tally.is_wrong(*(answer for answer in load.answers.elements() if answer[0] not in (200, 201)))
    print(
        f"{kills} kills, {KILLS} in the middle, in {time.monotonic() - started:.0f} s: {dict(load.answers)}, "
        f"{len(load.cut_off)} cut off"
    )
    with server.start(), ThreadPoolExecutor(SITES) as sites:
        tally.is_lost(*(one for one in sites.map(lost, [server.url] * len(load.granted), load.granted) if one))
    assert len({one.activation_id for one in load.granted}) == len({one.domain for one in load.granted})
    with server.opened() as vendor:
        tally.is_wrong(*flaws(vendor), *miscounted(vendor))
    tally.assert_none_lost_or_wrong()


def lost(url: str, granted: Granted) -> tuple[Granted, int] | None:
    """Refresh with the token; return what was granted, and the answer, unless it is there."""
    told = post(url, "refresh", {"domain": granted.domain, "nonce": "n"}, token=granted.token)
    is_there = told.status_code == 200 and told.json()["activation"]["id"] == granted.activation_id
    return None if is_there else (granted, told.status_code)


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.002)
