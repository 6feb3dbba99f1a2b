"""What the tests of the WordPress side may ask for: a bed of sites, a license server, a browser that finds them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import require_found
from tests.license_server.live import LiveServer
from tests.wordpress.bed import Bed, missing_packages
from tests.wordpress.site import Site

NEWS, SHOP = "news.example.com", "shop.example.org"

NewSite = Callable[[str], Site]
"""Gives a running site on a domain, which is gone after the test."""


@pytest.fixture(scope="session")
def bed() -> Iterator[Bed]:
    """A WordPress of this test process's own."""
    packages = missing_packages()
    require_found(None if packages else "", "WordPress with PHP and MariaDB", install=f"apt-get install {packages}")
    bed = Bed()
    try:
        yield bed.start()
    finally:
        bed.remove()


@pytest.fixture
def new_site(bed: Bed, server: LiveServer) -> Iterator[NewSite]:
    """Make sites; none may have made PHP or WordPress complain of the theme or the client when the test ends."""
    made: list[Site] = []

    def new(domain: str) -> Site:
        made.append(bed.new_site(domain, server=server.url, keys=server.public_keys()))
        return made[-1]

    yield new
    faults = [fault for site in made for fault in site.faults()]
    logged = [line for site in made for line in site.complaints()]
    for site in made:
        bed.remove_site(site)
    assert faults == []
    assert logged == []


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """One site on news.example.com."""
    return new_site(NEWS)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of a person who reads English."""
    context = browser.new_context(viewport={"width": 1_200, "height": 900}, locale="en-US")
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of that browser, of which no script may fail."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
