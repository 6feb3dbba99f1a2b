"""What does the client add to a page view of WordPress? `python -m benchmarks.wordpress [VIEWS]`.

One site in one PHP process with opcache is asked for the same page in turn with and without the client: a header makes
the theme stop before it. What counts is the processor's time of PHP: the database is asked the same with and without,
and other programs of this machine do not count. The figures are medians; the added time is that of the differences
between neighbours.
"""

import statistics
import sys
import time
from pathlib import Path

from demo.gallery.scripted import DAY, Vendor
from tests.wordpress.bed import Bed, missing_packages
from tests.wordpress.site import LICENSE_BEGINS, Site
from tests.wordpress.stored import kept_state, signed_now
from tests.wordpress.visitor import Visitor

VIEWS = 400
WARM_UP = 30
REVALIDATE_SECONDS = 2
"""PHP's default; opcache also leaves alone what is younger than two seconds."""
PAGES = ("/the-harbour/", "/wp-json/wp/v2/posts")
NOBODY = "http://127.0.0.1:9"


def main() -> int:
    """Print what a page view costs without the client, and what the client adds in three states."""
    packages = missing_packages()
    if packages:
        print(f"✗ WordPress cannot run here; apt-get install {packages}", file=sys.stderr)
        return 1
    views = int(sys.argv[1]) if len(sys.argv) > 1 else VIEWS
    vendor, now = Vendor(), int(time.time())
    bed = Bed()
    try:
        bed.start()
        site = _new_site(bed, vendor)
        print(f"{'a page view, CPU of PHP':<60}{'without':>11}{'added':>12}")
        _measure(site, "not activated", views)
        site.keep(kept_state(signed_now(vendor)))
        assert site.is_ok()  # noqa: S101 - a wrong verdict would make the figures meaningless
        _measure(site, "active, the theme does not ask", views)
        functions = site.theme / "functions.php"
        asks = "add_action( 'init', static function () { Theme_License::check( 'jannah' ); } );\n"
        functions.write_text(functions.read_text("utf-8") + asks, "utf-8")
        _measure(site, "active, the theme asks", views)
        site.keep(kept_state(signed_now(vendor, issued_at=now - 40 * DAY, lease_ends_at=now - DAY)))
        _measure(site, "in grace, the theme asks", views)
    finally:
        bed.remove()
    return 0


def _new_site(bed: Bed, vendor: Vendor) -> Site:
    site = bed.new_site("news.example.com", server=NOBODY, keys=[vendor.key.text])
    site.define(WP_DEBUG=False, SAVEQUERIES=False)
    (site.content / "mu-plugins" / "watch.php").unlink()
    functions = site.theme / "functions.php"
    text, stop = functions.read_text("utf-8"), "if ( isset( $_SERVER['HTTP_X_WITHOUT'] ) ) {\n\treturn;\n}\n"
    assert text.count(LICENSE_BEGINS) == 1  # noqa: S101
    functions.write_text(text.replace(LICENSE_BEGINS, stop + LICENSE_BEGINS), "utf-8")
    site.stop()
    return site.start(workers=1, revalidate_seconds=REVALIDATE_SECONDS)


def _measure(site: Site, state: str, views: int) -> None:
    time.sleep(2 * REVALIDATE_SECONDS)
    visitor, stranger = Visitor(site), Visitor(site)
    stranger.headers["X-Without"] = "1"
    for page in PAGES:
        alone, added = [], []
        for number in range(WARM_UP + views):
            # Each goes first as often as the other.
            if number % 2:
                with_client, bare = _cpu_seconds(visitor, page), _cpu_seconds(stranger, page)
            else:
                bare, with_client = _cpu_seconds(stranger, page), _cpu_seconds(visitor, page)
            if number >= WARM_UP:
                alone.append(bare)
                added.append(with_client - bare)
        told = f"{state}, {page}"
        print(
            f"{told:<60}{statistics.median(alone) * 1e3:8.2f} ms{statistics.median(added) * 1e3:+9.3f} ms", flush=True
        )


def _cpu_seconds(visitor: Visitor, page: str) -> float:
    before = _cpu_nanoseconds(visitor.site)
    answer = visitor.get(page)
    assert answer.status_code == 200, answer.text  # noqa: S101
    return (_cpu_nanoseconds(visitor.site) - before) / 1e9


def _cpu_nanoseconds(site: Site) -> int:
    return int(Path(f"/proc/{site.process_id}/schedstat").read_text().split()[0])


if __name__ == "__main__":
    sys.exit(main())
