"""In whatever order it is asked: no more domains are validated than the license covers (protocol §6, Leases out).

Every signed license is kept and judged as a client does, now, in 29 and in 43 days. The bound is counted from these
documents and from what was answered, never from what the server stored.

Promise: one key on many sites, by whatever sequence of activations, releases, moves, test copies and undos.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from license_server import policy
from license_server.errors import MovesExhausted, NoActivationsLeft, TokenInvalid, UndoOver
from license_server.errors.calls import DomainInUseAgain
from license_server.errors.licenses import AlreadyReleased, PlanTooSmall, PlanUnchanged
from license_server.policy import PlaceKind
from license_server.records import Activation
from license_server.service import catalogue, owners
from license_server.service.activation import activation_lookup, sites, vendor_release
from license_server.service.activation.signed_answers import Answer
from license_server.service.activation.sites import ActivationRequest, SiteRequest
from license_server.service.context import Context
from license_server.service.license import holds, issue, license_lookup, lifecycle
from license_server.service.operating import signing_keys
from license_server.service.traffic.background_notes import BackgroundNotes
from tests.license_server.conftest import Clock
from tests.license_server.faults import NewTally
from tests.license_server.ledger import flaws
from tests.license_server.site import ADDRESS
from theme_license.domain import parse_domain
from theme_license.wire import PinnedKeys, decode_signed_license, verify_signed_license

STEPS = int(os.environ.get("LEASE_STEPS", "400"))
"""``make faults`` makes it 10,000."""

DAY = policy.DAY
AHEAD = (0, 29 * DAY, 43 * DAY)


@dataclass(frozen=True, slots=True)
class Document:
    """A signed license, and of which kind of place its activation was when it was signed."""

    text: str
    domain: str
    kind: PlaceKind
    ends_at: int


@dataclass
class Allowance:
    """One domain more than the limit, until ``ends_at``: a move took its place, or the vendor."""

    domain: str
    kind: PlaceKind
    made_at: int
    ends_at: int
    why: str


@dataclass
class World:
    """A license, its sites, and everything that was ever signed for them."""

    context: Context
    clock: Clock
    chance: random.Random
    license_id: str
    key: Any
    pinned: PinnedKeys
    domains: list[str]
    notes: BackgroundNotes
    documents: dict[tuple[str, PlaceKind], Document] = field(default_factory=dict)
    allowances: list[Allowance] = field(default_factory=list)
    tokens: dict[str, list[str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    signed: int = 0

    # What may happen.

    def activate(self) -> None:
        domain = self.chance.choice(self.domains)
        environment = "staging" if self.chance.random() < 0.3 else "production"
        in_use = self.in_use()
        replaces = self.chance.choice(in_use).id if in_use and self.chance.random() < 0.3 else None
        before = self.covered()
        request = ActivationRequest(
            key=self.key,
            product="jannah",
            domain=parse_domain(domain),
            nonce="n",
            environment=environment,
            replaces=replaces,
            may_move=self.chance.random() < 0.9,
            client=None,
            address=f"203.0.113.{self.chance.randrange(250)}",
        )
        try:
            answer = sites.activate(self.context, request)
        except (NoActivationsLeft, MovesExhausted) as error:
            self.told[type(error).__name__] += 1
            return
        if self.chance.random() < 0.05:
            # The answer is lost, or the worker was killed after the commit: the site asks again later.
            self.told["answer lost"] += 1
        else:
            self.keep(answer)
        self.displaced(before, by=domain, moved=answer.moved is not None)

    def refresh(self) -> None:
        known = [(domain, token) for domain, tokens in self.tokens.items() for token in tokens[-2:]]
        if not known:
            return
        domain, token = self.chance.choice(known)
        try:
            answer = sites.refresh(self.context, self._site(domain, token), self.notes)
        except TokenInvalid:
            self.told["token dead"] += 1
            return
        if answer.activation.released_at is None:
            self.keep(answer)

    def refresh_all(self) -> None:
        for domain, tokens in list(self.tokens.items()):
            try:
                answer = sites.refresh(self.context, self._site(domain, tokens[-1]), self.notes)
            except TokenInvalid:
                continue
            if answer.activation.released_at is None:
                self.keep(answer)

    def deactivate(self) -> None:
        known = [(domain, tokens[-1]) for domain, tokens in self.tokens.items()]
        if not known:
            return
        domain, token = self.chance.choice(known)
        try:
            sites.deactivate(self.context, self._site(domain, token))
        except TokenInvalid:
            self.told["token dead"] += 1

    def owner_releases(self) -> None:
        in_use = self.in_use()
        if in_use:
            owners.release(self.context, self.license_id, self.chance.choice(in_use).id)

    def owner_undoes(self) -> None:
        released = [one for one in self.known() if one.undo_until(self.clock()) is not None]
        if not released:
            return
        chosen = self.chance.choice(released)
        before = self.covered()
        moves = self.moves_made()
        try:
            owners.undo(self.context, self.license_id, chosen.id, address=ADDRESS)
        except (NoActivationsLeft, UndoOver, DomainInUseAgain) as error:
            self.told[f"undo {type(error).__name__}"] += 1
            return
        self.displaced(before, by=chosen.domain, moved=self.moves_made() > moves)

    def vendor_releases(self) -> None:
        known = self.known()
        if not known:
            return
        chosen = self.chance.choice(known)
        try:
            vendor_release.release(self.context, chosen.id)
        except AlreadyReleased:
            return
        for kind in PlaceKind:
            self.allow(chosen.domain, kind, "vendor")

    def plan_changes(self) -> None:
        plans = catalogue.list_plans(self.context, "jannah")
        before = self.covered()
        try:
            lifecycle.change_plan(self.context, self.license_id, self.chance.choice(plans))
        except (PlanTooSmall, PlanUnchanged):
            return
        # What is out beyond a smaller plan is the vendor's doing.
        for domain, kind in before - self.covered():
            self.allow(domain, kind, "shrank")

    def lease_changes(self) -> None:
        plan = self.chance.choice(catalogue.list_plans(self.context, "jannah"))
        days = self.chance.choice((1, 7, 30, 90))
        catalogue.update_plan(self.context, "jannah", plan.slug, {"lease_seconds": days * DAY})

    def time_passes(self) -> None:
        self.clock.now += self.chance.choice((1, 60, 3_600, 12 * 3_600, DAY, 3 * DAY, 10 * DAY))

    def weeks_pass(self) -> None:
        self.clock.now += self.chance.choice((20 * DAY, 30 * DAY, 50 * DAY))

    def notes_are_stored(self) -> None:
        self.notes.flush()

    def notes_are_lost(self) -> None:
        self.notes = BackgroundNotes(self.context, interval=1e9)

    # What is known of it.

    def in_use(self) -> list[Activation]:
        return activation_lookup.of_license(self.context, self.license_id)

    def known(self) -> list[Activation]:
        return activation_lookup.of_license(self.context, self.license_id, released=True)

    def moves_made(self) -> int:
        return license_lookup.find(self.context, self.license_id).moves_made

    def covered(self) -> set[tuple[str, PlaceKind]]:
        """Return which domains have a place of which kind, or one is held for them."""
        license = license_lookup.find(self.context, self.license_id)
        held = {(hold.activation.domain, hold.kind) for hold in holds.of_license(self.context, license).holds}
        return held | {(one.domain, one.place_kind) for one in self.in_use()}

    def keep(self, answer: Answer) -> None:
        self.signed += 1
        told, _ = decode_signed_license(answer.signed_license, self.pinned)
        activation = answer.activation
        ends_at = told.lease_ends_at + told.grace_seconds
        made = Document(answer.signed_license, activation.domain, activation.place_kind, ends_at)
        before = self.documents.get((made.domain, made.kind))
        if before is None or before.ends_at < made.ends_at:
            self.documents[made.domain, made.kind] = made
        if answer.token is not None:
            tokens = self.tokens.setdefault(activation.domain, [])
            if answer.token not in tokens:
                tokens.append(answer.token)

    def displaced(self, before: set[tuple[str, PlaceKind]], *, by: str, moved: bool) -> None:
        """Count what a move took: a place of a domain that is not held for it though its documents are good."""
        gone = {one for one in before - self.covered() if one[0] != by}
        for domain, kind in gone:
            if moved:
                self.allow(domain, kind, "move")
                continue
            ends_at = self.ends_at(domain, kind)
            counted = [one for one in self.allowances if (one.domain, one.kind, one.ends_at) == (domain, kind, ends_at)]
            if ends_at <= self.clock() or counted:
                continue
            # A return that an earlier move has paid: its allowance goes on for the one that is displaced now.
            paid = [one for one in self.allowances if one.why == "move" and one.domain == by and one.kind is kind]
            assert paid, f"{by} ended the hold of {domain} and nobody paid"
            paid[-1].domain = domain
            paid[-1].ends_at = max(paid[-1].ends_at, self.ends_at(domain, kind))

    def allow(self, domain: str, kind: PlaceKind, why: str) -> None:
        made_at = self.clock()
        kept = [one for one in self.allowances if max(one.ends_at, one.made_at + 2 * DAY) > made_at]
        self.allowances = [*kept, Allowance(domain, kind, made_at, self.ends_at(domain, kind), why)]

    def ends_at(self, domain: str, kind: PlaceKind) -> int:
        found = self.documents.get((domain, kind))
        return 0 if found is None else found.ends_at

    def check(self) -> None:
        """Hold what clients conclude against the bound."""
        license = license_lookup.find(self.context, self.license_id)
        assert license.used <= license.domain_limit
        assert license.staging_used <= license.staging_limit
        limits = {PlaceKind.ORDINARY: license.domain_limit, PlaceKind.STAGING: license.staging_limit}
        for ahead in AHEAD:
            at = self.clock() + ahead
            for kind, limit in limits.items():
                good = {
                    document.domain
                    for document in self.documents.values()
                    if document.kind is kind and self.is_ok(document, at)
                }
                more = [one for one in self.allowances if one.kind is kind and one.ends_at > at]
                assert len(good) <= limit + len(more), (
                    f"{len(good)} of {limit} + {[(one.why, one.domain) for one in more]} are validated in "
                    f"{ahead // DAY} days: {sorted(good)} ({kind})"
                )

    def is_ok(self, document: Document, at: int) -> bool:
        verdict = verify_signed_license(
            document.text, pinned=self.pinned, product="jannah", domain=document.domain, now=at
        )
        return verdict.ok

    def _site(self, domain: str, token: str) -> SiteRequest:
        return SiteRequest(token=token, domain=parse_domain(domain), nonce="n", address=ADDRESS)


WEIGHTS = {
    World.activate: 40,
    World.refresh: 20,
    World.refresh_all: 4,
    World.deactivate: 10,
    World.owner_releases: 8,
    World.owner_undoes: 6,
    World.vendor_releases: 2,
    World.plan_changes: 2,
    World.lease_changes: 1,
    World.time_passes: 20,
    World.weeks_pass: 2,
    World.notes_are_stored: 5,
    World.notes_are_lost: 2,
}


def new_world(context: Context, clock: Clock, *, limit: int, staging: int, seed: int) -> World:
    for slug, domains in (("few", limit), ("more", limit + 2)):
        catalogue.create_plan(
            context, "jannah", slug, name=None, domains=domains, staging_domains=staging, term="perpetual"
        )
    issued = issue.create(context, catalogue.find_plan(context, "jannah", "few"), customer=None)
    keys = [one.public_key for one in signing_keys.list_keys(context)]
    return World(
        context=context,
        clock=clock,
        chance=random.Random(seed),
        license_id=issued.license.id,
        key=issued.key,
        pinned=PinnedKeys.parse(keys),
        domains=[f"site-{number}.example.net" for number in range(3 * limit + 6)],
        notes=BackgroundNotes(context, interval=1e9),
    )


@pytest.mark.parametrize(("limit", "staging"), [(1, 1), (2, 1), (5, 2), (50, 1)])
def test_no_more_is_validated_than_was_sold_whatever_is_asked(
    context: Context, clock: Clock, new_tally: NewTally, limit: int, staging: int
) -> None:
    world = new_world(context, clock, limit=limit, staging=staging, seed=limit)
    tally = new_tally("leases that are out, in any order of steps")
    for _ in range(limit):
        world.activate()
    steps, weights = list(WEIGHTS), list(WEIGHTS.values())
    for _ in range(STEPS):
        (step,) = world.chance.choices(steps, weights)
        step(world)
        world.told[step.__name__] += 1
        world.check()
        tally.tried += 1
        clock.now += 1
    world.notes.flush()
    tally.acknowledged = world.signed
    tally.is_wrong(*flaws(context))
    tally.assert_none_lost_or_wrong()
    print(f"limit {limit}: {dict(sorted(world.told.items()))}")
