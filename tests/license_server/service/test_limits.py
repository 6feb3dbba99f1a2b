"""Who is limited, for how long, and who never is (protocol §6)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Table, select
from structlog.testing import capture_logs

from license_server import policy
from license_server.service import portal_sessions
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.traffic import call_limits
from license_server.store import tables
from license_server.web.app import create_app
from tests.license_server.conftest import START, Clock, NewSite
from tests.license_server.guesses import bad_token, mistyped_key, unknown_key
from tests.license_server.ledger import license_of
from tests.license_server.site import BAD_TOKEN, Site, code


def failures(context: Context) -> dict[str, int]:
    """Return what is counted by address."""
    with context.store.read() as connection:
        counts = tables.call_counts
        found = connection.execute(select(counts.c.subject, counts.c.count).where(counts.c.scope == "failures"))
        return {row[0]: row[1] for row in found}


def rows(context: Context, table: Table) -> list[tuple[Any, ...]]:
    """Return what a table holds."""
    with context.store.read() as connection:
        return sorted(tuple(row) for row in connection.execute(select(table)))


def everything(context: Context) -> dict[str, list[tuple[Any, ...]]]:
    """Return what every table holds."""
    return {table.name: rows(context, table) for table in tables.metadata.sorted_tables}


@contextmanager
def locked_against_writers(context: Context) -> Iterator[None]:
    """Let nobody else write or lock a license within the block: whoever tries is answered with 503."""
    with context.store.write() as connection:
        if not context.store.is_sqlite:
            connection.exec_driver_sql("LOCK TABLE licenses, call_counts IN EXCLUSIVE MODE")
        yield


def token_of_another_domain(site: Site) -> str:
    token = replace(site, address="203.0.113.200").token()
    return code(replace(site, domain="clone.example.org").deactivate(token))


@pytest.mark.parametrize("guess", [unknown_key, mistyped_key, bad_token, token_of_another_domain])
def test_twenty_guesses_of_each_kind_block_the_address(
    context: Context, site: NewSite, guess: Callable[[Site], str]
) -> None:
    owner = site()
    told = [guess(owner) for _ in range(22)]
    assert "rate_limited" not in told[:20]
    assert told[20:] == ["rate_limited"] * 2
    assert failures(context) == {owner.address: 20}


def test_guesses_of_every_kind_add_up(site: NewSite) -> None:
    owner = site()
    for guess in (unknown_key, mistyped_key, bad_token, token_of_another_domain) * 5:
        assert guess(owner) != "rate_limited"
    assert bad_token(owner) == unknown_key(owner) == mistyped_key(owner) == "rate_limited"


def test_the_window_is_ten_minutes_from_the_first_guess(site: NewSite, clock: Clock) -> None:
    owner = site()
    assert mistyped_key(owner) == "key_malformed"
    clock.now += 300
    assert {mistyped_key(owner) for _ in range(19)} == {"key_malformed"}
    clock.now = START + 599
    blocked = owner.refresh(BAD_TOKEN)
    assert (code(blocked), blocked.headers["Retry-After"]) == ("rate_limited", "1")
    clock.now = START + 600
    # A blocked call lengthens nothing, and the new window is a whole one.
    assert [mistyped_key(owner) for _ in range(21)] == ["key_malformed"] * 20 + ["rate_limited"]


def test_the_hour_of_a_key_starts_with_its_first_refusal(site: NewSite, clock: Clock) -> None:
    owner = site()
    assert owner.activate().status_code == 201
    clock.now += 1_800
    assert {code(owner.activate(product="sahifa")) for _ in range(60)} == {"product_mismatch"}
    clock.now += 3_599
    refused = owner.activate()
    assert (code(refused), refused.headers["Retry-After"]) == ("rate_limited", "1")
    clock.now += 1
    assert owner.activate().status_code == 200


def test_refusals_of_a_good_key_count_for_key_and_address_together(context: Context, site: NewSite) -> None:
    leaked = site()
    other = replace(leaked, address="198.51.100.1")
    assert {code(leaked.activate(domain="8.8.8.8")) for _ in range(60)} == {"domain_not_allowed"}
    assert code(leaked.activate()) == "rate_limited"
    assert site("second.example.org").activate().status_code == 201
    assert other.activate().status_code == 201
    assert code(replace(leaked, address="198.51.100.1").activate(domain="8.8.8.8")) == "domain_not_allowed"
    assert portal_sessions.sign_in(context, leaked.key, address=leaked.address)


def test_a_key_that_had_its_refusals_is_refused_without_a_lock(context: Context, site: NewSite) -> None:
    leaked = site()
    for _ in range(60):
        leaked.activate(product="sahifa")
    with locked_against_writers(context):
        assert code(leaked.activate()) == "rate_limited"


def test_new_domains_and_the_same_again_count_nowhere(context: Context, site: NewSite) -> None:
    agency = site(domains=70)
    for number in range(70):
        one = site(f"s{number}.example.com", of=agency)
        assert [one.activate().status_code for _ in range(2)] == [201, 200]
    assert rows(context, tables.call_counts) == []


def test_returns_and_changes_count_and_grow_with_the_domains(site: NewSite) -> None:
    owner = site(domains=2)
    owner.deactivate(owner.token())
    for number in range(62):
        answer = owner.activate(environment="staging" if number % 2 else "production")
        assert answer.status_code == (200 if number else 201)
    assert code(owner.activate(environment="production")) == "rate_limited"
    assert owner.activate(environment="staging").status_code == 200
    assert site("new.example.com", of=owner).activate().status_code == 201
    assert replace(owner, address="198.51.100.1").activate(environment="production").status_code == 200


def test_calls_that_are_refused_as_too_many_end_in_a_read(context: Context, site: NewSite) -> None:
    owner = site()
    assert owner.activate().status_code == 201
    for number in range(61):
        assert owner.activate(environment="production" if number % 2 else "staging").status_code == 200
    assert {code(owner.activate(environment="production")) for _ in range(60)} == {"rate_limited"}
    with locked_against_writers(context):
        assert code(owner.activate(environment="production")) == "rate_limited"


def test_a_blocked_addresss_guesses_write_nothing(context: Context, site: NewSite) -> None:
    owner = site()
    for _ in range(20):
        unknown_key(owner)
    before = everything(context)
    with locked_against_writers(context):
        told = [guess(owner) for guess in (unknown_key, mistyped_key, bad_token) for _ in range(10)]
    assert set(told) == {"rate_limited"}
    assert everything(context) == before


def test_no_answer_to_a_good_key_counts_for_its_address(context: Context, site: NewSite, clock: Clock) -> None:
    told = set()
    for number in range(25):
        owner = site(f"s{number}.example.com", moves_per_year=0)
        told |= {owner.activate().status_code, owner.activate().status_code}
        told.add(code(site("other.example.org", of=owner).activate()))
        told.add(code(owner.activate(product="sahifa")))
        told.add(code(owner.activate(domain="8.8.8.8")))
        told.add(code(owner.activate(replaces="act_none")))
        owner.deactivate(owner.token())
        told.add(code(site("other.example.org", of=owner).activate()))
        lifecycle.suspend(context, license_of(context, owner).id, reason=None)
        told.add(code(owner.activate()))
        lifecycle.revoke(context, license_of(context, owner).id, reason=None)
        told.add(code(owner.activate()))
    assert told == {
        200,
        201,
        "no_activations_left",
        "product_mismatch",
        "domain_not_allowed",
        "request_invalid",
        "moves_exhausted",
        "license_suspended",
        "license_revoked",
    }
    assert failures(context) == {}


def test_a_body_that_is_wrong_is_no_guess(context: Context, client: FlaskClient, site: NewSite) -> None:
    for _ in range(25):
        assert client.post("/v1/licenses/activate", data=b"{").status_code == 400
        assert code(site().activate(domain="a..b")) == "domain_invalid"
        assert client.post("/v1/licenses/refresh", json={"domain": "a.example.com", "nonce": "n"}).status_code == 401
    assert failures(context) == {}


def test_a_good_token_is_never_limited(site: NewSite) -> None:
    owner = site()
    token = owner.token()
    for _ in range(60):
        owner.activate(product="sahifa")
    assert code(owner.activate()) == "rate_limited"
    for _ in range(21):
        bad_token(owner)
    assert bad_token(owner) == "rate_limited"
    assert {owner.refresh(token).status_code for _ in range(200)} == {200}
    assert {owner.deactivate(token).status_code for _ in range(50)} == {200}


@pytest.mark.parametrize(
    ("addresses", "group"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:DB8:1:2::%eth0"], "2001:db8:1:2::/64"),
        (["203.0.113.9", "::ffff:203.0.113.9", "203.0.113.9:50123"], "203.0.113.9"),
        (["[2001:db8:1:2::1]:443", "2001:db8:1:2::2", "[2001:db8:1:2::3]"], "2001:db8:1:2::/64"),
    ],
)
def test_spellings_and_neighbours_of_an_address_are_one(
    context: Context, site: NewSite, addresses: list[str], group: str
) -> None:
    owner = site()
    for number in range(21):
        mistyped_key(replace(owner, address=addresses[number % 3]))
    assert failures(context) == {group: 20}


def test_an_address_that_cannot_be_read_is_nobodys_and_is_told_once_an_hour(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site()
    with capture_logs() as log:
        for number in range(30):
            nowhere = replace(owner, address=("", "unix:", "not an address")[number % 3])
            assert mistyped_key(nowhere) == "key_malformed"
            assert code(nowhere.activate(product="sahifa")) == "product_mismatch"
        for _ in range(61):
            assert code(nowhere.activate(product="sahifa")) == "product_mismatch"
        assert nowhere.activate().status_code == 201
        clock.now += 3_600
        assert nowhere.activate().status_code == 200
    assert [line["event"] for line in log if line["log_level"] == "warning"] == ["address_unreadable"] * 2
    assert rows(context, tables.call_counts) == [("unreadable", "", START + 3_600, 1)]


def test_counts_are_forgotten_when_they_are_over_and_unreadable_addresses_after_a_day(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site()
    for address in (owner.address, ""):
        mistyped_key(replace(owner, address=address))
        owner.activate(product="sahifa")
    assert len(rows(context, tables.call_counts)) == 3
    clock.now += 3_601
    call_limits.forget_old(context)
    assert rows(context, tables.call_counts) == [("unreadable", "", START, 1)]
    clock.now = START + policy.DAY + 1
    call_limits.forget_old(context)
    assert rows(context, tables.call_counts) == []


def test_every_worker_and_node_counts_into_one_place(context: Context, site: NewSite) -> None:
    owner = site()
    other = replace(owner, client=create_app(context).test_client())
    told = [mistyped_key(one) for one in (owner, other) * 11]
    assert told == ["key_malformed"] * 20 + ["rate_limited"] * 2
