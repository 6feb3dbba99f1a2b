"""The pages for people. Their links are relative, so that a proxy may put the server anywhere."""

import json
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template
from werkzeug.exceptions import NotFound

from license_server import errors
from license_server.web.contract import calls, signed_license
from license_server.web.contract.document import document
from license_server.web.contract.explanations import EXPLANATIONS
from license_server.web.contract.operations import Answer, Operation, Tag
from license_server.web.contract.problem_answers import EVERYWHERE, problem_example
from license_server.web.http.opened_server import context
from license_server.web.http.problems import every_problem

MAX_AGE = 300
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = Path(__file__).parent / "static" / "contract.css"
_PAGES = Tag("Pages", "For people.")
_PAGE = {200: Answer("A page", {"type": "string"}, media_type="text/html", cached="MaxAge")}

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/")
@Operation(tag=_PAGES, answers=_PAGE)
def front() -> Response:
    """What this server is."""
    return _page("front.html", root="", base_url=context().settings.base_url)


@blueprint.get("/docs")
@Operation(tag=_PAGES, answers=_PAGE)
def docs() -> Response:
    """This description as a page."""
    described = document(current_app)
    return _page(
        "docs.html",
        root="",
        base_url=context().settings.base_url,
        document=described,
        calls=calls.calls(described),
        claims=calls.rows(described, "SignedLicenseClaims"),
        claims_example=json.dumps(signed_license.CLAIMS, indent=2),
        license_header=signed_license.HEADER,
        signed_license_prose=signed_license.PROSE,
    )


@blueprint.get("/docs/style.css")
def style() -> Response:
    """Return the style sheet of these pages."""
    return _cached(Response(_STYLE.read_bytes(), mimetype="text/css"))


@blueprint.get("/problems")
@Operation(tag=_PAGES, answers=_PAGE)
def problems() -> Response:
    """Every problem that the API answers with."""
    return _page("problems.html", root="", problems=every_problem(), explanations=EXPLANATIONS)


@blueprint.get("/problems/<code>")
@Operation(
    tag=_PAGES,
    parameters={
        "code": {
            "description": "The problem's member `code`.",
            "schema": {"type": "string", "enum": list(every_problem())},
            "example": "no_activations_left",
        }
    },
    answers=_PAGE,
    errors=(errors.NotFound,),
)
def problem(code: str) -> Response:
    """What one problem means, and what to do about it.

    The address of a problem's `type`.
    """
    if code not in EXPLANATIONS:
        raise NotFound
    told, detail = every_problem()[code]
    users = [
        call
        for call in calls.calls(document(current_app))
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
        example=json.dumps(problem_example(code, context().settings.base_url), indent=2, ensure_ascii=False),
    )


def _page(template: str, **values: object) -> Response:
    response = Response(render_template(f"contract/{template}", **values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return _cached(response)


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response
