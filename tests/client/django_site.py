"""A Django site with the theme: four settings and one line of URLs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path

from tests.client.site import DOMAIN, Clock, ScriptedTransport, Vendor

VENDOR = Vendor()
GOOD: dict[str, Any] = {
    "PRODUCT": "jannah",
    "SERVER": "http://127.0.0.1:9",
    "KEYS": [VENDOR.key.text],
    "DOMAIN": DOMAIN,
    "GUARD": f"{__name__}.admit",
}
urlpatterns = [
    path("", lambda request: HttpResponse("<h1>News</h1>")),
    path("admin/theme/", include("theme_license.django.urls")),
]


def admit(view: Any) -> Any:
    """Let everybody in whose request says so."""
    return lambda request: view(request) if "HTTP_X_ADMIN" in request.META else HttpResponse(status=401)


settings.configure(
    SECRET_KEY="for tests",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["theme_license.django"],
    THEME_LICENSE=GOOD | {"STATE": "/nonexistent/state.json"},
    USE_TZ=True,
)
django.setup()


@contextmanager
def administrator(folder: Path) -> Iterator[Any]:
    """Give an administrator's client of the site, which keeps its license in ``folder`` and is granted all it asks."""
    from django.test import Client, override_settings

    from theme_license.django import apps

    apps.current_checker.cache_clear()
    with override_settings(THEME_LICENSE=GOOD | {"STATE": folder / "state.json"}):
        checker = apps.current_checker()
        checker._transport = ScriptedTransport(lambda action, body, token: VENDOR.reply(nonce=body["nonce"]))
        checker._clock = Clock()
        yield Client(enforce_csrf_checks=True, headers={"X-Admin": "yes"})
    apps.current_checker.cache_clear()
