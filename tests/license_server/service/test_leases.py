"""A domain that leaves its place: for how long is it held, and who takes it? (protocol §6, Leases out)"""

import pytest

from license_server import policy
from license_server.errors import InputInvalid
from license_server.service import catalogue, owners
from license_server.service.activation import activation_lookup
from license_server.service.context import Context
from license_server.service.license import lifecycle
from tests.license_server.conftest import START, Clock, NewSite
from tests.license_server.ledger import activated, counters, license_of, told
from tests.license_server.site import ADDRESS, claims, code


def test_a_place_is_held_for_the_domain_that_left_it_and_a_move_ends_that(
    context: Context, site: NewSite, clock: Clock
) -> None:
    old = site("old.example.com")
    old.deactivate(old.token())
    new = site("new.example.com", of=old)
    unattended = new.activate(moves=False)
    assert (unattended.status_code, code(unattended)) == (409, "no_activations_left")
    (held,) = unattended.get_json()["activations"]
    assert (held["domain"], held["held_until"]) == ("old.example.com", "2027-02-28T08:01:00Z")
    moved = new.activate().get_json()["activation"]
    assert (moved["moved_from"], moved["moves_left"]) == ("old.example.com", 3)
    assert "moved_from" not in new.activate().get_json()["activation"]
    assert told(context, old)[-1] == "activated new.example.com (production, a move from old.example.com)"


def test_a_domain_takes_its_own_place_back_free_and_unattended(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site(moves_per_year=0)
    for _ in range(3):
        owner.deactivate(owner.token())
        clock.now += 40 * policy.DAY
        assert owner.activate(moves=False).status_code == 201
    assert counters(context, owner) == (1, 0, 0)


def test_a_place_is_free_once_nothing_that_was_signed_is_good(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", moves_per_year=0)
    owner.deactivate(owner.token())
    clock.now = START + 60 + 44 * policy.DAY - 1
    refused = site("b.example.com", of=owner).activate()
    assert (code(refused), refused.get_json()["next_move_at"]) == ("moves_exhausted", "2027-02-28T08:01:00Z")
    clock.now += 1
    assert site("b.example.com", of=owner).activate().status_code == 201


def test_a_site_that_was_dead_for_46_days_leaves_a_free_place(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", moves_per_year=0)
    taken = owner.activate().get_json()["activation"]["id"]
    clock.now += 46 * policy.DAY
    assert site("b.example.com", of=owner).activate(replaces=taken).status_code == 201


def test_who_was_moved_away_from_returns_once_without_a_move_for_24_hours(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", moves_per_year=1)
    other = site("b.example.com", of=owner)
    owner.deactivate(owner.token())
    other.deactivate(other.token())
    clock.now += policy.DAY - 1
    back = owner.activate()
    assert (back.status_code, "moved_from" in back.get_json()["activation"]) == (201, False)
    owner.deactivate(owner.token())
    # Its return was paid, and nobody paid for the other's.
    assert code(other.activate()) == "moves_exhausted"
    assert owner.activate().status_code == 201


def test_a_day_later_its_return_is_a_move(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", moves_per_year=1)
    other = site("b.example.com", of=owner)
    owner.deactivate(owner.token())
    other.deactivate(other.token())
    clock.now += policy.DAY
    assert code(owner.activate()) == "moves_exhausted"


def test_the_same_domain_again_adds_no_row(context: Context, site: NewSite) -> None:
    owner = site()
    ids = set()
    for _ in range(5):
        answer = owner.activate().get_json()
        ids.add(answer["activation"]["id"])
        owner.deactivate(answer["activation_token"])
    assert len(ids) == 1


def test_a_test_copy_has_a_short_lease_and_its_place_is_held_as_long(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1)
    answer = owner.activate(environment="staging")
    told = claims(answer)
    assert (told["exp"] - told["iat"], told["grace"]) == (3 * policy.DAY, 7 * policy.DAY)
    owner.deactivate(answer.get_json()["activation_token"])
    copy = site("b.example.com", of=owner)
    clock.now = START + 60 + 10 * policy.DAY - 1
    changed = copy.activate(environment="staging").get_json()["activation"]
    assert (changed["moved_from"], changed["moves_left"]) == ("a.example.com", 9)


def test_test_copies_change_ten_times_a_year_and_then_take_ordinary_places(site: NewSite, clock: Clock) -> None:
    owner = site("d0.example.com", staging_domains=1, moves_per_year=0)
    for number in range(11):
        copy = site(f"d{number}.example.com", of=owner)
        answer = copy.activate(environment="staging").get_json()
        copy.deactivate(answer["activation_token"])
    last = site("last.example.com", of=owner)
    in_ordinary = last.activate(environment="staging").get_json()
    assert in_ordinary["activation"]["used"] == 1
    last.deactivate(in_ordinary["activation_token"])
    # Either kind is held now: the staging place for a few days.
    refused = site("more.example.com", of=owner).activate(environment="staging")
    assert (code(refused), refused.get_json()["next_move_at"]) == ("moves_exhausted", "2027-01-25T08:01:00Z")


def test_what_was_not_stored_since_is_signed_only_once_it_is(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    answer = owner.activate().get_json()
    clock.now += policy.SEEN_SLACK
    owner.refresh(answer["activation_token"])
    assert activation_lookup.find(context, answer["activation"]["id"]).last_seen_at == START
    clock.now += 1
    owner.refresh(answer["activation_token"])
    assert activation_lookup.find(context, answer["activation"]["id"]).last_seen_at == clock.now


def test_a_longer_lease_of_before_is_waited_for(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", moves_per_year=0)
    token = owner.token()
    for days in (300, 30):
        catalogue.update_plan(
            context, "jannah", license_of(context, owner).plan.slug, {"lease_seconds": days * policy.DAY}
        )
        clock.now += 1
        owner.refresh(token)
    owner.deactivate(token)
    clock.now += 300 * policy.DAY
    assert code(site("b.example.com", of=owner).activate()) == "moves_exhausted"


def test_a_lease_of_another_plan_is_waited_for(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", moves_per_year=0, lease_days=300)
    token = owner.token()
    short = catalogue.create_plan(context, "jannah", "short", name=None, domains=1, term="2y", moves_per_year=0)
    lifecycle.change_plan(context, license_of(context, owner).id, short)
    owner.refresh(token)
    owner.deactivate(token)
    clock.now += 300 * policy.DAY
    assert code(site("b.example.com", of=owner).activate()) == "moves_exhausted"


def test_a_test_copys_lease_of_another_plan_is_waited_for(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1)
    token = owner.activate(environment="staging").get_json()["activation_token"]
    terms = {"domains": 1, "staging_domains": 1, "term": "2y", "lease_days": 1, "grace_days": 0}
    short = catalogue.create_plan(context, "jannah", "short", name=None, **terms)  # type: ignore[arg-type]
    lifecycle.change_plan(context, license_of(context, owner).id, short)
    owner.deactivate(token)
    other = site("b.example.com", of=owner)
    other.activate()
    clock.now += 9 * policy.DAY
    last = site("c.example.com", of=owner)
    assert last.activate(environment="staging", moves=False).status_code == 409
    clock.now += policy.DAY + policy.CLOCK_SLACK
    assert last.activate(environment="staging", moves=False).status_code == 201


def test_a_smaller_plan_ends_the_holds_that_it_has_no_place_for(context: Context, site: NewSite) -> None:
    owner = site("a.example.com", domains=3)
    for domain in ("b.example.com", "c.example.com"):
        gone = site(domain, of=owner)
        gone.deactivate(gone.token())
    owner.token()
    lifecycle.change_plan(context, license_of(context, owner).id, catalogue.find_plan(context, "jannah", "single"))
    assert counters(context, owner) == (1, 0, 0)
    owner.deactivate(owner.token())
    assert owner.activate(moves=False).status_code == 201


def test_a_lease_is_never_longer_than_a_year_with_its_grace(context: Context) -> None:
    with pytest.raises(InputInvalid, match="365 days"):
        catalogue.create_plan(context, "jannah", "long", name=None, domains=1, term="1y", lease_days=352)
    with pytest.raises(InputInvalid, match="365 days"):
        catalogue.update_plan(context, "jannah", "single", {"grace_seconds": 336 * policy.DAY})


# --- the honest ---


def test_a_fair_year_is_never_refused(context: Context, site: NewSite, clock: Clock) -> None:
    """A reinstall, revalidations, two moves, an undo, a return and a test copy: each in one step."""
    first = site("first.example.com", staging_domains=1)
    assert first.activate().status_code == 201
    clock.now += 20 * policy.DAY
    assert first.activate().status_code == 200  # reinstalled, its files are lost
    copy = site("copy.example.net", of=first)
    assert copy.activate(environment="staging").status_code == 201
    clock.now += 40 * policy.DAY
    assert first.activate().status_code == 200
    second = site("second.example.com", of=first)
    moved = second.activate(replaces=activated(first))
    assert (moved.status_code, moved.get_json()["activation"]["moves_left"]) == (201, 3)
    clock.now += 30 * policy.DAY
    license_id, here = license_of(context, first).id, activated(second)
    owners.release(context, license_id, here)
    clock.now += 3_600
    owners.undo(context, license_id, here, address=ADDRESS)
    clock.now += 60 * policy.DAY
    third = site("third.example.com", of=first)
    moved = third.activate(replaces=activated(second))
    assert (moved.status_code, moved.get_json()["activation"]["moves_left"]) == (201, 2)
    clock.now += 10 * policy.DAY
    back = second.activate(replaces=activated(third))
    assert (back.status_code, back.get_json()["activation"]["moves_left"]) == (201, 1)
    assert copy.activate(environment="staging").status_code == 200
    assert license_of(context, first).moves_made == 3


@pytest.mark.parametrize("in_use", [45, 50])
@pytest.mark.parametrize("releases_first", [True, False])
def test_an_agency_that_replaces_a_domain_a_week_is_refused_no_more_often_than_before(
    context: Context, site: NewSite, clock: Clock, in_use: int, releases_first: bool
) -> None:
    agency = site("d0.example.com", domains=50, term="10y")
    license_id = license_of(context, agency).id
    for number in range(in_use):
        assert site(f"d{number}.example.com", of=agency).activate().status_code == 201
    refused = refused_before = 0
    before = EarlierRule(limit=50, used=in_use)
    for week in range(52):
        clock.now += 7 * policy.DAY
        shown = activation_lookup.of_license(context, license_id)
        oldest = min(shown, key=lambda one: one.activated_at) if len(shown) >= in_use else None
        if releases_first and oldest is not None:
            owners.release(context, license_id, oldest.id)
        replaced = {"replaces": oldest.id} if oldest is not None and not releases_first else {}
        answer = site(f"new-{week}.example.com", of=agency).activate(**replaced)
        assert answer.status_code == 201 or code(answer) == "moves_exhausted"
        refused += answer.status_code != 201
        refused_before += not before.replace(at=clock.now)
    assert refused <= refused_before


class EarlierRule:
    """What the version before decided: of the places that are free, those that the owner freed take a move."""

    def __init__(self, *, limit: int, used: int) -> None:
        self.limit, self.in_use, self.used, self.freed = limit, used, used, 0
        self.moves: list[int] = []

    def replace(self, *, at: int) -> bool:
        """Release a domain, if as many are in use as should be, and activate a new one; return whether that is done."""
        if self.used == self.in_use:
            self.used, self.freed = self.used - 1, self.freed + 1
        if self.limit - self.used <= self.freed:
            if policy.next_move_at(self.moves, allowed=policy.MOVES_PER_YEAR, now=at) is not None:
                return False
            self.moves.append(at)
            self.freed -= 1
        self.used += 1
        return True
