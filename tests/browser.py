"""The browser of the tests: a Chromium to which every site is on this machine, and what axe-core has against a page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from demo.chromium import chromium

RESOLVER_RULES = "MAP *.example.com 127.0.0.1, MAP *.example.org 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

_AXE = Axe()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run a Chromium that finds the sites of the tests on this machine, and nothing else anywhere."""
    with chromium(f"--host-resolver-rules={RESOLVER_RULES}", "--no-proxy-server") as browser:
        yield browser


def violations(page: Page, rules: object, *, within: str = "html") -> list[str]:
    """Return what axe-core has against a part of the page by ``rules``, as its option ``runOnly`` takes them."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_AXE.axe_script)
    options: Mapping[str, object] = {"resultTypes": ["violations"], "runOnly": rules}
    results = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
    return [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in results["violations"]
        for node in each["nodes"]
    ]
