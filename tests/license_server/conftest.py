"""A license server of one's own, opened in this process or live in its own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from license_server.config import Settings
from license_server.service import catalogue
from license_server.service.context import Context, open_context
from license_server.service.license.issue import Issued, create
from license_server.service.operating import setup
from license_server.web.app import create_app
from tests.conftest import NewDatabase
from tests.license_server import faults
from tests.license_server.faults import NewTally, Tally
from tests.license_server.live import LiveServer
from tests.license_server.owner import Owner
from tests.license_server.site import Site, key_of

START = 1_800_000_000
"""The time at which the tests' clock starts: 15 January 2027, 08:00 UTC."""

Issue = Callable[..., Issued]
"""Issues a license: ``issue(domains=3, term="30d")``."""

NewSite = Callable[..., Site]
"""Makes a site with a license: ``new_site("a.example.com", of=other)``."""

NewServer = Callable[..., LiveServer]
"""Makes a server in a process of its own: ``new_server("1", settings={…}, workers=1)``."""


TALLIES = pytest.StashKey[list[Tally]]()


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, passing_database: NewDatabase) -> Settings:
    url = passing_database()
    return Settings(
        home=tmp_path / "home",
        url="https://licenses.example.com",
        database_url=None if url is None else SecretStr(url),
    )


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    """Open an initialised server with the product jannah and the plan single (1 domain, 1 year)."""
    setup.initialise(settings, standby_to=None, clock=clock)
    opened = replace(open_context(settings), clock=clock, chance=lambda: 0.5)
    catalogue.create_product(opened, "jannah", name="Jannah", prefix="JNH", links={})
    catalogue.create_plan(opened, "jannah", "single", name="Single", domains=1, term="1y")
    yield opened
    opened.close()


@pytest.fixture
def issue(context: Context) -> Issue:
    """Issue a license of jannah/single, or of a plan made for it."""

    def issue(*, allow_domains: tuple[str, ...] = (), **plan: object) -> Issued:
        if not plan:
            chosen = catalogue.find_plan(context, "jannah", "single")
        else:
            name = f"plan-{len(catalogue.list_plans(context, 'jannah'))}"
            terms: dict[str, object] = {"name": None, "domains": 1, "term": "1y", **plan}
            chosen = catalogue.create_plan(context, "jannah", name, **terms)  # type: ignore[arg-type]
        return create(context, chosen, customer=None, allow_domains=allow_domains)

    return issue


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[LiveServer]:
    """One running server for many tests; each issues its own licenses. It does not mind how often a test guesses."""
    settings = {"failures_per_address": "1000000"}
    server = LiveServer(tmp_path_factory.mktemp("live"), settings=settings, database_url=new_database())
    with server.set_up():
        yield server


@pytest.fixture
def new_server(tmp_path: Path, passing_database: NewDatabase) -> NewServer:
    """Make a server of one's own, on either database."""

    def new_server(name: str = "server", **options: Any) -> LiveServer:
        return LiveServer(tmp_path / name, database_url=passing_database(), **options)

    return new_server


@pytest.fixture
def client(context: Context) -> FlaskClient:
    """Call the server in this process."""
    return create_app(context).test_client()


@pytest.fixture
def site(client: FlaskClient, issue: Issue) -> NewSite:
    """Make a site with a license of its own, or with ``of``: an issued one, or another site's."""

    def site(domain: str = "news.example.com", *, of: Site | Issued | None = None, **plan: object) -> Site:
        key = of.key if isinstance(of, Site) else key_of(of or issue(**plan))
        return Site(client, key, domain)

    return site


@pytest.fixture
def owner(client: FlaskClient) -> Owner:
    """Open the portal in an owner's browser."""
    return Owner(client)


@pytest.fixture
def new_tally(request: pytest.FixtureRequest, new_database: NewDatabase) -> NewTally:
    """Open a row in the table of faults."""
    del new_database  # names the row

    def new_tally(fault: str) -> Tally:
        tally = Tally(fault, request.node.callspec.params["new_database"])
        request.config.stash.setdefault(TALLIES, []).append(tally)
        return tally

    return new_tally


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of faults when the counts are those of ``make faults``."""
    tallies = config.stash.get(TALLIES, [])
    if faults.FULL and tallies:
        terminalreporter.section("faults")
        for line in faults.table(tallies):
            terminalreporter.write_line(line)
