"""Sixteen owners race for the places of one license on a running server: exactly as many are granted as were sold.

Promise: two owners racing for the last activation.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.license_server import faults
from tests.license_server.conftest import NewServer
from tests.license_server.faults import NewTally
from tests.license_server.ledger import flaws, miscounted
from tests.license_server.live import body, post

ATTEMPTS, LIMIT = (10_000, 500) if faults.FULL else (480, 24)
OWNERS = 16
WORKERS = 4
SETTINGS = {"calls_per_key": "1000000000"}
"""So that only the places say no."""


def test_of_many_who_race_exactly_as_many_are_granted_as_were_sold(new_server: NewServer, new_tally: NewTally) -> None:
    server = new_server(settings=SETTINGS, workers=WORKERS).set_up(domains=LIMIT)
    key = server.issue().license_key
    tally = new_tally("owners race for the last places")
    granted: dict[str, str] = {}
    others: Counter[tuple[int, str]] = Counter()

    def race(owner: int) -> None:
        with requests.Session() as session:
            for number in range(owner, ATTEMPTS, OWNERS):
                domain = f"d{number}.example.com"
                answer = post(server.url, "activate", body(key, domain), session=session)
                if answer.status_code == 201:
                    granted[domain] = answer.json()["activation_token"]
                else:
                    others[answer.status_code, answer.json()["code"]] += 1

    with server, ThreadPoolExecutor(OWNERS) as owners, requests.Session() as session:
        for done in [owners.submit(race, number) for number in range(OWNERS)]:
            done.result()
        for domain, token in granted.items():
            told = post(server.url, "refresh", {"domain": domain, "nonce": "n"}, token=token, session=session)
            if told.status_code != 200:
                tally.is_lost((domain, told.status_code))
    tally.tried = len(granted) + others.total()
    tally.acknowledged = len(granted)
    tally.is_wrong(*(other for other in others.elements() if other != (409, "no_activations_left")))
    with server.opened() as vendor:
        tally.is_wrong(*flaws(vendor), *miscounted(vendor))
    assert (tally.tried, tally.acknowledged) == (ATTEMPTS, LIMIT)
    tally.assert_none_lost_or_wrong()
