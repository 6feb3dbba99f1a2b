"""How does a Flask site carry the license? Five lines of the theme's developer, and this thin adapter."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from .checker import Checker
from .configuration import Configuration
from .errors import ConfigurationError
from .options_page import OptionsPage, PageRequest, PageResponse
from .options_page.page import ASSETS, asset
from .signed_license import Verdict, VerdictCode

MAX_SITES = 256
MAX_FORM_BYTES = 32_768
"""A pasted answer has up to 16 KiB, the rest of a form much less."""


class ThemeLicense:
    """The license of a theme in a Flask app.

    ``domain`` is the site's domain as its owner configured it, or a function that returns it where one app serves many
    domains. ``guard`` says who may open the options page: a view decorator such as ``login_required``, or a function
    without arguments that is called first (None or True admits, False is 403, a response or ``abort`` refuses).
    ``state`` is the file that the client keeps, in the instance folder unless told otherwise. ``name`` is the theme's
    name as people read it. ``language`` is a language tag or a function that returns one; by default the browser's.

    Raises :class:`ConfigurationError` at once for anything that could only fail later.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        product: str,
        server: str,
        keys: Sequence[str],
        domain: str | Callable[[], str],
        options_page: str,
        guard: Callable[..., Any],
        state: str | Path | None = None,
        name: str | None = None,
        language: str | Callable[[], str] | None = None,
    ) -> None:
        if not callable(guard):
            raise ConfigurationError("guard must be a view decorator or a function: who may open the options page?")
        if not options_page.startswith("/") or options_page.endswith("/"):
            raise ConfigurationError('options_page must be a path like "/admin/theme", without a slash at its end')
        self._texts = {"product": product, "server": server, "keys": keys}
        self._domain = domain
        self._state = None if state is None else Path(state)
        self._options_page = options_page
        self._guard = guard
        self._language = language
        self._page = OptionsPage(theme=name or product.replace("-", " ").title(), keeps_one_state=not callable(domain))
        self._checkers: dict[str, Checker] = {}
        self._checker: Checker | None = None
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Put the options page into ``app``. Raises :class:`ConfigurationError`."""
        if not app.secret_key:
            raise ConfigurationError(
                "the Flask app needs a SECRET_KEY, with which the forms of the options page are signed"
            )
        if self._state is None:
            self._state = Path(app.instance_path) / f"theme-license-{self._texts['product']}.json"
        if callable(self._domain):
            self._make_checker("localhost", self._state)  # the other settings fail now or never
        else:
            self._checker = self._make_checker(self._domain, self._state)
        blueprint = Blueprint(f"theme_license_{self._texts['product']}", __name__)
        view = _guarded(self._view, self._guard)
        blueprint.add_url_rule(self._options_page, "page", view, methods=["GET", "POST"])
        blueprint.add_url_rule(f"{self._options_page}/<any({','.join(map(repr, ASSETS))}):name>", "asset", _send_asset)
        app.register_blueprint(blueprint)
        _exempt_from_global_csrf(app, blueprint)
        app.extensions.setdefault("theme_license", {})[self._texts["product"]] = self

    def check(self) -> Verdict:
        """Return the verdict on the site's domain. Never raises, never blocks, never touches the network.

        When it is time to ask the server, a background thread of this process does so.
        """
        checker = self._checker
        if checker is not None:
            return checker.check()
        try:
            return self.checker().check()
        except Exception:  # whatever a site's own function does, a theme must stand
            return Verdict(VerdictCode.NOT_ACTIVATED, None, None)

    def checker(self) -> Checker:
        """Return what checks the current domain. Raises :class:`ConfigurationError` where it is no domain."""
        if self._checker is not None:
            return self._checker
        if not callable(self._domain) or self._state is None:
            raise ConfigurationError("ThemeLicense belongs to no app yet: call init_app first")
        domain = self._domain()
        known = self._checkers.get(domain)
        if known is None:
            known = self._make_checker(domain, self._state)
            name = known.configuration.domain.name.replace("[", "").replace("]", "").replace(":", "_")
            path = self._state.with_name(f"{self._state.stem}-{name}{self._state.suffix}")
            known = self._make_checker(domain, path)
            if len(self._checkers) >= MAX_SITES:
                self._checkers.clear()
            self._checkers[domain] = known
        return known

    def _make_checker(self, domain: str, state: Path) -> Checker:
        return Checker(
            Configuration.from_texts(domain=domain, state=state, **self._texts),  # type: ignore[arg-type]  # checked there
            refresh_in_background=True,
        )

    def _view(self) -> Response:
        field = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
        if request.method == "POST":
            request.max_content_length = MAX_FORM_BYTES
            try:
                validate_csrf(request.form.get(field))
            except ValidationError:
                abort(403, "The form was open for too long, or came from elsewhere. Open the page again.")
        page_request = PageRequest(
            method=request.method,
            url=request.script_root + self._options_page,
            language=self._current_language(),
            csrf_token=generate_csrf(),
            csrf_field=field,
            absolute_url=request.base_url,
            session=session,
            query=request.args.to_dict(),
            form=request.form.to_dict(),
        )
        return _to_flask(self._page.respond(self.checker(), page_request))

    def _current_language(self) -> str:
        if callable(self._language):
            return self._language()
        return self._language or request.headers.get("Accept-Language", "")


def _guarded(view: Callable[[], Response], guard: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``view`` behind ``guard``, whether that is a decorator or a function to be called first."""
    if _takes_an_argument(guard):
        decorated = guard(view)
        if not callable(decorated):
            raise ConfigurationError("guard took the view and returned no view; a decorator returns a function")
        return decorated  # type: ignore[no-any-return]  # callable() does not tell mypy what it returns

    def ask_first() -> Any:
        answer = guard()
        if answer is False:
            abort(403)
        return view() if answer is None or answer is True else answer

    return ask_first


def _takes_an_argument(guard: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(guard).parameters.values()
    except (TypeError, ValueError):
        return True
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(each.kind in positional and each.default is inspect.Parameter.empty for each in parameters) or any(
        each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters
    )


def _to_flask(response: PageResponse) -> Response:
    answer = (
        Response(response.body, response.status, mimetype="text/html")
        if response.location is None
        else redirect(response.location, response.status, Response)
    )
    for name, value in response.headers.items():
        answer.headers[name] = value
    return answer  # type: ignore[return-value]  # redirect() was told to make this Response


def _send_asset(name: str) -> Response:
    response = Response(asset(name), content_type=ASSETS[name])
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _exempt_from_global_csrf(app: Flask, blueprint: Blueprint) -> None:
    """Leave the one check to the view where the app has Flask-WTF's own protection too: both read the same token."""
    protection = app.extensions.get("csrf")
    if protection is not None:
        protection.exempt(blueprint)
