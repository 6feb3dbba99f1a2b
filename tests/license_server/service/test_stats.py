"""What the vendor is shown of the year: the right numbers, drawn on a terminal and plain elsewhere."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from license_server.cli.charts import bars, columns
from license_server.errors import NotFound
from license_server.policy import DAY
from license_server.service import catalogue
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.license.issue import create
from license_server.service.operating import stats
from license_server.store.tables import refusals
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.vendor import Vendor, on_terminal, refused


def test_the_numbers_of_a_vendors_year(context: Context, clock: Clock, issue: Issue, site: NewSite) -> None:
    suspended, revoked = issue(term="6m").license.id, issue(term="1m", domains=7).license.id
    lifecycle.suspend(context, suspended, reason=None)
    lifecycle.revoke(context, revoked, reason=None)
    issue(term="perpetual", domains=3)
    issue(term="1d")
    site("a.example.com").token()
    clock.now += 2 * DAY
    released = site("b.example.com")
    assert released.deactivate(released.token()).status_code == 200
    site("d.example.com").token()
    with context.store.write() as connection:
        for day, code, count in ((-1, "license_expired", 9), (0, "license_expired", 2), (0, "moves_exhausted", 5)):
            connection.execute(insert(refusals).values(day=clock.now // DAY + day, code=code, count=count))
        connection.execute(insert(refusals).values(day=clock.now // DAY - 30, code="rate_limited", count=1))

    found = stats.gather(context, days=30, product=None)
    assert len(found.activations) == 30
    assert {day: count for day, count in found.activations.items() if count} == {"2027-01-15": 1, "2027-01-17": 2}
    assert list(found.activations)[-1] == "2027-01-17"
    assert list(found.refusals.items()) == [("license_expired", 11), ("moves_exhausted", 5)]
    assert next(iter(found.expiries)) == "2027-01"
    assert len(found.expiries) == 13
    # The revoked one and the one that is over no longer end; those of this year are in the thirteenth month.
    assert {month: count for month, count in found.expiries.items() if count} == {"2027-07": 1, "2028-01": 3}
    assert found.licenses == {"active": 4, "expired": 1, "suspended": 1, "revoked": 1}
    assert (found.places_used, found.places_sold) == (2, 1 + 3 + 1 + 3)

    assert list(stats.gather(context, days=1, product=None).activations.values()) == [2]


def test_one_product_alone(context: Context, issue: Issue, site: NewSite) -> None:
    site("a.example.com").token()
    catalogue.create_product(context, "sahifa", name="Sahifa", prefix="SAH", links={})
    plan = catalogue.create_plan(context, "sahifa", "many", name=None, domains=5, term="1m")
    create(context, plan, customer=None)
    found = stats.gather(context, days=7, product="sahifa")
    assert (sum(found.activations.values()), found.places_used, found.places_sold) == (0, 0, 5)
    assert {month: count for month, count in found.expiries.items() if count} == {"2027-02": 1}
    of_jannah = stats.gather(context, days=7, product="jannah")
    assert (sum(of_jannah.activations.values()), of_jannah.licenses["active"]) == (1, 1)
    with pytest.raises(NotFound):
        stats.gather(context, days=7, product="none")


def test_a_server_that_has_issued_nothing(context: Context) -> None:
    found = stats.gather(replace(context, clock=lambda: START), days=30, product=None)
    assert set(found.activations.values()) == set(found.expiries.values()) == set(found.licenses.values()) == {0}
    assert found.refusals == {}


# --- charts ---


def test_columns_are_as_high_as_their_values() -> None:
    assert columns([0, 1, 8, 16], height=2, width=4) == ["   █", " ▁██"]
    assert columns([1, 2], height=1, width=9) == ["▄▄██"]
    assert columns([1, 1000], height=1, width=2) == ["▁█"]
    assert columns([0, 0], height=1, width=2) == [""]
    assert columns([1, 1, 1, 1, 2], height=1, width=3) == ["███"]


def test_bars_are_as_long_as_their_values() -> None:
    assert bars({"a": 4, "b": 1, "c": 0}, width=4) == [("a", "████", 4), ("b", "█", 1), ("c", "", 0)]
    assert bars({"a": 1000, "b": 1}, width=2) == [("a", "██", 1000), ("b", "▏", 1)]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=400), st.integers(1, 12), st.integers(1, 200))
def test_no_chart_is_wider_than_its_space(values: list[int], height: int, width: int) -> None:
    lines = columns(values, height=height, width=width)
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)
    assert all(len(bar) <= width for _, bar, _ in bars({str(n): value for n, value in enumerate(values)}, width=width))


# --- the command ---


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Vendor:
    server = Vendor(tmp_path_factory.mktemp("stats"))
    server.set_up()
    server.issue()
    return server


def test_stats_without_a_terminal_are_plain(vendor: Vendor) -> None:
    lines = vendor.cli("stats", "--days", "3").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == (
        ["licenses"] * 4 + ["places"] * 2 + ["activations"] * 3 + ["expiries"] * 13
    )
    assert lines[0] == "licenses\tactive\t1"
    assert all(len(line.split("\t")) == 3 for line in lines)
    shown = vendor.cli_json("stats", "--product", "jannah")
    assert (shown["days"], shown["product"], len(shown["activations"])) == (30, "jannah", 30)
    assert sum(shown["expiries"].values()) == 1
    refused(vendor.cli("stats", "--product", "none"), 3)
    refused(vendor.cli("stats", "--days", "0"), 2)


@pytest.mark.parametrize("width", [20, 80, 200])
def test_stats_on_a_terminal_are_drawn_within_its_width(vendor: Vendor, width: int) -> None:
    with vendor.database() as connection:
        connection.execute(refusals.delete())
        connection.execute(insert(refusals).values(day=2**31 - 1, code="no_activations_left", count=12_345))
    text = on_terminal(vendor, "stats", width=width)
    for told in ("1 license", "Activations by day", "Refusals by reason", "no_activations_left", "12,345"):
        # A terminal of twenty columns breaks the longest code in two.
        assert "".join(told.split()) in "".join(text.split())
    assert "█" in text
    if width >= 80:
        assert max(len(line) for line in text.splitlines()) <= min(width, 100)


def test_json_of_stats_is_one_value(vendor: Vendor, tmp_path: Path) -> None:
    file = tmp_path / "stats.json"
    file.write_text(vendor.cli("stats", "--json").stdout)
    assert json.loads(file.read_text())["licenses"]["active"] == 1
