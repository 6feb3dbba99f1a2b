"""What does the owner's browser get? One page: the notice where it belongs, the card, and answers to its forms.

It knows no framework: an adapter turns its own request into a :class:`PageRequest` and a :class:`PageResponse` into its
own response, checks who may come in, and checks the CSRF token of every POST before it calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .. import offline
from ..checker import Checker
from ..errors import AnswerRefused, KeyMalformed, ServerRefused, ServerUnreachable, ThemeLicenseError
from ..languages import best_language
from ..notice import notice_html
from ..words import Words, isolated
from .actions import Click, Done, act, public_name, take_returned
from .card import write_card
from .failure import Failure
from .qr import qr_svg
from .sentences import DONE
from .session import PendingRequests, Session

if TYPE_CHECKING:
    from jinja2 import Environment as Templates

_HERE = Path(__file__).parent
KEY_FIELD_ID = "theme-license-key"

ASSETS = {"theme-license.css": "text/css; charset=utf-8", "theme-license.js": "text/javascript; charset=utf-8"}
"""The files that the page needs beside itself, under its own address, and their media types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What the page needs of a request.

    ``url`` is the page's own path, ``absolute_url`` the same with scheme and host as the browser asked for it (believed
    only where it names the site's domain); ``csrf_token`` goes into every form, in the field that the framework reads.
    ``session`` lasts from one request of this administrator to the next; without one the license cannot be brought
    through the browser or by hand.
    """

    method: str
    url: str
    language: str
    csrf_token: str
    csrf_field: str = "csrf_token"
    absolute_url: str = ""
    session: Session | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """What the adapter sends: a page, or a redirect when ``location`` is set."""

    status: int
    body: str = ""
    location: str | None = None
    headers: Mapping[str, str]


class OptionsPage:
    """The page of one theme; ``theme`` is its name as people read it.

    ``keeps_one_state`` says that the site keeps its one state file whatever its domain, so that a license can be stored
    under a development name for the public one.
    """

    def __init__(self, *, theme: str, keeps_one_state: bool = True) -> None:
        self._theme = theme
        self._keeps_one_state = keeps_one_state

    def respond(self, checker: Checker, request: PageRequest) -> PageResponse:
        """Answer a GET with the page, a POST with a redirect after success and with the page after a refusal.

        A GET that brings an answer back from the vendor's portal is handled like a POST: what proves it is the nonce
        that waits in the administrator's session.
        """
        returned = request.query.get(offline.ANSWER_MEMBER)
        if request.method != "POST" and returned is None:
            return self._render(checker, request)
        click = Click(
            checker=checker,
            form=request.form,
            pending=_pending(checker, request),
            absolute_url=request.absolute_url,
        )
        try:
            if request.method == "POST":
                done = act(request.form.get("action", ""), click)
            else:
                done = take_returned(click, returned or "")
        except (KeyMalformed, ServerRefused, ServerUnreachable, AnswerRefused) as error:
            return self._render(checker, request, _failure(error))
        return PageResponse(status=303, location=_next_address(request.url, done), headers=_headers(checker))

    def _render(self, checker: Checker, request: PageRequest, failure: Failure | None = None) -> PageResponse:
        words = Words(best_language(request.language), theme=isolated(self._theme))
        pending = _pending(checker, request)
        waiting = pending.all() if pending is not None else ()
        is_offline_step = _is_offline_step(request) and bool(waiting)
        card = write_card(
            words,
            checker,
            failure,
            is_offline_step=is_offline_step,
            wants_key=request.query.get("step") == "key",
            public_name=_typed_public_name(request),
        )
        verdict = checker.check()
        carried = offline.request_text(checker.configuration, waiting[-1], return_url=None) if is_offline_step else ""
        address = offline.portal_address(checker.configuration, carried) if carried else ""
        shows_notice = verdict.needs_notice and not is_offline_step
        body = (
            _templates()
            .get_template("page.html")
            .render(
                words=words,
                _=words.tell,
                tell=words.tell,
                card=card,
                theme=self._theme,
                notice=notice_html(self._theme, words.language, field_url=f"#{KEY_FIELD_ID}") if shows_notice else "",
                done=_done_sentence(request, failure, is_licensed=verdict.ok),
                confirming=request.query.get("confirm") == "deactivate" and card.can_deactivate,
                can_prepare=self._keeps_one_state,
                can_go_by_hand=pending is not None,
                can_go_by_browser=pending is not None
                and offline.can_return_to(checker.configuration, request.absolute_url),
                carried=carried,
                portal_address=address,
                portal_qr=qr_svg(address) if address else "",
                field_id=KEY_FIELD_ID,
                url=request.url,
                assets_url=request.url.rstrip("/"),
                csrf_token=request.csrf_token,
                csrf_field=request.csrf_field,
            )
        )
        status = 200 if failure is None else 502 if failure.is_unreachable else 422
        return PageResponse(status=status, body=body, headers=_headers(checker))


def asset(name: str) -> bytes:
    """Return the file called ``name``, one of :data:`ASSETS`."""
    return (_HERE / "static" / name).read_bytes()


def _headers(checker: Checker) -> dict[str, str]:
    server = urlsplit(checker.configuration.server)
    return {
        # A form may lead to the license server too: browsers hold the redirect after a POST against form-action.
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
            f"form-action 'self' {server.scheme}://{server.netloc}; frame-ancestors 'none'"
        ),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        # Not "no-referrer": with it a browser sends "Origin: null", and Django and Flask-WTF then refuse every form.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _failure(error: ThemeLicenseError) -> Failure:
    if isinstance(error, ServerUnreachable):
        return Failure(error.cause)
    return Failure(error.code, error.problem if isinstance(error, ServerRefused) else {})


def _next_address(url: str, done: Done) -> str:
    return done.address or (f"{url}?step={done.step}" if done.step else f"{url}?done={done.word}")


def _pending(checker: Checker, request: PageRequest) -> PendingRequests | None:
    if request.session is None:
        return None
    return PendingRequests(request.session, checker.configuration.product, now=checker.now())


def _is_offline_step(request: PageRequest) -> bool:
    if request.method == "POST":
        return request.form.get("action") == "answer"
    return request.query.get("step") == "offline"


def _typed_public_name(request: PageRequest) -> str | None:
    try:
        typed = public_name(request.form)
    except ServerRefused:
        return None
    return None if typed is None else typed.name


def _done_sentence(request: PageRequest, failure: Failure | None, *, is_licensed: bool) -> str | None:
    """Return what was done: the word comes from the address, so it is believed only where the verdict bears it out."""
    word = request.query.get("done", "")
    if failure is not None or is_licensed == (word in ("deactivated", "anew")):
        return None
    return DONE.get(word)


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
