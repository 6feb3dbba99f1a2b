"""What the examples of the activation API say: one site is activated, asks again, and gives its place back.

A test verifies the signed licenses with the story's public key, and holds every example against its schema.
"""

import json
from typing import Any

from license_server.web.contract.examples import ACTIVATION_ID, LINKS
from license_server.web.contract.operations import Example
from license_server.web.contract.signed_license import CLAIMS, HEADER
from theme_license.wire import encode_segment

_TOKEN = "thma_AbkSyA7rYv5eB76fZCFaxuGbtQfRC63NwJF7KmMt4AAAapr2ACSFxvgUFr_b736pnWMs6HenpkBm_NmxUaZvVcZzjSkT"  # noqa: S105 - of no server
_REFRESH_NONCE = "Qm9vXzEyMzQ1Njc4OTBhYmNkZWZnaGlqa2xtbm9wcXI"
_DEACTIVATE_NONCE = "uC5b0Yk2mXw8QeZr7TtLs1VdNfJhGpAi3oKxEy6Bq9M"


def _told(signature: str, *, used: int = 1, **claims: str) -> dict[str, Any]:
    """Return what an answer says: ``signature`` is that of the story's claims, with ``claims`` in their place."""
    signed = (HEADER, json.dumps({**CLAIMS, **claims}, separators=(",", ":")))
    text = ".".join([*(encode_segment(part.encode("ascii")) for part in signed), signature])
    return {"signed_license": text, "activation": {"used": used, "links": LINKS}}


_ACTIVATED = _told("yLWCIlRR9hR6PwofxpVmZX9Qw0TQtQS3L-cZ1BhsWhc0X6J33jaQgpdk_XBhxQw78JF7fy6SotUuIG5lJ49fAQ")
_REFRESHED = _told(
    "gQRkFAR-ATUhlzIUg-IMobbR1AE0BztSWG8DRtjXaiyKF8tueDpDIDmcbQTF_ppKGLGrFpBR8GHK35ts0XbAAQ", nonce=_REFRESH_NONCE
)
_DEACTIVATED = _told(
    "mI4RhiZ9h8G3jufBSIyyICEDZxJFiRGi1kE6Owr8A5ZeJhmQ-hLpZFEpVnwlXUcqrWi2Ef2kBZ7BCn1avzWlCA",
    used=0,
    status="released",
    nonce=_DEACTIVATE_NONCE,
)

ACTIVATE = Example(name="activate", summary="Activate a domain")
MOVE = Example(
    {
        "domain": "shop.example.org",
        "nonce": "b7Rk1nV0cQ4xS9eZtYw2LmA6uHpD3fGjK8oIiNqTsXE",
        "environment": "production",
        "replaces": ACTIVATION_ID,
        "client": "my-theme/1.0",
    },
    name="move",
    summary="Move an activation to another domain",
)
ACTIVATED = Example({**_ACTIVATED, "activation_token": _TOKEN}, name="activated", summary="The activation")
REFRESH = Example({"domain": "news.example.com", "nonce": _REFRESH_NONCE})
REFRESHED = Example(_REFRESHED, summary="The activation as it stands now")
DEACTIVATE = Example({"domain": "news.example.com", "nonce": _DEACTIVATE_NONCE})
DEACTIVATED = Example(_DEACTIVATED, summary="The activation as it stands now")
