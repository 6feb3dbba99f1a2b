"""Somebody tries keys without end: none is found, and nobody else notices.

Promise: key guessing.
"""

import http.client
import json
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.license_server.conftest import NewServer
from tests.license_server.live import LiveServer, body
from tests.license_server.site import BAD_TOKEN
from theme_license.license_key import new_license_key

GUESSES = int(os.environ.get("GUESSES", "1500"))
"""``make guessing`` makes it 100,000."""

GUESSER, OWNER = "127.0.0.2", "127.0.0.3"
HANDS = 3


class Caller:
    """One connection from an address of one's own."""

    def __init__(self, server: LiveServer, address: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(address, 0))

    def post(self, verb: str, body: dict[str, object], token: str | None = None) -> http.client.HTTPResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._connection.request("POST", f"/v1/licenses/{verb}", json.dumps(body), headers)
        return self._connection.getresponse()

    def close(self) -> None:
        self._connection.close()


def test_guesses_find_nothing_and_hinder_nobody_else(new_server: NewServer) -> None:
    server = new_server().set_up()
    file = server.folder / "keys.csv"
    server.cli_json("license", "create", "jannah/single", "--count", "20", "--output", str(file))
    owners = [line.partition(",")[2] for line in file.read_text().splitlines()[1:]]
    guesses: Counter[tuple[int, str, bool]] = Counter()
    others: Counter[tuple[str, int]] = Counter()
    over = threading.Event()

    def guess(share: int) -> None:
        caller = Caller(server, GUESSER)
        for number in range(share):
            if number % 10 == 9:
                answer = caller.post("refresh", {"domain": "a.example.com", "nonce": "n"}, BAD_TOKEN)
            else:
                answer = caller.post("activate", body(new_license_key().text("JNH"), "a.example.com"))
            code = json.loads(answer.read())["code"]
            waits = int(answer.headers.get("Retry-After", "0")) >= 1
            guesses[answer.status, code, waits] += 1
        caller.close()

    def live() -> None:
        """Activate and refresh, half of the sites from the guesser's own address, for as long as it guesses."""
        owner, neighbour = Caller(server, OWNER), Caller(server, GUESSER)
        while True:
            for place, key in enumerate(owners):
                domain = f"d{place}.example.com"
                granted = (owner, neighbour)[place % 2].post("activate", body(key, domain))
                token = json.loads(granted.read()).get("activation_token", "")
                others["activate", granted.status] += 1
                refreshed = neighbour.post("refresh", {"domain": domain, "nonce": "n"}, token)
                refreshed.read()
                others["refresh", refreshed.status] += 1
                if over.wait(0.01):
                    owner.close()
                    neighbour.close()
                    return

    with server, ThreadPoolExecutor(HANDS + 1) as threads:
        living = threads.submit(live)
        for done in [threads.submit(guess, GUESSES // HANDS) for _ in range(HANDS)]:
            done.result()
        over.set()
        living.result()
    print(f"{guesses.total()} guesses: {dict(guesses)}; others meanwhile: {dict(others)}")
    refused = sum(count for (status, _, _), count in guesses.items() if status in (401, 404))
    assert guesses.total() == GUESSES // HANDS * HANDS
    assert {status for status, _, _ in guesses} <= {401, 404, 429}
    # Three at once may each be under way when the twentieth failure is counted; a window of ten minutes may have ended.
    assert refused >= 20
    assert all(waits for (status, _, waits), _ in guesses.items() if status == 429)
    assert guesses[429, "rate_limited", True] == guesses.total() - refused
    assert refused <= (20 + HANDS) * (1 + guesses.total() // 10_000)
    assert set(others) <= {("activate", 201), ("activate", 200), ("refresh", 200)}
    assert others["activate", 201] == min(20, others.total() // 2)
