"""What a vendor asks of the year: activations, refusals, licenses that end, and totals."""

from dataclasses import dataclass
from datetime import UTC, datetime

from license_server.policy import DAY, Term
from license_server.service import catalogue
from license_server.service.context import Context
from license_server.store import refusal_counts, stats

MONTHS = 12
"""How many months after this one are looked ahead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Numbers of one moment. Days are ``2026-11-24``, months ``2026-11``, both UTC and in order; none is left out.

    ``refusals`` are of all products, the most frequent first.
    """

    activations: dict[str, int]
    refusals: dict[str, int]
    expiries: dict[str, int]
    licenses: dict[str, int]
    places_used: int
    places_sold: int


def gather(context: Context, *, days: int, product: str | None) -> Stats:
    """Return the numbers of the last ``days``, today included, and of this month's rest and the twelve after it.

    Raises :class:`NotFound` for a product that is not there.
    """
    if product is not None:
        catalogue.find_product(context, product)
    now = context.clock()
    today = now // DAY
    first = today - days + 1
    bounds = [now, *_months_after(now)]
    with context.store.snapshot() as connection:
        by_day = stats.activations_by_day(connection, since=first * DAY, product=product)
        refused: dict[str, int] = {}
        for _, code, count in refusal_counts.since(connection, first):
            refused[code] = refused.get(code, 0) + count
        ending = stats.expiries(connection, bounds, product=product)
        by_standing = stats.licenses_by_standing(connection, now=now, product=product)
        used, sold = stats.places(connection, product=product)
    return Stats(
        activations={_text(day * DAY, "%Y-%m-%d"): by_day.get(day, 0) for day in range(first, today + 1)},
        refusals=dict(sorted(refused.items(), key=lambda item: (-item[1], item[0]))),
        expiries={_text(start, "%Y-%m"): count for start, count in zip(bounds, ending, strict=False)},
        licenses={standing.value: count for standing, count in by_standing.items()},
        places_used=used,
        places_sold=sold,
    )


def _months_after(now: int) -> list[int]:
    """Return the first seconds of the next months."""
    begin = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0)
    starts = (Term(count, "m").ends_at(int(begin.timestamp())) for count in range(1, MONTHS + 2))
    return [start for start in starts if start is not None]


def _text(seconds: int, form: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(form)
