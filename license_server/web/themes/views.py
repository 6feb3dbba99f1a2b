"""Activate, refresh, deactivate: a view parses, calls one use case and renders."""

from typing import TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ValidationError

from license_server.clock import iso
from license_server.errors import DomainInvalid, TokenInvalid
from license_server.errors.calls import MembersInvalid
from license_server.service.activation import sites
from license_server.service.activation.signed_answers import Answer
from license_server.service.context import Context
from license_server.service.license import license_key_lookup
from license_server.service.traffic.background_notes import BackgroundNotes
from license_server.web.http.json_body import read_json_object
from license_server.web.themes.schemas import ActivateBody, SiteBody
from theme_license.domain import Domain, parse_domain
from theme_license.errors import DomainRefused

Body = TypeVar("Body", bound=BaseModel)

_BEARER = "bearer "


def blueprint(context: Context, notes: BackgroundNotes) -> Blueprint:
    """Return the activation API for one opened server."""
    api = Blueprint("themes", __name__, url_prefix="/v1/licenses")

    @api.post("/activate")
    def activate() -> tuple[Response, int]:
        body = _parse(ActivateBody)
        answer = sites.activate(
            context,
            sites.ActivationRequest(
                domain=_domain(body.domain),
                key=license_key_lookup.parse(context, body.license_key, address=_address()),
                product=body.product,
                nonce=body.nonce,
                environment=body.environment,
                replaces=body.replaces,
                client=body.client,
                address=_address(),
            ),
        )
        return _render(answer, {"activation_token": answer.token}), 201 if answer.is_new else 200

    @api.post("/refresh")
    def refresh() -> Response:
        return _render(sites.refresh(context, _site_request(), notes))

    @api.post("/deactivate")
    def deactivate() -> Response:
        return _render(sites.deactivate(context, _site_request()))

    return api


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


def _render(answer: Answer, more: dict[str, object] | None = None) -> Response:
    activation, license = answer.activation, answer.license
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
                **({"undo_until": iso(answer.undo_until)} if answer.undo_until is not None else {}),
            },
            **(more or {}),
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response
