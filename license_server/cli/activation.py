"""``license-server activation``: where licenses are in use."""

import click

from license_server.cli.output import confirm, json_option, print_json, print_table, say, with_server, yes_option
from license_server.cli.shapes import activation_json
from license_server.cli.types import ACTIVATION_ID, DOMAIN, LICENSE_ID
from license_server.clock import ago, day
from license_server.errors.licenses import AlreadyReleased
from license_server.service.activation import activation_lookup, vendor_release
from license_server.service.context import Context
from license_server.service.license import license_lookup


@click.group()
def activation() -> None:
    """Activations: licenses in use on domains."""


@activation.command("list")
@click.option("--license", "license_id", type=LICENSE_ID, metavar="ID", help="Of one license.")
@click.option("--domain", type=DOMAIN, metavar="DOMAIN", help="On DOMAIN.")
@click.option("--all", "released", is_flag=True, help="The released ones too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@json_option
@with_server
def list_activations(
    context: Context, license_id: str | None, domain: str | None, released: bool, limit: int, as_json: bool
) -> None:
    """List the newest activations that match."""
    if license_id is not None:
        license_lookup.find(context, license_id)
    name = None if domain is None else license_lookup.canonical(domain)
    found = activation_lookup.search(context, license_id=license_id, domain=name, released=released, limit=limit)
    if as_json:
        print_json([activation_json(item) for item in found])
        return
    now = context.clock()
    print_table(
        ("activation", "domain", "license", "environment", "last seen", "released"),
        [
            (
                item.id,
                item.domain,
                item.license_id,
                item.environment,
                None if item.last_seen_at is None else ago(max(0, now - item.last_seen_at)),
                None if item.released_at is None else ago(max(0, now - item.released_at)),
            )
            for item in found
        ],
    )


@activation.command()
@click.argument("activation_id", type=ACTIVATION_ID)
@yes_option
@json_option
@with_server
def release(context: Context, activation_id: str, yes: bool, as_json: bool) -> None:
    """Free the place of an activation, also one that is held for its domain; a site is told at its next refresh."""
    found = activation_lookup.find(context, activation_id)
    now = context.clock()
    offline_until = found.offline_hold(now)
    if found.released_at is not None and not found.is_held(now):
        raise AlreadyReleased(activation=found)
    told = "The theme there is no longer validated after its next refresh."
    if found.released_at is not None:
        told = "Its place is no longer held for it, though what was signed for it may still be good."
    if offline_until is not None:
        told = f"The offline license there stays valid until {day(offline_until)} all the same."
    confirm(
        f"Release {found.domain}? {told}",
        yes=yes,
        command=f"license-server activation release {found.id} --yes",
    )
    released, license = vendor_release.release(context, found.id)
    if as_json:
        print_json(activation_json(released))
    else:
        limit, used, what = license.domain_limit, license.used, ""
        if released.in_staging_place:
            limit, used, what = license.staging_limit, license.staging_used, " for test copies"
        say(f"✓ {released.domain} released; {limit - used} of {limit}{what} free")
