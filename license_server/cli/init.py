"""``license-server init`` and ``migrate``: make the home and the database, bring the database up to date."""

from pathlib import Path

import click

from license_server import clock
from license_server.cli.actor import current_actor
from license_server.cli.output import json_option, print_json, say
from license_server.config import load_settings
from license_server.service.operating import setup


@click.command()
@click.option(
    "--standby-to",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also make a standby key; its private half goes to DIR, outside of the home, and nowhere else.",
)
@json_option
def init(standby_to: Path | None, as_json: bool) -> None:
    """Make the home: signing key, secrets and database. What exists is never overwritten."""
    made = setup.initialise(load_settings(), standby_to=standby_to, clock=clock.now, actor=current_actor())
    if as_json:
        keys = [made.key.text] + ([made.standby.text] if made.standby is not None else [])
        standby = None if made.standby_file is None else str(made.standby_file)
        print_json({"home": str(made.home), "public_keys": keys, "standby_file": standby})
        return
    say(f"✓ home {made.home}")
    say(f"✓ signing key {setup.FIRST_KEY} (0600)")
    if made.standby is not None and made.standby_file is not None:
        say(f"✓ standby public key pinned, private half on {made.standby_file.parent}")
        say(f"  Take {made.standby_file.parent} away from this machine: it signs if {setup.FIRST_KEY} is ever stolen.")
    else:
        say("! no standby key: a stolen key could then only be retired by a new release of every theme.")
        say("  To have one, before the theme is released: license-server signing-key create --to DIR")
    say("✓ database")
    say("Next: license-server product create SLUG --name NAME")


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database to the schema of this version; make a backup first."""
    before, after = setup.migrate(load_settings())
    if as_json:
        print_json({"from": before, "to": after})
    elif before == after:
        say(f"✓ the database is up to date (schema {after})")
    else:
        say(f"✓ the database is at schema {after} (was {before})")
