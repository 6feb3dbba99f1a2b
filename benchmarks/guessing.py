"""Does guessing keys find one, or disturb anybody? Run: `python -m benchmarks.guessing [GUESSES]` (100,000)."""

import http.client
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from demo.vendor import Vendor, free_port
from theme_license.license_key import new_license_key

GUESSES = 100_000
CALLS_PER_ADDRESS = 25
ALLOWED_FAILURES = 20
GUESSERS_AT_A_TIME = 8
HONEST_PAUSE = 0.05


@dataclass(slots=True)
class Outcome:
    """What came of an attack; ``strange`` are answers that nothing promises."""

    guesses: int = 0
    found: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    limited_after: Counter[int] = field(default_factory=Counter)
    activations: int = 0
    refreshes: int = 0
    strange: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def holds(self) -> bool:
        """Return whether nothing was found, each guesser was stopped in time, and nobody else was."""
        stopped = set(self.limited_after) == {ALLOWED_FAILURES}
        return not self.found and not self.strange and stopped and self.activations > 0 and self.refreshes > 0


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    code: str
    retry_after: str | None


class _Caller:
    """Calls the server at loopback ``port`` from ``address``, over one connection."""

    def __init__(self, port: int, address: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))

    def activate(self, key: str, domain: str) -> _Answer:
        return self._post("activate", {"license_key": key, "product": "jannah", "domain": domain, "nonce": "n"}, None)

    def refresh(self, token: str, domain: str) -> _Answer:
        return self._post("refresh", {"domain": domain, "nonce": "n"}, token)

    def close(self) -> None:
        self._connection.close()

    def _post(self, verb: str, body: dict[str, str], token: str | None) -> _Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._connection.request("POST", f"/v1/licenses/{verb}", json.dumps(body), headers)
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        return _Answer(answer.status, told.get("code", ""), answer.headers["Retry-After"])


@dataclass(frozen=True, slots=True)
class Honest:
    """A licensed site: its key, its domain and its token."""

    key: str
    domain: str
    token: str


def attack(port: int, *, guesses: int, honest: Sequence[Honest]) -> Outcome:
    """Guess from as many loopback addresses as it takes, while ``honest`` sites activate and refresh.

    Each address sends 25 calls: unknown keys, mistyped ones and false tokens in turn. The sites activate and
    refresh from one of the guessers'.
    """
    outcome, lock, over = Outcome(), threading.Lock(), threading.Event()
    started = time.monotonic()

    def guess(address: str) -> None:
        caller = _Caller(port, address)
        answers = [_guess(caller, number) for number in range(CALLS_PER_ADDRESS)]
        caller.close()
        limited = [number for number, answer in enumerate(answers) if answer.status == 429]
        with lock:
            outcome.guesses += len(answers)
            outcome.found += sum(answer.status < 400 for answer in answers)
            outcome.codes.update(answer.code for answer in answers)
            outcome.limited_after[limited[0] if limited else -1] += 1
            outcome.strange += [str(answer) for answer in answers if not _is_expected(answer)]

    def go_on(site: Honest) -> None:
        neighbour = _Caller(port, "127.1.0.1")
        while not over.wait(HONEST_PAUSE):
            answers = neighbour.activate(site.key, site.domain), neighbour.refresh(site.token, site.domain)
            with lock:
                outcome.activations += 1
                outcome.refreshes += 1
                outcome.strange += [f"honest: {answer}" for answer in answers if answer.status != 200]
        neighbour.close()

    sites = [threading.Thread(target=go_on, args=(site,)) for site in honest]
    for thread in sites:
        thread.start()
    try:
        with ThreadPoolExecutor(GUESSERS_AT_A_TIME) as guessers:
            for done in [guessers.submit(guess, address) for address in _addresses(guesses // CALLS_PER_ADDRESS)]:
                done.result()
    finally:
        over.set()
        for thread in sites:
            thread.join()
    outcome.seconds = time.monotonic() - started
    return outcome


def _guess(caller: _Caller, number: int) -> _Answer:
    if number % 5 == 3:
        return caller.activate(new_license_key().text("JNH")[:-1] + "!", "a.example.com")
    if number % 5 == 4:
        return caller.refresh("thma_" + "A" * 85, "a.example.com")
    return caller.activate(new_license_key().text("JNH"), "a.example.com")


def _is_expected(answer: _Answer) -> bool:
    if answer.status == 429:
        return answer.retry_after is not None and 1 <= int(answer.retry_after) <= 600
    return answer.code in ("license_not_found", "key_malformed", "token_invalid")


def _addresses(count: int) -> Iterator[str]:
    for number in range(count):
        yield f"127.1.{number // 250}.{number % 250 + 1}"


def main() -> int:
    """Attack a server of one's own, and print what came of it."""
    guesses = int(sys.argv[1]) if len(sys.argv) > 1 else GUESSES
    with tempfile.TemporaryDirectory() as folder:
        vendor = Vendor(Path(folder) / "vendor", free_port(0))
        vendor.open_shop()
        keys = [vendor.issue_key() for _ in range(4)]
        vendor.start()
        try:
            honest = [activated(vendor.port, key, f"s{number}.example.com") for number, key in enumerate(keys)]
            outcome = attack(vendor.port, guesses=guesses, honest=honest)
        finally:
            vendor.stop()
    print(f"guesses                     {outcome.guesses} in {outcome.seconds:.0f} s from {guesses // 25} addresses")
    print(f"keys or tokens found        {outcome.found}")
    print(f"answers                     {dict(outcome.codes)}")
    print(f"addresses limited after     {dict(outcome.limited_after)} calls")
    print(f"good keys' activations      {outcome.activations}, every one granted, from a guesser's address")
    print(f"good tokens' refreshes      {outcome.refreshes}, every one answered, from a guesser's address")
    print(f"answers against a promise   {len(outcome.strange)} {outcome.strange[:3]}")
    return 0 if outcome.holds() else 1


def activated(port: int, key: str, domain: str) -> Honest:
    """Activate ``key`` on ``domain`` and return the site."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = {"license_key": key, "product": "jannah", "domain": domain, "nonce": "n"}
    connection.request("POST", "/v1/licenses/activate", json.dumps(body))
    told = json.loads(connection.getresponse().read())
    connection.close()
    return Honest(key, domain, told["activation_token"])


if __name__ == "__main__":
    sys.exit(main())
