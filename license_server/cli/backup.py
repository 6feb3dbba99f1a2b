"""``license-server backup``, ``restore`` and ``restored``."""

from pathlib import Path

import click

from license_server import clock
from license_server.cli.actor import current_actor
from license_server.cli.output import json_option, print_json, say, terminable, with_server
from license_server.cli.types import since
from license_server.clock import day, iso
from license_server.config import load_settings
from license_server.service.activation.recovery import RECOVERY_SECONDS
from license_server.service.context import Context
from license_server.service.operating import backup as service
from license_server.store.backup_file import Label


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys-to", type=click.Path(path_type=Path), metavar="DIR", help="Also copy keys and secrets to DIR, elsewhere."
)
@json_option
@with_server
def backup(context: Context, file: Path, keys_to: Path | None, as_json: bool) -> None:
    """Write the database to the new file FILE while the server goes on.

    The keys and secrets are not in it: keep them apart, by --keys-to.
    """
    with terminable():
        label = service.backup(context, file, keys_to=keys_to)
    if as_json:
        print_json({"file": str(file), "keys": None if keys_to is None else str(keys_to), **_label_json(label)})
        return
    say(f"✓ {file}: {label.rows['licenses']} licenses, {label.rows['activations']} activations")
    if keys_to is not None:
        say(f"✓ keys and secrets in {keys_to}; keep that place apart from the backup")
    else:
        say("! keys and secrets are not in it; without them it cannot be restored. Copy them once with --keys-to DIR")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--keys-from", type=click.Path(path_type=Path), metavar="DIR", help="Where backup --keys-to put keys and secrets."
)
@json_option
def restore(file: Path, keys_from: Path | None, as_json: bool) -> None:
    """Make the server of a backup again in an empty home and database, SQLite or PostgreSQL."""
    with terminable():
        restored = service.restore(load_settings(), file, keys_from=keys_from, actor=current_actor(), clock=clock.now)
    label = restored.label
    if as_json:
        print_json({"home": str(restored.home), **_label_json(label)})
        return
    say(f"✓ {label.rows['licenses']} licenses and {label.rows['activations']} activations of {iso(label.made_at)}")
    say("  Sites that were activated since are taken in again at their next refresh; licenses issued since are lost.")
    say("Next: license-server doctor, then license-server serve")


@click.command()
@click.option(
    "--backup-of",
    required=True,
    metavar="TIME",
    callback=since,
    help="The moment of the copy: a date or a time, UTC unless it says otherwise.",
)
@json_option
@with_server
def restored(context: Context, backup_of: int, as_json: bool) -> None:
    """Say that the database was brought back by other means than restore, to its state of TIME.

    For a copy of the database's file, a snapshot of the disk or a dump of PostgreSQL. For 90 days the sites that were
    activated after TIME are taken in again at their next refresh; without this they are refused.
    """
    at = service.record_restored(context, backup_of)
    if as_json:
        print_json({"restored_at": iso(at), "backup_of": iso(backup_of)})
        return
    say(f"✓ sites that were activated after {iso(backup_of)} are taken in again, until {day(at + RECOVERY_SECONDS)}")
    say("Next: license-server doctor")


def _label_json(label: Label) -> dict[str, object]:
    return {"made_at": iso(label.made_at), "schema": label.schema, "rows": label.rows}
