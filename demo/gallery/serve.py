"""At which address does each state stand? ``/<state>/<language>/``, served by the Flask adapter as on any site.

A visit there makes the site anew and sends the forms that lead to the state. The buttons work: they lead to the options
page of that same site, at ``/<state>/<language>/theme``.
"""

import secrets
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, abort, redirect, render_template, request, session
from flask_wtf.csrf import generate_csrf
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as AnyResponse

from demo.gallery.card_state import Form, States
from demo.gallery.scripted import DOMAIN, SERVER, Site, Vendor
from demo.gallery.states import STATES
from demo.world import QuietHandler
from theme_license.checker import Checker
from theme_license.flask import ThemeLicense
from theme_license.languages import LANGUAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THEME = "Jannah"
OPTIONS_PAGE = "/theme"

WSGIApp = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


class Exhibits:
    """The sites that stand behind the addresses, each made when it is first asked for."""

    def __init__(self, folder: Path, states: States) -> None:
        self.states = states
        self._folder = folder
        self._sites: dict[str, Site] = {}

    def renew(self, address: str) -> Site:
        """Return a new site for ``/<state>/<language>``, in its state."""
        self._sites[address] = self.states[address.split("/")[1]].new_site(self._folder)
        return self._sites[address]

    def site(self, address: str) -> Site:
        """Return the site at ``/<state>/<language>``, as it is by now."""
        return self._sites.get(address) or self.renew(address)


class GalleryLicense(ThemeLicense):
    """The adapter as it is, but for whose license it carries: that of the site at the current address."""

    def __init__(self, app: Flask, exhibits: Exhibits, *, theme: str) -> None:
        self._exhibits = exhibits
        super().__init__(
            app,
            product="jannah",
            server=SERVER,
            keys=[Vendor().key.text],
            domain=DOMAIN,
            options_page=OPTIONS_PAGE,
            guard=_admit_to_states,
            name=theme,
            language=lambda: request.script_root.split("/")[2],
        )

    def checker(self) -> Checker:
        """Return the checker of the site at the current address."""
        return self._exhibits.site(request.script_root).checker


def create_gallery(folder: Path, *, states: States = STATES, theme: str = THEME) -> Flask:
    """Return an app that shows ``states`` of the card of the theme called ``theme``; its sites live in ``folder``."""
    app = Flask(__name__, instance_path=str(folder))
    app.secret_key = secrets.token_bytes(32)
    exhibits = Exhibits(folder, states)
    GalleryLicense(app, exhibits, theme=theme)
    app.extensions["gallery"] = exhibits

    @app.get("/")
    def visit() -> AnyResponse | str:
        if not request.script_root:
            return render_template("index.html", states=states.values(), languages=LANGUAGES)
        exhibits.renew(request.script_root)
        state = states[request.script_root.split("/")[1]]
        answers = [_send(app, form) for form in state.forms]
        if answers and not state.query:
            return answers[-1]
        return redirect(f"{request.script_root}{OPTIONS_PAGE}{'?' if state.query else ''}{state.query}")

    app.wsgi_app = _below_each_state(app.wsgi_app, states)  # type: ignore[assignment, method-assign]  # as Flask's manual says
    return app


@contextmanager
def serving(*, states: States = STATES, theme: str = THEME, port: int = 0) -> Iterator[str]:
    """Serve the gallery on the loopback address and yield its URL; nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="theme-license-gallery-") as folder:
        app = create_gallery(Path(folder), states=states, theme=theme)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


def _send(app: Flask, form: Form) -> AnyResponse:
    """Return the options page's answer to ``form``, sent as the visitor would: in their session, with its token."""
    data = {**form, "csrf_token": generate_csrf()}
    root = request.host_url + request.script_root[1:]
    visitor = dict(session)
    with app.test_request_context(OPTIONS_PAGE, base_url=root, method="POST", data=data):
        session.update(visitor)
        answer = app.make_response(app.dispatch_request())
        visitor = dict(session)
    session.clear()
    session.update(visitor)
    return answer


def _below_each_state(inner: WSGIApp, states: States) -> WSGIApp:
    """Let the app stand at ``/<state>/<language>`` for every state and every language, and at ``/``."""

    def middleware(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        _, state, language, *rest = [*environ["PATH_INFO"].split("/", 3), "", ""][:4]
        if state in states and language in LANGUAGES:
            root = f"/{state}/{language}"
            # The site's own name as the host, as its visitors' browsers send it.
            environ |= {"HTTP_HOST": states[state].domain, "SCRIPT_NAME": root, "PATH_INFO": f"/{rest[0]}"}
        return inner(environ, start_response)

    return middleware


def _admit_to_states() -> None:
    """Let everybody in who reaches this machine's loopback address, wherever a site stands."""
    if not request.script_root:
        abort(404)
