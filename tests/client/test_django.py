"""Does the Django adapter do what the Flask one does, with four settings and one line of URLs?"""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from demo.chromium import CHROMIUM_ARGUMENTS
from demo.world import QuietHandler
from tests.client.site import DOMAIN, LICENSE_KEY, Clock, ScriptedTransport, Vendor

VENDOR = Vendor()
GOOD: dict[str, Any] = {
    "PRODUCT": "jannah",
    "SERVER": "http://127.0.0.1:9",
    "KEYS": [VENDOR.key.text],
    "DOMAIN": DOMAIN,
    "GUARD": "tests.client.test_django.admit",
}
urlpatterns = [
    path("", lambda request: HttpResponse("<h1>News</h1>")),
    path("admin/theme/", include("theme_license.django.urls")),
]


def admit(view: Any) -> Any:
    """Let everybody in whose request says so."""
    return lambda request: view(request) if "HTTP_X_ADMIN" in request.META else HttpResponse(status=401)


if not settings.configured:
    settings.configure(
        SECRET_KEY="for tests",
        ROOT_URLCONF="tests.client.test_django",
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["theme_license.django"],
        THEME_LICENSE=GOOD | {"STATE": "/nonexistent/state.json"},
        USE_TZ=True,
    )
    django.setup()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    from django.test import Client, override_settings

    from theme_license.django import apps

    apps.current_checker.cache_clear()
    with override_settings(THEME_LICENSE=GOOD | {"STATE": tmp_path / "state.json"}):
        checker = apps.current_checker()
        checker._transport = ScriptedTransport(lambda action, body, token: VENDOR.reply(nonce=body["nonce"]))
        checker._clock = Clock()
        yield Client(enforce_csrf_checks=True, headers={"X-Admin": "yes"})
    apps.current_checker.cache_clear()


def token_of(html: str) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    assert match is not None
    return match[1]


def test_key_activated_notice_gone_and_public_pages_the_same(client: Any) -> None:
    from theme_license.django import check

    public = client.get("/").content
    page = client.get("/admin/theme/").content.decode()
    assert "Theme License is not validated." in page
    assert 'action="/admin/theme/"' in page
    assert 'href="/admin/theme/theme-license.css"' in page
    form = {"action": "activate", "license_key": LICENSE_KEY.text()}
    assert client.post("/admin/theme/", form).status_code == 403
    done = client.post("/admin/theme/", form | {"csrfmiddlewaretoken": token_of(page)})
    assert (done.status_code, done["Location"]) == (303, "/admin/theme/?done=activated")
    assert check().ok
    assert "not validated" not in client.get("/admin/theme/").content.decode()
    assert client.get("/").content == public


def test_page_is_guarded_and_carries_its_headers(client: Any) -> None:
    from django.test import Client

    assert Client().get("/admin/theme/").status_code == 401
    assert "frame-ancestors 'none'" in client.get("/admin/theme/")["Content-Security-Policy"]
    assert client.get("/admin/theme/theme-license.js")["Content-Type"].startswith("text/javascript")
    assert client.put("/admin/theme/").status_code == 405


def test_a_browser_may_send_the_form(client: Any, chromium: str) -> None:
    site = make_server("127.0.0.1", 0, get_wsgi_application(), request_handler=QuietHandler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
            page = browser.new_page(extra_http_headers={"X-Admin": "yes"})
            page.goto(f"http://127.0.0.1:{site.server_port}/admin/theme/")
            page.fill("#theme-license-key", LICENSE_KEY.text())
            page.click("button[value=activate]")
            expect(page.get_by_text("The license is validated.")).to_be_visible()
            browser.close()
    finally:
        site.shutdown()
        site.server_close()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"KEYS": ["x"]}, "keys"),
        ({"DOMAIN": "acme"}, "domain"),
        ({"SERVERS": 1}, "SERVERS"),
        ({"SERVER": "x"}, "server"),
    ],
)
def test_wrong_settings_fail_when_django_starts(wrong: dict[str, Any], told: str, tmp_path: Path) -> None:
    from django.test import override_settings

    from theme_license.django import apps

    apps.current_checker.cache_clear()
    with (
        override_settings(THEME_LICENSE=GOOD | {"STATE": tmp_path / "x"} | wrong),
        pytest.raises(ImproperlyConfigured, match=told),
    ):
        apps.ThemeLicenseConfig.create("theme_license.django").ready()
    apps.current_checker.cache_clear()


def test_without_a_guard_only_the_staff_comes_in() -> None:
    program = """
import sys
import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path
values = {"PRODUCT": "jannah", "SERVER": "http://127.0.0.1:9", "KEYS": [sys.argv[1]], "DOMAIN": "news.example.com"}
urlpatterns = [path("admin/theme/", include("theme_license.django.urls"))]
apps = ["django.contrib.contenttypes", "django.contrib.auth", "theme_license.django"]
contrib = "django.contrib"
middleware = [f"{contrib}.sessions.middleware.SessionMiddleware", f"{contrib}.auth.middleware.AuthenticationMiddleware"]
settings.configure(
    SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], INSTALLED_APPS=apps, MIDDLEWARE=middleware,
    THEME_LICENSE=values, BASE_DIR="/nonexistent", SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    LOGIN_URL="/sign-in",
)
django.setup()
from django.test import Client
answer = Client().get("/admin/theme/")
print(answer.status_code, answer["Location"])
"""
    paths = ":".join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", program, VENDOR.key.text], capture_output=True, text=True, env={"PYTHONPATH": paths}
    )
    assert done.stdout.startswith("302 /sign-in"), done.stderr
