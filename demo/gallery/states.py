"""Which states can an owner find the card in? All of them, in the order in which one meets them.

A new one takes three lines: ``@state(…)`` with the forms or the query that show it, a function that brings a site
there, and a docstring that says what is seen. Pictures and tests take it from here.
"""

from collections.abc import Mapping
from typing import Any

from demo.gallery.card_state import Form, States
from demo.gallery.preparing import LINKS, OTHERS, activate, keep, refuse
from demo.gallery.scripted import DAY, DOMAIN, LICENSE_KEY, NOW, Site, Vendor, edited
from theme_license import activation
from theme_license.errors import ServerRefused, ServerUnreachable, ThemeLicenseError
from theme_license.options_page.sentences import CAUSES
from theme_license.signed_license import Environment, Status
from theme_license.transport import Reply

STATES = States()
state = STATES.state

KEY = LICENSE_KEY.text()
ACTIVATE: Form = {"action": "activate", "license_key": KEY}
CHECK: Form = {"action": "check"}


# --- before a key is accepted ---


@state()
def not_activated(site: Site) -> None:
    """A new site: the notice and the field."""


@state({"action": "activate", "license_key": KEY[:-1]})
def key_malformed(site: Site) -> None:
    """A character of the key is missing; no call was made."""


@state(ACTIVATE)
def license_not_found(site: Site) -> None:
    """No license has the key."""
    refuse(site, "license_not_found", status=404)


@state(ACTIVATE)
def limit_reached(site: Site) -> None:
    """The license is in use on an Arabic domain, by an offline license, on the longest domain, which was never seen."""

    def answer(action: str, body: Mapping[str, Any], token: str | None) -> Reply | ThemeLicenseError:
        if body.get("replaces"):
            return site.granted(action, body, token)
        problem = {"activations": OTHERS, "limit": 4, "used": 4, "links": LINKS}
        return ServerRefused("no_activations_left", status=409, problem=problem)

    site.transport.answer = answer


@state(ACTIVATE)
def limit_held(site: Site) -> None:
    """The license is in use elsewhere, and no place can be moved from there."""
    refuse(site, "no_activations_left", status=409, activations=[OTHERS[2]], limit=1, used=1)


@state(ACTIVATE)
def moves_exhausted(site: Site) -> None:
    """The license has moved as often as its plan allows."""
    refuse(site, "moves_exhausted", status=409, next_move_at="2027-03-01T00:00:00Z")


@state(ACTIVATE)
def license_expired(site: Site) -> None:
    """The term is over, so the license takes no new domain."""
    refuse(site, "license_expired", expired_at="2026-12-31T00:00:00Z")


@state(ACTIVATE)
def rate_limited(site: Site) -> None:
    """Too many attempts."""
    refuse(site, "rate_limited", status=429, retry_after=600)


@state(ACTIVATE)
def unreachable_not_activated(site: Site) -> None:
    """No server could be asked, and no license is stored."""
    site.fails(ServerUnreachable("timeout"))


@state(domain="shop.test")
def development(site: Site) -> None:
    """A development name needs no license."""


@state({"action": "prepare", "public_name": "no name", "license_key": KEY}, domain="shop.test")
def development_refused(site: Site) -> None:
    """The public name of a site under a development name cannot be read."""


@state({"action": "prepare", "public_name": DOMAIN, "license_key": KEY}, domain="shop.test")
def development_limit_reached(site: Site) -> None:
    """The license for later is in use elsewhere."""
    refuse(site, "no_activations_left", status=409, activations=OTHERS[:2], limit=2, used=2)


@state(domain="shop.test", query="done=prepared")
def development_prepared(site: Site) -> None:
    """The license is stored for the public name, and takes effect there."""
    keep(site, site.vendor.sign())


# --- a license that is good ---


@state()
def active(site: Site) -> None:
    """Active, with a year to go."""
    activate(site)


@state()
def active_perpetual(site: Site) -> None:
    """Active for ever, one of three domains."""
    activate(site, term_ends_at=None, told={"plan_name": "Three sites", "used": 2, "limit": 3})


@state()
def test_copy(site: Site) -> None:
    """Active as a test copy, on a staging place."""
    activate(site, environment=Environment.STAGING)


@state(query="done=activated")
def activated(site: Site) -> None:
    """Just validated."""
    activate(site)


@state(query="done=checked")
def checked(site: Site) -> None:
    """Just checked."""
    activate(site)


@state(query="confirm=deactivate")
def deactivate(site: Site) -> None:
    """Asked whether to give the place back."""
    activate(site)


@state(query="done=deactivated")
def deactivated(site: Site) -> None:
    """Just given back."""
    activate(site)
    activation.deactivate(site.checker)


@state()
def expiring(site: Site) -> None:
    """The term ends within 30 days."""
    activate(site, term_ends_at=NOW + 12 * DAY + 3_600)


@state()
def term_expired(site: Site) -> None:
    """The term is over; the site keeps working."""
    activate(site, term_ends_at=NOW - 40 * DAY)


@state()
def in_grace(site: Site) -> None:
    """Nobody could ask for longer than the lease."""
    activate(site)
    site.clock.now = NOW + 33 * DAY


@state()
def clock_behind(site: Site) -> None:
    """The clock of the site's host is days behind."""
    activate(site)
    site.clock.now = NOW - 2 * DAY


@state()
def unreachable_in_background(site: Site) -> None:
    """The last refresh found no server; nobody has clicked."""
    activate(site)
    site.fails(ServerUnreachable("refused"))
    site.checker.refresh(force=True)


@state(CHECK)
def forgotten(site: Site) -> None:
    """The server no longer knows the activation; only the key can mend that."""
    activate(site)
    refuse(site, "token_invalid", status=401)


def _cannot_be_asked(cause: str) -> None:
    @state(CHECK, name=f"unreachable_active_{cause}", shows=f"Active; a click found no server: {cause}.")
    def unreachable_active(site: Site) -> None:
        activate(site)
        site.fails(ServerUnreachable(cause))


for _cause in CAUSES:
    _cannot_be_asked(_cause)


# --- a license that is no longer good ---


@state()
def lease_ended(site: Site) -> None:
    """Lease and grace are over."""
    activate(site)
    site.clock.now = NOW + 60 * DAY


@state()
def suspended(site: Site) -> None:
    """The vendor has suspended the license and says why."""
    activate(site, status=Status.SUSPENDED, told={"reason": "Payment of invoice 2027-118 is disputed"})


@state()
def revoked(site: Site) -> None:
    """The vendor has revoked the license and gives an Arabic reason."""
    activate(site, status=Status.REVOKED, told={"reason": "أُعيد المبلغ إلى المشتري (Visa 4242)"})


@state()
def released(site: Site) -> None:
    """This domain was freed in the portal, which can be undone for a day."""
    activate(site, status=Status.RELEASED, told={"undo_until": "2027-01-16T08:00:00Z"})


@state()
def released_for_good(site: Site) -> None:
    """This domain was freed in the portal, and the license may be in use elsewhere by now."""
    activate(site, status=Status.RELEASED)


@state()
def wrong_domain(site: Site) -> None:
    """The license is for another domain: the site moved, or is a copy."""
    keep(site, site.vendor.sign(domain="shop.example.org"))


@state({"action": "test_copy", "license_key": KEY})
def no_test_copies(site: Site) -> None:
    """The plan has no place left for a test copy."""
    wrong_domain(site)
    refuse(site, "no_activations_left", status=409, activations=OTHERS)


@state({"action": "anew"}, query="done=anew")
def started_anew(site: Site) -> None:
    """The license of the other site was left to it."""
    wrong_domain(site)


@state()
def damaged(site: Site) -> None:
    """One character of the stored license was changed."""
    keep(site, edited(site.vendor.sign()))


@state()
def unknown_key(site: Site) -> None:
    """The stored license was signed by a key that the theme does not pin."""
    keep(site, Vendor("another vendor").sign())


@state()
def wrong_product(site: Site) -> None:
    """The stored license is for another theme."""
    keep(site, site.vendor.sign(product="sahifa"))


# --- a license that comes without a call ---

BY_HAND: Form = {"action": "offline"}
OFFLINE = {"lease_ends_at": NOW + 365 * DAY, "refresh_at": None}


@state(BY_HAND, query="step=offline")
def offline_step(site: Site) -> None:
    """The request to carry to the portal, and the field for its answer."""


@state()
def offline_active(site: Site) -> None:
    """Active by a license that was brought by hand."""
    keep(site, site.vendor.sign(**OFFLINE), by_hand=True)


@state()
def offline_ended(site: Site) -> None:
    """The license that was brought by hand is over, its grace is not."""
    keep(site, site.vendor.sign(**OFFLINE | {"term_ends_at": None}), by_hand=True)
    site.clock.now = NOW + 370 * DAY


@state(query="step=key")
def offline_again(site: Site) -> None:
    """The key is asked for before the license that was brought by hand is over."""
    keep(site, site.vendor.sign(**OFFLINE), by_hand=True)


@state(query=f"signed_license={Vendor().sign(**OFFLINE)}")
def answer_must_be_pasted(site: Site) -> None:
    """A license of the vendor's own came through the browser."""


ANSWERS = {
    "answer_is_a_key": KEY,
    "answer_malformed": "eyJ",
    "answer_bad_signature": edited(Vendor().sign(**OFFLINE)),
    "answer_wrong_domain": Vendor().sign(**OFFLINE, domain="shop.example.org"),
    "answer_old": Vendor().sign(**OFFLINE, nonce="A" * 43),
}
for _name, _answer in ANSWERS.items():
    state(BY_HAND, {"action": "answer", "answer": _answer}, name=_name, shows="An answer was not taken.")(not_activated)
