"""A site as the activation API sees it: it posts JSON and reads what comes back."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from license_server.service.license.issue import Issued
from theme_license.license_key import new_license_key
from theme_license.signed_license import Verdict
from theme_license.wire import PinnedKeys, verify_signed_license

ADDRESS = "203.0.113.9"
"""Where a site calls from, unless a test says otherwise."""

UNKNOWN_KEY = new_license_key(bytes).text("JNH")
"""A key that no license has."""

BAD_TOKEN = "thma_" + "A" * 92
"""An activation token that no server signed."""


@dataclass(frozen=True, slots=True)
class Site:
    """One license key on one domain, calling through ``client`` from ``address``."""

    client: FlaskClient
    key: str
    domain: str
    address: str = ADDRESS

    def activate(self, **changes: object) -> TestResponse:
        body = {"license_key": self.key, "product": "jannah", "domain": self.domain, "nonce": "n-1", **changes}
        return self._post("activate", body)

    def refresh(self, token: str, **changes: object) -> TestResponse:
        return self._post("refresh", {"domain": self.domain, "nonce": "n-2", **changes}, token)

    def deactivate(self, token: str, **changes: object) -> TestResponse:
        return self._post("deactivate", {"domain": self.domain, "nonce": "n-3", **changes}, token)

    def token(self) -> str:
        """Activate and return the activation token."""
        answer = self.activate()
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        return str(answer.get_json()["activation_token"])

    def _post(self, verb: str, body: dict[str, object], token: str | None = None) -> TestResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.client.post(
            f"/v1/licenses/{verb}", json=body, headers=headers, environ_base={"REMOTE_ADDR": self.address}
        )


def key_of(issued: Issued) -> str:
    """Return the key that the owner has."""
    return issued.key.text("JNH")


def verdict(text: str, keys: Sequence[str], *, domain: str = "news.example.com", now: int) -> Verdict:
    """Return what a theme that pins these public keys concludes from a signed license."""
    return verify_signed_license(text, pinned=PinnedKeys.parse(keys), product="jannah", domain=domain, now=now)


def claims(answer: TestResponse) -> dict[str, Any]:
    """Return what the signed license in an answer claims; the signature is others' to verify."""
    part = answer.get_json()["signed_license"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def code(answer: TestResponse) -> str:
    """Return the code of a problem, which must be one in every respect."""
    problem = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["type"].endswith(f"/problems/{problem['code']}")
    assert problem["title"]
    assert problem["detail"].endswith(".")
    return str(problem["code"])
