"""The shipped pgbouncer configuration between a server and PostgreSQL: time-outs hold, and a full pool is a 503.

Promise: the database locked, full, read-only, or away.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from license_server.errors import ServerUnavailable
from license_server.store import Store
from tests.conftest import require_program
from tests.deploy.pgbouncer import PgBouncer
from tests.license_server.live import LiveServer, body, post
from tests.postgresql import Cluster

POOL = 5
CLIENTS = 12


@pytest.fixture(scope="module")
def program() -> str:
    return require_program("pgbouncer", install="apt-get install pgbouncer")


def time_outs(connection: Connection) -> tuple[str, ...]:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    return tuple(str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in names)


def test_a_site_is_activated_and_refreshed_through_pgbouncer(program: str, postgresql: Cluster, tmp_path: Path) -> None:
    with PgBouncer(program, postgresql) as pooler:
        server = LiveServer(tmp_path, database_url=pooler.url).set_up()
        with server:
            granted = post(server.url, "activate", body(server.issue().license_key, "a.example.com"))
            assert granted.status_code == 201
            token = granted.json()["activation_token"]
            # More often than the driver needs to prepare a statement.
            for _ in range(8):
                told = post(server.url, "refresh", {"domain": "a.example.com", "nonce": "n"}, token=token)
                assert told.status_code == 200


def test_the_time_outs_hold_in_every_session_and_go_with_it(program: str, postgresql: Cluster) -> None:
    with PgBouncer(program, postgresql, default_pool_size="1") as pooler:
        for seconds in (3.0, 4.0):
            store = Store(pooler.url, wait_seconds=seconds)
            assert store.query(time_outs) == (f"{seconds:.0f}s", f"{seconds:.0f}s", "5min")
            assert store.transact(time_outs) == (f"{seconds:.0f}s", f"{seconds:.0f}s", "5min")
            store.dispose()


def test_a_pool_that_others_hold_is_a_refusal_in_time_and_passes(program: str, postgresql: Cluster) -> None:
    with PgBouncer(program, postgresql, default_pool_size=str(POOL), query_wait_timeout="120") as pooler:
        store = Store(pooler.url, connections=CLIENTS)
        with ExitStack() as others:
            for _ in range(POOL):
                others.enter_context(psycopg.connect(pooler.url)).execute("SELECT 1")

            def ask(_: int) -> None:
                with pytest.raises(ServerUnavailable):
                    store.query(time_outs)

            started = time.monotonic()
            with ThreadPoolExecutor(CLIENTS) as clients:
                list(clients.map(ask, range(CLIENTS)))
            # Far from the pooler's two minutes, and from the ten seconds after which a site's own client gives up.
            assert time.monotonic() - started < 8
        assert store.query(time_outs)
        store.dispose()
