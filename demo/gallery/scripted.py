"""What does a site need to be brought into any state? A vendor who signs, a server that answers as told, a clock.

Real are the signatures, the state file and the checker; scripted are only the network and the time, through the
client's own interface.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from theme_license.base64url import encode_segment
from theme_license.checker import Checker
from theme_license.configuration import Configuration
from theme_license.errors import ThemeLicenseError
from theme_license.license_key import new_license_key
from theme_license.public_key import parse_public_key
from theme_license.signed_license import Environment, SignedLicense, Status
from theme_license.transport import Reply
from theme_license.wire import encode_signed_license

NOW = 1_800_000_000
DAY = 86_400
DOMAIN = "news.example.com"
SERVER = "https://licenses.example.com"
LICENSE_KEY = new_license_key(lambda n: hashlib.shake_128(b"a key for tests").digest(n))
LINKS = {"renew": "https://shop.example.com/renew", "buy": "https://shop.example.com/buy"}

Answer = Callable[[str, Mapping[str, Any], str | None], Reply | ThemeLicenseError]
"""What a server says to an action with a body and a token; an error is raised."""


def edited(text: str) -> str:
    """Change one character in the middle of a signed license."""
    middle = len(text) // 2
    return text[:middle] + ("B" if text[middle] == "A" else "A") + text[middle + 1 :]


class Vendor:
    """A vendor with one signing key, which the name decides."""

    def __init__(self, name: str = "vendor") -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.key = parse_public_key(encode_segment(self._private.public_key().public_bytes_raw()))

    def license(self, **changes: Any) -> SignedLicense:
        """Return what a license says: a good one's words, but for ``changes``."""
        values: dict[str, Any] = {
            "issuer": SERVER,
            "license_id": "lic_1",
            "activation_id": "act_1",
            "domain": DOMAIN,
            "product": "jannah",
            "plan": "single",
            "environment": Environment.PRODUCTION,
            "status": Status.ACTIVE,
            "issued_at": NOW,
            "lease_ends_at": NOW + 30 * DAY,
            "grace_seconds": 14 * DAY,
            "refresh_at": NOW + DAY,
            "term_ends_at": NOW + 365 * DAY,
            "features": (),
            "nonce": None,
        }
        return SignedLicense(**(values | changes))

    def sign(self, **changes: Any) -> str:
        """Return such a license signed."""
        return encode_signed_license(self.license(**changes), key_id=self.key.key_id, sign=self._private.sign)

    def reply(self, *, activation: Mapping[str, object] | None = None, **changes: Any) -> Reply:
        """Return a server's answer with such a license, and the words beside it but for ``activation``."""
        told = {"id": "act_1", "domain": DOMAIN, "plan_name": "Single", "key_last5": "ABCDE", "used": 1, "limit": 1}
        return Reply(self.sign(**changes), {**told, "links": LINKS, **(activation or {})}, "thma_token")


class Clock:
    """A clock that stands until it is turned."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the seconds since 1970-01-01 UTC that it shows."""
        return self.now


class ScriptedTransport:
    """Answers each request by ``answer(action, body, token)``, which may raise; notes what was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any], str | None]] = []

    def send(self, action: str, body: Mapping[str, object], *, token: str | None = None) -> Reply:
        """Answer as told, and note the call."""
        self.calls.append((action, dict(body), token))
        answer = self.answer(action, body, token)
        if isinstance(answer, ThemeLicenseError):
            raise answer
        return answer


class Site:
    """A site in ``folder`` with a vendor, a transport and a clock of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        domain: str = DOMAIN,
        server: str = "http://127.0.0.1:9",
        vendor: Vendor | None = None,
        standby: bool = False,
    ) -> None:
        self.vendor = vendor or Vendor()
        self.standby = Vendor("standby")
        self.clock = Clock()
        self.transport = ScriptedTransport(self.granted)
        keys = [self.vendor.key.text, self.standby.key.text] if standby else [self.vendor.key.text]
        self.configuration = Configuration.from_texts(
            product="jannah", server=server, keys=keys, domain=domain, state=folder / "license.json"
        )
        self.checker = self.new_checker()

    def new_checker(self, *, refresh_in_background: bool = False) -> Checker:
        """Return another checker of this site, as another process would have."""
        return Checker(
            self.configuration,
            transport=self.transport,
            clock=self.clock,
            refresh_in_background=refresh_in_background,
        )

    def granted(self, action: str, body: Mapping[str, Any], token: str | None) -> Reply:
        """Grant whatever is asked, for 30 days from now."""
        now = int(self.clock.now)
        times: dict[str, Any] = {"issued_at": now, "lease_ends_at": now + 30 * DAY, "refresh_at": now + DAY}
        status = Status.RELEASED if action == "deactivate" else Status.ACTIVE
        return self.vendor.reply(nonce=body["nonce"], status=status, **times)

    def says(self, **changes: Any) -> None:
        """Let the server answer with a license that has these values, and the nonce that was sent."""
        self.transport.answer = lambda action, body, token: self.vendor.reply(**({"nonce": body["nonce"]} | changes))

    def fails(self, error: ThemeLicenseError) -> None:
        """Let every request end in ``error``."""
        self.transport.answer = lambda action, body, token: error

    def verdict(self) -> str:
        """Return the code that a fresh look at the state file gives."""
        self.checker.forget()
        return self.checker.check().code.value
