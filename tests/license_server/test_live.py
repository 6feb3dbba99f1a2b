"""The running server: races, secrets, restarts, hostile connections.

Promise: a leaked database, backup or log.
Promise: two owners racing for the last activation.
"""

import csv
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.license_server.conftest import NewServer
from tests.license_server.live import LiveServer, body, post
from tests.postgresql import Cluster, find_program
from theme_license.license_key import LEAK_PATTERN

CLIENTS = 16


def issue_many(server: LiveServer, count: int, folder: Path) -> list[str]:
    server.cli_json("license", "create", "jannah/single", "--count", str(count), "--output", str(folder / "keys.csv"))
    with (folder / "keys.csv").open(newline="") as file:
        return [row["license_key"] for row in csv.DictReader(file)]


def test_of_sixteen_owners_who_race_for_one_place_one_gets_it(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(workers=4).set_up()
    keys = issue_many(server, 100, tmp_path)
    with server:
        race(server, keys)


def race(server: LiveServer, keys: list[str]) -> None:
    sessions = [requests.Session() for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        for key in keys:

            def attempt(number: int, key: str = key) -> int:
                domain = f"d{number}.example.com"
                return post(server.url, "activate", body(key, domain), session=sessions[number]).status_code

            statuses = list(clients.map(attempt, range(CLIENTS)))
            assert sorted(statuses) == [201] + [409] * (CLIENTS - 1)
    for session in sessions:
        session.close()


SECRETS = int(os.environ.get("SECRETS", "200"))
"""Licenses whose keys and tokens are looked for; ``make secrets`` makes it 1,000."""


def test_no_secret_is_in_the_database_its_log_a_dump_a_backup_or_the_logs(
    new_server: NewServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = new_server(settings={"log_level": "debug", "calls_per_key": "1000"}).set_up()
    keys = issue_many(server, SECRETS, tmp_path)
    tokens = []
    with server, requests.Session() as session:
        for number, key in enumerate(keys):
            domain = f"d{number}.example.com"
            token = post(server.url, "activate", body(key, domain), session=session).json()["activation_token"]
            told = post(server.url, "refresh", {"domain": domain, "nonce": "n"}, token=token, session=session)
            assert told.status_code == 200
            tokens.append(token)
        # What a careless caller does: the key in an address, in a header, in every member, as an id.
        session.get(f"{server.url}/{keys[0]}?license_key={keys[0]}", timeout=10)
        session.get(f"{server.url}/", headers={"X-Key": keys[0], "User-Agent": tokens[0]}, timeout=10)
        for member in ("product", "domain", "nonce", "replaces", "client", "environment"):
            post(server.url, "activate", {**body(keys[0], "a.example.com"), member: keys[1]}, session=session)
        refused = [
            server.cli(*command, keys[0])
            for command in (
                ("license", "show"),
                ("license", "suspend"),
                ("license", "rekey", "--yes"),
                ("license", "sign", "--domain", "a.example.com"),
                ("activation", "release", "--yes"),
                ("activation", "list", "--license"),
                ("audit", "list", "--license"),
                ("audit", "verify", "--license"),
            )
        ]
        assert [done.returncode for done in refused] == [3] * len(refused)
        server.cli_json("backup", str(tmp_path / "b.db"))
        leaked = [
            *(done.stderr.encode() for done in refused),
            (tmp_path / "b.db").read_bytes(),
            server.log.read_bytes(),
        ]
        if server.database_url is None:
            database = server.home / "license-server.db"
            with sqlite3.connect(database) as connection:
                leaked += ["\n".join(connection.iterdump()).encode()]
            connection.close()
            leaked += [database.read_bytes(), database.with_name("license-server.db-wal").read_bytes()]
        else:
            # Its files, its write-ahead log, and its log of every statement with its parameters.
            cluster: Cluster = request.getfixturevalue("postgresql")
            leaked += [path.read_bytes() for path in cluster.files(server.database_url)]
            pg_dump = find_program("pg_dump")
            assert pg_dump is not None
            leaked += [subprocess.run([pg_dump, server.database_url], capture_output=True, check=True).stdout]
            assert b"d0.example.com" in leaked[-1]
            assert b"INSERT INTO activations" in cluster.log.read_bytes()
    private = [path.read_bytes() for folder in ("keys", "secrets") for path in (server.home / folder).iterdir()]
    symbols = [key.partition("-")[2].replace("-", "") for key in keys]
    secrets = [*keys, *symbols, *(token.removeprefix("thma_") for token in tokens)]
    secrets += [max(content.decode().splitlines(), key=len) for content in private]
    pattern = re.compile(b"|".join(re.escape(secret.encode()) for secret in secrets))
    for text in leaked:
        # Many megabytes of files hold few words that are as long as a secret.
        words = b"\n".join(set(re.findall(rb"[A-Za-z0-9_+/=-]{30,}", text)))
        assert not pattern.search(words)
        if server.database_url is None:
            assert not re.search(LEAK_PATTERN.encode(), text)


def test_sigterm_stops_it_gracefully_and_nothing_of_it_stays(new_server: NewServer) -> None:
    server = new_server().set_up().start()
    key = server.issue().license_key
    answer = post(server.url, "activate", body(key, "a.example.com")).json()
    server.execute("UPDATE activations SET last_seen_at = 1")
    told = post(server.url, "refresh", {"domain": "a.example.com", "nonce": "n"}, token=answer["activation_token"])
    assert told.status_code == 200
    # An idle connection that is kept alive does not hold it up.
    idle = socket.create_connection(("127.0.0.1", server.port))
    idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(1_000).startswith(b"HTTP/1.1 200")
    assert server.stop() == 0
    idle.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/healthz", timeout=5)
    seen = server.cli_json("activation", "list")[0]["last_seen"]
    assert not seen.startswith("1970")


def test_a_worker_that_dies_is_replaced(new_server: NewServer) -> None:
    server = new_server().set_up()
    with server:
        killed = server.workers_alive()[0]
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 15
        while len(server.workers_alive()) < 2 or killed in server.workers_alive():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        # What was waiting at the dead worker's socket is lost, and the new one has yet to listen.
        while not server.is_ready():
            assert time.monotonic() < deadline
            time.sleep(0.1)


def raw(server: LiveServer, data: bytes) -> bytes:
    """Send bytes and return the answer's first line, empty when the server hung up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        try:
            connection.sendall(data)
            return connection.recv(65_536).split(b"\r\n", 1)[0]
        except ConnectionError:
            return b""


POST = b"POST /v1/licenses/activate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"400"),
        (
            POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b" " * 16_384 + b"\r\n1\r\n{\r\n0\r\n\r\n",
            b"413",
        ),
        (POST + b"Content-Length: 100000000000\r\n\r\n", b"413"),
        (POST + b"Content-Length: 20000\r\n\r\n" + b"a" * 20_000, b"413"),
        (POST + b"Content-Length: abc\r\n\r\n", b"400"),
        (POST + b"Content-Length: -1\r\n\r\n", b"400"),
        (POST + b"\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", b"431"),
        (b"GET /%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"POST /v1/licenses/refresh HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00" * 20, b"400"),
    ],
)
def test_a_hostile_connection_gets_a_4xx(live_server: LiveServer, data: bytes, status: bytes) -> None:
    line = raw(live_server, data)
    assert line == b"" or line.split(b" ")[1] in (status, b"400")
    assert requests.get(f"{live_server.url}/healthz", timeout=10).status_code == 200


def test_a_chunked_body_ends_where_its_chunks_end_whatever_length_is_claimed(live_server: LiveServer) -> None:
    hidden = b"2\r\n{}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for length in (4, len(hidden)):
        with socket.create_connection(("127.0.0.1", live_server.port), timeout=10) as connection:
            head = POST + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % length
            connection.sendall(head + hidden)
            statuses = re.findall(rb"HTTP/1\.1 (\d+)", _last_words(connection))
        # Refused at once, or read as a proxy in front has to read it.
        assert statuses in ([b"400"], [b"400", b"200"])


def test_sixteen_slow_bodies_and_many_hang_ups_leave_room_for_others(live_server: LiveServer) -> None:
    slow = []
    for _ in range(CLIENTS):
        connection = socket.create_connection(("127.0.0.1", live_server.port), timeout=10)
        connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        slow.append(connection)
    _wait_for_an_answer(live_server)
    for connection in slow:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert requests.get(f"{live_server.url}/readyz", timeout=10).status_code == 200


def _wait_for_an_answer(server: LiveServer) -> None:
    """Ask until there is an answer: where the second worker is not up yet, the first has taken every slow body."""
    deadline = time.monotonic() + 60
    while not server.is_ready():
        assert time.monotonic() < deadline


def test_more_dripping_bodies_than_threads_keep_nobody_waiting_and_are_ended(new_server: NewServer) -> None:
    with new_server(host="0.0.0.0").set_up() as server:  # noqa: S104 - so that anybody could reach it
        token = post(server.url, "activate", body(server.issue().license_key, "a.example.com")).json()
        drips = []
        for number in range(48):  # two workers answer sixteen requests each
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            size = b"Transfer-Encoding: chunked\r\n\r\n64\r\n{" if number % 2 else b"Content-Length: 100\r\n\r\n{"
            connection.sendall(POST + size)
            drips.append(connection)
        refresh = {"domain": "a.example.com", "nonce": "n"}
        for _ in range(20):
            assert post(server.url, "refresh", refresh, token=token["activation_token"]).status_code == 200
            with suppress(ConnectionError):
                for connection in drips:
                    connection.sendall(b" ")
        assert {_last_words(connection)[:13] for connection in drips} <= {b"HTTP/1.1 400 ", b""}


def _last_words(connection: socket.socket) -> bytes:
    """Return what the server sends before it closes the connection."""
    told = b""
    with connection, suppress(ConnectionError):
        while part := connection.recv(65_536):
            told += part
    return told


def test_a_locked_database_is_a_503_within_five_seconds_and_passes(tmp_path: Path) -> None:
    server = LiveServer(tmp_path).set_up()
    keys = [server.issue().license_key for _ in range(2)]
    with server:
        token = post(server.url, "activate", body(keys[0], "a.example.com")).json()["activation_token"]
        lock = sqlite3.connect(server.home / "license-server.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with ThreadPoolExecutor(8) as clients:
            answers = list(
                clients.map(lambda _: post(server.url, "activate", body(keys[1], "b.example.com")), range(8))
            )
        waited = time.monotonic() - started
        refreshed = post(server.url, "refresh", {"domain": "a.example.com", "nonce": "n"}, token=token)
        lock.execute("ROLLBACK")
        lock.close()
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (503, "server_unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
        # The promise to a site is part of the contract, not of the machine's speed: its own client gives up at ten.
        assert waited < 8
        assert refreshed.status_code == 200
        assert post(server.url, "activate", body(keys[1], "b.example.com")).status_code == 201
        assert server.cli("product", "list").returncode == 0


def test_a_database_that_is_gone_is_a_503(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, workers=1).set_up().start()
    database = server.home / "license-server.db"
    server.stop()
    away = database.rename(database.with_suffix(".away"))
    refused = server.cli("serve")
    assert refused.returncode == 6
    assert "; next: " in refused.stderr
    away.rename(database)
    assert server.start().stop(signal.SIGINT) in (0, 130)


def test_serve_says_what_keeps_it_from_serving(live_server: LiveServer, tmp_path: Path) -> None:
    busy = live_server.cli("serve", "--port", str(live_server.port))
    assert (busy.returncode, len(busy.stderr.splitlines())) == (5, 1)
    assert "next: license-server serve --port" in busy.stderr
    nowhere = live_server.cli("serve", "--host", "203.0.113.1")
    assert nowhere.returncode == 5
    fresh = LiveServer(tmp_path).cli("serve")
    assert (fresh.returncode, fresh.stderr.rstrip().endswith("next: license-server init")) == (3, True)


def test_every_line_of_the_log_is_json(live_server: LiveServer) -> None:
    requests.get(f"{live_server.url}/healthz", timeout=10)
    lines = live_server.log.read_text().splitlines()
    requests_logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"method", "route", "status", "request_id", "at"} <= set(requests_logged[-1])
    assert not [line for line in lines if not line.startswith(("{", "Serving "))]
