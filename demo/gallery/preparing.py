"""How is a site brought where an owner may find it? By what its server says, and by what its state file holds."""

from collections.abc import Mapping
from typing import Any

from demo.gallery.scripted import LICENSE_KEY, NOW, Site
from theme_license import activation
from theme_license.domain import parse_domain
from theme_license.errors import ServerRefused
from theme_license.signed_license import Status
from theme_license.state import SiteState
from theme_license.transport import Reply

LINKS = {name: f"https://shop.example.com/{name}" for name in ("renew", "buy", "support", "find_key", "portal")}
OTHERS = [
    {"id": "act_1", "domain": "shop.example.org", "last_seen": "2027-01-14T09:30:00Z"},
    {"id": "act_2", "domain": parse_domain("متجر-الكتب.example.com").name, "last_seen": "2026-11-02T23:59:59Z"},
    {"id": "act_4", "domain": "kiosk.example.net", "last_seen": None, "offline_until": "2027-12-31T00:00:00Z"},
    {"id": "act_3", "domain": ".".join(("a" * 63, "long-" * 12 + "one", "b" * 63, "c" * 61)), "last_seen": None},
]


def activate(site: Site, *, told: Mapping[str, object] | None = None, **changes: Any) -> None:
    """Activate the site by a server that signs this license until it is given back, and has ``told`` beside it."""

    def answer(action: str, body: Mapping[str, Any], token: str | None) -> Reply:
        claims = changes | ({"status": Status.RELEASED} if action == "deactivate" else {})
        return site.vendor.reply(nonce=body["nonce"], activation={"links": LINKS} | dict(told or {}), **claims)

    site.transport.answer = answer
    activation.activate(site.checker, LICENSE_KEY.text())


def refuse(site: Site, code: str, *, status: int = 403, **problem: Any) -> None:
    """Let the server refuse whatever is asked next."""
    site.fails(ServerRefused(code, status=status, problem={"links": LINKS} | problem))


def keep(site: Site, signed_license: str, *, by_hand: bool = False) -> None:
    """Let the site have this license in its state file, whoever signed it for whomever; no token comes by hand."""
    token = None if by_hand else "thma_token"
    site.checker.state.write(SiteState(signed_license=signed_license, token=token, last_success_at=NOW))
    site.checker.forget()
