"""Activate, refresh, deactivate, move, recover: what the rules of the activation API come to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, update

from license_server import policy, tokens
from license_server.errors import InputInvalid
from license_server.ids import ACTIVATION, LICENSE, parse_id
from license_server.secret_purposes import Purpose, SecretKind, derive
from license_server.service import catalogue
from license_server.service.activation import activation_lookup, vendor_release
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.operating import secret_rotation, signing_keys
from license_server.store import recovery, tables
from license_server.web.app import create_app
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import counters, entries_of, flaws, license_of, told
from tests.license_server.site import UNKNOWN_KEY, Site, claims, code, verdict
from theme_license.base64url import encode_segment
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


def test_a_token_whose_row_a_restore_lost_makes_it_again(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    told = owner.refresh(answer["activation_token"])
    assert (told.status_code, claims(told)["jti"]) == (200, answer["activation"]["id"])
    assert counters(context, owner) == (1, 0, 0)
    assert _actions(context, owner)[-1] == "recovered"
    assert owner.refresh(answer["activation_token"]).status_code == 200
    assert _actions(context, owner).count("recovered") == 1


def test_recovery_strands_no_site_though_the_place_was_given_away(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    assert site("other.example.org", of=owner).activate().status_code == 201
    assert claims(owner.refresh(answer["activation_token"]))["status"] == "active"
    assert counters(context, owner) == (2, 0, 0)
    assert code(site("third.example.org", of=owner).activate()) == "no_activations_left"


def test_recovery_answers_with_the_activation_that_took_the_domain_since(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    since = owner.activate().get_json()["activation"]["id"]
    assert claims(owner.refresh(answer["activation_token"]))["jti"] == since
    assert counters(context, owner) == (1, 0, 0)


def test_a_lost_activation_can_be_released(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    assert claims(owner.deactivate(answer["activation_token"]))["status"] == "released"
    assert counters(context, owner) == (0, 1, 0)
    assert _actions(context, owner)[-2:] == ["recovered", "release"]


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


def _lose(context: Context, activation_id: str, *, used: int, recorded: bool = True) -> None:
    """Make the database as it was before the activation, as a restored backup does."""
    with context.store.write() as connection:
        found = select(tables.activations.c.license_id).where(tables.activations.c.id == activation_id)
        license_id = connection.execute(found).scalar_one()
        connection.execute(delete(tables.activations).where(tables.activations.c.id == activation_id))
        connection.execute(update(tables.licenses).where(tables.licenses.c.id == license_id).values(used=used))
        if recorded:
            recovery.record(connection, restored_at=context.clock(), backup_of=context.clock() - 1)


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


# --- leases out ---


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


# --- tokens ---


def test_a_new_activation_ends_the_token_of_the_one_before_and_an_undo_does_not(site: NewSite, clock: Clock) -> None:
    owner = site()
    first = owner.token()
    assert owner.token() == first
    owner.deactivate(first)
    clock.now += 1
    second = owner.token()
    assert second != first
    for verb in (owner.refresh, owner.deactivate):
        assert code(verb(first)) == "token_invalid"
    assert claims(owner.refresh(second))["status"] == "active"
    assert "activation_token" not in owner.refresh(second).get_json()


def test_a_token_of_the_format_before_is_good_and_gives_way(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    answer = owner.activate().get_json()
    old = undated_token(context, answer["activation"]["id"], owner)
    assert code(owner.refresh(old)) == "token_invalid"
    with context.store.write() as connection:
        connection.execute(update(tables.server).values(dated_tokens_since=START))
    renewed = owner.refresh(old).get_json()["activation_token"]
    assert renewed == answer["activation_token"]
    owner.deactivate(renewed)
    clock.now += 1
    assert claims(owner.refresh(old))["status"] == "released"
    owner.token()
    assert code(owner.refresh(old)) == "token_invalid"


def test_a_token_of_an_older_secret_gives_way(context: Context, site: NewSite) -> None:
    owner = site()
    old = owner.token()
    secret_rotation.rotate(context, SecretKind.TOKEN)
    renewed = owner.refresh(old).get_json()["activation_token"]
    assert renewed != old
    assert "activation_token" not in owner.refresh(renewed).get_json()
    assert claims(owner.refresh(old))["status"] == "active"


# --- after a restore ---


def test_without_a_recorded_restore_nothing_is_brought_back_and_nobody_is_a_guesser(
    context: Context, site: NewSite
) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0, recorded=False)
    for _ in range(25):
        assert code(owner.refresh(answer["activation_token"])) == "token_invalid"
    assert owner.activate().status_code == 201


def test_after_90_days_nothing_is_brought_back(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site(term="2y")
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    clock.now += 90 * policy.DAY
    assert code(owner.refresh(answer["activation_token"])) == "token_invalid"


def test_what_was_released_before_the_backup_stays_so(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("d0.example.com", domains=15)
    tokens = {}
    for number in range(15):
        one = site(f"d{number}.example.com", of=owner)
        tokens[number] = one.token()
        one.deactivate(tokens[number])
    clock.now += policy.DAY
    with context.store.write() as connection:
        recovery.record(connection, restored_at=clock.now, backup_of=clock.now - 3_600)
    for number, token in tokens.items():
        assert claims(site(f"d{number}.example.com", of=owner).refresh(token))["status"] == "released"
    assert counters(context, owner)[0] == 0


def test_what_was_activated_again_after_the_backup_is_taken_back(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    owner.deactivate(owner.token())
    with context.store.read() as connection:
        before = connection.execute(select(tables.activations)).mappings().one()
    clock.now += policy.DAY
    token = owner.token()
    with context.store.write() as connection:
        connection.execute(update(tables.activations).values(**before))
        connection.execute(update(tables.licenses).values(used=0))
        recovery.record(connection, restored_at=clock.now, backup_of=clock.now - 3_600)
    assert claims(owner.refresh(token))["status"] == "active"
    assert counters(context, owner) == (1, 0, 0)
    assert _actions(context, owner)[-1] == "recovered"


@pytest.mark.parametrize("is_lost", [True, False])
def test_what_was_released_since_the_token_was_made_stays_so(
    context: Context, site: NewSite, clock: Clock, is_lost: bool
) -> None:
    owner = site()
    first = owner.activate().get_json()
    with context.store.read() as connection:
        before = connection.execute(select(tables.activations)).mappings().one()
    owner.deactivate(first["activation_token"])
    clock.now += policy.DAY
    token = owner.token()
    with context.store.write() as connection:
        connection.execute(update(tables.activations).values(**before))
        recovery.record(connection, restored_at=clock.now, backup_of=clock.now - 3_600)
    if is_lost:
        _lose(context, first["activation"]["id"], used=0)
    clock.now += policy.DAY
    owner.deactivate(owner.token())
    assert claims(owner.refresh(token))["status"] == "released"
    assert counters(context, owner)[0] == 0


@pytest.mark.parametrize("domain", ["co.uk", "localhost", "8.8.8.8"])
def test_no_token_brings_back_what_no_license_is_given_for(context: Context, site: NewSite, domain: str) -> None:
    owner = site()
    owner.token()
    with context.store.write() as connection:
        recovery.record(connection, restored_at=START, backup_of=START - 1)
    forged = tokens.make_token(
        context.secrets.tokens,
        activation_id="act_" + "0" * 24,
        license_id=license_of(context, owner).id,
        domain=domain,
        environment="production",
        activated_at=START,
    )
    assert code(site(domain, of=owner).refresh(forged)) == "token_invalid"
    assert counters(context, owner) == (1, 0, 0)


def test_beyond_the_limit_the_lease_is_short_until_a_place_is_free(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site()
    lost = owner.activate().get_json()
    _lose(context, lost["activation"]["id"], used=0)
    other = site("other.example.org", of=owner)
    token = other.token()
    told = claims(owner.refresh(lost["activation_token"]))
    assert told["exp"] - told["iat"] == 7 * policy.DAY
    other.deactivate(token)
    told = claims(owner.refresh(lost["activation_token"]))
    assert told["exp"] - told["iat"] == 7 * policy.DAY
    clock.now += 44 * policy.DAY + 60
    told = claims(owner.refresh(lost["activation_token"]))
    assert told["exp"] - told["iat"] == 30 * policy.DAY


def undated_token(context: Context, activation_id: str, site: Site) -> str:
    """Return the token that the version before made."""
    raw = b"\x01" + b"".join(
        parse_id(kind, text) or b""
        for kind, text in ((ACTIVATION, activation_id), (LICENSE, license_of(context, site).id))
    )
    mac = derive(context.secrets.tokens[1], Purpose.UNDATED_TOKEN, raw, site.domain.encode())
    return tokens.PREFIX + encode_segment(raw + mac)
