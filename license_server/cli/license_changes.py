"""``license-server license``: suspend, reinstate, revoke, renew, update, rekey, sign."""

from collections.abc import Sequence

import click

from license_server.cli.license import license
from license_server.cli.output import confirm, json_option, print_json, print_text, say, with_server, yes_option
from license_server.cli.plan import plan_name
from license_server.cli.shapes import activation_json, domains, license_json, until
from license_server.cli.types import LICENSE_ID, PLAN
from license_server.clock import day, iso
from license_server.records import License
from license_server.service import catalogue
from license_server.service.activation import offline
from license_server.service.context import Context
from license_server.service.license import holds, license_lookup, lifecycle
from license_server.service.license.holds import Hold

__all__ = ["license"]

_REASON = click.option("--reason", metavar="TEXT", help="Told to the owner.")


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@_REASON
@json_option
@with_server
def suspend(context: Context, license_id: str, reason: str | None, as_json: bool) -> None:
    """Suspend a license until it is reinstated; its sites are told at their next refresh."""
    _changed(lifecycle.suspend(context, license_id, reason=reason), "suspended", as_json=as_json)


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@_REASON
@json_option
@with_server
def reinstate(context: Context, license_id: str, reason: str | None, as_json: bool) -> None:
    """Make a suspended license active again."""
    _changed(lifecycle.reinstate(context, license_id, reason=reason), "reinstated", as_json=as_json)


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@_REASON
@yes_option
@json_option
@with_server
def revoke(context: Context, license_id: str, reason: str | None, yes: bool, as_json: bool) -> None:
    """Revoke a license for good."""
    found = license_lookup.find(context, license_id)
    confirm(
        f"Revoke {found.id}, in use on {domains(found.used)}, for good?",
        yes=yes,
        command=f"license-server license revoke {found.id} --yes",
    )
    _changed(lifecycle.revoke(context, license_id, reason=reason), "revoked", as_json=as_json)


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@click.option("--term", metavar="TERM", help="Nd, Nm, Ny or perpetual; default: the plan's.")
@json_option
@with_server
def renew(context: Context, license_id: str, term: str | None, as_json: bool) -> None:
    """Prolong a license from its end, or from now when that has passed."""
    renewed = lifecycle.renew(context, license_id, term=term)
    _changed(renewed, f"renewed {until(renewed.term_ends_at)}", as_json=as_json)


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@click.option(
    "--plan", "named", type=PLAN, metavar="PRODUCT/PLAN", help="Another plan of the product; PRODUCT/ may be left out."
)
@click.option("--customer", metavar="REF", help="Your own reference; empty removes it.")
@json_option
@with_server
def update(context: Context, license_id: str, named: str | None, customer: str | None, as_json: bool) -> None:
    """Put a license on another plan, or change its customer; activations, key and end stay."""
    if named is None and customer is None:
        raise click.UsageError("nothing to change was given; give --plan or --customer")
    found = license_lookup.find(context, license_id)
    told = []
    if named is not None:
        out = holds.of_license(context, found).holds
        product, slug = plan_name(None, None, named if "/" in named else f"{found.plan.product}/{named}")
        found = lifecycle.change_plan(context, license_id, catalogue.find_plan(context, product, slug))
        told.append(f"is on {product}/{slug}, {found.used} of {domains(found.domain_limit)} in use{_out(out)}")
    if customer is not None:
        found = lifecycle.change_customer(context, license_id, customer or None)
        told.append(f"has the customer reference {customer}" if customer else "has no customer reference")
    _changed(found, " and ".join(told), as_json=as_json)


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@yes_option
@json_option
@with_server
def rekey(context: Context, license_id: str, yes: bool, as_json: bool) -> None:
    """Replace a lost or leaked key by a new one, shown once; the activations stay."""
    found = license_lookup.find(context, license_id)
    confirm(
        f"Replace the key of {found.id} that ends in {found.key_last5}? "
        f"The old key is refused at once; the {domains(found.used)} in use stay validated.",
        yes=yes,
        command=f"license-server license rekey {found.id} --yes",
    )
    issued = lifecycle.rekey(context, license_id)
    key = issued.key.text(issued.license.product.prefix)
    if as_json:
        shown = license_json(issued.license)
        print_json({"license_id": shown.pop("license_id"), "license_key": key, **shown})
        return
    print_text(f"{key}   shown once     {issued.license.id}")
    say(f"✓ the key that ended in {found.key_last5} is refused from now on; no site has to do anything")


@license.command()
@click.argument("license_id", type=LICENSE_ID)
@click.option("--domain", required=True, metavar="DOMAIN", help="The site's domain.")
@json_option
@with_server
def sign(context: Context, license_id: str, domain: str, as_json: bool) -> None:
    """Sign an offline license for a site that cannot call this server; print it to be pasted there.

    It takes a place and cannot be recalled: revoking the license does not reach that site before its end.
    """
    made = offline.sign(context, license_id, domain)
    if as_json:
        print_json(
            {
                "signed_license": made.text,
                "valid_until": iso(made.until),
                "activation": activation_json(made.activation),
                "license_id": made.license.id,
                "used": made.license.used,
                "limit": made.license.domain_limit,
            }
        )
        return
    print_text(made.text)
    say(f"✓ valid on {made.activation.domain} until {day(made.until)} ({made.activation.id})")
    say("Next: paste it on the theme options page of that site; it cannot be recalled before its end")


def _out(out: Sequence[Hold]) -> str:
    """Return how many leases stay out for domains that left their places, where any does."""
    if not out:
        return ""
    count = (
        f"{len(out)} lease{'' if len(out) == 1 else 's'} of domains that left stay{'s' if len(out) == 1 else ''} out"
    )
    return f", {count} until {day(out[-1].until)}"


def _changed(changed: License, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(license_json(changed))
    else:
        say(f"✓ {changed.id} {what}; its sites are told at their next refresh")
