"""Which pages does an owner see on the vendor's portal? All of them, on a real license server in a throw-away home."""

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import requests
from playwright.sync_api import Page

from demo.gallery.scripted import DOMAIN
from demo.gallery.shot import PHONE, WIDE, Shot, nothing_first
from demo.vendor import Vendor, free_port
from theme_license.configuration import Configuration
from theme_license.offline import Pending, portal_address, request_text

_LANGUAGES = ("en", "ar")
_DOMAINS = (DOMAIN, "xn--mgbh0fb.example.org", "old.example.org")
_IN_THE_DARK = ("portal_overview", "portal_activate")
_SUPPORT = "https://shop.example.com/support"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TIMEOUT_SECONDS = 30


@contextmanager
def portal_shots() -> Iterator[Sequence[Shot]]:
    """Show every page of the portal in English and in Arabic, wide and on a phone; a few in the dark."""
    with tempfile.TemporaryDirectory(prefix="theme-license-portal-") as folder:
        owner = _Owner(Vendor(Path(folder) / "home", free_port(8790)))
        try:
            owner.go_shopping()
            pages = owner.pages()
            yield [
                shot
                for width in (WIDE, PHONE)
                for page in pages
                for language in _LANGUAGES
                for shot in _of_page(page, language, width)
            ]
        finally:
            owner.vendor.stop()


def _of_page(page: Shot, language: str, width: int) -> Iterator[Shot]:
    size = "wide" if width == WIDE else "phone"
    url = f"{page.url}{'&' if '?' in page.url else '?'}lang={language}"
    for dark in (False, True) if page.name in _IN_THE_DARK else (False,):
        name = f"{page.name}-{language}-{size}{'-dark' if dark else ''}"
        yield Shot(name=name, url=url, width=width, dark=dark, cookies=page.cookies, before=page.before)


class _Owner:
    """An owner with a license on three domains and a test copy, and another of which a domain was just released."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self._key = self._released_key = ""

    def go_shopping(self) -> None:
        """Buy both licenses and activate them."""
        vendor = self.vendor
        vendor.home.mkdir()
        vendor.open_shop()
        plan = ("--name", "Three sites", "--domains", "3", "--staging", "1", "--term", "1y")
        vendor.run("plan", "create", vendor.product, "three", *plan)
        vendor.run("product", "update", vendor.product, "--support-url", _SUPPORT)
        vendor.start()
        self._key, self._released_key = self._buy(), self._buy()
        for domain in _DOMAINS:
            self._activate(self._key, domain)
        self._activate(self._key, "staging.example.com", environment="staging")
        self._activate(self._released_key, DOMAIN)
        self._release(self._released_key)

    def pages(self) -> Sequence[Shot]:
        """Return every page once, in no language and no size yet."""
        portal = f"{self.vendor.url}/portal"
        signed_in = self._cookies(self._key)
        activation = self._first_activation(signed_in)

        def page(
            name: str,
            url: str,
            before: Callable[[Page], None] = nothing_first,
            cookies: Mapping[str, str] = MappingProxyType({}),
        ) -> Shot:
            return Shot(name=f"portal_{name}", url=url, cookies=cookies, before=before)

        return (
            page("sign_in", portal),
            page("wrong_key", portal, _typing("JNH-00000", "form[action$=sign-in] button")),
            page("overview", portal, cookies=signed_in),
            page("release", f"{portal}/release/{activation}", cookies=signed_in),
            page("released", portal, cookies=self._cookies(self._released_key)),
            page("report", f"{portal}/report/{activation}", cookies=signed_in),
            page("request", f"{portal}/activate"),
            page("activate", self._request("blog.example.com")),
            page("activate_limit", self._request("blog.example.com"), _typing(self._key, "main button.is-primary")),
            page("answer", self._request(DOMAIN), _typing(self._key, "main button.is-primary")),
            page("not_found", f"{portal}/nothing"),
        )

    def _buy(self) -> str:
        issued = self.vendor.run("license", "create", f"{self.vendor.product}/three", "--json")
        return str(json.loads(issued)["license_key"])

    def _activate(self, key: str, domain: str, *, environment: str = "production") -> None:
        body = {"license_key": key, "product": self.vendor.product, "domain": domain, "nonce": "gallery"}
        answer = requests.post(
            f"{self.vendor.url}/v1/licenses/activate",
            json=body | {"environment": environment},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()

    def _release(self, key: str) -> None:
        cookies = self._cookies(key)
        address = f"{self.vendor.url}/portal/release/{self._first_activation(cookies)}"
        with requests.Session() as session:
            session.cookies.update(cookies)
            asked = session.get(address, timeout=_TIMEOUT_SECONDS).text
            session.post(address, data={"csrf_token": _token(asked)}, timeout=_TIMEOUT_SECONDS).raise_for_status()

    def _cookies(self, key: str) -> dict[str, str]:
        """Sign in with a key and return the session's cookies."""
        portal = f"{self.vendor.url}/portal"
        with requests.Session() as session:
            page = session.get(portal, timeout=_TIMEOUT_SECONDS).text
            form = {"csrf_token": _token(page), "license_key": key}
            session.post(f"{portal}/sign-in", data=form, timeout=_TIMEOUT_SECONDS).raise_for_status()
            return dict(session.cookies.items())

    def _first_activation(self, cookies: dict[str, str]) -> str:
        page = requests.get(f"{self.vendor.url}/portal", cookies=cookies, timeout=_TIMEOUT_SECONDS).text
        found = re.search(r"/portal/release/(act_\w+)", page)
        if found is None:
            raise AssertionError("the portal shows no domain that can be released")
        return found[1]

    def _request(self, domain: str) -> str:
        configuration = Configuration.from_texts(
            product=self.vendor.product,
            server=self.vendor.url,
            keys=self.vendor.public_keys(),
            domain=domain,
            state="nowhere",
        )
        return portal_address(configuration, request_text(configuration, _made_now(), return_url=None))


def _made_now() -> Pending:
    return Pending("A" * 43, int(time.time()))


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    if found is None:
        raise AssertionError("the page has no form")
    return found[1]


def _typing(key: str, button: str) -> Callable[[Page], None]:
    def before(page: Page) -> None:
        page.fill("#license-key", key)
        page.click(button)
        page.wait_for_load_state()

    return before
