"""Who is signed in? A signed cookie that holds no key, and is worth nothing once the key was replaced (protocol §8)."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from license_server.config import Settings
from license_server.records import License
from license_server.secret_purposes import Purpose
from license_server.service import owners
from license_server.service.context import Context
from license_server.web.http.opened_server import context

COOKIE = "theme_license_portal"
SIGNED_IN_SECONDS = 15 * 60
REMEMBERED = timedelta(days=1)
"""How long a cookie is read at all: beyond the 15 minutes, so that a form says why it was of no use any more."""

_PREFIX = "/portal"


def portal_path(settings: Settings) -> str:
    """Return the path of the portal as browsers see it: a proxy may have put the server below another path."""
    return urlsplit(settings.base_url).path + _PREFIX


def is_portal(path: str) -> bool:
    """Return whether a request's path is the portal's."""
    return path == _PREFIX or path.startswith(f"{_PREFIX}/")


class PortalSessions(SecureCookieSessionInterface):
    """Flask's signed cookies for the portal alone: the rest of the server neither reads nor sets any."""

    digest_method = staticmethod(hashlib.sha256)

    def get_signing_serializer(self, app: Flask) -> Any:
        """Return what signs and reads cookies, by the token secrets as they are now: the last one signs."""
        found = super().get_signing_serializer(app)
        if found is not None:
            found.secret_keys = portal_secrets()
        return found

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request to the portal, None for every other."""
        return super().open_session(app, request) if is_portal(request.path) else None


def portal_secrets() -> list[bytes]:
    """Return what signs cookies and forms of the portal, the newest last, and is the same on every node."""
    return context().secrets.derive_all(Purpose.PORTAL_COOKIE)


def register(app: Flask, opened: Context) -> None:
    """Give ``app`` the portal's sessions; what signs them and the forms is asked for at each request."""
    app.session_interface = PortalSessions()
    app.secret_key = opened.secrets.derive(Purpose.PORTAL_COOKIE)  # that there is one is all that Flask asks of it
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_PATH=portal_path(opened.settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=opened.settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=REMEMBERED,
        WTF_CSRF_TIME_LIMIT=None,  # a form is good for as long as the cookie that it belongs to
    )


def begin(license: License) -> None:
    """Sign in: nothing of the former session stays but the language, so that nobody can have prepared it."""
    _forget()
    session.update(license=license.id, tag=owners.key_tag(context(), license), seen_at=context().clock())


def end(said: str) -> None:
    """Sign out; ``said`` is what the next page says of it."""
    _forget()
    session["said"] = [said, ""]


def current() -> License | None:
    """Return the license of whoever is signed in, whose 15 minutes begin anew, or None."""
    if "license" not in session:
        return None
    now = context().clock()
    if abs(now - session["seen_at"]) >= SIGNED_IN_SECONDS:
        end("timed_out")
        return None
    license = owners.is_current(context(), session["license"], session["tag"])
    if license is None:
        end("key_replaced")
        return None
    session["seen_at"] = now
    return license


def say(word: str, activation_id: str) -> None:
    """Let the next page of the portal say what was done to an activation."""
    session["said"] = [word, activation_id]


def said() -> tuple[str, str]:
    """Return the word for what was done and the id of the activation, once."""
    word, activation_id = session.pop("said", ("", ""))
    return word, activation_id


def _forget() -> None:
    language = session.get("language")
    session.clear()
    if language is not None:
        session["language"] = language
