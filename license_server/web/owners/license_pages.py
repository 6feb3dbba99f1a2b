"""The pages of the owner who has the license key: where it is in use, release, undo, report."""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, Response, request
from markupsafe import Markup

from license_server.errors import NotFound, ServiceError
from license_server.records import License
from license_server.service import owners
from license_server.service.context import Context
from license_server.service.owners import Overview, Shown
from license_server.web.owners import pages, session
from license_server.web.owners.overview_page import OverviewWriter, shown_links
from license_server.web.owners.refusals import Refusal, refusal
from license_server.web.owners.sentences import SAID
from license_server.web.owners.words import domain_html, name_html, words

SignedInView = Callable[..., Response]


def blueprint(context: Context) -> Blueprint:
    """Return the portal's pages of one opened server, but for the activation."""
    portal = Blueprint("owners", __name__, url_prefix="/portal", template_folder="templates")
    portal.before_request(pages.refuse_foreign_form)

    def signed_in(view: SignedInView) -> SignedInView:
        @wraps(view)
        def guarded(**arguments: str) -> Response:
            license = session.current(context)
            return pages.to_portal() if license is None else view(license, **arguments)

        return guarded

    @portal.get("")
    def first() -> Response:
        license = session.current(context)
        if license is None:
            return _sign_in_page()
        return _overview_page(context, owners.overview(context, license.id))

    @portal.post("/sign-in")
    def sign_in() -> Response:
        try:
            license = owners.sign_in(context, request.form.get("license_key", ""), address=request.remote_addr or "")
        except ServiceError as error:
            return _sign_in_page(refusal(error, words()))
        session.begin(context, license)
        return pages.to_portal()

    @portal.post("/sign-out")
    def sign_out() -> Response:
        session.end("signed_out")
        return pages.to_portal()

    @portal.get("/release/<activation_id>")
    @signed_in
    def ask_release(license: License, activation_id: str) -> Response:
        overview = owners.overview(context, license.id)
        item = _in_use(overview, activation_id)
        held_until = item.activation.held_until(context.clock())
        writer = OverviewWriter(words(), now=context.clock())
        return pages.render(
            "release.html",
            product=name_html(license.product.name),
            item=item,
            domain=domain_html(item.activation.domain),
            held_until=None if held_until is None else words().day(held_until),
            moves=None if item.activation.in_staging_place or held_until is not None else writer.moves(overview),
            counts_as_move=overview.moves_allowed > 0,
        )

    @portal.post("/release/<activation_id>")
    @signed_in
    def release(license: License, activation_id: str) -> Response:
        owners.release(context, license.id, activation_id)
        session.say("released", activation_id)
        return pages.to_portal()

    @portal.post("/undo/<activation_id>")
    @signed_in
    def undo(license: License, activation_id: str) -> Response:
        try:
            owners.undo(context, license.id, activation_id, address=request.remote_addr or "")
        except ServiceError as error:
            return _undo_refused_page(license, error)
        session.say("undone", activation_id)
        return pages.to_portal()

    @portal.get("/report/<activation_id>")
    @signed_in
    def ask_report(license: License, activation_id: str) -> Response:
        item = _find(owners.overview(context, license.id), activation_id)
        return pages.render(
            "report.html",
            product=name_html(license.product.name),
            domain=domain_html(item.activation.domain),
            license_id=license.id,
            activation_id=item.activation.id,
            links=shown_links(license.product.links),
        )

    @portal.post("/report/<activation_id>")
    @signed_in
    def report(license: License, activation_id: str) -> Response:
        owners.report(context, license.id, activation_id)
        session.say("reported", activation_id)
        return pages.to_portal()

    @portal.get("/<any('portal.css', 'portal.js'):name>")
    def asset(name: str) -> Response:
        return pages.asset(name)

    @portal.errorhandler(NotFound)
    def gone(error: NotFound) -> Response:
        return pages.error_page("not_found", 404)

    return portal


def _sign_in_page(refused: Refusal | None = None) -> Response:
    word, _ = session.said()
    page = pages.render(
        "sign_in.html",
        here=pages.portal_path(),
        status=200 if refused is None else refused.status,
        refused=refused,
        said=words().tell(SAID[word]) if word in ("timed_out", "key_replaced", "signed_out") else None,
    )
    return page if refused is None else refused.on(page)


def _overview_page(context: Context, overview: Overview) -> Response:
    shown = OverviewWriter(words(), now=context.clock()).write(overview)
    return pages.render("overview.html", license=shown, product=shown.product, said=_said(overview))


def _said(overview: Overview) -> Markup | None:
    """Return what was done just now, if what stands in the database bears it out."""
    word, activation_id = session.said()
    item = next((each for each in overview.activations if each.activation.id == activation_id), None)
    if item is None or (word != "reported" and (word == "released") != (item.activation.released_at is not None)):
        return None
    until = "" if item.undo_until is None else words().moment(item.undo_until)
    return words().tell(SAID[word], domain=domain_html(item.activation.domain), moment=until)


def _undo_refused_page(license: License, error: ServiceError) -> Response:
    refused = refusal(error, words())
    page = pages.render(
        "refused.html",
        here=pages.portal_path(),
        status=refused.status,
        product=name_html(license.product.name),
        refused=refused,
        links=shown_links(license.product.links),
    )
    return refused.on(page)


def _find(overview: Overview, activation_id: str) -> Shown:
    for item in overview.activations:
        if item.activation.id == activation_id:
            return item
    raise NotFound("the license has no such activation")


def _in_use(overview: Overview, activation_id: str) -> Shown:
    item = _find(overview, activation_id)
    if item.activation.released_at is not None:
        raise NotFound("the activation is released")
    return item
