"""How does a newcomer see all of it at once? One page with both sites, the key, and three switches to try it with."""

import time
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from demo.vendor import DemoFailed
from demo.world import World
from theme_license.checker import LOOK_AGAIN_SECONDS


def create_stage(world: World) -> Flask:
    """Return the page that shows the world of the demo and lets its one visitor disturb it."""
    app = Flask(__name__)

    @app.before_request
    def refuse_strangers() -> None:
        # Another page in the same browser must not press these buttons.
        origin = request.headers.get("Origin")
        if request.method == "POST" and (origin is None or urlsplit(origin).netloc != request.host):
            abort(403)

    @app.after_request
    def protect(response: Response) -> Response:
        frames = " ".join(site.url for site in world.sites)
        response.headers["Content-Security-Policy"] = f"default-src 'self'; frame-src {frames}; frame-ancestors 'none'"
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/")
    def stage() -> str:
        return render_template("stage.html", world=world, report=report(world))

    @app.get("/report.json")
    def report_json() -> Response:
        return jsonify(report(world))

    @app.post("/server/<verb>")
    def switch_server(verb: str) -> AnyResponse:
        if verb not in ("start", "stop"):
            abort(404)
        world.vendor.start() if verb == "start" else world.vendor.stop()
        return redirect(url_for("stage"), 303)

    @app.post("/sites/<int:number>/edit-one-byte")
    def edit_one_byte(number: int) -> AnyResponse:
        if number >= len(world.sites):
            abort(404)
        try:
            world.sites[number].edit_one_byte()
            # A check notices a changed file within a second; the page that comes next is to show what it noticed.
            time.sleep(LOOK_AGAIN_SECONDS)
        except DemoFailed as error:
            return Response(f"{error}\n", 409, mimetype="text/plain")
        return redirect(url_for("stage"), 303)

    return app


def report(world: World) -> dict[str, object]:
    """Return what is true right now: whether the server runs, each site's verdict and its license bytes in public."""
    return {
        "serving": world.vendor.is_serving,
        "sites": [
            {
                "domain": site.plan.domain,
                "verdict": site.verdict(),
                "license_bytes_in_public": site.license_bytes_in_public(),
            }
            for site in world.sites
        ],
    }
