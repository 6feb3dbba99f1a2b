"""Does a visitor of a WordPress site get the same bytes, at the same cost, with the client and without it?

Nothing is masked: WordPress itself gives the same bytes twice, which the first test shows. Of the headers, the moment,
the connection's own and the cookies are left out; of the queries, what times stand in them.
"""

import re
import time
from typing import NamedTuple

import pytest

from demo.gallery.scripted import DAY, Vendor, edited
from tests.wordpress.bed import Bed
from tests.wordpress.conftest import NEWS
from tests.wordpress.site import Cost, Site
from tests.wordpress.stored import kept_state, signed_now
from tests.wordpress.visitor import Visitor
from theme_license.signed_license import Status

PUBLIC = (
    "/",
    "/the-harbour/",
    "/al-mina/",
    "/feed/",
    "/comments/feed/",
    "/wp-json/",
    "/wp-json/wp/v2/posts",
    "/wp-sitemap.xml",
    "/wp-sitemap-posts-post-1.xml",
    "/robots.txt",
    "/?s=market",
    "/no-such-page/",
    "/wp-login.php",
)
LEFT_OUT_HEADERS = {"date", "connection", "set-cookie"}
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\b1\d{9}\b")
OURS = re.compile(rb"theme.?license|not validated|thma_|JNH-", re.IGNORECASE)


class Seen(NamedTuple):
    """What somebody got: the status, the headers and the bytes."""

    status: int
    headers: dict[str, str]
    body: bytes


class Views(NamedTuple):
    """What visitors and an administrator got of every public page, and what each view cost."""

    pages: dict[str, Seen]
    costs: list[Cost]


def look(visitor: Visitor, path: str) -> Seen:
    answer = visitor.get(path)
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in LEFT_OUT_HEADERS}
    return Seen(answer.status_code, headers, answer.content)


def view(site: Site, admin: Visitor) -> Views:
    """Look at every public page as a visitor, and at the front page as an administrator, who sees the admin bar."""
    visitor = Visitor(site)
    site.costs()
    pages = {path: look(visitor, path) for path in PUBLIC}
    pages["/ for an administrator"] = look(admin, "/")
    costs = [Cost(cost.page, [TIMES.sub("…", sql) for sql in cost.queries], cost.calls) for cost in site.costs()]
    return Views(pages, costs)


def stored_states(vendor: Vendor) -> dict[str, str | None]:
    """Return what a site may keep, by what it means."""
    now = int(time.time())

    ended = {"issued_at": now - 40 * DAY, "refresh_at": now - 39 * DAY}
    licenses = {
        "active": signed_now(vendor),
        "its term is over": signed_now(vendor, term_ends_at=now - DAY),
        "in grace": signed_now(vendor, **ended, lease_ends_at=now - DAY),
        "its lease is over": signed_now(vendor, **ended, lease_ends_at=now - 20 * DAY),
        "suspended": signed_now(vendor, status=Status.SUSPENDED),
        "revoked": signed_now(vendor, status=Status.REVOKED),
        "released": signed_now(vendor, status=Status.RELEASED),
        "another domain's": signed_now(vendor, domain="other.example.com"),
        "another product's": signed_now(vendor, product="sahifa"),
        "another vendor's": Vendor("stranger").sign(),
        "altered": edited(signed_now(vendor)),
        "no license": "<script>alert(1)</script>",
    }
    return {"nothing": None} | {name: kept_state(text) for name, text in licenses.items()}


@pytest.fixture(scope="module")
def views(bed: Bed) -> dict[str, Views]:
    """Everything seen of one site in every state, and without the client under the name of `without`."""
    vendor = Vendor()
    site = bed.new_site(NEWS, server="http://127.0.0.1:9", keys=[vendor.key.text])
    admin = Visitor(site).log_in("admin")
    admin.get("/")
    seen = {}
    for name, text in stored_states(vendor).items():
        if text is not None:
            site.keep(text)
        seen[name] = view(site, admin)
    site.write_option("theme_license_jannah", "{")
    site.write_option("theme_license_jannah_site", "a:1:{s:")
    seen["damaged"] = view(site, admin)
    faults, complaints = site.faults(), site.complaints()
    site.take_client_out()
    seen["without"] = view(site, admin)
    bed.remove_site(site)
    assert (faults, complaints) == ([], [])
    return seen


def test_wordpress_gives_the_same_bytes_twice(site: Site) -> None:
    site.take_client_out()
    admin = Visitor(site).log_in("admin")
    admin.get("/")
    first, again = view(site, admin), view(site, admin)
    assert first == again
    assert {path: seen.status for path, seen in first.pages.items() if seen.status != 200} == {"/no-such-page/": 404}
    front = first.pages["/"].body.decode()
    assert "The harbour is open again" in front
    assert "الميناء مفتوح من جديد" in front
    assert front.count(f"{site.url}/wp-content/themes/jannah/style.css") == 1
    assert first.pages["/feed/"].body.count(b"<item>") == len(site.ask("get_posts()"))
    assert b"wp-admin-bar-" in first.pages["/ for an administrator"].body


def test_every_public_page_is_the_same_bytes_in_every_state(views: dict[str, Views]) -> None:
    without = views["without"].pages
    for state, seen in views.items():
        for path, page in seen.pages.items():
            assert page == without[path], f"{path} while the site keeps: {state}"


def test_no_public_page_speaks_of_licenses(views: dict[str, Views]) -> None:
    for state, seen in views.items():
        for path, page in seen.pages.items():
            assert OURS.search(page.body + repr(page.headers).encode()) is None, f"{path} while the site keeps: {state}"


def test_no_page_view_asks_the_database_more_or_anybody_else(views: dict[str, Views]) -> None:
    without = views["without"].costs
    assert len(without) == len(views["without"].pages)
    for state, seen in views.items():
        for cost, expected in zip(seen.costs, without, strict=True):
            assert cost == expected, f"{cost.page} while the site keeps: {state}"
            assert cost.calls == []
