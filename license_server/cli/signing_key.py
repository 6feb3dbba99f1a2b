"""``license-server signing-key``: which keys sign, and which stand by."""

import click

from license_server.cli.output import json_option, print_json, print_table, with_server
from license_server.clock import iso
from license_server.service import signing_keys
from license_server.service.context import Context


@click.group("signing-key")
def signing_key() -> None:
    """Signing keys: public halves and their order."""


@signing_key.command("list")
@json_option
@with_server
def list_keys(context: Context, as_json: bool) -> None:
    """List the keys in the order in which a theme pins them."""
    found = signing_keys.list_keys(context)
    if as_json:
        print_json(
            [
                {
                    "name": key.name,
                    "status": key.status,
                    "public_key": key.public_key,
                    "key_id": key.key_id,
                    "created_at": iso(key.created_at),
                }
                for key in found
            ]
        )
        return
    print_table(("key", "status", "public key"), [(key.name, key.status, key.public_key) for key in found])
