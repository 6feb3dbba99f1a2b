"""Does the product do what it promises, step by step, in front of everybody? The demo without a browser."""

import threading
import time
from collections.abc import Callable, Iterator

from demo.browse import OptionsPageVisitor
from demo.vendor import DemoFailed
from demo.world import RunningSite, World
from theme_license.notice import notice_sentences

NOTICED_WITHIN_SECONDS = 3.0


def walk(world: World, stop: threading.Event) -> int:
    """Walk every step and print what was seen. Returns 0, or 1 at the first step that is not as promised."""
    walking = Walk(world)
    for number, (promise, step) in enumerate(walking.steps(), 1):
        if stop.is_set():
            print("✗ stopped")
            return 130
        try:
            seen = step()
        except DemoFailed as error:
            print(f"✗ {number}. {promise}\n     but {error}", flush=True)
            print(f"     the shop's page says: {walking.shop_page}\n     the news page says: {walking.news_page}")
            return 1
        print(f"✓ {number}. {promise}\n     {seen}", flush=True)
    print("\nEverything was as promised. Everything is removed.")
    return 0


class Walk:
    """The owners of both sites, and the steps they take; each returns what was seen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = world.license_key
        self._news, self._shop = world.sites
        self._owner_of_news = OptionsPageVisitor(self._news.options_url)
        self._owner_of_shop = OptionsPageVisitor(self._shop.options_url)

    @property
    def shop_page(self) -> str:
        """The words of the page that the shop's owner sees now."""
        return self._owner_of_shop.text

    @property
    def news_page(self) -> str:
        """The words of the page that the news site's owner sees now."""
        return self._owner_of_news.text

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield each promise with the step that shows it."""
        yield "The notice stands on both options pages, in Arabic and in English", self._notice_stands_on_both
        yield "Visitors see none of it", self._nothing_in_public
        yield "A mistyped key is noticed before any call", self._mistyped_key_is_noticed
        yield "With the key, the notice on the news site goes", self._news_is_validated
        yield "The same key on the shop: the limit is reached", self._limit_holds
        yield "“Move it here” moves the license in one step", self._moves_in_one_step
        yield "The license server is stopped: the shop stays active", self._outage_changes_nothing
        yield "One byte of the signed license is edited: it is refused", self._one_byte_is_enough
        yield "The server is back: pasting the key again repairs it", self._same_key_repairs_it
        yield "Deactivating frees the place for the other site", self._deactivation_frees_the_place
        yield "Visitors have seen nothing of it at all", self._nothing_in_public

    def _notice_stands_on_both(self) -> str:
        for site, owner in ((self._news, self._owner_of_news), (self._shop, self._owner_of_shop)):
            owner.open()
            expect_notice(site, owner, stands=True)
        return f"«{notice_sentences('Jannah', 'ar')[0]}» and “{notice_sentences('Jannah', 'en')[0]}”"

    def _nothing_in_public(self) -> str:
        for site in self._world.sites:
            expect(site.license_bytes_in_public() == 0, f"public pages of {site.plan.domain} differ")
        return "license text in public HTML, feed and API: 0 bytes"

    def _mistyped_key_is_noticed(self) -> str:
        wrong = self._key[:-1] + ("0" if self._key[-1] != "0" else "1")
        self._owner_of_shop.press("activate", license_key=wrong)
        expect("mistyped" in self._owner_of_shop.text, "the page does not say that a character is mistyped")
        return "“a character is missing or mistyped”, and no call was made"

    def _news_is_validated(self) -> str:
        self._owner_of_news.press("activate", license_key=self._key.lower().replace("-", " "))
        expect_notice(self._news, self._owner_of_news, stands=False)
        return f"typed in small letters with spaces; check() says {expect_verdict(self._news, 'valid')}"

    def _limit_holds(self) -> str:
        self._owner_of_shop.press("activate", license_key=self._key)
        expect(self._news.plan.domain in self._owner_of_shop.text, "the page does not say where the license is in use")
        return f"in use on {self._news.plan.domain}; check() says {expect_verdict(self._shop, 'not_activated')}"

    def _moves_in_one_step(self) -> str:
        self._owner_of_shop.press("move", license_key=self._key)
        expect_notice(self._shop, self._owner_of_shop, stands=False)
        self._owner_of_news.press("check")
        shop_says, news_says = expect_verdict(self._shop, "valid"), expect_verdict(self._news, "not_activated")
        return f"shop: {shop_says}; news, told by the server: {news_says}"

    def _outage_changes_nothing(self) -> str:
        self._world.vendor.stop()
        self._owner_of_shop.press("check")
        expect("Nothing changes before" in self._owner_of_shop.text, "the page does not say that nothing changes")
        return f"“Nothing changes before …”; check() says {expect_verdict(self._shop, 'valid')}"

    def _one_byte_is_enough(self) -> str:
        self._shop.edit_one_byte()
        verdict = expect_verdict(self._shop, "bad_signature")
        self._owner_of_shop.open()
        expect("signature does not match" in self._owner_of_shop.text, "the page does not say what is wrong")
        return f"“The signature does not match”; check() says {verdict}"

    def _same_key_repairs_it(self) -> str:
        self._world.vendor.start()
        self._owner_of_shop.press("activate", license_key=self._key)
        return f"the same key on the same domain is free; check() says {expect_verdict(self._shop, 'valid')}"

    def _deactivation_frees_the_place(self) -> str:
        self._owner_of_shop.open("?confirm=deactivate")
        self._owner_of_shop.press("deactivate")
        expect_notice(self._shop, self._owner_of_shop, stands=True)
        self._owner_of_news.open()
        self._owner_of_news.press("activate", license_key=self._key)
        shop_says, news_says = expect_verdict(self._shop, "not_activated"), expect_verdict(self._news, "valid")
        return f"shop: {shop_says}; news, activated again: {news_says}"


def expect(condition: bool, otherwise: str) -> None:
    """Raise :class:`DemoFailed` with ``otherwise`` unless ``condition`` holds."""
    if not condition:
        raise DemoFailed(otherwise)


def expect_verdict(site: RunningSite, code: str) -> str:
    """Return ``code`` once the site's check says so, within a few seconds. Raises :class:`DemoFailed`."""
    deadline = time.monotonic() + NOTICED_WITHIN_SECONDS
    while (said := site.verdict()) != code and time.monotonic() < deadline:
        time.sleep(0.05)
    expect(said == code, f"check() on {site.plan.domain} says {said}, not {code}")
    return said


def expect_notice(site: RunningSite, owner: OptionsPageVisitor, *, stands: bool) -> None:
    """Raise :class:`DemoFailed` unless the notice stands on the open page, or stands no more."""
    first = notice_sentences("Jannah", site.plan.language)[0]
    expect((first in owner.text) is stands, f"the notice on {site.plan.domain} {'is missing' if stands else 'stays'}")
