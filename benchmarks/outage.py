"""Does a stopped license server slow a site's pages? Run: `python -m benchmarks.outage`."""

import statistics
import sys
import time

import requests

from demo.browse import OptionsPageVisitor
from demo.world import RunningSite, World

VIEWS = 500


def main() -> int:
    """Print the median time of a public page view with the license server running and stopped."""
    with World() as world:
        site = world.sites[0]
        owner = OptionsPageVisitor(site.options_url)
        owner.open()
        owner.press("activate", license_key=world.license_key)
        running, stopped = [], []
        for _ in range(3):
            world.vendor.start()
            running += _views(site)
            world.vendor.stop()
            stopped += _views(site)
        ratio = statistics.median(stopped) / statistics.median(running)
        print(f"page view, server running   {statistics.median(running) * 1e3:.3f} ms   1.00")
        print(f"page view, server stopped   {statistics.median(stopped) * 1e3:.3f} ms   {ratio:.3f}")
        print(f"check() says {site.verdict()}; license bytes in public pages: {site.license_bytes_in_public()}")
    return 0


def _views(site: RunningSite) -> list[float]:
    """Return the seconds of each page view, with the theme's check in every one of them."""
    taken = []
    with requests.Session() as browser:
        browser.trust_env = False
        for _ in range(VIEWS):
            started = time.perf_counter()
            site.verdict()
            browser.get(site.url, timeout=10).raise_for_status()
            taken.append(time.perf_counter() - started)
    return taken


if __name__ == "__main__":
    sys.exit(main())
