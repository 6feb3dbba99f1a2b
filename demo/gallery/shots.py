"""Which pictures are there to take? Tables of them; each starts what it shows, yields its pictures, and stops it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from playwright.sync_api import Page

from demo.gallery.portal import portal_shots
from demo.gallery.serve import serving
from demo.gallery.shot import PHONE, WIDE, Shot
from demo.gallery.states import STATES
from demo.stage import create_stage
from demo.vendor import free_port
from demo.world import World

_LANGUAGES = ("en", "ar")
_MORE_LANGUAGES = ("fa", "he")
_IN_THE_DARK = ("not_activated", "active", "expiring", "suspended", "limit_reached", "deactivate", "offline_step")
_IN_THE_DOCS = {"active": "active", "wrong-domain": "wrong_domain", "offline": "offline_step"}
_IN_MORE_LANGUAGES = (
    "not_activated",
    "active",
    "limit_reached",
    "wrong_domain",
    "unreachable_active_dns",
    "offline_step",
)


Table = Callable[[], AbstractContextManager[Sequence[Shot]]]


@contextmanager
def card_shots() -> Iterator[Sequence[Shot]]:
    """Show every state of the card in English and in Arabic, wide and on a phone; a few in the dark and in others."""
    with serving() as url:
        shots = []
        for width in (WIDE, PHONE):
            shots += [_of_card(url, state, each, width) for state in STATES for each in _LANGUAGES]
            shots += [_of_card(url, state, each, width, dark=True) for state in _IN_THE_DARK for each in _LANGUAGES]
            shots += [_of_card(url, state, each, width) for state in _IN_MORE_LANGUAGES for each in _MORE_LANGUAGES]
        yield shots


def _of_card(url: str, state: str, language: str, width: int, *, dark: bool = False) -> Shot:
    size = "wide" if width == WIDE else "phone"
    name = f"{state}-{language}-{size}{'-dark' if dark else ''}"
    return Shot(name=name, url=f"{url}/{state}/{language}/", width=width, dark=dark)


@contextmanager
def docs_shots() -> Iterator[Sequence[Shot]]:
    """Show what the docs show: the demo, three states of the card, and the portal."""
    with serving() as cards, portal_shots() as portal, World(stage_port=free_port(8780)) as world:
        shots = [_of_demo(world)]
        shots += [
            Shot(name=f"card-{name}", url=f"{cards}/{state}/en/", width=720, height=300)
            for name, state in _IN_THE_DOCS.items()
        ]
        shots += [replace(shot, name="portal") for shot in portal if shot.name == "portal_overview-en-wide"]
        yield shots


def _of_demo(world: World) -> Shot:
    """Show the news site validated and the shop waiting for its key."""
    news, _ = world.sites
    stage_url = f"http://127.0.0.1:{world.stage_port}/"

    def validate_news(page: Page) -> None:
        page.fill("input[name=license_key]", world.license_key)
        page.click("button[value=activate]")
        page.wait_for_url("**done=activated")
        world.serve_stage(create_stage(world))
        page.goto(stage_url)
        page.wait_for_load_state("networkidle")

    return Shot(name="demo", url=news.options_url, width=1_280, height=1_180, full_page=False, before=validate_news)


TABLES: Mapping[str, Table] = {"card": card_shots, "portal": portal_shots, "docs": docs_shots}
"""Everything there are pictures of; a new room of the product puts its table here."""
