"""What is one picture?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

WIDE = 1_000
PHONE = 320


def nothing_first(page: Page) -> None:
    """Do nothing with the page before its picture is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture: an address, how wide the window is, and what is done on the page before.

    ``cookies`` are set first: what a signed-in session needs.
    """

    name: str
    url: str
    width: int = WIDE
    height: int = 600
    dark: bool = False
    full_page: bool = True
    cookies: Mapping[str, str] | None = None
    before: Callable[[Page], None] = nothing_first
