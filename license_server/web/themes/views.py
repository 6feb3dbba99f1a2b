"""Activate, refresh, deactivate: a view says what it is, parses, calls one use case and renders."""

from typing import TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ValidationError

from license_server import errors
from license_server.clock import iso
from license_server.errors import DomainInvalid, TokenInvalid
from license_server.errors.calls import MembersInvalid
from license_server.service.activation import signed_answers, sites
from license_server.service.license import license_key_lookup
from license_server.web.contract.operations import Answer, BearerToken, Operation, Tag
from license_server.web.http.json_body import read_json_object
from license_server.web.http.opened_server import context, notes
from license_server.web.themes import examples
from license_server.web.themes.schemas import ActivateAnswer, ActivateBody, RefreshAnswer, SiteAnswer, SiteBody
from theme_license.domain import Domain, parse_domain
from theme_license.errors import DomainRefused

Body = TypeVar("Body", bound=BaseModel)

_BEARER = "bearer "
_ACTIVATION = Tag("Activation", "What a site calls. Leave the site working whatever the answer is.")
_TOKEN = BearerToken(
    "activation_token", "The `activation_token` of the answer to `activate`; it is good for its own domain only."
)
_ERRORS = (errors.DomainInvalid, errors.RateLimited, errors.ServerUnavailable)

blueprint = Blueprint("themes", __name__, url_prefix="/v1/licenses")


@blueprint.post("/activate")
@Operation(
    tag=_ACTIVATION,
    body=ActivateBody,
    examples=(examples.ACTIVATE, examples.MOVE),
    answers={
        201: Answer("A new activation", ActivateAnswer, examples.ACTIVATED),
        200: Answer("The activation that the domain has already", ActivateAnswer, examples.ACTIVATED),
    },
    errors=(
        *_ERRORS,
        errors.LicenseKeyMalformed,
        errors.LicenseExpired,
        errors.LicenseSuspended,
        errors.LicenseRevoked,
        errors.DomainNotAllowed,
        errors.LicenseNotFound,
        errors.NoActivationsLeft,
        errors.ProductMismatch,
        errors.MovesExhausted,
    ),
)
def activate() -> tuple[Response, int]:
    """Activate a license key on a domain.

    Idempotent: the same key and domain again is answered with 200 and takes no further place, also after the site lost
    its files. Any spelling of the domain will do, a whole URL too: the answer's `activation.domain` is the canonical
    one. Each subdomain is a domain of its own, and `www` is none.

    Where every place is in use the answer is `no_activations_left` with the list of them; the same request with one of
    their ids as `replaces` moves that place in one step. The place that a domain leaves is held for it as long as what
    was signed for it may be good: up to 46 days. It may come back free until then. Another domain takes such a place by
    a move, where no other is free: four in 365 days, unless the vendor set another number. A move that is needed is
    made without asking, and told as `moved_from` and `moves_left`.

    Keep the signed license and the token, and forget the license key: it is not needed again.
    """
    body = _parse(ActivateBody)
    answer = sites.activate(
        context(),
        sites.ActivationRequest(
            domain=_domain(body.domain),
            key=license_key_lookup.parse(context(), body.license_key, address=_address()),
            product=body.product,
            nonce=body.nonce,
            environment=body.environment,
            replaces=body.replaces,
            may_move=body.moves,
            client=body.client,
            address=_address(),
        ),
    )
    return _render(answer), 201 if answer.is_new else 200


@blueprint.post("/refresh")
@Operation(
    tag=_ACTIVATION,
    token=_TOKEN,
    body=SiteBody,
    examples=(examples.REFRESH,),
    answers={200: Answer("The activation, signed", RefreshAnswer, examples.REFRESHED)},
    errors=(*_ERRORS, errors.TokenInvalid, errors.LicenseNotFound),
)
def refresh() -> Response:
    """Ask for the signed license as it stands now.

    Changes nothing and can be repeated at will; a good token is never limited. Ask when the signed license's `refresh`
    says so, once a day. An activation that was released, or whose license was suspended or revoked, is told so with 200
    and a signed license of that status: believe nothing that is not signed. Where the answer has an
    `activation_token`, keep it in place of the one that was sent.
    """
    return _render(sites.refresh(context(), _site_request(), notes()))


@blueprint.post("/deactivate")
@Operation(
    tag=_ACTIVATION,
    token=_TOKEN,
    body=SiteBody,
    examples=(examples.DEACTIVATE,),
    answers={200: Answer("The activation, signed", SiteAnswer, examples.DEACTIVATED)},
    errors=(*_ERRORS, errors.TokenInvalid, errors.LicenseNotFound),
)
def deactivate() -> Response:
    """Give the domain's place back.

    Idempotent: an activation that is released already is answered alike. The answer is a signed license whose status is
    `released`. Deactivating deletes nothing; the same key activates the domain again, free.
    """
    return _render(sites.deactivate(context(), _site_request()))


def _parse(model: type[Body]) -> Body:
    try:
        return model.model_validate(read_json_object(request))
    except ValidationError as error:
        flaws = error.errors(include_input=False, include_url=False, include_context=False)
        # Each location is a member of the model: unknown members are ignored, so no text of the caller's is among them.
        told = tuple((str(flaw["loc"][0]), flaw["msg"]) for flaw in flaws if flaw["loc"])
        raise MembersInvalid(flaws=told) from None


def _domain(text: str) -> Domain:
    try:
        return parse_domain(text)
    except DomainRefused as error:
        raise DomainInvalid(reason=error.reason) from None


def _site_request() -> sites.SiteRequest:
    body = _parse(SiteBody)
    header = request.headers.get("Authorization", "")
    domain = _domain(body.domain)
    if not header[: len(_BEARER)].lower() == _BEARER:
        raise TokenInvalid
    return sites.SiteRequest(token=header[len(_BEARER) :].strip(), domain=domain, nonce=body.nonce, address=_address())


def _address() -> str:
    return request.remote_addr or ""


def _render(answer: signed_answers.Answer) -> Response:
    activation, license, moved = answer.activation, answer.license, answer.moved
    response = jsonify(
        {
            "signed_license": answer.signed_license,
            "activation": {
                "id": activation.id,
                "domain": activation.domain,
                "environment": activation.environment,
                "key_last5": license.key_last5,
                "plan_name": license.plan.name,
                "used": license.used,
                "limit": license.domain_limit,
                "links": license.product.links,
                **({"reason": license.status_reason} if license.status_reason is not None else {}),
                **({"moved_from": moved.domain, "moves_left": moved.left} if moved is not None else {}),
                **({"undo_until": iso(answer.undo_until)} if answer.undo_until is not None else {}),
            },
            **({"activation_token": answer.token} if answer.token is not None else {}),
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response
