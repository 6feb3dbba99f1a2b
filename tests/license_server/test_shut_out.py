"""Nobody honest is shut out: guesses, leaked keys and odd proxies against a running server.

Promise: a neighbour on the same address guesses.
Promise: somebody who has a leaked key.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from tests.license_server.conftest import NewServer
from tests.license_server.live import LiveServer
from theme_license.license_key import new_license_key

BAD_TOKEN = "thma_" + "A" * 92


class Caller:
    """Whoever calls a server from ``address``, as the proxy in front of it writes that address down."""

    def __init__(self, server: LiveServer, address: str) -> None:
        self._url = server.url
        self._session = requests.Session()
        self._session.headers["X-Forwarded-For"] = address

    def activate(self, key: str, domain: str, product: str = "jannah") -> requests.Response:
        return self._post("activate", {"license_key": key, "product": product, "domain": domain, "nonce": "n"})

    def refresh(self, token: str, domain: str) -> requests.Response:
        return self._post("refresh", {"domain": domain, "nonce": "n"}, token)

    def sign_in(self, key: str) -> int:
        """Type the key on the portal's first page, and return the status: 303 leads to the license."""
        page = self._session.get(f"{self._url}/portal", timeout=30)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        typed = {"csrf_token": token[1], "license_key": key}
        answer = self._session.post(f"{self._url}/portal/sign-in", data=typed, timeout=30, allow_redirects=False)
        self._session.cookies.clear()
        return answer.status_code

    def guess(self, times: int) -> "Counter[str]":
        """Guess keys and tokens, and return how often each answer came."""
        told: Counter[str] = Counter()
        for number in range(times):
            answer = (
                self.activate(new_license_key().text("JNH"), "guess.example.com")
                if number % 2
                else self.refresh(BAD_TOKEN, "guess.example.com")
            )
            told[answer.json()["code"]] += 1
        return told

    def _post(self, verb: str, body: dict[str, str], token: str | None = None) -> requests.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self._session.post(f"{self._url}/v1/licenses/{verb}", json=body, headers=headers, timeout=30)


@pytest.fixture
def server(new_server: NewServer) -> Iterator[LiveServer]:
    """A running server behind one proxy, with the plans single and agency (500 domains)."""
    server = new_server(settings={"trusted_proxies": "1"}).set_up()
    server.cli_json("plan", "create", "jannah", "agency", "--domains", "500", "--term", "1y")
    with server:
        yield server


def test_a_good_key_and_a_good_token_are_served_at_the_address_of_a_guesser(server: LiveServer) -> None:
    key, waiting = server.issue().license_key, server.issue().license_key
    neighbour = Caller(server, "203.0.113.9")
    token = neighbour.activate(key, "news.example.com").json()["activation_token"]
    told = neighbour.guess(40)
    assert told == {"token_invalid": 10, "license_not_found": 10, "rate_limited": 20}
    served = [
        neighbour.activate(waiting, "new.example.org").status_code,
        neighbour.activate(key, "news.example.com").status_code,
        neighbour.refresh(token, "news.example.com").status_code,
        neighbour.sign_in(key),
    ]
    print(f"guesses: {dict(told)}; then new domain, own domain, refresh, portal: {served}")
    assert served == [201, 200, 200, 303]


@pytest.mark.parametrize("form", ["203.0.113.{}:50123", "[2001:db8:0:{}::1]:443"])
def test_behind_a_proxy_that_appends_the_port_everybody_is_one_caller_only(server: LiveServer, form: str) -> None:
    told = Caller(server, form.format(1)).guess(25)
    assert told["rate_limited"] == 5
    other = Caller(server, form.format(2)).guess(1)
    print(f"{form}: guesser {dict(told)}, another {dict(other)}")
    assert other == {"token_invalid": 1}


def test_what_is_no_address_is_no_shared_bucket_and_the_doctor_tells(server: LiveServer) -> None:
    told = Caller(server, "unknown").guess(50)
    assert told["rate_limited"] == 0
    assert server.log.read_text().count("address_unreadable") == 1
    checks = json.loads(server.cli("doctor", "--json").stdout)["checks"]
    found = {finding["check"]: finding for finding in checks}
    print(f"unreadable: {dict(told)}; doctor: {found['addresses']}")
    assert found["addresses"]["state"] == "warning"


def test_who_has_a_leaked_key_does_not_keep_its_owner_out(server: LiveServer) -> None:
    key = server.issue().license_key
    thief, owner = Caller(server, "198.51.100.66"), Caller(server, "203.0.113.9")
    told: Counter[str] = Counter()
    for number in range(1_000):
        # At the portal too: good sign-ins, and then too many of them.
        if number % 5 == 0:
            told[str(thief.sign_in(key))] += 1
        else:
            told[thief.activate(key, "thief.example.com", product="sahifa").json()["code"]] += 1
    served = [owner.sign_in(key), owner.activate(key, "news.example.com").status_code]
    print(f"leaked key: {dict(told)}; then its owner at the portal, and the site: {served}")
    assert told == {"product_mismatch": 60, "rate_limited": 740, "303": 61, "429": 139}
    assert served == [303, 201]


def test_an_agency_activates_500_sites_in_an_hour(server: LiveServer) -> None:
    key = server.issue("jannah/agency").license_key
    agency = Caller(server, "203.0.113.9")
    told = Counter(agency.activate(key, f"s{number}.example.com").status_code for number in range(500))
    again = Counter(agency.activate(key, f"s{number}.example.com").status_code for number in range(0, 500, 5))
    print(f"agency: {dict(told)}; again: {dict(again)}")
    assert (told, again) == ({201: 500}, {200: 100})
    assert agency.activate(key, "s500.example.com").json()["code"] == "no_activations_left"
