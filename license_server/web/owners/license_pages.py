"""The pages of the owner who has the license key: where it is in use, release, undo, report."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from flask import Blueprint, Response, request
from markupsafe import Markup

from license_server.errors import NotFound, ServiceError
from license_server.errors.calls import ActivationNotInUse, ActivationOfAnother
from license_server.records import License
from license_server.service import owners, portal_sessions
from license_server.service.activation import leases
from license_server.service.owners import Overview, Shown
from license_server.web.http.opened_server import context
from license_server.web.owners import pages, session
from license_server.web.owners.overview_page import OverviewWriter, shown_links
from license_server.web.owners.refusals import Refusal, refusal
from license_server.web.owners.sentences import KEPT, SAID, SAID_SIGNED_OUT
from license_server.web.owners.words import words
from theme_license.words import isolated

ASSET_SECONDS = 300
_ASSETS = {"portal.css": "text/css", "portal.js": "text/javascript"}
_STATIC = Path(__file__).parent / "static"

SignedInView = Callable[..., Response]

blueprint = Blueprint("owners", __name__, url_prefix="/portal", template_folder="templates")
blueprint.before_request(pages.refuse_foreign_form)


def for_signed_in(view: SignedInView) -> SignedInView:
    """Give ``view`` the license of whoever is signed in; all others are sent to the portal's first page."""

    @wraps(view)
    def guarded(**arguments: str) -> Response:
        license = session.current()
        return pages.to_portal() if license is None else view(license, **arguments)

    return guarded


@blueprint.get("")
def first() -> Response:
    """Return the sign-in page, or the license of whoever is signed in."""
    license = session.current()
    if license is None:
        return _sign_in_page()
    overview = owners.overview(context(), license.id)
    shown = OverviewWriter(words(), now=context().clock()).write(overview)
    return pages.render("overview.html", license=shown, product=shown.product, said=_said(overview))


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Sign in whoever typed a license key of this server."""
    try:
        signed_in = portal_sessions.sign_in(
            context(), request.form.get("license_key", ""), address=request.remote_addr or ""
        )
    except ServiceError as error:
        return _sign_in_page(refusal(error, words()))
    session.begin(signed_in)
    return pages.to_portal()


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Sign out, and say so."""
    session.end("signed_out")
    return pages.to_portal()


@blueprint.post("/sign-out-everywhere")
@for_signed_in
def sign_out_everywhere(license: License) -> Response:
    """Sign out on every device, and say so."""
    session.end_everywhere(license, "signed_out_everywhere")
    return pages.to_portal()


@blueprint.get("/release/<activation_id>")
@for_signed_in
def ask_release(license: License, activation_id: str) -> Response:
    """Return the page that says what a release means, before it is done."""
    overview = owners.overview(context(), license.id)
    item = _in_use(overview, activation_id)
    now = context().clock()
    offline_until = item.activation.offline_hold(now)
    # As if it were released now, having asked now.
    kept_until = now + leases.lease_of(item.activation, license.plan).total
    writer = OverviewWriter(words(), now=now)
    return pages.render(
        "release.html",
        product=isolated(license.product.name),
        item=item,
        domain=words().domain(item.activation.domain),
        offline_until=None if offline_until is None else words().day(offline_until),
        kept=words().tell(KEPT, date=words().day(kept_until)) if offline_until is None else None,
        moves=None if item.activation.in_staging_place or offline_until is not None else writer.moves(overview),
    )


@blueprint.post("/release/<activation_id>")
@for_signed_in
def release(license: License, activation_id: str) -> Response:
    """Release a domain."""
    owners.release(context(), license.id, activation_id)
    session.say("released", activation_id)
    return pages.to_portal()


@blueprint.post("/undo/<activation_id>")
@for_signed_in
def undo(license: License, activation_id: str) -> Response:
    """Take a release back."""
    try:
        owners.undo(context(), license.id, activation_id, address=request.remote_addr or "")
    except ServiceError as error:
        return pages.render(
            "refused.html",
            here=pages.portal_path(),
            refused=refusal(error, words()),
            product=isolated(license.product.name),
            links=shown_links(license.product.links),
        )
    session.say("undone", activation_id)
    return pages.to_portal()


@blueprint.get("/report/<activation_id>")
@for_signed_in
def ask_report(license: License, activation_id: str) -> Response:
    """Return the page that says what a report means, before it is made."""
    item = _find(owners.overview(context(), license.id), activation_id)
    return pages.render(
        "report.html",
        product=isolated(license.product.name),
        domain=words().domain(item.activation.domain),
        license_id=license.id,
        activation_id=item.activation.id,
        links=shown_links(license.product.links),
    )


@blueprint.post("/report/<activation_id>")
@for_signed_in
def report(license: License, activation_id: str) -> Response:
    """Write down that the owner knows nothing of an activation."""
    owners.report(context(), license.id, activation_id)
    session.say("reported", activation_id)
    return pages.to_portal()


@blueprint.get("/<any('portal.css', 'portal.js'):name>")
def asset(name: str) -> Response:
    """Return the portal's style sheet or its script."""
    kept = {"Cache-Control": f"public, max-age={ASSET_SECONDS}"}
    return Response((_STATIC / name).read_bytes(), mimetype=_ASSETS[name], headers=kept)


@blueprint.errorhandler(NotFound)
def gone(error: NotFound) -> Response:
    """Return the page for what the license does not have, or not any more."""
    return pages.error_page("not_found", 404)


def _sign_in_page(refused: Refusal | None = None) -> Response:
    word, _ = session.said()
    said = words().tell(SAID[word]) if word in SAID_SIGNED_OUT else None
    return pages.render("sign_in.html", here=pages.portal_path(), refused=refused, said=said)


def _said(overview: Overview) -> Markup | None:
    """Return what was done just now, if what stands in the database bears it out."""
    word, activation_id = session.said()
    item = next((each for each in overview.activations if each.activation.id == activation_id), None)
    if item is None or (word != "reported" and (word == "released") != (item.activation.released_at is not None)):
        return None
    until = "" if item.undo_until is None else words().moment(item.undo_until)
    return words().tell(SAID[word], domain=words().domain(item.activation.domain), moment=until)


def _find(overview: Overview, activation_id: str) -> Shown:
    for item in overview.activations:
        if item.activation.id == activation_id:
            return item
    raise ActivationOfAnother


def _in_use(overview: Overview, activation_id: str) -> Shown:
    item = _find(overview, activation_id)
    if item.activation.released_at is not None:
        raise ActivationNotInUse(activation=item.activation)
    return item
