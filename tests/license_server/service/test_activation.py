"""Activate, refresh, deactivate, move, recover: what the rules of the activation API come to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from license_server import policy
from license_server.service.activation import vendor_release
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.operating import signing_keys
from license_server.store import tables
from license_server.web.app import create_app
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import counters, entries_of, flaws, license_of
from tests.license_server.site import UNKNOWN_KEY, Site, claims, code, verdict
from theme_license.license_key import new_license_key

YEAR = 365 * policy.DAY


def test_a_signed_license_is_valid_for_its_domain(context: Context, site: NewSite) -> None:
    answer = site("https://www.News.Example.com/x").activate(nonce="abc_-9")
    assert answer.status_code == 201
    text = answer.get_json()["signed_license"]
    assert verdict(text, signing_keys.public_keys(context), now=START).code == "valid"
    told = claims(answer)
    assert told["iss"] == "https://licenses.example.com"
    assert (told["iat"], told["exp"], told["grace"]) == (START, START + 30 * policy.DAY, 14 * policy.DAY)
    assert (told["refresh"], told["expires"], told["nonce"]) == (START + policy.DAY, START + YEAR, "abc_-9")
    assert (told["status"], told["env"], told["plan"]) == ("active", "production", "single")


def test_the_activation_is_told_as_its_owner_sees_it(context: Context, site: NewSite) -> None:
    answer = site().activate(environment="staging").get_json()
    shown = answer["activation"]
    assert shown.pop("id").startswith("act_")
    assert len(shown.pop("key_last5")) == 5
    assert shown == {
        "domain": "news.example.com",
        "environment": "staging",
        "plan_name": "Single",
        "used": 1,
        "limit": 1,
        "links": {},
    }


def test_the_same_key_and_domain_again_is_the_same_activation_and_free(context: Context, site: NewSite) -> None:
    owner = site()
    first = owner.activate()
    typed = owner.key.lower().replace("-", " ")
    again = replace(owner, key=typed, domain="NEWS.example.com.").activate()
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json()["activation"]["id"] == first.get_json()["activation"]["id"]
    assert again.get_json()["activation_token"] == first.get_json()["activation_token"]


def test_a_second_domain_is_told_where_the_license_is_in_use(context: Context, site: NewSite) -> None:
    first = site()
    taken = first.activate().get_json()["activation"]
    refused = site("other.example.org", of=first).activate()
    assert (refused.status_code, code(refused)) == (409, "no_activations_left")
    problem = refused.get_json()
    assert problem["activations"] == [
        {"id": taken["id"], "domain": "news.example.com", "last_seen": "2027-01-15T08:00:00Z"}
    ]
    assert (problem["limit"], problem["used"], problem["links"]) == (1, 1, {})
    assert counters(context, first) == (1, 0, 0)


def test_a_full_license_lists_the_longest_unseen_first_and_not_without_end(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site("d0.example.com", domains=101)
    for number in range(101):
        clock.now += 100
        assert site(f"d{number}.example.com", of=owner).activate().status_code == 201
    listed = site("more.example.com", of=owner).activate().get_json()["activations"]
    assert [item["domain"] for item in listed] == [f"d{number}.example.com" for number in range(100)]


def test_a_released_place_is_anothers(context: Context, site: NewSite) -> None:
    first = site()
    token = first.token()
    released = first.deactivate(token)
    assert (released.status_code, claims(released)["status"]) == (200, "released")
    assert released.get_json()["activation"]["used"] == 0
    assert counters(context, first) == (0, 1, 0)
    assert first.deactivate(token).status_code == 200
    assert counters(context, first) == (0, 1, 0)
    assert site("other.example.org", of=first).activate().status_code == 201
    assert counters(context, first) == (1, 0, 0)
    assert claims(first.refresh(token))["status"] == "released"


def test_replaces_moves_in_one_step(context: Context, site: NewSite) -> None:
    old = site()
    taken = old.activate().get_json()
    new = site("new.example.org", of=old)
    moved = new.activate(replaces=taken["activation"]["id"])
    assert moved.status_code == 201
    assert counters(context, old) == (1, 0, 0)
    assert claims(old.refresh(taken["activation_token"]))["status"] == "released"
    # The reply was lost: the same request again is answered, and counts nothing twice.
    again = new.activate(replaces=taken["activation"]["id"])
    assert (again.status_code, counters(context, old)) == (200, (1, 0, 0))


def test_replaces_is_only_for_an_activation_of_the_same_license(context: Context, site: NewSite) -> None:
    foreign = site("a.example.com")
    foreign_id = foreign.activate().get_json()["activation"]["id"]
    own = site("b.example.com")
    for wrong in (foreign_id, "act_" + "0" * 24, "nonsense"):
        assert code(own.activate(replaces=wrong)) == "request_invalid"
    assert counters(context, foreign) == (1, 0, 0)
    assert counters(context, own) == (0, 0, 0)


def test_a_place_that_is_there_is_not_moved_to_but_the_old_one_goes(context: Context, site: NewSite) -> None:
    first = site("a.example.com", domains=2)
    old = first.activate().get_json()["activation"]["id"]
    second = site("b.example.com", of=first)
    assert second.activate().status_code == 201
    assert second.activate(replaces=old).status_code == 200
    assert counters(context, first) == (1, 1, 0)


def test_the_fifth_move_in_a_year_is_refused_until_the_first_is_a_year_ago(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site("d0.example.com", term="10y")
    here = owner.activate().get_json()["activation"]["id"]
    for number in range(1, 5):
        clock.now += policy.DAY
        moved = site(f"d{number}.example.com", of=owner).activate(replaces=here)
        assert moved.status_code == 201
        here = moved.get_json()["activation"]["id"]
    clock.now += policy.DAY
    refused = site("d5.example.com", of=owner).activate(replaces=here)
    assert (refused.status_code, code(refused)) == (409, "moves_exhausted")
    assert refused.get_json()["next_move_at"] == "2028-01-16T08:00:00Z"
    assert counters(context, owner) == (1, 0, 0)
    # A domain whose hold a move ended is as new as any other; the vendor's release makes room for all.
    assert code(owner.activate(replaces=here)) == "moves_exhausted"
    vendor_release.release(context, here)
    assert site("d5.example.com", of=owner).activate().status_code == 201
    clock.now = START + policy.DAY + YEAR
    here = site("d5.example.com", of=owner).activate().get_json()["activation"]["id"]
    moved = site("d6.example.com", of=owner).activate(replaces=here)
    assert (moved.status_code, moved.get_json()["activation"]["moves_left"]) == (201, 0)


def test_after_the_term_the_domain_goes_on_and_a_new_one_waits(context: Context, site: NewSite, clock: Clock) -> None:
    first = site("a.example.com", domains=2, term="30d")
    token = first.token()
    clock.now += 30 * policy.DAY - 1
    assert site("b.example.com", of=first).activate().status_code == 201
    clock.now += 1
    refused = site("c.example.com", of=first).activate()
    assert (refused.status_code, code(refused)) == (403, "license_expired")
    assert refused.get_json()["expired_at"] == "2027-02-14T08:00:00Z"
    assert first.activate().status_code == 200
    first.deactivate(token)
    assert first.activate().status_code == 201  # back on a domain that it had
    token = first.token()
    told = claims(first.refresh(token))
    assert (told["status"], told["expires"]) == ("active", clock.now)
    assert told["exp"] == clock.now + 30 * policy.DAY
    lifecycle.renew(context, license_of(context, first).id, term=None)
    assert claims(first.refresh(token))["expires"] == clock.now + 30 * policy.DAY


@pytest.mark.parametrize(("change", "status"), [(lifecycle.suspend, "suspended"), (lifecycle.revoke, "revoked")])
def test_a_suspended_or_revoked_license_is_told_so_with_200(
    context: Context, site: NewSite, change: Callable[..., object], status: str
) -> None:
    owner = site()
    token = owner.token()
    change(context, license_of(context, owner).id, reason="chargeback")
    told = owner.refresh(token)
    assert (told.status_code, claims(told)["status"]) == (200, status)
    refused = owner.activate()
    assert (refused.status_code, code(refused)) == (403, f"license_{status}")
    assert refused.get_json()["reason"] == "chargeback"
    assert refused.get_json()["since"] == "2027-01-15T08:00:00Z"
    released = owner.deactivate(token)
    assert (released.status_code, claims(released)["status"]) == (200, "released")


def test_a_reinstated_license_is_active_again(context: Context, site: NewSite) -> None:
    owner = site()
    token = owner.token()
    lifecycle.suspend(context, license_of(context, owner).id, reason=None)
    lifecycle.reinstate(context, license_of(context, owner).id, reason=None)
    assert claims(owner.refresh(token))["status"] == "active"


def test_a_vendors_release_reaches_the_site(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    vendor_release.release(context, answer["activation"]["id"])
    assert counters(context, owner) == (0, 0, 0)
    assert claims(owner.refresh(answer["activation_token"]))["status"] == "released"


def test_a_clone_on_another_domain_changes_nothing(context: Context, site: NewSite) -> None:
    production = site("news.example.com")
    token = production.token()
    clone = site("clone.example.org", of=production)
    for answer in (clone.refresh(token), clone.deactivate(token)):
        assert (answer.status_code, code(answer)) == (401, "token_invalid")
    assert claims(production.refresh(token))["status"] == "active"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer thma_x", "Bearer é"])
def test_without_a_genuine_token_nothing_is_told(site: NewSite, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    body = {"domain": "news.example.com", "nonce": "n"}
    for verb in ("refresh", "deactivate"):
        answer = site().client.post(f"/v1/licenses/{verb}", json=body, headers=headers)
        assert (answer.status_code, code(answer)) == (401, "token_invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_domain_that_is_refused_by_rule_can_be_allowed_by_the_vendor(
    context: Context, client: object, site: NewSite, issue: Issue
) -> None:
    refused = site("co.uk").activate()
    assert (refused.status_code, code(refused)) == (403, "domain_not_allowed")
    assert refused.get_json()["reason"] == "public_suffix"
    allowed = issue(allow_domains=("CO.UK", "8.8.8.8"))
    assert site("co.uk", of=allowed).activate().status_code == 201


@pytest.mark.parametrize(
    ("domain", "reason"), [("8.8.8.8", "public_ip"), ("x.onion", "special_use"), ("localhost", "development")]
)
def test_denied_and_development_names_take_no_place(context: Context, site: NewSite, domain: str, reason: str) -> None:
    owner = site(domain)
    refused = owner.activate()
    assert (code(refused), refused.get_json()["reason"]) == ("domain_not_allowed", reason)
    assert counters(context, owner) == (0, 0, 0)


def test_keys_that_are_not_this_products_or_nobodys(context: Context, site: NewSite) -> None:
    owner = site()
    foreign = owner.activate(product="sahifa")
    assert (foreign.status_code, code(foreign)) == (409, "product_mismatch")
    unknown = replace(owner, key=UNKNOWN_KEY).activate()
    assert (unknown.status_code, code(unknown)) == (404, "license_not_found")
    mistyped = replace(owner, key=owner.key[:-1] + ("0" if owner.key[-1] != "0" else "1")).activate()
    assert (mistyped.status_code, code(mistyped)) == (400, "key_malformed")
    nowhere = owner.activate(domain="acme..com")
    assert (nowhere.status_code, code(nowhere), nowhere.get_json()["reason"]) == (400, "domain_invalid", "not_idna2008")


def test_guesses_block_their_address_and_no_one_elses(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    token = owner.token()
    guesser = replace(owner, key="JNH-00000-00000-00000-00000-00000-00000")
    answers = [code(guesser.activate()) for _ in range(25)]
    assert answers == ["key_malformed"] * 20 + ["rate_limited"] * 5
    unknown = replace(owner, key=new_license_key().text("JNH"))
    for blocked in (guesser.activate(), unknown.activate(), owner.refresh("thma_" + "A" * 92)):
        assert (blocked.status_code, code(blocked)) == (429, "rate_limited")
        assert 1 <= int(blocked.headers["Retry-After"]) == blocked.get_json()["retry_after"] <= 600
    assert owner.refresh(token).status_code == owner.activate().status_code == 200
    assert code(replace(guesser, address="203.0.113.10").activate()) == "key_malformed"
    clock.now += 600
    assert code(guesser.activate()) == "key_malformed"


def test_bad_tokens_count_and_refused_or_granted_calls_do_not(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site(domains=1)
    owner.token()
    other = site("other.example.org", of=owner)
    for _ in range(25):
        assert code(other.activate()) == "no_activations_left"
        assert owner.activate().status_code == 200
        assert code(owner.activate(domain="8.8.8.8")) in ("domain_not_allowed", "rate_limited")
        clock.now += 200
    for _ in range(20):
        assert code(owner.refresh("thma_" + "A" * 92)) == "token_invalid"
    assert code(owner.refresh("thma_" + "A" * 92)) == "rate_limited"


def test_one_address_is_a_64_of_ipv6(context: Context, site: NewSite) -> None:
    owner = site()
    for number in range(20):
        guesser = replace(owner, key="X" * 30, address=f"2001:db8::{number:x}")
        assert code(guesser.activate()) == "key_malformed"
    assert code(replace(guesser, address="2001:db8::ffff:1").activate()) == "rate_limited"
    assert code(replace(guesser, address="2001:db8:0:1::1").activate()) == "key_malformed"


def test_a_refresh_writes_nothing(context: Context, site: NewSite) -> None:
    owner = site()
    token = owner.token()
    with context.store.write() as connection:
        # Another writer holds the lock all the while.
        connection.execute(select(func.count()).select_from(tables.licenses))
        assert owner.refresh(token).status_code == 200


def test_every_change_is_in_the_audit_log_and_the_chain_holds(context: Context, site: NewSite) -> None:
    owner = site()
    token = owner.token()
    owner.activate(environment="staging")
    lifecycle.suspend(context, license_of(context, owner).id, reason="x")
    lifecycle.reinstate(context, license_of(context, owner).id, reason=None)
    owner.deactivate(token)
    site("b.example.com", of=owner).activate()
    lifecycle.renew(context, license_of(context, owner).id, term="1m")
    lifecycle.revoke(context, license_of(context, owner).id, reason=None)
    assert _actions(context, owner) == (
        ["create", "activate", "environment", "suspend", "reinstate", "release", "activate", "renew", "revoke"]
    )
    assert flaws(context) == []
    with context.store.write() as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.action == "suspend").values(actor="site"))
    assert flaws(context) == [(license_of(context, owner).id, 4, "edited")]


def _actions(context: Context, site: Site) -> list[str]:
    return [entry.action for entry in entries_of(context, license_of(context, site).id)]


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")])
def test_a_forged_forwarded_for_changes_nothing(context: Context, proxies: int, seen: str) -> None:
    behind = replace(context, settings=context.settings.model_copy(update={"trusted_proxies": proxies}))
    client = create_app(behind).test_client()
    body = {"license_key": "no key", "product": "jannah", "domain": "a.example.com", "nonce": "n"}
    for number in range(25):
        forwarded = f"192.0.2.{number}, 203.0.113.9, 198.51.100.7"  # the first is what the guesser wrote
        answer = client.post("/v1/licenses/activate", json=body, headers={"X-Forwarded-For": forwarded})
        assert answer.status_code == (400 if number < 20 else 429)
    with context.store.read() as connection:
        subjects = connection.execute(select(tables.call_counts.c.subject)).scalars().all()
    assert subjects == [seen]
