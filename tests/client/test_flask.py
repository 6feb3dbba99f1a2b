"""Does the Flask adapter let in whom it should, and leave everybody else's pages alone?

Promise: a hostile `Host` header.
Promise: visitors and search engines.
"""

import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, make_response, request
from flask_wtf import CSRFProtect
from werkzeug.test import create_environ, run_wsgi_app

from tests.client.flask_site import PAGE, admit, new_app
from tests.client.site import DAY, DOMAIN, LICENSE_KEY, NOW, Clock, ScriptedTransport, Vendor, token_in
from theme_license import activation
from theme_license.errors import ConfigurationError, ServerUnreachable
from theme_license.flask import ThemeLicense

VENDOR = Vendor()


def carry(app: Flask, **changes: Any) -> ThemeLicense:
    settings: dict[str, Any] = {
        "product": "jannah",
        "server": "http://127.0.0.1:9",
        "keys": [VENDOR.key.text],
        "domain": DOMAIN,
        "options_page": PAGE,
        "guard": admit,
    }
    return ThemeLicense(app, **settings | changes)


def granting() -> ScriptedTransport:
    return ScriptedTransport(lambda action, body, token: VENDOR.reply(nonce=body["nonce"], domain=body["domain"]))


def with_vendor(theme_license: ThemeLicense) -> ThemeLicense:
    checker = theme_license.checker()
    checker._transport, checker._clock = granting(), Clock()
    return theme_license


# --- at boot ---


@pytest.mark.parametrize("missing", ["guard", "domain", "options_page", "product", "server", "keys"])
def test_what_is_required_cannot_be_left_out(tmp_path: Path, missing: str) -> None:
    settings = {"product": "x", "server": "x", "keys": [], "domain": "x", "options_page": "/x", "guard": admit}
    del settings[missing]
    with pytest.raises(TypeError, match=missing):
        ThemeLicense(new_app(tmp_path), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"guard": None}, "guard"),
        ({"guard": lambda view: None}, "guard"),
        ({"options_page": "admin"}, "options_page"),
        ({"options_page": "/admin/"}, "options_page"),
        ({"domain": "acme"}, "domain"),
        ({"server": "http://licenses.example.com"}, "https"),
        ({"keys": ["nonsense"]}, "keys"),
        ({"keys": ["nonsense"], "domain": lambda: DOMAIN}, "keys"),
        ({"product": "Big Theme"}, "product"),
    ],
)
def test_wrong_configuration_fails_at_boot(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        carry(new_app(tmp_path), **wrong)


def test_an_app_without_a_secret_key_fails_at_boot(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    app.secret_key = None
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        carry(app)


def test_an_app_may_come_later(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    theme_license = carry(None)  # type: ignore[arg-type]
    theme_license.init_app(app)
    assert theme_license.check().code == "not_activated"
    assert app.test_client().get(PAGE).status_code == 200


def test_two_themes_may_share_an_app(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app)
    carry(app, product="sahifa", options_page="/admin/sahifa", name="صحيفة")
    assert "صحيفة" in app.test_client().get("/admin/sahifa").text


# --- the guard ---


def keep_out(view: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if request.headers.get("X-Admin") else abort(401)

    return guarded


@pytest.mark.parametrize(
    ("guard", "status"),
    [
        (admit, 200),
        (lambda: True, 200),
        (lambda: False, 403),
        (lambda: abort(401), 401),
        (lambda: Response("sign in", 302, {"Location": "/login"}), 302),
        (lambda: make_response(("no", 418)), 418),
        (keep_out, 401),
        (lambda *views: keep_out(*views), 401),
    ],
)
def test_the_guard_decides_who_opens_the_page(tmp_path: Path, guard: Callable[..., Any], status: int) -> None:
    app = new_app(tmp_path)
    carry(app, guard=guard)
    client = app.test_client()
    assert client.get(PAGE).status_code == status
    if status != 200:
        assert client.post(PAGE, data={"action": "check"}).status_code == status
        assert "license" not in client.get(PAGE).text.lower()


def test_a_decorator_admits_whom_it_admits(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app, guard=keep_out)
    assert app.test_client().get(PAGE, headers={"X-Admin": "yes"}).status_code == 200


# --- the page ---


@pytest.mark.parametrize("protected", [False, True])
def test_a_form_without_its_token_is_refused(tmp_path: Path, protected: bool) -> None:
    app = new_app(tmp_path)
    if protected:
        CSRFProtect(app)
    theme_license = with_vendor(carry(app))
    client = app.test_client()
    token = token_in(client.get(PAGE).text)
    form = {"action": "activate", "license_key": LICENSE_KEY.text()}
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": token[:-1]}):
        assert client.post(PAGE, data=form | wrong).status_code == 403
    assert app.test_client().post(PAGE, data=form | {"csrf_token": token}).status_code == 403
    assert theme_license.check().code == "not_activated"
    done = client.post(PAGE, data=form | {"csrf_token": token})
    assert (done.status_code, done.headers["Location"]) == (303, f"{PAGE}?done=activated")
    theme_license.checker().forget()
    assert theme_license.check().code == "valid"


@pytest.mark.parametrize("field", ["csrf_token", "crumb"])
def test_protection_that_comes_later_lets_the_form_through(tmp_path: Path, field: str) -> None:
    app = new_app(tmp_path)
    app.config["WTF_CSRF_FIELD_NAME"] = field
    with_vendor(carry(app))
    CSRFProtect(app)
    client, base = app.test_client(), "https://news.example.com"
    page = client.get(PAGE, base_url=base)
    sends_referrer = page.headers["Referrer-Policy"] != "no-referrer"
    done = client.post(
        PAGE,
        base_url=base,
        data={"action": "activate", "license_key": LICENSE_KEY.text(), field: token_in(page.text, field)},
        headers={"Referer": f"{base}{PAGE}"} if sends_referrer else {},
    )
    assert done.status_code == 303, done.text


def test_the_page_carries_its_headers_and_assets(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app)
    client = app.test_client()
    page = client.get(PAGE)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get(f"{PAGE}/theme-license.css").mimetype == "text/css"
    assert client.get(f"{PAGE}/theme-license.js").mimetype == "text/javascript"
    assert client.get(f"{PAGE}/card.py").status_code == 404
    assert client.get(f"{PAGE}/../flask.py").status_code == 404


def test_an_app_below_a_path_links_to_itself(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app)
    html = app.test_client().get(PAGE, environ_overrides={"SCRIPT_NAME": "/blog"}).text
    assert f'action="/blog{PAGE}"' in html
    assert f'href="/blog{PAGE}/theme-license.css"' in html


def test_language_is_the_browsers_or_what_the_site_says(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app)
    carry(app, product="sahifa", options_page="/admin/sahifa", language=lambda: "ar")
    client = app.test_client()
    assert '<html lang="ar" dir="rtl">' in client.get(PAGE, headers={"Accept-Language": "ar-EG"}).text
    german = client.get(PAGE, headers={"Accept-Language": "de"}).text
    assert '<html lang="de" dir="ltr">' in german
    assert '<html lang="ar" dir="rtl">' in client.get("/admin/sahifa", headers={"Accept-Language": "de"}).text


def test_a_large_form_is_refused(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app)
    assert app.test_client().post(PAGE, data={"license_key": "x" * 40_000}).status_code in (400, 413)


def test_other_methods_are_refused_and_head_is_harmless(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    carry(app)
    client = app.test_client()
    assert client.put(PAGE).status_code == 405
    assert client.delete(PAGE).status_code == 405
    assert client.head(PAGE).status_code == 200


# --- everybody else's pages ---


def test_public_pages_are_the_same_bytes_with_and_without(tmp_path: Path) -> None:
    bare = new_app(tmp_path).test_client().get("/").data
    app = new_app(tmp_path)
    theme_license = with_vendor(carry(app))
    client = app.test_client()

    def visit() -> tuple[bytes, list[tuple[str, str]]]:
        theme_license.check()
        answer = client.get("/")
        return answer.data, list(answer.headers)

    before = visit()
    assert before[0] == bare
    activation.activate(theme_license.checker(), LICENSE_KEY.text())
    assert theme_license.check().ok
    assert visit() == before
    activation.deactivate(theme_license.checker())
    assert visit() == before


def hostile_hosts(count: int) -> list[str]:
    chance = random.Random(5)
    pieces = ("evil.com", DOMAIN, "127.0.0.1", "localhost", "..", "shop.test", "xn--a", ":80", "a" * 300, "[::1]", "_")
    return ["".join(chance.choices(pieces, k=chance.randint(1, 3))) for _ in range(count)]


@pytest.mark.parametrize("many", [False, True])
def test_a_hostile_host_changes_nothing_and_starts_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    app = new_app(tmp_path)
    theme_license = carry(app, domain=(lambda: request.host) if many else DOMAIN)
    said: list[Any] = []

    @app.before_request
    def check() -> None:
        said.append(theme_license.check())

    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("opened a socket"))
    for host in hostile_hosts(1_000):
        run_wsgi_app(app, create_environ("/", headers={"Host": host}))
    assert said
    assert all(verdict.code in ("not_activated", "development") for verdict in said)
    assert many or {verdict.code for verdict in said} == {"not_activated"}
    assert list(tmp_path.iterdir()) == []


def test_many_domains_have_a_license_each(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    current = {"domain": "one.example.com"}
    theme_license = carry(app, domain=lambda: current["domain"])
    activation.activate(with_vendor(theme_license).checker(), LICENSE_KEY.text())
    assert theme_license.check().ok
    current["domain"] = "two.example.com"
    assert theme_license.check().code == "not_activated"
    current["domain"] = "no domain at all"
    assert theme_license.check().code == "not_activated"
    current["domain"] = "ONE.example.com"
    checker = theme_license.checker()
    checker._clock = Clock(NOW)
    assert theme_license.check().ok


def test_a_domain_function_that_fails_is_not_the_themes_problem(tmp_path: Path) -> None:
    theme_license = carry(new_app(tmp_path), domain=lambda: 1 / 0)
    assert theme_license.check().code == "not_activated"


def test_an_outage_is_no_concern_of_a_visitor(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    theme_license = with_vendor(carry(app))
    activation.activate(theme_license.checker(), LICENSE_KEY.text())
    checker = theme_license.checker()

    def away(*_: Any) -> Any:
        raise ServerUnreachable("timeout")

    checker._transport = ScriptedTransport(away)
    checker._clock = Clock(NOW + 20 * DAY)
    assert theme_license.check().code == "valid"
    assert app.test_client().get("/").status_code == 200
