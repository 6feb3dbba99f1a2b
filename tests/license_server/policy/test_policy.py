"""Terms, places, moves, domains and addresses: the pure rules."""

import time
from datetime import UTC, datetime

import pytest

from license_server import policy
from license_server.policy import Place, PlaceKind
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
    ("limit", "used", "held", "is_held", "is_paid", "place"),
    [
        (1, 0, 0, False, False, Place.FREE),
        (1, 0, 0, True, False, Place.RETURN),
        (1, 1, 0, False, False, None),
        (1, 1, 0, True, True, None),
        (1, 0, 1, False, False, Place.MOVE),
        (1, 0, 1, False, True, Place.RETURN),
        (1, 0, 1, True, False, Place.MOVE),
        (3, 1, 1, False, False, Place.FREE),
        (3, 1, 1, True, False, Place.RETURN),
        (3, 1, 2, False, False, Place.MOVE),
        (3, 4, 0, False, False, None),
    ],
)
def test_only_a_place_that_is_held_for_another_takes_a_move(
    limit: int, used: int, held: int, is_held: bool, is_paid: bool, place: Place | None
) -> None:
    assert policy.place_for(limit=limit, used=used, held=held, is_held=is_held, is_paid=is_paid) == place


def test_the_audit_log_keeps_places_by_these_names() -> None:
    assert [place.value for place in Place] == ["free", "return", "move"]
    assert [kind.value for kind in PlaceKind] == ["ordinary", "staging"]


DAY = policy.DAY


@pytest.mark.parametrize(
    ("left_at", "seen_at", "until"),
    [
        (1_000, 1_000, 1_060 + 44 * DAY),
        (1_000 + 2 * DAY, 1_000, 1_060 + 2 * DAY - 60 + 44 * DAY),
        (1_000 + 46 * DAY, 1_000, 1_000 + 46 * DAY),
    ],
)
def test_leases_are_out_as_long_as_the_last_that_may_have_been_signed(left_at: int, seen_at: int, until: int) -> None:
    assert policy.signed_until(left_at=left_at, last_seen_at=seen_at, longest=44 * DAY) == until


@pytest.mark.parametrize(
    ("is_test_copy", "is_beyond_limit", "days"),
    [(False, False, (30, 14)), (True, False, (3, 7)), (False, True, (7, 7)), (True, True, (3, 7))],
)
def test_a_lease_is_the_plans_unless_it_is_a_test_copys_or_beyond_the_limit(
    is_test_copy: bool, is_beyond_limit: bool, days: tuple[int, int]
) -> None:
    told = {"is_test_copy": is_test_copy, "is_beyond_limit": is_beyond_limit}
    lease = policy.lease_of(lease=30 * DAY, grace=14 * DAY, **told)
    assert (lease.seconds, lease.grace, lease.total) == (days[0] * DAY, days[1] * DAY, sum(days) * DAY)
    assert policy.lease_of(lease=DAY, grace=0, **told).total == DAY


def test_a_site_is_stored_as_seen_before_it_was_unseen_for_longer_than_48_hours() -> None:
    assert [policy.must_be_stored(seen, now=200_000) for seen in (None, 27_199, 27_200)] == [True, True, False]


def test_a_paid_return_is_for_24_hours_after_the_release() -> None:
    assert policy.may_return(100, is_paid=True, now=100 + DAY - 1)
    assert not policy.may_return(100, is_paid=True, now=100 + DAY)
    assert not policy.may_return(100, is_paid=False, now=100)
    assert not policy.may_return(None, is_paid=True, now=100)


@pytest.mark.parametrize(
    ("is_test_copy", "in_staging_place", "is_offline", "staging_left", "keeps"),
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
    is_test_copy: bool, in_staging_place: bool, is_offline: bool, staging_left: bool, keeps: bool
) -> None:
    told = {"is_test_copy": is_test_copy, "in_staging_place": in_staging_place}
    assert policy.keeps_place(**told, is_offline=is_offline, staging_left=staging_left) is keeps


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
