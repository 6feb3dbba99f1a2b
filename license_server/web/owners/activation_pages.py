"""The page on which an owner activates a site that cannot call the server (protocol §8)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup

from license_server.errors import NoActivationsLeft, ServiceError
from license_server.errors.catalogue import ProductNotFound
from license_server.records import Activation, Product
from license_server.service import catalogue
from license_server.service.activation import offline
from license_server.service.activation.offline_request import OfflineRequest, parse_request
from license_server.service.license import license_key_lookup
from license_server.service.license.license_key_lookup import Proof
from license_server.web.http.opened_server import context
from license_server.web.owners import approval, pages, return_address
from license_server.web.owners.overview_page import shown_links
from license_server.web.owners.refusals import Refusal, refusal
from license_server.web.owners.sentences import HELD, REFUSALS, SESSION_OVER
from license_server.web.owners.words import words
from theme_license.words import isolated

blueprint = Blueprint("owners_activate", __name__, url_prefix="/portal/activate", template_folder="templates")
blueprint.before_request(pages.refuse_foreign_form)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the license that is taken; without an id it cannot be moved."""

    id: str | None
    domain: Markup
    told: Markup


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a site asks, as its text and as what it says."""

    text: str
    request: OfflineRequest
    product: Product


@blueprint.get("")
def ask() -> Response:
    """Return the page that takes a site's request or, with one in the address, that asks for the license key."""
    text = request.args.get("request", "")
    if not text:
        return _request_page()
    asked = _read(text)
    return _request_page(asked) if isinstance(asked, Refusal) else _key_page(asked)


@blueprint.post("")
def activate() -> Response:
    """Ask again what the key was typed for; once that is confirmed, sign the license that nobody but the vendor ends.

    Its text goes back to the site through the browser, or is shown to be copied.
    """
    asked = _read(request.form.get("request", ""))
    if isinstance(asked, Refusal):
        return _request_page(asked)
    replaces = request.form.get("replaces", "")
    try:
        proof = _proof(asked)
        if proof is None:
            return _key_page(asked, Refusal("session_over", 403, words().tell(SESSION_OVER)))
        if request.form.get("confirmed") == "yes" and approval.was_shown(asked.text, replaces):
            return _sign(asked, proof, replaces)
        return _confirm_page(asked, proof, replaces)
    except ServiceError as error:
        return _key_page(asked, _refusal(error, asked), _taken(error))


def _proof(asked: _Asked) -> Proof | None:
    """Return the proof of the key that was just typed, or of the one that was typed for this request before."""
    if "license_key" not in request.form:
        return approval.proof(asked.text)
    return license_key_lookup.prove(context(), request.form["license_key"], address=request.remote_addr or "")


def _confirm_page(asked: _Asked, proof: Proof, replaces: str) -> Response:
    try:
        preview = offline.preview(
            context(), asked.request, proof, replaces=replaces or None, address=request.remote_addr or ""
        )
    except NoActivationsLeft:
        approval.remember(asked.text, proof, shown=None)  # for the choice of a place, which comes next
        raise
    approval.remember(asked.text, proof, shown=replaces)
    return_url = asked.request.return_url
    return pages.render(
        "confirm.html",
        here=_address(asked),
        sends_to=None if return_url is None else return_address.origin(return_url),
        domain=words().domain(str(asked.request.domain)),
        until=words().day(preview.held_until),
        moved_from=None if preview.moved_from is None else words().domain(preview.moved_from),
        request_text=asked.text,
        replaces=replaces,
        returns=return_url is not None,
    )


def _sign(asked: _Asked, proof: Proof, replaces: str) -> Response:
    answer = offline.answer(
        context(), asked.request, proof, replaces=replaces or None, address=request.remote_addr or ""
    )
    approval.forget()
    if asked.request.return_url is not None:
        return pages.away(return_address.with_answer(asked.request.return_url, answer.text))
    return pages.render(
        "answer.html",
        here=_address(asked),
        product=isolated(asked.product.name),
        domain=words().domain(answer.activation.domain),
        text=answer.text,
        until=words().day(answer.until),
    )


def _read(text: str) -> _Asked | Refusal:
    try:
        asked = parse_request(text, now=context().clock())
        return _Asked(text, asked, catalogue.find_product(context(), asked.product))
    except ProductNotFound:
        sentence = REFUSALS["product_unknown"]
        return Refusal("product_unknown", 400, words().tell(sentence))
    except ServiceError as error:
        return refusal(error, words())


def _refusal(error: ServiceError, asked: _Asked) -> Refusal:
    return refusal(
        error, words(), product=isolated(asked.product.name), domain=words().domain(str(asked.request.domain))
    )


def _taken(error: ServiceError) -> tuple[Place, ...]:
    """Return where the license is in use, when every place is taken; the service puts the longest unseen first."""
    return tuple(_place(each, error.at) for each in error.holding) if isinstance(error, NoActivationsLeft) else ()


def _place(activation: Activation, now: int) -> Place:
    domain, seen, until = words().domain(activation.domain), activation.last_seen_at, activation.offline_hold(now)
    if until is not None:
        return Place(None, domain, words().tell(HELD, date=words().day(until)))
    if seen is None:
        return Place(activation.id, domain, words().tell("Never seen"))
    return Place(activation.id, domain, words().tell("Last seen on {date}", date=words().day(seen)))


def _request_page(refused: Refusal | None = None) -> Response:
    return pages.render("request.html", here=f"{pages.portal_path()}/activate", refused=refused)


def _key_page(asked: _Asked, refused: Refusal | None = None, taken: tuple[Place, ...] = ()) -> Response:
    return pages.render(
        "activate.html",
        here=_address(asked),
        refused=refused,
        product=isolated(asked.product.name),
        domain=words().domain(str(asked.request.domain)),
        request_text=asked.text,
        returns=asked.request.return_url is not None,
        taken=taken,
        can_move=any(place.id is not None for place in taken),
        links=shown_links(asked.product.links),
    )


def _address(asked: _Asked) -> str:
    return f"{pages.portal_path()}/activate?{urlencode({'request': asked.text})}"
