"""What may a site have stored? Licenses that a vendor of our own signs just now, and the text that a client keeps."""

import json
import time
from typing import Any

from demo.gallery.scripted import DAY, Vendor


def signed_now(vendor: Vendor, **changes: Any) -> str:
    """Return a license that ``vendor`` signs this moment: a good one without an end, but for ``changes``."""
    now = int(time.time())
    times = {"issued_at": now, "lease_ends_at": now + 30 * DAY, "refresh_at": now + DAY, "term_ends_at": None}
    return vendor.sign(**(times | changes))


def kept_state(signed_license: str, **changes: object) -> str:
    """Return the text that a client keeps with this license, an answer of a server from now, but for ``changes``."""
    now = int(time.time())
    kept: dict[str, object] = {
        "format": 1,
        "signed_license": signed_license,
        "token": "thma_token",
        "activation": {
            "id": "act_1",
            "domain": "news.example.com",
            "environment": "production",
            "key_last5": "ABCDE",
            "plan_name": "Single",
            "used": 1,
            "limit": 1,
        },
        "next_attempt_at": now + DAY,
        "failures": 0,
        "last_failure": None,
        "last_success_at": now,
    }
    return json.dumps(kept | changes)
