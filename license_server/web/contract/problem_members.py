"""What does a problem carry beside type, title, status, code and detail, and of which shape?"""

from dataclasses import dataclass
from typing import Any

from license_server.web.contract import examples

_TIME = {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One further member of a problem: ``schema`` is JSON Schema, ``example`` a value of it."""

    name: str
    meaning: str
    schema: dict[str, Any]
    example: Any


LINKS = Member(
    name="links",
    meaning="Where the vendor sends owners: those of `renew`, `buy`, `support`, `find_key` and `portal` that are set.",
    schema={"$ref": "#/components/schemas/Links"},
    example=examples.LINKS,
)
RETRY_AFTER = Member(
    name="retry_after",
    meaning="Seconds to wait, the same as in the header Retry-After.",
    schema={"type": "integer", "minimum": 1},
    example=87,
)
VENDORS_REASON = Member(
    name="reason",
    meaning="What the vendor wrote for the owner to read; null when nothing was written.",
    schema={"type": ["string", "null"]},
    example="The payment of order 4711 was charged back.",
)
SINCE = Member(name="since", meaning="When the vendor did so.", schema=_TIME, example="2027-02-01T10:30:00Z")
EXPIRED_AT = Member(
    name="expired_at", meaning="When the paid term was over.", schema=_TIME, example="2027-01-15T08:00:00Z"
)
NEXT_MOVE_AT = Member(
    name="next_move_at",
    meaning="When a new domain is possible: a place is free then, or another move.",
    schema=_TIME,
    example="2027-06-03T14:12:09Z",
)
DOMAIN_REASON = Member(
    name="reason",
    meaning="Which rule the text breaks.",
    schema={
        "type": "string",
        "enum": [
            "too_long",
            "empty",
            "bad_character",
            "bad_scheme",
            "bad_port",
            "bad_ip",
            "not_idna2008",
            "too_many_labels",
            "not_fqdn",
        ],
    },
    example="not_fqdn",
)
DENIAL_REASON = Member(
    name="reason",
    meaning="Why: a development name needs no license; the others belong to nobody, or to everybody.",
    schema={"type": "string", "enum": ["development", "public_ip", "special_ip", "special_use", "public_suffix"]},
    example="development",
)
ACTIVATIONS = Member(
    name="activations",
    meaning="Where the license is in use, the longest unseen first; 100 at most. A request for `production` is not "
    "told of test copies in staging places, which make no room for it.",
    schema={"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/ActivationInUse"}},
    example=[{"id": examples.ACTIVATION_ID, "domain": "old.example.org", "last_seen": "2026-12-02T17:05:44Z"}],
)
LIMIT = Member(
    name="limit",
    meaning="Domains that the license may be in use on.",
    schema={"type": "integer", "minimum": 0},
    example=1,
)
USED = Member(name="used", meaning="Domains that it is in use on.", schema={"type": "integer", "minimum": 0}, example=1)

SHARED_SCHEMAS: dict[str, Any] = {
    "ActivationInUse": {
        "title": "ActivationInUse",
        "description": "An activation that holds a place; send its `id` as `replaces` to move it.",
        "type": "object",
        "required": ["id", "domain", "last_seen"],
        "properties": {
            "id": {"type": "string", "description": "The activation.", "examples": [examples.ACTIVATION_ID]},
            "domain": {"type": "string", "description": "Its canonical domain.", "examples": ["old.example.org"]},
            "last_seen": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When the site last asked.",
                "examples": ["2026-12-02T17:05:44Z"],
            },
            "offline_until": {
                "type": "string",
                "format": "date-time",
                "description": "Until when an offline license holds the place; absent where there is none. It cannot "
                "be moved before.",
                "examples": ["2027-11-23T00:00:00Z"],
            },
            "held_until": {
                "type": "string",
                "format": "date-time",
                "description": "Told where the request forbids a move: the domain left its place, which is held for "
                "it until then.",
                "examples": ["2027-03-12T09:20:00Z"],
            },
        },
    }
}
