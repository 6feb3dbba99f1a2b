"""What every test may ask for: programs that must be there, or a skip that says how to get them."""

import os
import shutil
from collections.abc import Callable, Iterator

import hypothesis
import pytest
from playwright.sync_api import Browser

from tests.browser import running_browser
from tests.license_server.live import LiveServer
from tests.postgresql import Cluster, find_program

# A busy machine is no fault: no generated case is held to a time.
hypothesis.settings.register_profile("patient", parent=hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")

NewDatabase = Callable[[], str | None]
"""Gives the URL of a fresh database, None for the program's own default (SQLite in the home)."""


def require_program(name: str, *, install: str) -> str:
    """The full path of program ``name``; skips the test where it is missing, fails it where ``CI=true``."""
    return require_found(shutil.which(name), name, install=install)


def require_found(path: str | None, name: str, *, install: str) -> str:
    """Return ``path``; None, for a program that is missing, skips the test, and fails it where ``CI=true``."""
    if path is not None:
        return path
    sentence = f"{name} is not installed; to run this test: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL cluster of this test process's own."""
    require_found(find_program("initdb"), "PostgreSQL", install="apt-get install postgresql")
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Make fresh databases; what asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return lambda: None
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.new_database


@pytest.fixture
def passing_database(new_database: NewDatabase, request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """Make fresh databases, as ``new_database`` does, that are gone after the test."""
    made: list[str] = []
    on_sqlite = request.node.callspec.params["new_database"] == "sqlite"
    cluster: Cluster | None = None if on_sqlite else request.getfixturevalue("postgresql")

    def new() -> str | None:
        url = new_database()
        if url is not None:
            made.append(url)
        return url

    yield new
    if cluster is not None:
        for url in made:
            cluster.drop(url)


on_sqlite = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
"""Marks a test of what only SQLite does."""

on_postgresql = pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
"""Marks a test of what only PostgreSQL does."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium, for the tests that look at a page."""
    return require_program("chromium", install="apt-get install chromium")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser that finds the sites of the tests.

    It ends with its module: a process may run one Playwright at a time, and other modules bring their own.
    """
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running license server with the product jannah, whose licenses are for one domain."""
    with LiveServer(tmp_path_factory.mktemp("server"), workers=1).set_up() as live:
        yield live
