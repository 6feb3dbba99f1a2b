"""What does the first page say of a license? From an overview to words."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from license_server import policy
from license_server.records import Activation, License, Standing
from license_server.service.owners import Overview, Shown
from license_server.web.owners.sentences import HELD, KEPT
from theme_license.languages import marked
from theme_license.words import Words, isolated, latin

_BADGES = {
    Standing.ACTIVE: ("active", marked("Active")),
    Standing.EXPIRED: ("warning", marked("Term ended")),
    Standing.SUSPENDED: ("error", marked("Suspended")),
    Standing.REVOKED: ("error", marked("Revoked")),
}
_EXPLANATIONS = {
    Standing.EXPIRED: marked("Your sites keep working. Updates and support have stopped."),
    Standing.SUSPENDED: marked("The vendor suspended this license on {date}."),
    Standing.REVOKED: marked("The vendor revoked this license on {date}."),
}

Facts = tuple[tuple[Markup, Markup | str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownActivation:
    """One domain on the page."""

    id: str
    domain: Markup
    tags: tuple[Markup, ...]
    facts: Facts
    undo_until: str | None
    held: Markup | None
    is_released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLicense:
    """What the template shows of a license."""

    badge_kind: str
    badge_word: Markup
    product: Markup
    explanation: Markup | None
    reason: Markup | None
    facts: Facts
    links: Mapping[str, str]
    can_renew: bool
    in_use: tuple[ShownActivation, ...]
    released: tuple[ShownActivation, ...]


class OverviewWriter:
    """Writes what the page says, in one language, at one moment."""

    def __init__(self, words: Words, *, now: int) -> None:
        self._words = words
        self._now = now

    def write(self, overview: Overview) -> ShownLicense:
        """Return what the page says of a license and the domains that it is or was in use on."""
        license = overview.license
        standing = license.standing(self._now)
        kind, word = _BADGES[standing]
        shown = tuple(self._activation(item) for item in overview.activations)
        explanation = _EXPLANATIONS.get(standing)
        told = explanation and self._words.tell(explanation, date=self._words.day(license.status_since))
        is_stopped = standing in (Standing.SUSPENDED, Standing.REVOKED) and license.status_reason
        return ShownLicense(
            badge_kind=kind,
            badge_word=self._words.tell(word),
            product=isolated(license.product.name),
            explanation=told or None,
            reason=self._words.tell("Reason: {reason}", reason=isolated(license.status_reason or ""))
            if is_stopped
            else None,
            facts=self._facts(overview),
            links=shown_links(license.product.links),
            can_renew=license.term_ends_at is not None and standing in (Standing.ACTIVE, Standing.EXPIRED),
            in_use=tuple(each for each in shown if not each.is_released),
            released=tuple(each for each in shown if each.is_released),
        )

    def moves(self, overview: Overview) -> Markup:
        """Return how often the license may still move to a domain that is new to it."""
        allowed, left = overview.moves_allowed, overview.moves_left
        if allowed == 0:
            return self._words.tell(
                "This plan has no moves: a released domain makes room for another once its place is no longer kept."
            )
        if left == 0 and overview.next_move_at is not None:
            return self._words.tell("No move is left until {date}.", date=self._words.day(overview.next_move_at))
        return self._words.tell_count(
            "{left} of {count} move left this year", "{left} of {count} moves left this year", allowed, left=left
        )

    def _facts(self, overview: Overview) -> Facts:
        tell, license = self._words.tell, overview.license
        domains = self._words.tell_count(
            "{used} of {count} domain in use",
            "{used} of {count} domains in use",
            license.domain_limit,
            used=license.used,
        )
        return (
            (tell("Plan"), isolated(license.plan.name)),
            (tell("License key"), latin(f"…{license.key_last5}")),
            (tell("Term"), self._term(license)),
            (tell("Domains"), domains),
            *self._test_copies(license),
            (tell("Moves"), self.moves(overview)),
        )

    def _test_copies(self, license: License) -> Facts:
        if license.staging_limit == 0:
            return ()
        used = self._words.tell_count(
            "{used} of {count} test copy in use",
            "{used} of {count} test copies in use",
            license.staging_limit,
            used=license.staging_used,
        )
        return ((self._words.tell("Test copies"), used),)

    def _term(self, license: License) -> Markup:
        ends_at = license.term_ends_at
        if ends_at is None:
            return self._words.tell("Perpetual")
        date = self._words.day(ends_at)
        if license.is_over(self._now):
            return self._words.tell("Ended on {date}", date=date)
        days = (ends_at - self._now) // policy.DAY
        return self._words.tell_count(
            "Until {date} ({count} day left)", "Until {date} ({count} days left)", days, date=date
        )

    def _activation(self, item: Shown) -> ShownActivation:
        activation, tell = item.activation, self._words.tell
        tags = []
        if activation.environment == "staging":
            tags.append(tell("Test copy"))
        until = activation.offline_hold(self._now)
        if until is not None:
            tags.append(tell("Offline until {date}", date=self._words.day(until)))
        return ShownActivation(
            id=activation.id,
            domain=self._words.domain(activation.domain),
            tags=tuple(tags),
            facts=self._dates(activation),
            undo_until=None if item.undo_until is None else self._words.moment(item.undo_until),
            held=self._held(item),
            is_released=activation.released_at is not None,
        )

    def _held(self, item: Shown) -> Markup | None:
        if item.held_until is None:
            return None
        return self._words.tell(KEPT if item.is_movable else HELD, date=self._words.day(item.held_until))

    def _dates(self, activation: Activation) -> Facts:
        tell, day, seen = self._words.tell, self._words.day, activation.last_seen_at
        if activation.released_at is not None:
            return ((tell("Released"), day(activation.released_at)),)
        return (
            (tell("Activated"), day(activation.activated_at)),
            (tell("Last seen"), tell("Never") if seen is None else day(seen)),
        )


def shown_links(links: object) -> Mapping[str, str]:
    """Return the links that lead to https, whatever the database holds."""
    found = links if isinstance(links, dict) else {}
    return {name: url for name, url in found.items() if isinstance(url, str) and _is_https(url)}


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # "https://["
        return False
    return parts.scheme == "https" and bool(parts.netloc)
