"""Terms, places, moves, domains and addresses: the pure rules."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from license_server import policy
from license_server.policy import Place
from theme_license.domain import parse_domain


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-11-23T10:00:00", "1y", "2027-11-23T10:00:00"),
        ("2024-02-29T10:00:00", "1y", "2025-02-28T10:00:00"),
        ("2024-02-29T10:00:00", "4y", "2028-02-29T10:00:00"),
        ("2027-01-31T23:59:59", "1m", "2027-02-28T23:59:59"),
        ("2028-01-31T00:00:00", "1m", "2028-02-29T00:00:00"),
        ("2026-12-15T00:00:00", "1m", "2027-01-15T00:00:00"),
        ("2026-10-31T00:00:00", "18m", "2028-04-30T00:00:00"),
        ("2026-12-31T12:00:00", "30d", "2027-01-30T12:00:00"),
    ],
)
def test_a_term_ends_by_the_calendar(start: str, term: str, end: str) -> None:
    parsed = policy.parse_term(term)
    assert parsed is not None
    assert parsed.ends_at(at(start)) == at(end)


def test_a_term_ends_at_the_same_moment_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    month = policy.parse_term("1m")
    assert month is not None
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        end = month.ends_at(at("2027-01-31T23:59:59"))
    time.tzset()
    assert end == at("2027-02-28T23:59:59")


def test_a_perpetual_term_never_ends() -> None:
    term = policy.parse_term("perpetual")
    assert term is not None
    assert term.ends_at(0) is None
    assert not policy.is_over(None, now=10**12)


@pytest.mark.parametrize("text", ["perpetual", "1d", "30d", "365000d", "6m", "12000m", "1y", "1000y"])
def test_a_term_of_up_to_a_thousand_years_is_read_as_it_is_typed(text: str) -> None:
    term = policy.parse_term(text)
    assert term is not None
    assert term.text == text


@pytest.mark.parametrize(
    "text",
    ["", "0d", "1w", "1", "y", "1Y", "-1d", "1.5y", "01y", "1 y", "1001y", "12001m", "365001d", "9999999d", "١y"],
)
def test_other_terms_are_none(text: str) -> None:
    assert policy.parse_term(text) is None


def test_a_term_is_over_at_its_end_and_not_a_second_before() -> None:
    assert policy.is_over(100, now=100)
    assert not policy.is_over(100, now=99)


@pytest.mark.parametrize(
    ("limit", "used", "freed", "known", "place"),
    [
        (1, 0, 0, False, Place.FREE),
        (1, 1, 0, False, None),
        (1, 1, 0, True, None),
        (1, 0, 1, False, Place.MOVE),
        (1, 0, 1, True, Place.RETURN),
        (3, 0, 1, False, Place.FREE),
        (3, 2, 1, False, Place.MOVE),
        (3, 4, 0, False, None),
    ],
)
def test_only_a_new_domain_in_a_place_that_the_owner_freed_is_a_move(
    limit: int, used: int, freed: int, known: bool, place: Place | None
) -> None:
    assert policy.place_for(limit=limit, used=used, freed=freed, known=known) == place


@given(st.integers(1, 5), st.lists(st.sampled_from(["new", "return", "owner", "vendor"]), max_size=60))
def test_freed_places_are_never_more_than_the_unused(limit: int, steps: list[str]) -> None:
    used = freed = 0
    for step in steps:
        if step in ("new", "return"):
            place = policy.place_for(limit=limit, used=used, freed=freed, known=step == "return")
            if place is not None:
                freed = policy.freed_after(place, limit=limit, used=used, freed=freed)
                used += 1
        elif used:
            used -= 1
            freed += step == "owner"
        assert 0 <= freed <= limit - used


def test_the_audit_log_keeps_places_by_these_names() -> None:
    assert [place.value for place in Place] == ["free", "return", "move", "staging"]


@pytest.mark.parametrize(
    ("place", "freed", "left"),
    [
        (Place.FREE, 1, 1),
        (Place.MOVE, 1, 0),
        (Place.RETURN, 2, 1),
        (Place.RETURN, 0, 0),
        (Place.FREE, 3, 2),
        (Place.RETURN, 4, 2),
        (Place.STAGING, 3, 3),
    ],
)
def test_a_place_that_is_taken_leaves_those_that_the_owner_freed(place: Place, freed: int, left: int) -> None:
    assert policy.freed_after(place, limit=4, used=1, freed=freed) == left


def test_no_more_places_were_freed_than_a_smaller_plan_has() -> None:
    assert policy.freed_after(Place.FREE, limit=1, used=3, freed=2) == 0
    assert policy.freed_after(Place.FREE, limit=1, used=0, freed=1) == 0


@pytest.mark.parametrize(
    ("is_test_copy", "in_staging_place", "is_held", "staging_left", "keeps"),
    [
        (False, False, False, True, True),
        (False, True, False, True, False),
        (True, True, False, True, True),
        (True, False, False, True, False),
        (True, False, False, False, True),
        (True, False, True, True, True),
    ],
)
def test_a_domain_leaves_its_place_only_for_the_kind_that_it_should_have(
    is_test_copy: bool, in_staging_place: bool, is_held: bool, staging_left: bool, keeps: bool
) -> None:
    told = {"is_test_copy": is_test_copy, "in_staging_place": in_staging_place}
    assert policy.keeps_place(**told, is_held=is_held, staging_left=staging_left) is keeps


def test_a_move_counts_for_a_year() -> None:
    now = 10**9
    year_ago = now - 365 * 86_400
    assert policy.moves_left([], allowed=4, now=now) == 4
    assert policy.moves_left([year_ago, year_ago + 1, now], allowed=4, now=now) == 2
    assert policy.moves_left([now, now, now], allowed=2, now=now) == 0


def test_the_fifth_move_waits_until_the_first_is_a_year_ago() -> None:
    now = 10**9
    moves = [now - 300 * policy.DAY, now - 20, now - 10, now - 5]
    assert policy.next_move_at(moves, allowed=4, now=now) == moves[0] + policy.MOVE_WINDOW
    assert policy.next_move_at(moves, allowed=5, now=now) is None
    assert policy.next_move_at(moves, allowed=4, now=moves[0] + policy.MOVE_WINDOW) is None
    assert policy.next_move_at([], allowed=0, now=now) == now + policy.MOVE_WINDOW
    assert policy.next_move_at([now - 1, now - 3, now - 2], allowed=2, now=now) == now - 2 + policy.MOVE_WINDOW


@pytest.mark.parametrize(("chance", "wait"), [(0, 69_120), (0.25, 77_760), (0.5, 86_400), (1, 103_680)])
def test_a_site_asks_again_after_a_day_and_a_fifth_either_way(chance: float, wait: int) -> None:
    assert policy.refresh_at(1_000, seconds=86_400, chance=chance) == 1_000 + wait


def test_the_numbers_that_the_docs_promise() -> None:
    assert (policy.LEASE_DAYS, policy.GRACE_DAYS, policy.REFRESH_HOURS, policy.MOVES_PER_YEAR) == (30, 14, 24, 4)
    assert (policy.UNDO_SECONDS, policy.FAILURE_WINDOW, policy.KEY_WINDOW) == (86_400, 600, 3_600)
    assert (policy.MAX_PLAN_DOMAINS, policy.MOVE_WINDOW) == (1_000_000, 365 * 86_400)


@pytest.mark.parametrize(
    ("domain", "decision"),
    [
        ("co.uk", "deny:public_suffix"),
        ("acme.co.uk", "site"),
        ("github.io", "site"),
        ("me.github.io", "site"),
        ("a.unlisted-ending", "site"),
        ("localhost", "dev"),
        ("192.168.1.1", "dev"),
        ("8.8.8.8", "deny:public_ip"),
        ("a.onion", "deny:special_use"),
    ],
)
def test_the_server_adds_public_suffixes_to_the_clients_decision(domain: str, decision: str) -> None:
    assert policy.decide(parse_domain(domain)) == decision


def test_an_exception_lifts_a_denial_and_nothing_else() -> None:
    assert policy.denial(parse_domain("co.uk"), allowed=False) == "public_suffix"
    assert policy.denial(parse_domain("co.uk"), allowed=True) is None
    assert policy.denial(parse_domain("localhost"), allowed=True) == "development"
    assert policy.denial(parse_domain("acme.co.uk"), allowed=False) is None


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.7%eth0", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
        ("", None),
        ("unix", None),
        ("unix:", None),
        ("[203.0.113.7", None),
        ("203.0.113.7:", None),
        ("203.0.113.7:http", None),
        ("203.0.113.7, 203.0.113.8", None),
    ],
)
def test_callers_are_told_apart_by_address_or_by_64(address: str, group: str | None) -> None:
    assert policy.address_group(address) == group


@pytest.mark.parametrize("slug", ["a", "jannah", "my-theme-2", "a" * 63])
def test_slugs(slug: str) -> None:
    assert policy.is_slug(slug)


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a b", "a/b", "ä", "a" * 64, "a\n"])
def test_no_slugs(slug: str) -> None:
    assert not policy.is_slug(slug)
