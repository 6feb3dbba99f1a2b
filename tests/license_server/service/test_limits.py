"""Who is limited, for how long, and who never is (protocol §6)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.store import tables
from license_server.web.app import create_app
from tests.license_server.conftest import START, Clock, NewSite
from tests.license_server.ledger import license_of
from tests.license_server.site import BAD_TOKEN, Site, code
from theme_license.license_key import new_license_key


def failures(context: Context) -> dict[str, int]:
    """Return what is counted by address."""
    with context.store.read() as connection:
        counts = tables.call_counts
        found = connection.execute(select(counts.c.subject, counts.c.count).where(counts.c.scope == "failures"))
        return {row[0]: row[1] for row in found}


def unknown_key(site: Site) -> str:
    return code(replace(site, key=new_license_key().text("JNH")).activate())


def mistyped_key(site: Site) -> str:
    return code(replace(site, key="JNH-00000-00000-00000-00000-00000-00000").activate())


def bad_token(site: Site) -> str:
    return code(site.refresh(BAD_TOKEN))


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
    blocked = owner.activate()
    assert (code(blocked), blocked.headers["Retry-After"]) == ("rate_limited", "1")
    clock.now = START + 600
    assert owner.activate().status_code == 201
    # A blocked call lengthens nothing, and the new window is a whole one.
    assert [mistyped_key(owner) for _ in range(21)] == ["key_malformed"] * 20 + ["rate_limited"]


def test_the_hour_of_a_key_starts_with_its_first_call(site: NewSite, clock: Clock) -> None:
    owner = site()
    assert owner.activate().status_code == 201
    clock.now += 1_800
    assert {owner.activate().status_code for _ in range(59)} == {200}
    clock.now = START + 3_599
    refused = replace(owner, address="198.51.100.1").activate()
    assert (code(refused), refused.headers["Retry-After"]) == ("rate_limited", "1")
    clock.now = START + 3_600
    assert {owner.activate().status_code for _ in range(60)} == {200}
    assert code(owner.activate()) == "rate_limited"


def test_refusals_of_a_good_key_count_for_the_key(site: NewSite) -> None:
    owner = site("8.8.8.8")
    assert {code(owner.activate()) for _ in range(60)} == {"domain_not_allowed"}
    assert code(owner.activate()) == "rate_limited"


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
        owner.activate()
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
        (["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:cb00:7109"], "203.0.113.9"),
        (["", "unix:", "not an address"], "unknown"),
    ],
)
def test_spellings_and_neighbours_of_an_address_are_one(
    context: Context, site: NewSite, addresses: list[str], group: str
) -> None:
    owner = site()
    for number in range(21):
        mistyped_key(replace(owner, address=addresses[number % 3]))
    assert failures(context) == {group: 20}


def test_every_worker_and_node_counts_into_one_place(context: Context, site: NewSite) -> None:
    owner = site()
    other = replace(owner, client=create_app(context).test_client())
    told = [mistyped_key(one) for one in (owner, other) * 11]
    assert told == ["key_malformed"] * 20 + ["rate_limited"] * 2
