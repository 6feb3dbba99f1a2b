"""What does the owner's browser get? One page: the notice where it belongs, the card, and answers to its forms.

It knows no framework: an adapter turns its own request into a :class:`PageRequest` and a :class:`PageResponse` into its
own response, checks who may come in, and checks the CSRF token of every POST before it calls.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from .. import activation
from ..checker import Checker
from ..errors import KeyMalformed, ServerRefused, ServerUnreachable
from ..languages import best_language, catalog, direction
from ..notice import notice_html
from ..signed_license import Environment
from .card import CardWriter, Failure
from .sentences import DONE

if TYPE_CHECKING:
    from jinja2 import Environment as Templates

_HERE = Path(__file__).parent
KEY_FIELD_ID = "theme-license-key"

ASSETS = {"theme-license.css": "text/css; charset=utf-8", "theme-license.js": "text/javascript; charset=utf-8"}
"""The files that the page needs beside itself, under its own address, and their media types."""

_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with it a browser sends "Origin: null", and Django and Flask-WTF then refuse every form.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What the page needs of a request.

    ``url`` is the page's own path; ``csrf_token`` goes into every form, in the field that the framework reads.
    """

    method: str
    url: str
    language: str
    csrf_token: str
    csrf_field: str = "csrf_token"
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """What the adapter sends: a page, or a redirect when ``location`` is set."""

    status: int
    body: str = ""
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: dict(_SECURITY_HEADERS))


class OptionsPage:
    """The page of one theme; ``theme`` is its name as people read it."""

    def __init__(self, *, theme: str) -> None:
        self._theme = theme

    def respond(self, checker: Checker, request: PageRequest) -> PageResponse:
        """Answer a GET with the page, a POST with a redirect after success and with the page after a refusal."""
        if request.method != "POST":
            return self._render(checker, request)
        try:
            done = _act(checker, request.form)
        except KeyMalformed as error:
            return self._render(checker, request, Failure(error.code, {}))
        except ServerRefused as error:
            return self._render(checker, request, Failure(error.code, error.problem))
        except ServerUnreachable as error:
            return self._render(checker, request, Failure(error.cause, {}))
        return PageResponse(status=303, location=f"{request.url}?done={done}")

    def _render(self, checker: Checker, request: PageRequest, failure: Failure | None = None) -> PageResponse:
        verdict = checker.check()
        kept = checker.state.read()
        language = best_language(request.language)
        translate = catalog(language).gettext
        server = checker.configuration.server
        writer = CardWriter(theme=self._theme, server=server, language=language, now=checker.now())
        card = writer.write(verdict, kept, failure)
        word = request.query.get("done", "")
        # The word comes from the address, so it is believed only where the verdict bears it out.
        done = DONE.get(word) if failure is None and verdict.ok != (word == "deactivated") else None
        field_url = f"#{KEY_FIELD_ID}"
        notice = notice_html(self._theme, request.language, field_url=field_url) if verdict.needs_notice else ""
        body = (
            _templates()
            .get_template("page.html")
            .render(
                _=translate,
                card=card,
                theme=self._theme,
                language=language,
                direction=direction(language),
                notice=notice,
                done=translate(done) if done else None,
                confirming=request.query.get("confirm") == "deactivate" and card.can_deactivate,
                field_id=KEY_FIELD_ID,
                url=request.url,
                assets_url=request.url.rstrip("/"),
                csrf_token=request.csrf_token,
                csrf_field=request.csrf_field,
            )
        )
        status = 200 if failure is None else 502 if failure.is_unreachable else 422
        return PageResponse(status=status, body=body)


def asset(name: str) -> bytes:
    """Return the file called ``name``, one of :data:`ASSETS`."""
    return (_HERE / "static" / name).read_bytes()


def _act(checker: Checker, form: Mapping[str, str]) -> str:
    """Do what the pressed button says and return the word for what was done."""
    action = _ACTIONS.get(form.get("action", ""))
    if action is None:
        raise ServerRefused("request_invalid", status=400, problem={})
    return action(checker, form)


def _activate(checker: Checker, form: Mapping[str, str]) -> str:
    activation.activate(checker, form.get("license_key", ""))
    return "activated"


def _move(checker: Checker, form: Mapping[str, str]) -> str:
    activation.activate(checker, form.get("license_key", ""), replaces=form.get("replaces") or None)
    return "activated"


def _activate_test_copy(checker: Checker, form: Mapping[str, str]) -> str:
    activation.activate(checker, form.get("license_key", ""), environment=Environment.STAGING)
    return "activated"


def _check_now(checker: Checker, form: Mapping[str, str]) -> str:
    outcome = checker.refresh(force=True)
    if outcome.name in ("unreachable", "ignored"):
        raise ServerUnreachable(outcome.detail or "no_reply")
    if outcome.name == "refused":
        raise ServerRefused(outcome.detail or "request_invalid", status=400, problem={})
    return "checked"


def _deactivate(checker: Checker, form: Mapping[str, str]) -> str:
    activation.deactivate(checker)
    return "deactivated"


_ACTIONS: Mapping[str, Callable[[Checker, Mapping[str, str]], str]] = {
    "activate": _activate,
    "move": _move,
    "test_copy": _activate_test_copy,
    "check": _check_now,
    "deactivate": _deactivate,
}


@lru_cache(maxsize=1)
def _templates() -> "Templates":
    from jinja2 import Environment as Templates
    from jinja2 import FileSystemLoader, StrictUndefined

    return Templates(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
