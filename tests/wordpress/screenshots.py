"""`python -m tests.wordpress.screenshots FOLDER` takes pictures of the theme options page in a real WordPress."""

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from demo.gallery.screenshots import take
from demo.gallery.scripted import DAY, Vendor, edited
from demo.gallery.shot import Shot
from demo.vendor import DemoFailed
from tests.browser import running_browser
from tests.wordpress.bed import Bed, missing_packages
from tests.wordpress.dashboard import log_in
from tests.wordpress.site import Site
from tests.wordpress.stored import kept_state, signed_now
from tests.wordpress.visitor import OPTIONS_PAGE
from theme_license.signed_license import Status

WIDTHS = {"wide": 1_280, "phone": 400}
LANGUAGES = {"en": False, "ar": True}


def main() -> int:
    """Write the pictures into the folder that the command line names and return the exit status."""
    if len(sys.argv) != 2:
        print("usage: python -m tests.wordpress.screenshots FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    packages = missing_packages()
    if packages:
        print(f"✗ WordPress cannot run here; apt-get install {packages}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    bed = Bed()
    try:
        with running_browser() as browser:
            bed.start()
            for shots in _of_each_state(bed):
                take(browser, shots, folder, told_as="wordpress")
    except DemoFailed as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    finally:
        bed.remove()
    return 0


def _of_each_state(bed: Bed) -> Iterator[list[Shot]]:
    vendor, now = Vendor(), int(time.time())
    site = bed.new_site("news.example.com", server="https://licenses.example.com", keys=[vendor.key.text])
    in_grace: Mapping[str, int] = {"issued_at": now - 40 * DAY, "lease_ends_at": now - DAY}
    states = {
        "not-activated": None,
        "active": signed_now(vendor, term_ends_at=now + 300 * DAY),
        "in-grace": signed_now(vendor, **in_grace),
        "term-over": signed_now(vendor, term_ends_at=now - DAY),
        "suspended": signed_now(vendor, status=Status.SUSPENDED),
        "wrong-domain": signed_now(vendor, domain="old.example.org"),
        "damaged": edited(signed_now(vendor)),
    }
    for name, text in states.items():
        if text is not None:
            site.keep(kept_state(text))
        for language, is_rtl in LANGUAGES.items():
            site.speak(language, is_rtl=is_rtl)
            yield [_shot(site, f"wordpress-{name}-{language}-{size}", width) for size, width in WIDTHS.items()]


def _shot(site: Site, name: str, width: int) -> Shot:
    return Shot(name=name, url=site.url + OPTIONS_PAGE, width=width, height=800, before=log_in)


if __name__ == "__main__":
    sys.exit(main())
