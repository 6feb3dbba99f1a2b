"""What every page of the portal has in common: its layout, its headers, the token in its forms, and its errors."""

from urllib.parse import urlencode

from flask import Response, current_app, g, redirect, render_template, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from license_server.web.owners.refusals import Refusal
from license_server.web.owners.sentences import ERROR_PAGES, too_many
from license_server.web.owners.session import is_portal, portal_secrets
from license_server.web.owners.words import words
from theme_license.formats import language_name
from theme_license.languages import LANGUAGES
from theme_license.words import isolated

MAX_FORM_BYTES = 16_384

_HEADERS = {
    # Not "no-referrer": with it a browser sends "Origin: null" with every form.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def render(
    template: str,
    *,
    here: str | None = None,
    status: int = 200,
    refused: Refusal | None = None,
    sends_to: str | None = None,
    **values: object,
) -> Response:
    """Return a page. ``here`` is the address of its GET, where that is not the request's own: the languages lead there.

    ``refused`` makes it the answer that refuses. ``sends_to`` is the origin to which a form of the page is redirected
    in the end; browsers hold each step of the way to the page's content security policy.
    """
    spoken = words()
    body = render_template(
        f"owners/{template}",
        portal=portal_path(),
        refused=refused,
        words=spoken,
        _=spoken.tell,
        tell=spoken.tell,
        tell_in=spoken.tell_in,
        csrf_token=generate_csrf(portal_secrets()[-1]),
        language_name=isolated(language_name(spoken.language)),
        languages=[(tag, language_name(tag), _in_language(here, tag)) for tag in LANGUAGES],
        **values,
    )
    response = Response(body, status=status if refused is None else refused.status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = policy(sends_to)
    response.headers.update(_HEADERS)
    response.headers["Content-Language"] = spoken.language
    if refused is not None:
        g.problem_code = refused.code
        if refused.retry_after is not None:
            response.headers["Retry-After"] = str(refused.retry_after)
    return response


def portal_path() -> str:
    """Return the path of the portal as browsers see it."""
    path: str = current_app.config["PORTAL_PATH"]
    return path


def policy(sends_to: str | None = None) -> str:
    """Return the content security policy of a page."""
    forms = "'self'" if sends_to is None else f"'self' {sends_to}"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )


def to_portal() -> Response:
    """Send the browser to the portal's first page."""
    return away(portal_path())


def away(address: str) -> Response:
    """Send the browser to ``address`` by GET."""
    response = redirect(address, 303, Response)
    response.headers["Content-Security-Policy"] = policy()
    response.headers.update(_HEADERS)
    return response  # type: ignore[return-value]  # redirect() was told to make this Response


def refuse_foreign_form() -> Response | None:
    """Return the refusal of a form that is too large, or that no page of the portal gave to this browser."""
    if request.method != "POST":
        return None
    request.max_content_length = MAX_FORM_BYTES
    token = request.form.get("csrf_token")
    return None if any(_is_ours(token, secret) for secret in portal_secrets()) else error_page("form_refused", 403)


def _is_ours(token: str | None, secret: bytes) -> bool:
    try:
        validate_csrf(token, secret)
    except ValidationError:
        return False
    return True


def problem_page(code: str, status: int, retry_after: int | None) -> Response | None:
    """Tell a problem as a page where the portal was asked; None where it was another part of the server."""
    if not is_portal(request.path):
        return None
    return error_page(code, status, retry_after=60 if retry_after is None else retry_after)


def error_page(code: str, status: int, *, retry_after: int = 60) -> Response:
    """Return the page of an error that leaves nothing to be done where it happened."""
    g.problem_code = code
    page = ERROR_PAGES.get(code, ERROR_PAGES["internal_error"])
    text = too_many(words(), retry_after) if code == "rate_limited" else words().tell(page.text)
    return render(
        "error.html",
        here=portal_path(),
        status=status,
        title=words().tell(page.title),
        text=text,
        request_id=g.request_id if page is ERROR_PAGES["internal_error"] else None,
    )


def _in_language(here: str | None, tag: str) -> str:
    """Return the address of the page in another language; what else the address says stays."""
    if here is None:
        here = portal_path() + request.path.removeprefix("/portal")
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
        return f"{here}?{urlencode([*kept, ('lang', tag)])}"
    return f"{here}{'&' if '?' in here else '?'}{urlencode({'lang': tag})}"
