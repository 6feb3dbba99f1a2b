"""Whose browser is this? A signed cookie names the session that the server keeps; it holds no key (protocol §8)."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from license_server.config import Settings
from license_server.records import License
from license_server.secret_purposes import Purpose
from license_server.service import portal_sessions
from license_server.service.context import Context
from license_server.service.portal_sessions import Over, SignedIn
from license_server.web.http.opened_server import context

COOKIE = "theme_license_portal"
HOST_COOKIE = f"__Host-{COOKIE}"
"""Its name over https: browsers let no other host and no page without TLS set a cookie of such a name."""

REMEMBERED = timedelta(days=1)
"""How long a cookie is read at all: beyond the session's end, so that a form says why it was of no use any more."""

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
    is_secure = opened.settings.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME=HOST_COOKIE if is_secure else COOKIE,
        SESSION_COOKIE_PATH="/" if is_secure else portal_path(opened.settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        PORTAL_PATH=portal_path(opened.settings),
        PERMANENT_SESSION_LIFETIME=REMEMBERED,
        WTF_CSRF_TIME_LIMIT=None,  # a form is good for as long as the cookie that it belongs to
    )


def begin(signed_in: SignedIn) -> None:
    """Sign in: nothing of the former session stays but the language, so that nobody can have prepared it."""
    _end_here()
    session.update(secret=signed_in.secret, seen_at=context().clock())


def end(said: str) -> None:
    """Sign out; ``said`` is what the next page says of it."""
    _end_here()
    session["said"] = [said, ""]


def end_everywhere(license: License, said: str) -> None:
    """Sign out on every device; ``said`` is what the next page says of it."""
    portal_sessions.end_all(context(), license.id)
    end(said)


def current() -> License | None:
    """Return the license of whoever is signed in, whose 15 minutes begin anew, or None."""
    if "secret" not in session:
        return None
    found = portal_sessions.current(context(), session["secret"], used_at=session["seen_at"])
    if isinstance(found, Over):
        end(found.value)
        return None
    session["seen_at"] = context().clock()
    return found


def say(word: str, activation_id: str) -> None:
    """Let the next page of the portal say what was done to an activation."""
    session["said"] = [word, activation_id]


def said() -> tuple[str, str]:
    """Return the word for what was done and the id of the activation, once."""
    word, activation_id = session.pop("said", ("", ""))
    return word, activation_id


def _end_here() -> None:
    language, secret = session.get("language"), session.get("secret")
    if secret is not None:
        portal_sessions.end(context(), secret)
    session.clear()
    if language is not None:
        session["language"] = language
