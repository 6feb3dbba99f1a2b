"""The shipped nginx site in front of a live server: TLS, the address that counts, and nothing secret in its log."""

import json
import socket
import sqlite3
import ssl
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import require_program
from tests.deploy.nginx import Nginx
from tests.license_server.live import LiveServer, body, free_port, post

WRONG_KEY = "JNH-00000-00000-00000-00000-00000-00000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, Nginx]]:
    program = require_program("nginx", install="apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("behind-nginx")
    port = free_port()
    settings = {"trusted_proxies": "1", "url": f"https://127.0.0.1:{port}"}
    live = LiveServer(folder, settings=settings).set_up()
    with live, Nginx(program, folder / "nginx", upstream=live.port, port=port) as nginx:
        yield live, nginx


def is_problem(answer: requests.Response, status: int, code: str) -> bool:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= set(problem)
    assert problem["type"].endswith(f"/problems/{code}")
    assert problem["instance"] == f"urn:uuid:{uuid.UUID(answer.headers['X-Request-Id'])}"
    return (answer.status_code, problem["status"], problem["code"]) == (status, status, code)


def test_a_site_is_activated_and_refreshed_over_https(server: tuple[LiveServer, Nginx]) -> None:
    live, nginx = server
    with nginx.session() as session:
        granted = post(nginx.url, "activate", body(live.issue().license_key, "a.example.com"), session=session)
        assert granted.status_code == 201
        assert granted.headers["Strict-Transport-Security"]
        token = granted.json()["activation_token"]
        told = post(nginx.url, "refresh", {"domain": "a.example.com", "nonce": "n"}, token=token, session=session)
        assert told.status_code == 200
    moved = requests.get(f"{nginx.plain_url}/readyz", timeout=10, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://127.0.0.1/readyz")


def test_the_api_is_not_led_on_from_plain_http(server: tuple[LiveServer, Nginx]) -> None:
    _, nginx = server
    for verb in ("activate", "refresh", "nothing"):
        answer = requests.post(f"{nginx.plain_url}/v1/licenses/{verb}", json={}, timeout=10, allow_redirects=False)
        assert is_problem(answer, 400, "request_invalid")
        assert "Location" not in answer.headers


def test_tls_is_new_and_keeps_its_secrets(server: tuple[LiveServer, Nginx]) -> None:
    _, nginx = server

    def agreed(*, newest: ssl.TLSVersion, suites: str = "ALL:@SECLEVEL=0") -> str:
        context = nginx.tls()
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
        context.set_ciphers(suites)
        with (
            socket.create_connection(("127.0.0.1", nginx.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            return str(connection.cipher())

    assert "TLSv1.3" in agreed(newest=ssl.TLSVersion.TLSv1_3)
    assert "ECDHE-ECDSA-AES256-GCM-SHA384" in agreed(newest=ssl.TLSVersion.TLSv1_2)
    with pytest.raises(ssl.SSLError):
        agreed(newest=ssl.TLSVersion.TLSv1_2, suites="ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")


def test_a_guesser_who_forges_x_forwarded_for_is_counted_by_the_address_that_nginx_saw(
    server: tuple[LiveServer, Nginx],
) -> None:
    live, nginx = server
    key = live.issue().license_key
    with nginx.session("127.0.0.2") as other, nginx.session("127.0.0.3") as guesser:
        token = post(nginx.url, "activate", body(key, "b.example.com"), session=other).json()["activation_token"]
        statuses = []
        for number in range(23):
            guesser.headers["X-Forwarded-For"] = f"192.0.2.{number}, 127.0.0.2"
            guesser.headers["X-Real-IP"] = guesser.headers["Forwarded"] = f"for=198.51.100.{number}"
            answer = post(nginx.url, "activate", body(WRONG_KEY, "b.example.com"), session=guesser)
            statuses.append(answer.status_code)
        assert statuses == [400] * 20 + [429] * 3
        assert is_problem(answer, 429, "rate_limited")
        assert 1 <= int(answer.headers["Retry-After"]) <= 600
        # Everybody else goes on, and so does a site with a good key or token at the guesser's own address.
        for caller in (other, guesser):
            assert post(nginx.url, "activate", body(key, "b.example.com"), session=caller).status_code == 200
            told = post(nginx.url, "refresh", {"domain": "b.example.com", "nonce": "n"}, token=token, session=caller)
            assert told.status_code == 200
    with sqlite3.connect(live.home / "license-server.db") as connection:
        counted = connection.execute("SELECT subject, count FROM call_counts WHERE scope = 'failures'").fetchall()
    connection.close()
    assert counted == [("127.0.0.3", 20)]


def test_nginx_and_the_server_log_one_id_and_the_caller_does_not_choose_it(server: tuple[LiveServer, Nginx]) -> None:
    live, nginx = server
    chosen = str(uuid.uuid4())
    with nginx.session() as session:
        answer = session.get(f"{nginx.url}/healthz", headers={"X-Request-Id": chosen}, timeout=10)
    told = answer.headers["X-Request-Id"]
    assert (str(uuid.UUID(told)), told != chosen) == (told, True)
    assert told in live.log.read_text()
    assert told in _logged(nginx)


def _logged(nginx: Nginx) -> list[str]:
    """Return the ids in nginx's log, which it writes when the answer is on its way already."""
    time.sleep(0.2)
    return [json.loads(line)["request_id"] for line in nginx.access_log.read_text().splitlines()]


def test_a_body_that_is_too_large_is_a_problem_whoever_refuses_it(server: tuple[LiveServer, Nginx]) -> None:
    _, nginx = server
    with nginx.session() as session:
        for size in (16_385, 60_000, 70_000, 10_000_000):
            answer = session.post(f"{nginx.url}/v1/licenses/activate", data=b" " * size, timeout=10)
            assert is_problem(answer, 413, "request_too_large")


def test_a_key_in_an_address_is_in_no_log_of_nginx(server: tuple[LiveServer, Nginx]) -> None:
    live, nginx = server
    key = live.issue().license_key
    with nginx.session() as session:
        session.get(f"{nginx.url}/{key}?key={key}", headers={"Referer": key, "User-Agent": key}, timeout=10)
        assert session.get(f"{nginx.url}/healthz", timeout=10).status_code == 200
    time.sleep(0.2)
    assert all(key not in log.read_text() for log in nginx.folder.glob("*.log"))


def test_connections_to_the_server_are_kept(server: tuple[LiveServer, Nginx]) -> None:
    live, nginx = server
    with nginx.session() as session:
        before = _connections(live.port)
        for _ in range(50):
            assert session.get(f"{nginx.url}/healthz", timeout=10).status_code == 200
        assert len(_connections(live.port) - before) <= 5


def _connections(port: int) -> set[str]:
    """Return the connections to ``port`` of this machine, the ones that ended lately too."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ends = [line.split()[1:3] for line in lines]
    return {f"{one} {other}" for one, other in ends if other.endswith(f":{port:04X}") or one.endswith(f":{port:04X}")}


def test_one_address_cannot_hold_every_connection(server: tuple[LiveServer, Nginx]) -> None:
    _, nginx = server
    held = [_unfinished_request(nginx, "127.0.0.4") for _ in range(100)]
    try:
        with nginx.session("127.0.0.4") as same, nginx.session("127.0.0.5") as other:
            refused = same.get(f"{nginx.url}/healthz", timeout=10)
            assert is_problem(refused, 429, "rate_limited")
            assert refused.headers["Retry-After"] == "5"
            assert other.get(f"{nginx.url}/healthz", timeout=10).status_code == 200
    finally:
        for connection in held:
            connection.close()


def _unfinished_request(nginx: Nginx, source: str) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", nginx.port), timeout=10, source_address=(source, 0))
    connection = nginx.tls().wrap_socket(plain, server_hostname="127.0.0.1")
    connection.sendall(b"POST /v1/licenses/activate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
    return connection


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.example.com", "localhost"])
def test_another_name_is_answered_by_nobody_and_sent_on_nowhere(server: tuple[LiveServer, Nginx], host: str) -> None:
    _, nginx = server
    with nginx.session() as session:
        for url in (nginx.plain_url, nginx.url):
            with pytest.raises(requests.ConnectionError):
                session.get(f"{url}/readyz", headers={"Host": host}, timeout=10, allow_redirects=False)
            refused = session.get(f"{url}/healthz", headers={"Host": "127.0.0.1"}, timeout=10, allow_redirects=False)
            assert refused.status_code in (200, 301)
    plain = socket.create_connection(("127.0.0.1", int(nginx.plain_url.rpartition(":")[2])), timeout=10)
    with plain:
        plain.sendall(b"GET //evil.example.com/@x HTTP/1.0\r\n\r\n")
        assert b"Location: https://127.0.0.1//evil.example.com/@x\r\n" in plain.recv(4_096)


def test_every_answer_says_once_that_it_is_https_alone_and_what_it_is(server: tuple[LiveServer, Nginx]) -> None:
    _, nginx = server
    with nginx.session() as session:
        answers = {
            200: session.get(f"{nginx.url}/healthz", timeout=10),
            404: session.get(f"{nginx.url}/nowhere", timeout=10),
            413: session.post(f"{nginx.url}/v1/licenses/activate", data=b" " * 70_000, timeout=10),
            405: session.request("TRACE", f"{nginx.url}/healthz", timeout=10),
            501: session.get(f"{nginx.url}/healthz", headers={"Transfer-Encoding": "x"}, timeout=10),
        }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", status
        assert answer.headers["X-Content-Type-Options"] == "nosniff", status
        assert answer.headers["Server"] == "nginx"
    moved = requests.get(f"{nginx.plain_url}/readyz", timeout=10, allow_redirects=False)
    # A browser takes no such promise over http (RFC 6797, 7.2).
    assert "Strict-Transport-Security" not in moved.headers
    assert moved.headers["X-Content-Type-Options"] == "nosniff"


def test_a_server_that_is_away_is_a_503_with_retry_after_at_once(tmp_path: Path) -> None:
    program = require_program("nginx", install="apt-get install nginx-light")
    with Nginx(program, tmp_path / "nginx", upstream=free_port(), port=free_port()) as nginx, nginx.session() as caller:
        started = time.monotonic()
        caller.get(f"{nginx.url}/{WRONG_KEY}?key={WRONG_KEY}", timeout=10)
        answer = post(nginx.url, "activate", body(WRONG_KEY, "a.example.com"), session=caller)
        assert is_problem(answer, 503, "server_unavailable")
        assert (answer.headers["Retry-After"], time.monotonic() - started < 5) == ("5", True)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert all(WRONG_KEY not in log.read_text() for log in nginx.folder.glob("*.log"))
