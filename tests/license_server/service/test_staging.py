"""Staging places: test copies beside the domains of a license, and no way around its limit or its moves."""

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from license_server import policy
from license_server.cli.audit_words import in_words
from license_server.errors import Refused
from license_server.records import Filter
from license_server.service import catalogue
from license_server.service.activation import activation_lookup, offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import bulk, lifecycle
from license_server.store import licenses as stored
from license_server.store import recovery, tables
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import activated, counters, entries_of, license_of, staged, told
from tests.license_server.site import Site, claims, code


@pytest.fixture
def owner(site: NewSite) -> Site:
    """Make a site with a license of one domain and one test copy."""
    return site("a.example.com", staging_domains=1)


# --- taking one ---


def test_a_test_copy_stands_beside_the_domains(context: Context, site: NewSite, owner: Site) -> None:
    owner.token()
    copy = site("staging.example.com", of=owner)
    answer = copy.activate(environment="staging")
    assert (answer.status_code, claims(answer)["env"]) == (201, "staging")
    assert counters(context, owner) == (1, 0, 1)
    assert copy.activate(environment="staging").status_code == 200
    assert counters(context, owner) == (1, 0, 1)
    assert told(context, owner)[1] == "activated staging.example.com (staging, in a place for test copies)"


def test_a_test_copy_takes_an_ordinary_place_when_no_staging_place_is_left(
    context: Context, site: NewSite, owner: Site
) -> None:
    staged(owner)
    staged(site("b.example.com", of=owner))
    assert counters(context, owner) == (1, 0, 1)
    refused = site("c.example.com", of=owner).activate(environment="staging")
    assert code(refused) == "no_activations_left"
    assert [item["domain"] for item in refused.get_json()["activations"]] == ["a.example.com", "b.example.com"]


def test_a_plan_without_staging_places_has_test_copies_in_ordinary_ones(context: Context, site: NewSite) -> None:
    owner = site()
    staged(owner)
    assert counters(context, owner) == (1, 0, 0)


def test_a_site_is_not_told_to_move_a_test_copy(site: NewSite, owner: Site) -> None:
    staged(site("staging.example.com", of=owner))
    owner.token()
    refused = site("b.example.com", of=owner).activate()
    assert code(refused) == "no_activations_left"
    assert [item["domain"] for item in refused.get_json()["activations"]] == ["a.example.com"]
    assert (refused.get_json()["used"], refused.get_json()["limit"]) == (1, 1)


# --- giving one back ---


@pytest.mark.parametrize("by", ["site", "vendor"])
def test_its_release_frees_the_staging_place_only(context: Context, site: NewSite, owner: Site, by: str) -> None:
    owner.token()
    copy = site("staging.example.com", of=owner)
    answer = copy.activate(environment="staging").get_json()
    if by == "site":
        copy.deactivate(answer["activation_token"])
    else:
        vendor_release.release(context, answer["activation"]["id"])
    assert counters(context, owner) == (1, 0, 0)


def test_replaces_frees_the_staging_place_of_a_test_copy(context: Context, site: NewSite, owner: Site) -> None:
    old = staged(site("old.example.com", of=owner))
    new = site("new.example.com", of=owner)
    assert new.activate(environment="staging", replaces=old).status_code == 201
    assert counters(context, owner) == (0, 0, 1)


def test_replacing_a_test_copy_makes_no_room_for_a_site(context: Context, site: NewSite, owner: Site) -> None:
    copy = staged(site("staging.example.com", of=owner))
    owner.token()
    assert code(site("b.example.com", of=owner).activate(replaces=copy)) == "no_activations_left"
    assert counters(context, owner) == (1, 0, 1)


def test_test_copies_come_and_go_without_a_move(context: Context, site: NewSite) -> None:
    owner = site("d0.example.com", staging_domains=1, moves_per_year=0)
    for number in range(3):
        copy = site(f"d{number}.example.com", of=owner)
        answer = copy.activate(environment="staging")
        assert answer.status_code == 201
        copy.deactivate(answer.get_json()["activation_token"])
    assert counters(context, owner) == (0, 0, 0)


# --- becoming the site, and back ---


def test_a_test_copy_that_becomes_the_site_needs_an_ordinary_place(
    context: Context, site: NewSite, owner: Site
) -> None:
    activation_id = staged(owner)
    answer = owner.activate()
    assert (answer.status_code, claims(answer)["env"]) == (200, "production")
    assert answer.get_json()["activation"]["id"] == activation_id
    assert counters(context, owner) == (1, 0, 0)
    assert told(context, owner)[-1] == "changed from staging to production"


def test_without_an_ordinary_place_it_stays_what_it_is(context: Context, site: NewSite, owner: Site) -> None:
    owner.token()
    copy = site("staging.example.com", of=owner)
    staged(copy)
    refused = copy.activate()
    assert code(refused) == "no_activations_left"
    assert [item["domain"] for item in refused.get_json()["activations"]] == ["a.example.com"]
    assert counters(context, owner) == (1, 0, 1)
    assert claims(copy.activate(environment="staging"))["env"] == "staging"


def test_a_test_copy_may_take_the_place_of_the_site(context: Context, site: NewSite, owner: Site) -> None:
    old = owner.activate().get_json()["activation"]["id"]
    copy = site("new.example.com", of=owner)
    staged(copy)
    assert copy.activate(replaces=old).status_code == 200
    assert counters(context, owner) == (1, 0, 0)
    assert told(context, owner)[-1] == "changed from staging to production, a move from a.example.com"


def test_the_moves_are_not_gone_around_by_way_of_a_test_copy(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=1, term="10y")
    here = owner.activate().get_json()["activation"]["id"]
    clock.now += policy.DAY
    copy = site("b.example.com", of=owner)
    staged(copy)
    clock.now += policy.DAY
    assert copy.activate(replaces=here).status_code == 200
    here = copy.activate().get_json()["activation"]["id"]
    other = site("c.example.com", of=owner)
    staged(other)
    refused = other.activate(replaces=here)
    # The move was made when the domain took the ordinary place, not when the test copy was activated.
    assert (code(refused), refused.get_json()["next_move_at"]) == ("moves_exhausted", "2028-01-17T08:00:00Z")
    assert counters(context, owner) == (1, 0, 1)


def test_a_move_counts_from_when_the_test_copy_became_the_site(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=1, term="10y")
    here, copy = activated(owner), site("b.example.com", of=owner)
    staged(copy)
    clock.now += 300 * policy.DAY
    activated(owner)
    here = activated(copy, replaces=here)
    clock.now += 100 * policy.DAY
    activated(copy)
    assert code(site("c.example.com", of=owner).activate(replaces=here)) == "moves_exhausted"


def test_a_move_is_of_the_day_on_which_it_was_made_whatever_became_of_it(site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=1, term="10y")
    moved = site("b.example.com", of=owner)
    here = activated(moved, replaces=activated(owner))
    clock.now += 10 * policy.DAY
    assert staged(moved) == activated(moved) == here
    refused = site("c.example.com", of=owner).activate(replaces=here)
    assert (code(refused), refused.get_json()["next_move_at"]) == ("moves_exhausted", "2028-01-15T08:00:00Z")
    clock.now = START + policy.MOVE_WINDOW
    assert staged(moved) == activated(moved) == here
    assert site("c.example.com", of=owner).activate(replaces=here).status_code == 201


def test_a_domain_that_was_a_test_copy_only_is_new_to_the_license(context: Context, site: NewSite) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=0)
    token = owner.token()
    copy = site("b.example.com", of=owner)
    copy.deactivate(copy.activate(environment="staging").get_json()["activation_token"])
    owner.deactivate(token)
    assert code(copy.activate()) == "moves_exhausted"
    assert owner.activate().status_code == 201


def test_after_the_term_a_test_copy_is_no_site_but_goes_on(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1, term="30d")
    answer = owner.activate(environment="staging").get_json()
    clock.now += 30 * policy.DAY
    assert code(owner.activate()) == "license_expired"
    owner.deactivate(answer["activation_token"])
    assert code(owner.activate()) == "license_expired"
    assert owner.activate(environment="staging").status_code == 201
    assert code(site("b.example.com", of=owner).activate(environment="staging")) == "license_expired"


def test_a_site_that_becomes_a_test_copy_gives_its_place_back(context: Context, site: NewSite, owner: Site) -> None:
    activation_id = owner.activate().get_json()["activation"]["id"]
    assert staged(owner) == activation_id
    assert counters(context, owner) == (0, 1, 1)
    assert told(context, owner)[-1] == "changed from production to staging, in a place for test copies"
    assert site("b.example.com", of=owner).activate().status_code == 201
    assert counters(context, owner) == (1, 0, 1)


def test_what_it_gave_back_is_an_owners_place(site: NewSite) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=0)
    owner.token()
    staged(owner)
    assert code(site("b.example.com", of=owner).activate()) == "moves_exhausted"
    assert owner.activate().status_code == 200  # the domain itself returns freely


def test_a_site_stays_in_its_place_when_no_staging_place_is_left(context: Context, site: NewSite, owner: Site) -> None:
    staged(site("staging.example.com", of=owner))
    owner.token()
    staged(owner)
    assert counters(context, owner) == (1, 0, 1)
    assert told(context, owner)[-1] == "changed from production to staging"


# --- offline licenses ---


def test_an_offline_site_does_not_become_a_test_copy_to_free_its_place(
    context: Context, site: NewSite, owner: Site
) -> None:
    offline.sign(context, license_of(context, owner).id, owner.domain)
    staged(owner)
    assert counters(context, owner) == (1, 0, 0)
    owner.deactivate(owner.activate(environment="staging").get_json()["activation_token"])
    staged(owner)
    assert counters(context, owner) == (1, 0, 0)
    assert code(site("b.example.com", of=owner).activate()) == "no_activations_left"


def test_an_offline_test_copy_holds_its_staging_place_until_its_end(
    context: Context, site: NewSite, owner: Site, clock: Clock
) -> None:
    answer = owner.activate(environment="staging").get_json()
    made = offline.sign(context, license_of(context, owner).id, owner.domain)
    owner.deactivate(answer["activation_token"])
    assert counters(context, owner) == (0, 0, 1)
    staged(site("b.example.com", of=owner))
    assert counters(context, owner) == (1, 0, 1)
    clock.now = made.until
    lifecycle.renew(context, license_of(context, owner).id, term="1y")
    staged(site("c.example.com", of=owner))
    assert counters(context, owner) == (1, 0, 1)


def test_an_offline_test_copy_that_becomes_the_site_gives_the_staging_place_back(
    context: Context, site: NewSite, owner: Site
) -> None:
    answer = owner.activate(environment="staging").get_json()
    made = offline.sign(context, license_of(context, owner).id, owner.domain)
    owner.deactivate(answer["activation_token"])
    again = owner.activate()
    assert again.status_code == 201
    assert counters(context, owner) == (1, 0, 0)
    found = activation_lookup.find(context, again.get_json()["activation"]["id"])
    assert found.offline_until == made.until
    owner.deactivate(again.get_json()["activation_token"])
    assert counters(context, owner) == (1, 0, 0)


def test_a_held_domain_that_returns_uses_up_no_place_that_the_owner_freed(context: Context, site: NewSite) -> None:
    held, other = site("held.example.com", domains=2, moves_per_year=0), "other.example.com"
    offline.sign(context, license_of(context, held).id, held.domain)
    freed = site(other, of=held)
    freed.deactivate(freed.token())
    held.deactivate(held.token())
    assert held.activate().status_code == 201
    assert counters(context, held) == (1, 1, 0)
    assert code(site("new.example.com", of=held).activate()) == "moves_exhausted"


def test_a_place_that_was_held_stays_the_owners_when_the_move_is_refused(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site("held.example.com", term="30d", moves_per_year=0)
    made = offline.sign(context, license_of(context, owner).id, owner.domain)
    owner.deactivate(owner.token())
    lifecycle.renew(context, license_of(context, owner).id, term="1y")
    clock.now = made.until
    new = site("new.example.com", of=owner)
    assert [code(new.activate()) for _ in range(2)] == ["moves_exhausted"] * 2


def test_an_offline_license_that_is_over_at_the_release_holds_no_place(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site("a.example.com", domains=2, term="30d")
    made = offline.sign(context, license_of(context, owner).id, owner.domain)
    clock.now = made.until
    lifecycle.renew(context, license_of(context, owner).id, term="1y")
    owner.deactivate(owner.token())
    activated(site("b.example.com", of=owner))
    assert counters(context, owner)[0] == 1


# --- the vendor ---


def test_a_license_keeps_the_number_that_was_sold(context: Context, issue: Issue, tmp_path: Path) -> None:
    catalogue.update_plan(context, "jannah", "single", {"staging_domains": 2})
    plan = catalogue.find_plan(context, "jannah", "single")
    bulk.create_many(context, plan, customer="many", count=2, output=tmp_path / "keys.csv")
    issued = issue().license
    catalogue.update_plan(context, "jannah", "single", {"staging_domains": 0})
    with context.store.read() as connection:
        found = [stored.find(connection, issued.id), *stored.search(connection, Filter(customer="many"), limit=9)]
    assert [one.staging_limit for one in found if one is not None] == [2, 2, 2]
    (entry,) = entries_of(context, issued.id)
    assert in_words(entry) == "issued jannah/single: 1 domain and 2 test copies, until 2028-01-15"


def test_an_upgrade_brings_its_staging_places(context: Context, site: NewSite) -> None:
    owner = site()
    owner.token()
    plan = catalogue.create_plan(context, "jannah", "pro", name=None, domains=1, term="1y", staging_domains=1)
    assert lifecycle.change_plan(context, license_of(context, owner).id, plan).staging_limit == 1
    staged(site("staging.example.com", of=owner))
    assert counters(context, owner) == (1, 0, 1)


def test_a_plan_with_fewer_test_copies_waits_until_enough_are_released(
    context: Context, site: NewSite, owner: Site
) -> None:
    copy = staged(site("staging.example.com", of=owner))
    single = catalogue.find_plan(context, "jannah", "single")
    license_id = license_of(context, owner).id
    with pytest.raises(Refused, match="1 places for test copies in use"):
        lifecycle.change_plan(context, license_id, single)
    vendor_release.release(context, copy)
    assert lifecycle.change_plan(context, license_id, single).staging_limit == 0


def test_a_test_copy_that_a_restore_lost_comes_back_as_one(context: Context, owner: Site) -> None:
    answer = owner.activate(environment="staging").get_json()
    with context.store.write() as connection:
        connection.execute(delete(tables.activations))
        connection.execute(update(tables.licenses).values(staging_used=0))
        recovery.record(connection, restored_at=START, backup_of=START - 1)
    told = owner.refresh(answer["activation_token"])
    assert (claims(told)["status"], claims(told)["env"]) == ("active", "staging")
    assert counters(context, owner) == (0, 0, 1)
    assert staged(owner) == answer["activation"]["id"]
    assert counters(context, owner) == (0, 0, 1)
