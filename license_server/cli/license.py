"""``license-server license``: issue and find."""

import sys
from pathlib import Path

import click

from license_server.cli.audit_words import details_of, in_words
from license_server.cli.errors import CANCELLED
from license_server.cli.output import (
    json_option,
    print_json,
    print_table,
    print_text,
    say,
    terminable,
    with_server,
)
from license_server.cli.plan import plan_name
from license_server.cli.progress import key_progress
from license_server.cli.shapes import (
    activation_json,
    and_copies,
    and_held,
    domains,
    hold_json,
    license_json,
    seen,
    until,
)
from license_server.cli.types import DOMAIN, LICENSE_ID, PLAN, PRODUCT
from license_server.clock import day, iso
from license_server.errors.licenses import TypedKeyMalformed
from license_server.policy import PlaceKind
from license_server.records import Filter, License, LicenseStatus
from license_server.service import catalogue
from license_server.service.activation import activation_lookup
from license_server.service.context import Context
from license_server.service.license import bulk, holds, issue, license_lookup
from license_server.service.operating import audit_log
from theme_license.errors import KeyMalformed
from theme_license.license_key import LicenseKey, parse_license_key


@click.group()
def license() -> None:
    """Licenses: one key each."""


@license.command()
@click.argument("named", type=PLAN, callback=plan_name, metavar="PRODUCT/PLAN")
@click.option("--customer", metavar="REF", help="Your own reference, such as an order number.")
@click.option(
    "--allow-domain",
    "allow_domains",
    multiple=True,
    metavar="DOMAIN",
    help="A domain that is refused by rule and allowed to this license; repeatable.",
)
@click.option("--count", type=click.IntRange(1, bulk.MAX_COUNT), help="Issue many; needs --output.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="CSV license_id,license_key; must not exist. Interrupted, the same command goes on.",
)
@json_option
@with_server
def create(
    context: Context,
    named: tuple[str, str],
    customer: str | None,
    allow_domains: tuple[str, ...],
    count: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Issue a license of PRODUCT/PLAN and show its key, once."""
    plan = catalogue.find_plan(context, *named)
    product = catalogue.find_product(context, plan.product)
    if count is not None or output is not None:
        if output is None:
            raise click.UsageError("--count needs --output FILE, where the keys are written")
        if allow_domains:
            raise click.UsageError("--allow-domain is for one license at a time")
        _create_many(context, named, customer=customer, count=count or 1, output=output, as_json=as_json)
        return
    issued = issue.create(context, plan, customer=customer, allow_domains=allow_domains)
    key = issued.key.text(product.prefix)
    if as_json:
        shown = license_json(issued.license)
        print_json({"license_id": shown.pop("license_id"), "license_key": key, **shown})
        return
    made = issued.license
    sold = f"{domains(made.domain_limit)}{and_copies(made.staging_limit)}"
    print_text(f"{key}   shown once     {made.id}  {sold}, {until(made.term_ends_at)}")


def _create_many(
    context: Context, named: tuple[str, str], *, customer: str | None, count: int, output: Path, as_json: bool
) -> None:
    plan = catalogue.find_plan(context, *named)
    issued = 0
    with terminable(), key_progress(count) as progress:

        def advance(done: int) -> None:
            nonlocal issued
            issued = done
            progress.advance(done)

        def resume(done: int) -> None:
            nonlocal issued
            issued = done
            progress.start_at(done)
            say(f"resuming: {done} of {count} keys were issued already")

        try:
            bulk.create_many(
                context, plan, customer=customer, count=count, output=output, resume=resume, advance=advance
            )
        except KeyboardInterrupt:
            if not issued:
                raise
            progress.stop()
            say(f"cancelled; {issued} of {count} keys are issued; next: the same command, which goes on with the rest")
            raise click.exceptions.Exit(CANCELLED) from None
    if as_json:
        print_json({"count": count, "output": str(output), "product": plan.product, "plan": plan.slug})
    else:
        say(f"✓ {count} licenses of {plan.product}/{plan.slug}; their keys are in {output} and nowhere else")


@license.command("list")
@click.option("--product", type=PRODUCT, metavar="SLUG", help="Of one product.")
@click.option("--plan", "plan_slug", metavar="SLUG", help="Of one plan, or of all plans of that name.")
@click.option("--customer", metavar="REF", help="With your own reference REF.")
@click.option("--domain", type=DOMAIN, metavar="DOMAIN", help="In use on DOMAIN.")
@click.option("--status", type=click.Choice([status.value for status in LicenseStatus]), help="Of one status.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@json_option
@with_server
def list_licenses(
    context: Context,
    product: str | None,
    plan_slug: str | None,
    customer: str | None,
    domain: str | None,
    status: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the newest licenses that match."""
    name = None if domain is None else license_lookup.canonical(domain)
    wanted = Filter(product=product, plan=plan_slug, customer=customer, status=status, domain=name)
    found = license_lookup.search(context, wanted, limit=limit)
    if as_json:
        print_json([license_json(item) for item in found])
        return
    now = context.clock()
    print_table(
        ("license", "plan", "status", "used", "until", "key ends in", "customer"),
        [
            (
                item.id,
                f"{item.product.slug}/{item.plan.slug}",
                item.standing(now),
                f"{item.used} of {item.domain_limit}",
                until(item.term_ends_at).removeprefix("until "),
                item.key_last5,
                item.customer,
            )
            for item in found
        ],
    )


@license.command()
@click.argument("license_id", required=False, type=LICENSE_ID)
@click.option("--domain", type=DOMAIN, metavar="DOMAIN", help="The licenses in use on DOMAIN.")
@json_option
@with_server
def show(context: Context, license_id: str | None, domain: str | None, as_json: bool) -> None:
    """Show a license by its id, by --domain, or by the license key on standard input."""
    if license_id is not None and domain is not None:
        raise click.UsageError("give an id or --domain, not both")
    if domain is not None:
        found = license_lookup.find_by_domain(context, domain)
    elif license_id is not None and license_id != "-":
        found = [license_lookup.find(context, license_id)]
    else:
        found = [license_lookup.find_by_key(context, _key_from_input())]
    if as_json:
        shown = [
            {
                **license_json(item),
                **_held_json(context, item),
                "activations": [
                    activation_json(one) for one in activation_lookup.of_license(context, item.id, released=True)
                ],
                "reports": [
                    {"activation_id": one.object, "domain": details_of(one).get("domain"), "at": iso(one.at)}
                    for one in audit_log.open_reports(context, item.id)
                ],
            }
            for item in found
        ]
        print_json(shown if domain is not None else shown[0])
        return
    for item in found:
        _print_one(context, item, domain=None if domain is None else license_lookup.canonical(domain))


def _held_json(context: Context, item: License) -> dict[str, object]:
    held = holds.of_license(context, item)
    return {
        "held": [hold_json(hold) for hold in held.holds],
        "moves_per_year": held.moves_allowed,
        "moves_left": held.moves_left,
        "staging_changes_left": held.changes_left,
    }


def _print_one(context: Context, item: License, *, domain: str | None) -> None:
    now = context.clock()
    told = item.standing(now).value
    if item.status_reason:
        told += f" ({item.status_reason})"
    in_use = [one for one in activation_lookup.of_license(context, item.id) if domain in (None, one.domain)]
    if domain is not None:
        for one in in_use:
            print_text(f"{item.id}  {told} on {one.domain} ({one.id}), {seen(one, now=now)}")
        return
    held = holds.of_license(context, item)
    print_text(
        f"{item.id}  {told}, {item.product.slug}/{item.plan.slug}, {item.used} of {domains(item.domain_limit)} in use, "
        + and_held(held.held(PlaceKind.ORDINARY))
        + (f"{item.staging_used} of {item.staging_limit} test copies, " if item.staging_limit else "")
        + and_held(held.held(PlaceKind.STAGING))
        + f"{held.moves_left} of {held.moves_allowed} moves left, "
        + f"{until(item.term_ends_at)}, key ends in {item.key_last5}"
        + (f", customer {item.customer}" if item.customer else "")
    )
    for one in in_use:
        place = ", a test copy" if one.in_staging_place else ""
        print_text(f"  {one.id}  {one.domain}{place}, {seen(one, now=now)}")
    for hold in held.holds:
        place = "a place for test copies" if hold.kind is PlaceKind.STAGING else "its place"
        print_text(
            f"  {hold.activation.id}  {hold.activation.domain} left {place}, which is held for it until "
            f"{day(hold.until)}: its license may be good until then; another domain takes it by a move"
        )
    for report in audit_log.open_reports(context, item.id):
        told = f"{in_words(report)} ({report.object}, {day(report.at)})"
        print_text(f"  reported: {told}; next: license-server license rekey {item.id}")


def _key_from_input() -> LicenseKey:
    if sys.stdin.isatty():
        text = click.prompt("License key", hide_input=True, err=True)
    else:
        text = sys.stdin.read(1_024).strip()
        if not text:
            raise click.UsageError("give an id or --domain, or the license key on standard input")
    try:
        return parse_license_key(text)
    except KeyMalformed:
        raise TypedKeyMalformed from None
