"""What becomes of a license at a site: suspended, renewed, upgraded, under a new key, signed for offline use."""

from dataclasses import replace

import pytest

from license_server import policy
from license_server.errors import InputInvalid, NotFound, Refused
from license_server.service import catalogue
from license_server.service.activation import offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import license_lookup, lifecycle
from license_server.service.operating import signing_keys
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import entries_of
from tests.license_server.site import claims, code, verdict


def test_an_upgrade_keeps_the_activations_and_makes_room(context: Context, site: NewSite, issue: Issue) -> None:
    issued = issue()
    first = site(of=issued)
    token = first.token()
    second = site("b.example.com", of=issued)
    assert code(second.activate()) == "no_activations_left"
    three = catalogue.create_plan(context, "jannah", "three", name="Three", domains=3, term="1y")
    changed = lifecycle.change_plan(context, issued.license.id, three)
    assert (changed.used, changed.domain_limit, changed.term_ends_at) == (1, 3, issued.license.term_ends_at)
    assert claims(first.refresh(token))["plan"] == "three"
    assert second.activate().status_code == 201
    assert site("c.example.com", of=issued).activate().status_code == 201
    assert code(site("d.example.com", of=issued).activate()) == "no_activations_left"


def test_a_smaller_plan_waits_until_enough_is_released(context: Context, site: NewSite, issue: Issue) -> None:
    issued = issue(domains=2)
    ids = [site(f"d{n}.example.com", of=issued).activate().get_json()["activation"]["id"] for n in range(2)]
    single = catalogue.find_plan(context, "jannah", "single")
    with pytest.raises(Refused, match="in use on 2 domains"):
        lifecycle.change_plan(context, issued.license.id, single)
    vendor_release.release(context, ids[0])
    assert lifecycle.change_plan(context, issued.license.id, single).domain_limit == 1
    with pytest.raises(Refused, match="already"):
        lifecycle.change_plan(context, issued.license.id, single)


def test_a_license_stays_with_its_product(context: Context, issue: Issue) -> None:
    catalogue.create_product(context, "sahifa", name="Sahifa", prefix="SHF", links={})
    other = catalogue.create_plan(context, "sahifa", "single", name="Single", domains=1, term="1y")
    with pytest.raises(Refused, match="another product"):
        lifecycle.change_plan(context, issue().license.id, other)


def test_a_new_key_is_the_only_one_and_the_sites_go_on(context: Context, site: NewSite, issue: Issue) -> None:
    issued = issue()
    owner = site(of=issued)
    token = owner.token()
    new = lifecycle.rekey(context, issued.license.id)
    assert (new.license.id, new.license.used, new.license.key_last5) == (issued.license.id, 1, new.key.last5)
    assert code(owner.activate()) == "license_not_found"
    assert claims(owner.refresh(token))["status"] == "active"
    assert owner.refresh(token).get_json()["activation"]["key_last5"] == new.key.last5
    again = site(of=new).activate()
    assert (again.status_code, again.get_json()["activation_token"]) == (200, token)
    lifecycle.revoke(context, issued.license.id, reason=None)
    with pytest.raises(Refused):
        lifecycle.rekey(context, issued.license.id)


def test_the_customer_reference_can_be_changed_and_found(context: Context, issue: Issue) -> None:
    from license_server.records import Filter

    license_id = issue().license.id
    lifecycle.change_customer(context, license_id, "order 4712")
    assert [one.id for one in license_lookup.search(context, Filter(customer="order 4712"), limit=9)] == [license_id]
    assert lifecycle.change_customer(context, license_id, None).customer is None
    with pytest.raises(InputInvalid):
        lifecycle.change_customer(context, license_id, "two\nlines")
    with pytest.raises(NotFound):
        lifecycle.change_customer(context, "lic_none", "x")


def test_renewal_before_the_end_adds_and_after_it_starts_now(context: Context, issue: Issue, clock: Clock) -> None:
    issued = issue(term="30d")
    assert lifecycle.renew(context, issued.license.id, term="10d").term_ends_at == START + 40 * policy.DAY
    clock.now = START + 100 * policy.DAY
    assert lifecycle.renew(context, issued.license.id, term=None).term_ends_at == START + 130 * policy.DAY


# --- offline ---


def test_an_offline_license_is_valid_on_its_domain_to_the_end_of_the_term(
    context: Context, site: NewSite, issue: Issue
) -> None:
    issued = issue(term="30d")
    made = offline.sign(context, issued.license.id, "https://www.News.example.com/")
    keys, end = signing_keys.public_keys(context), START + 30 * policy.DAY
    assert [verdict(made.text, keys, now=now).code for now in (START, end - 1, end, end + 14 * policy.DAY)] == [
        "valid",
        "valid",
        "valid_in_grace",
        "lease_ended",
    ]
    told = made.text.split(".")[1]
    assert made.until == end + 14 * policy.DAY
    assert (made.license.used, made.activation.domain) == (1, "news.example.com")
    assert told
    again = offline.sign(context, issued.license.id, "news.example.com")
    assert (again.activation.id, again.license.used) == (made.activation.id, 1)


def test_a_perpetual_offline_license_lasts_400_days(context: Context, issue: Issue) -> None:
    made = offline.sign(context, issue(term="perpetual").license.id, "a.example.com")
    assert made.until == START + 400 * policy.DAY + 14 * policy.DAY


@pytest.mark.parametrize("domain", ["co.uk", "localhost", "8.8.8.8"])
def test_no_offline_license_for_a_domain_that_takes_none(context: Context, issue: Issue, domain: str) -> None:
    with pytest.raises(Refused):
        offline.sign(context, issue().license.id, domain)


def test_no_offline_license_without_a_place_a_term_or_a_good_standing(
    context: Context, site: NewSite, issue: Issue, clock: Clock
) -> None:
    full, over, suspended = issue(), issue(term="30d"), issue()
    site("a.example.com", of=full).token()
    lifecycle.suspend(context, suspended.license.id, reason=None)
    clock.now += 30 * policy.DAY
    for issued in (full, over, suspended):
        with pytest.raises(Refused, match="nothing was signed"):
            offline.sign(context, issued.license.id, "b.example.com")


def test_an_owner_cannot_free_the_place_of_an_offline_license_before_its_end(
    context: Context, site: NewSite, issue: Issue, clock: Clock
) -> None:
    issued = issue(term="30d")
    owner = site(of=issued)
    token = owner.token()
    offline.sign(context, issued.license.id, owner.domain)
    assert claims(owner.deactivate(token))["status"] == "released"
    other = replace(owner, domain="other.example.org")
    refused = other.activate()
    assert code(refused) == "no_activations_left"
    (held,) = refused.get_json()["activations"]
    assert (held["domain"], held["offline_until"]) == (owner.domain, "2027-02-28T08:00:00Z")
    assert code(other.activate(replaces=held["id"])) == "no_activations_left"
    # The domain itself comes back to its own place, and may be released and return again.
    token = owner.token()
    assert license_lookup.find(context, issued.license.id).used == 1
    owner.deactivate(token)
    assert code(other.activate()) == "no_activations_left"
    lifecycle.renew(context, issued.license.id, term="1y")
    clock.now = START + 44 * policy.DAY
    assert other.activate().status_code == 201
    assert license_lookup.find(context, issued.license.id).used == 1


def test_a_move_does_not_free_it_either(context: Context, site: NewSite, issue: Issue) -> None:
    issued = issue(domains=2)
    old = offline.sign(context, issued.license.id, "old.example.com").activation
    new = site("new.example.com", of=issued)
    assert new.activate(replaces=old.id).status_code == 201
    assert license_lookup.find(context, issued.license.id).used == 2
    assert code(site("third.example.com", of=issued).activate()) == "no_activations_left"


def test_a_vendors_release_frees_it_all_the_same(context: Context, site: NewSite, issue: Issue) -> None:
    issued = issue()
    owner = site(of=issued)
    token = owner.token()
    held = offline.sign(context, issued.license.id, owner.domain).activation
    owner.deactivate(token)
    assert vendor_release.release(context, held.id)[1].used == 0
    with pytest.raises(Refused, match="released already"):
        vendor_release.release(context, held.id)
    assert site("other.example.org", of=issued).activate().status_code == 201


def test_the_audit_log_tells_all_of_it_in_words(context: Context, issue: Issue) -> None:
    from license_server.cli.audit_words import in_words

    issued = issue()
    three = catalogue.create_plan(context, "jannah", "three", name="Three", domains=3, term="1y")
    lifecycle.change_plan(context, issued.license.id, three)
    lifecycle.change_customer(context, issued.license.id, "order 1")
    new = lifecycle.rekey(context, issued.license.id)
    offline.sign(context, issued.license.id, "a.example.com")
    told = [in_words(entry) for entry in entries_of(context, issued.license.id)]
    assert told[1:] == [
        "plan changed from jannah/single to jannah/three: 3 domains",
        "customer changed from none to order 1",
        f"key replaced: {issued.key.last5} is refused, {new.key.last5} took its place",
        "signed an offline license for a.example.com, until 2028-01-29",
    ]
