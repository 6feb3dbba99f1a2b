"""`python -m demo.pictures FOLDER` takes the docs' pictures of the running demo, with playwright and Chromium."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from demo.stage import create_stage
from demo.vendor import free_port
from demo.world import World

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> int:
    """Write ``demo.png`` into the folder that the command line names and return the exit status."""
    chromium = shutil.which("chromium")
    if len(sys.argv) != 2 or chromium is None:
        print("usage: python -m demo.pictures FOLDER; needs Chromium (apt-get install chromium)", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with World(stage_port=free_port(8780)) as world, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        try:
            _picture_of_stage(browser, world, folder / "demo.png")
        finally:
            browser.close()
    return 0


def _picture_of_stage(browser: Browser, world: World, path: Path) -> None:
    """Show the news site validated and the shop waiting for its key."""
    news, _ = world.sites
    page = browser.new_page(viewport={"width": 1280, "height": 1180})
    page.goto(news.options_url)
    page.fill("input[name=license_key]", world.license_key)
    page.click("button[value=activate]")
    page.wait_for_url("**done=activated")
    world.serve_stage(create_stage(world))
    page.goto(f"http://127.0.0.1:{world.stage_port}/")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)


if __name__ == "__main__":
    sys.exit(main())
