"""``license-server plan``: how many domains, for how long."""

import click

from license_server import policy
from license_server.cli.output import json_option, print_fields, print_json, print_table, say, with_server
from license_server.cli.shapes import and_copies, plan_json
from license_server.cli.shapes import domains as in_words
from license_server.cli.types import PLAN, PRODUCT
from license_server.records import Plan
from license_server.service import catalogue
from license_server.service.context import Context

_DOMAINS = click.IntRange(1, policy.MAX_PLAN_DOMAINS)
_STAGING = click.IntRange(0, policy.MAX_PLAN_DOMAINS)
_DAYS = click.IntRange(0, 3_650)
_HOURS = click.IntRange(1, 168)  # the client asks at least once in eight days
_MOVES = click.IntRange(0, 1_000_000)


def plan_name(_: click.Context | None, __: click.Parameter | None, value: str) -> tuple[str, str]:
    """Return the product and the plan that ``PRODUCT/PLAN`` names; a click callback."""
    product, slash, plan = value.partition("/")
    if not slash or not policy.is_slug(product) or not policy.is_slug(plan):
        raise click.BadParameter("must look like jannah/single: a product, a slash, a plan")
    return product, plan


@click.group()
def plan() -> None:
    """Plans: how many domains, for how long."""


@plan.command()
@click.argument("product", type=PRODUCT)
@click.argument("slug")
@click.option("--name", help="The plan's name as owners read it; default: SLUG.")
@click.option("--domains", type=_DOMAINS, required=True, help="Domains that one license may be in use on.")
@click.option(
    "--staging",
    type=_STAGING,
    default=0,
    show_default=True,
    metavar="N",
    help="Test copies that one license may have beside its domains.",
)
@click.option("--term", required=True, metavar="TERM", help="Nd, Nm, Ny or perpetual, from the day of issue.")
@click.option("--lease-days", type=click.IntRange(1, 3_650), default=policy.LEASE_DAYS, show_default=True)
@click.option("--grace-days", type=_DAYS, default=policy.GRACE_DAYS, show_default=True)
@click.option("--refresh-hours", type=_HOURS, default=policy.REFRESH_HOURS, show_default=True)
@click.option("--moves", type=_MOVES, default=policy.MOVES_PER_YEAR, show_default=True, help="Moves in 365 days.")
@click.option("--feature", "features", multiple=True, metavar="NAME", help="A feature told to the theme; repeatable.")
@json_option
@with_server
def create(
    context: Context,
    product: str,
    slug: str,
    name: str | None,
    domains: int,
    staging: int,
    term: str,
    lease_days: int,
    grace_days: int,
    refresh_hours: int,
    moves: int,
    features: tuple[str, ...],
    as_json: bool,
) -> None:
    """Create the plan SLUG of PRODUCT."""
    made = catalogue.create_plan(
        context,
        product,
        slug,
        name=name,
        domains=domains,
        staging_domains=staging,
        term=term,
        lease_days=lease_days,
        grace_days=grace_days,
        refresh_hours=refresh_hours,
        moves_per_year=moves,
        features=features,
    )
    if as_json:
        print_json(plan_json(made))
        return
    say(f"✓ plan {made.product}/{made.slug}: {in_words(made.domains)}{and_copies(made.staging_domains)}, {made.term}")
    say(f"Next: license-server license create {made.product}/{made.slug}")


@plan.command("list")
@click.argument("product", type=PRODUCT, required=False)
@json_option
@with_server
def list_plans(context: Context, product: str | None, as_json: bool) -> None:
    """List the plans, of PRODUCT or of all."""
    found = catalogue.list_plans(context, product)
    if as_json:
        print_json([plan_json(item) for item in found])
        return
    print_table(
        ("plan", "name", "domains", "test copies", "term", "moves"),
        [
            (
                f"{item.product}/{item.slug}",
                item.name,
                item.domains,
                item.staging_domains,
                item.term,
                item.moves_per_year,
            )
            for item in found
        ],
    )


@plan.command()
@click.argument("named", type=PLAN, callback=plan_name, metavar="PRODUCT/PLAN")
@json_option
@with_server
def show(context: Context, named: tuple[str, str], as_json: bool) -> None:
    """Show a plan."""
    _show(catalogue.find_plan(context, *named), as_json=as_json)


@plan.command()
@click.argument("named", type=PLAN, callback=plan_name, metavar="PRODUCT/PLAN")
@click.option("--name", help="The plan's name as owners read it.")
@click.option("--domains", type=_DOMAINS, help="For licenses issued from now on.")
@click.option("--staging", type=_STAGING, metavar="N", help="Test copies, for licenses issued from now on.")
@click.option("--term", metavar="TERM", help="For licenses issued or renewed from now on.")
@click.option("--lease-days", type=click.IntRange(1, 3_650))
@click.option("--grace-days", type=_DAYS)
@click.option("--refresh-hours", type=_HOURS)
@click.option("--moves", type=_MOVES, help="Moves in 365 days.")
@json_option
@with_server
def update(
    context: Context,
    named: tuple[str, str],
    name: str | None,
    domains: int | None,
    staging: int | None,
    term: str | None,
    lease_days: int | None,
    grace_days: int | None,
    refresh_hours: int | None,
    moves: int | None,
    as_json: bool,
) -> None:
    """Change a plan; licenses that were issued keep their domains, their test copies and their end."""
    given: dict[str, object | None] = {
        "name": name,
        "domains": domains,
        "staging_domains": staging,
        "term": term,
        "lease_seconds": None if lease_days is None else lease_days * policy.DAY,
        "grace_seconds": None if grace_days is None else grace_days * policy.DAY,
        "refresh_seconds": None if refresh_hours is None else refresh_hours * 3_600,
        "moves_per_year": moves,
    }
    values = {column: value for column, value in given.items() if value is not None}
    _show(catalogue.update_plan(context, *named, values), as_json=as_json)


def _show(found: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(plan_json(found))
        return
    shown = plan_json(found)
    rows = [
        (name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value)
        for name, value in shown.items()
    ]
    print_fields(rows)
