"""`python -m demo.gallery.screenshots FOLDER [TABLE…]` takes pictures of everything, or of the tables named."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from demo.chromium import chromium
from demo.gallery.shot import Shot
from demo.gallery.shots import TABLES
from demo.vendor import DemoFailed


def main() -> int:
    """Write the pictures into the folder that the command line names and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo.gallery.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"some of: {', '.join(TABLES)} (default: all)")
    parser.add_argument("--only", default="", metavar="TEXT", help="the pictures alone whose name has this in it")
    options = parser.parse_args()
    unknown = sorted(set(options.tables) - set(TABLES))
    if unknown:
        parser.error(f"there is no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            for name in options.tables or TABLES:
                with TABLES[name]() as shots:
                    wanted = [shot for shot in shots if options.only in shot.name]
                    take(browser, wanted, options.folder, told_as=name)
    except DemoFailed as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def take(browser: Browser, shots: Sequence[Shot], folder: Path, *, told_as: str) -> None:
    """Take the pictures, in one page as far as they are alike, and print how far it has come."""
    started = time.monotonic()
    contexts: dict[tuple[int, int, bool, bool], BrowserContext] = {}
    try:
        for number, shot in enumerate(shots, 1):
            alike = (shot.width, shot.height, shot.dark, shot.cookies is not None)
            if alike not in contexts:
                contexts[alike] = _new_context(browser, shot)
            _take(contexts[alike], shot, folder)
            if sys.stdout.isatty():
                print(f"\r{told_as}: {number} of {len(shots)}  {shot.name:<60}", end="", flush=True)
    finally:
        for context in contexts.values():
            context.close()
    seconds = time.monotonic() - started
    over_progress = f"\r{'':<80}\r" if sys.stdout.isatty() else ""
    print(f"{over_progress}{told_as}: {len(shots)} taken in {seconds:.0f} s → {folder}/", flush=True)


def _new_context(browser: Browser, shot: Shot) -> BrowserContext:
    size = {"width": shot.width, "height": shot.height}
    context = browser.new_context(viewport=size, color_scheme="dark" if shot.dark else "light")  # type: ignore[arg-type]
    context.new_page()
    return context


def _take(context: BrowserContext, shot: Shot, folder: Path) -> None:
    if shot.cookies is not None:
        context.clear_cookies()
        context.add_cookies([{"name": name, "value": value, "url": shot.url} for name, value in shot.cookies.items()])
    page = context.pages[0]
    page.goto(shot.url)
    shot.before(page)
    page.screenshot(path=folder / f"{shot.name}.png", full_page=shot.full_page)


if __name__ == "__main__":
    sys.exit(main())
