"""Does the Django adapter do what the Flask one does, with four settings and one line of URLs?"""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from demo.world import QuietHandler
from tests.client.django_site import GOOD, VENDOR
from tests.client.site import LICENSE_KEY, token_in


def test_key_activated_notice_gone_and_public_pages_the_same(django_client: Any) -> None:
    from theme_license.django import check

    public = django_client.get("/").content
    page = django_client.get("/admin/theme/").content.decode()
    assert "Theme License is not validated." in page
    assert 'action="/admin/theme/"' in page
    assert 'href="/admin/theme/theme-license.css"' in page
    form = {"action": "activate", "license_key": LICENSE_KEY.text()}
    assert django_client.post("/admin/theme/", form).status_code == 403
    done = django_client.post("/admin/theme/", form | {"csrfmiddlewaretoken": token_in(page, "csrfmiddlewaretoken")})
    assert (done.status_code, done["Location"]) == (303, "/admin/theme/?done=activated")
    assert check().ok
    assert "not validated" not in django_client.get("/admin/theme/").content.decode()
    assert django_client.get("/").content == public


def test_page_is_guarded_and_carries_its_headers(django_client: Any) -> None:
    from django.test import Client

    assert Client().get("/admin/theme/").status_code == 401
    assert "frame-ancestors 'none'" in django_client.get("/admin/theme/")["Content-Security-Policy"]
    assert django_client.get("/admin/theme/theme-license.js")["Content-Type"].startswith("text/javascript")
    assert django_client.put("/admin/theme/").status_code == 405


@pytest.mark.usefixtures("django_client")
def test_a_browser_may_send_the_form(browser: Browser) -> None:
    site = make_server("127.0.0.1", 0, get_wsgi_application(), request_handler=QuietHandler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        page = browser.new_page(extra_http_headers={"X-Admin": "yes"})
        page.goto(f"http://127.0.0.1:{site.server_port}/admin/theme/")
        page.fill("#theme-license-key", LICENSE_KEY.text())
        page.click("button[value=activate]")
        expect(page.get_by_text("The license is validated.")).to_be_visible()
        page.close()
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
