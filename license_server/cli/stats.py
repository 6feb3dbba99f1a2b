"""``license-server stats``: the vendor's year on one screen."""

import sys
from collections.abc import Mapping
from dataclasses import asdict

import click

from license_server.cli.charts import bars, columns
from license_server.cli.output import json_option, print_json, print_text, with_server
from license_server.cli.types import PRODUCT
from license_server.service.context import Context
from license_server.service.operating import stats as service
from license_server.service.operating.stats import Stats

_HEIGHT = 6
_MARGIN = 8
_WIDEST = 100

Line = list[tuple[str, str]]


@click.command()
@click.option("--days", type=click.IntRange(1, 3_650), default=30, show_default=True, help="Days to look back.")
@click.option("--product", type=PRODUCT, metavar="SLUG", help="Of one product; refusals are always of all.")
@json_option
@with_server
def stats(context: Context, days: int, product: str | None, as_json: bool) -> None:
    """Show activations by day, refusals, licenses that end in the coming months, and totals."""
    found = service.gather(context, days=days, product=product)
    if as_json:
        print_json({"days": days, "product": product, **asdict(found)})
    elif sys.stdout.isatty():
        _draw(found, product)
    else:
        _print(found)


def _print(found: Stats) -> None:
    for section, values in (
        ("licenses", found.licenses),
        ("places", {"used": found.places_used, "sold": found.places_sold}),
        ("activations", found.activations),
        ("refusals", found.refusals),
        ("expiries", found.expiries),
    ):
        for name, value in values.items():
            print_text(f"{section}\t{name}\t{value}")


def _draw(found: Stats, product: str | None) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    width = min(_WIDEST, console.width) - 4
    for line in (
        *_totals(found),
        *_activations(found, width=width),
        *_bars(found.refusals, "Refusals by reason", _of(found, product), width=width, style="red"),
        *_bars(found.expiries, "Licenses that end", "by month, this one's rest and the next twelve", width=width),
    ):
        console.print(Text.assemble(*line))


def _totals(found: Stats) -> list[Line]:
    total = sum(found.licenses.values())
    by_status = [f"{count:,} {status}" for status, count in found.licenses.items() if count]
    share = f" ({found.places_used / found.places_sold:.0%})" if found.places_sold else ""
    return [
        [(f"{total:,} license{'' if total == 1 else 's'}", "bold"), ("   " + " · ".join(by_status), "")],
        [(f"{found.places_used:,} in use", "bold"), (f" of {found.places_sold:,} places{share}", "")],
    ]


def _activations(found: Stats, *, width: int) -> list[Line]:
    days, counts = list(found.activations), list(found.activations.values())
    most, total = max(counts), sum(counts)
    told = f"{total:,} in {len(days)} days, {most:,} on the busiest" if total else f"none in {len(days)} days"
    lines: list[Line] = [[], [("Activations by day", "bold"), ("   " + told, "dim")]]
    if not total:
        return lines
    # The scale stands before the highest column only while a column is a day.
    space = width - _MARGIN
    scale = f"{most:,}" if len(days) <= space else ""
    drawn = columns(counts, height=_HEIGHT, width=space)
    for place, line in enumerate(drawn):
        lines.append([(f"{scale if place == 0 else '':>{_MARGIN - 1}} ", "dim"), (line, "green")])
    extent = max(len(line) for line in drawn)
    between = max(1, extent - len(days[0]) - len(days[-1]))
    lines.append([(" " * _MARGIN + days[0] + " " * between + days[-1], "dim")])
    return lines


def _of(found: Stats, product: str | None) -> str:
    if not found.refusals:
        return "none in these days"
    return "" if product is None else "of all products"


def _bars(values: Mapping[str, int], title: str, told: str, *, width: int, style: str = "yellow") -> list[Line]:
    lines: list[Line] = [[], [(title, "bold"), ("   " + told, "dim")]]
    longest = max((len(name) for name in values), default=0)
    digits = max((len(f"{value:,}") for value in values.values()), default=1)
    for name, bar, value in bars(values, width=max(10, width - longest - digits - 4)):
        number = (f"{value:>{digits},}  ", "" if value else "dim")
        lines.append([(f"  {name:<{longest}}  ", ""), number, (bar, style)])
    return lines
