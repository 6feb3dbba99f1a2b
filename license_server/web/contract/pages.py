"""The pages for people: what this server is, the API's description, and what each problem means."""

import json
from pathlib import Path

from flask import Blueprint, Response, render_template
from werkzeug.exceptions import NotFound

from license_server.service.context import Context
from license_server.web.contract import calls, prose
from license_server.web.contract.document import document
from license_server.web.contract.examples import CLAIMS, KEY_ID
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.contract.problem_answers import EVERYWHERE, problem_example
from license_server.web.http.problems import every_problem

MAX_AGE = 300
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = Path(__file__).parent / "static" / "contract.css"
_HEADER = json.dumps({"alg": "EdDSA", "kid": KEY_ID, "typ": "theme-license+jwt"}, separators=(",", ":"))


def blueprint(context: Context) -> Blueprint:
    """Return the pages of one opened server. Their links are relative, so a proxy may put the server anywhere."""
    pages = Blueprint("pages", __name__, template_folder="templates")
    base_url = context.settings.base_url

    @pages.get("/")
    def front() -> Response:
        return _page("front.html", root="", base_url=base_url)

    @pages.get("/docs")
    def docs() -> Response:
        described = document(base_url)
        return _page(
            "docs.html",
            root="",
            base_url=base_url,
            document=described,
            calls=calls.calls(described),
            claims=calls.rows(described, "SignedLicenseClaims"),
            claims_example=json.dumps(CLAIMS, indent=2),
            license_header=_HEADER,
            signed_license_prose=prose.SIGNED_LICENSE,
        )

    @pages.get("/docs/style.css")
    def style() -> Response:
        return _cached(Response(_STYLE.read_bytes(), mimetype="text/css"))

    @pages.get("/problems")
    def problems() -> Response:
        return _page("problems.html", root="", problems=every_problem(), explanations=EXPLANATIONS)

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        if code not in EXPLANATIONS:
            raise NotFound
        told, detail = every_problem()[code]
        users = [
            call
            for call in calls.calls(document(base_url))
            if any(name == code for answer in call.answers for name, _, _ in answer.examples if answer.is_problem)
        ]
        return _page(
            "problem.html",
            root="../",
            code=code,
            problem=told,
            detail=detail,
            explanation=EXPLANATIONS[code],
            users=[] if code in (*EVERYWHERE, "not_found") else users,
            example=json.dumps(problem_example(code, base_url), indent=2, ensure_ascii=False),
        )

    return pages


def _page(template: str, **values: object) -> Response:
    response = Response(render_template(f"contract/{template}", **values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return _cached(response)


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response
