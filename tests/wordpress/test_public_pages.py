"""Does a visitor of a WordPress site get the same bytes, at the same cost, with the client and without it?

Nothing is masked: WordPress itself gives the same bytes twice, which the first test shows. Of the headers, the moment
and the connection's own are left out.
"""

from typing import NamedTuple

from tests.wordpress.site import Site
from tests.wordpress.visitor import Visitor

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
OWN_HEADERS = {"date", "connection", "set-cookie"}


class Seen(NamedTuple):
    """What somebody got: the status, the headers and the bytes."""

    status: int
    headers: dict[str, str]
    body: bytes


def look(visitor: Visitor, path: str) -> Seen:
    answer = visitor.get(path)
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in OWN_HEADERS}
    return Seen(answer.status_code, headers, answer.content)


def public_pages(site: Site) -> dict[str, Seen]:
    visitor = Visitor(site)
    return {path: look(visitor, path) for path in PUBLIC}


def test_wordpress_gives_the_same_bytes_twice(site: Site) -> None:
    site.take_client_out()
    pages = public_pages(site)
    assert public_pages(site) == pages
    assert {path: seen.status for path, seen in pages.items() if seen.status != 200} == {"/no-such-page/": 404}
    front = pages["/"].body.decode()
    assert "The harbour is open again" in front
    assert "الميناء مفتوح من جديد" in front
    assert front.count(f"{site.url}/wp-content/themes/jannah/style.css") == 1
    assert pages["/feed/"].body.count(b"<item>") == len(site.ask("get_posts()"))
