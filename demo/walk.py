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
    for number, (promise, step) in enumerate(_steps(world), 1):
        if stop.is_set():
            print("✗ stopped")
            return 130
        try:
            seen = step()
        except DemoFailed as error:
            print(f"✗ {number}. {promise}\n     but {error}", flush=True)
            return 1
        print(f"✓ {number}. {promise}\n     {seen}", flush=True)
    print("\nEverything was as promised. Everything is removed.")
    return 0


def _steps(world: World) -> Iterator[tuple[str, Callable[[], str]]]:
    news, shop = world.sites
    owner = {site.plan.domain: OptionsPageVisitor(site.options_url) for site in world.sites}
    owner_of_news, owner_of_shop = owner[news.plan.domain], owner[shop.plan.domain]
    key = world.license_key

    def notice_stands_on_both() -> str:
        for site in world.sites:
            owner[site.plan.domain].open()
            expect_notice(site, owner[site.plan.domain], stands=True)
        return f"«{notice_sentences('Jannah', 'ar')[0]}» and “{notice_sentences('Jannah', 'en')[0]}”"

    def nothing_in_public() -> str:
        for site in world.sites:
            expect(site.license_bytes_in_public() == 0, f"public pages of {site.plan.domain} differ")
        return "license text in public HTML, feed and API: 0 bytes"

    def mistyped_key_is_noticed() -> str:
        wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
        expect("key" in owner_of_shop.press("activate", license_key=wrong), "the page says nothing of the key")
        expect("mistyped" in owner_of_shop.text, "the page does not say that a character is mistyped")
        return "“a character is missing or mistyped”, and no call was made"

    def news_is_validated() -> str:
        owner_of_news.press("activate", license_key=key.lower().replace("-", " "))
        expect_notice(news, owner_of_news, stands=False)
        return f"typed in small letters with spaces; check() says {expect_verdict(news, 'valid')}"

    def limit_holds() -> str:
        owner_of_shop.press("activate", license_key=key)
        expect(news.plan.domain in owner_of_shop.text, "the page does not say where the license is in use")
        return f"in use on {news.plan.domain}; check() on the shop says {expect_verdict(shop, 'not_activated')}"

    def moves_in_one_step() -> str:
        owner_of_shop.press("move", license_key=key)
        expect_notice(shop, owner_of_shop, stands=False)
        owner_of_news.press("check")
        return (
            f"shop: {expect_verdict(shop, 'valid')}; news, told by the server: {expect_verdict(news, 'not_activated')}"
        )

    def outage_changes_nothing() -> str:
        world.vendor.stop()
        owner_of_shop.press("check")
        expect("Nothing changes before" in owner_of_shop.text, "the page does not say that nothing changes")
        return f"“Nothing changes before …”; check() says {expect_verdict(shop, 'valid')}"

    def one_byte_is_enough() -> str:
        shop.edit_one_byte()
        verdict = expect_verdict(shop, "bad_signature")
        owner_of_shop.open()
        expect("signature does not match" in owner_of_shop.text, "the page does not say that the signature is wrong")
        return f"“The signature does not match”; check() says {verdict}"

    def same_key_repairs_it() -> str:
        world.vendor.start()
        owner_of_shop.press("activate", license_key=key)
        return f"the same key on the same domain is free; check() says {expect_verdict(shop, 'valid')}"

    def deactivation_frees_the_place() -> str:
        owner_of_shop.open("?confirm=deactivate")
        owner_of_shop.press("deactivate")
        expect_notice(shop, owner_of_shop, stands=True)
        owner_of_news.open()
        owner_of_news.press("activate", license_key=key)
        return f"shop: {expect_verdict(shop, 'not_activated')}; news, activated again: {expect_verdict(news, 'valid')}"

    yield "The notice stands on both options pages, in Arabic and in English", notice_stands_on_both
    yield "Visitors see none of it", nothing_in_public
    yield "A mistyped key is noticed before any call", mistyped_key_is_noticed
    yield "With the key, the notice on the news site goes", news_is_validated
    yield "The same key on the shop: the limit is reached", limit_holds
    yield "“Move it here” moves the license in one step", moves_in_one_step
    yield "The license server is stopped: the shop stays active", outage_changes_nothing
    yield "One byte of the signed license is edited: it is refused", one_byte_is_enough
    yield "The server is back: pasting the key again repairs it", same_key_repairs_it
    yield "Deactivating frees the place for the other site", deactivation_frees_the_place
    yield "Visitors have seen nothing of it at all", nothing_in_public


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
