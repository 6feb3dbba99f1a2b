"""``license-server signing-key``: which keys sign, which stand by, and how one takes over."""

import sys
from pathlib import Path

import click

from license_server.cli.output import (
    confirm,
    json_option,
    print_json,
    print_table,
    print_text,
    say,
    with_server,
    yes_option,
)
from license_server.cli.types import SIGNING_KEY
from license_server.clock import iso
from license_server.records import SigningKey
from license_server.service.context import Context
from license_server.service.operating import signing_keys

MIN_PASSPHRASE = 12


@click.group("signing-key")
def signing_key() -> None:
    """Signing keys: what signs, what stands by, and their public halves."""


@signing_key.command("list")
@json_option
@with_server
def list_keys(context: Context, as_json: bool) -> None:
    """List the keys in the order in which a theme pins them."""
    found = signing_keys.list_keys(context)
    if as_json:
        print_json([_key_json(key) for key in found])
        return
    print_table(("key", "status", "public key"), [(key.name, key.status, key.public_key) for key in found])


@signing_key.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Outside of the home."
)
@json_option
@with_server
def create(context: Context, folder: Path, as_json: bool) -> None:
    """Make a further standby; its private half goes to DIR and nowhere else."""
    key, path = signing_keys.create_standby(context, folder)
    if as_json:
        print_json({**_key_json(key), "file": str(path)})
        return
    say(f"✓ standby {key.name}; its private half is {path} and nowhere else")
    say("Next: license-server product snippet PRODUCT --for flask, and release the theme with the longer list of keys")


@signing_key.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE|DIR")
@json_option
@with_server
def install(context: Context, file: Path, as_json: bool) -> None:
    """Copy a standby's private half into this node's home, before a rotation of several nodes."""
    key = signing_keys.install(context, file)
    if as_json:
        print_json(_key_json(key))
    else:
        say(f"✓ {key.name} is in {context.home.keys}; it signs after: license-server signing-key rotate")


@signing_key.command()
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="DIR", help="Where the standby's private half is."
)
@click.option("--leaked", is_flag=True, help="The old key is stolen: take it out of the JWK set too.")
@yes_option
@json_option
@with_server
def rotate(context: Context, source: Path | None, leaked: bool, yes: bool, as_json: bool) -> None:
    """Let the next standby sign from now on; sites follow at their next refresh."""
    chosen = signing_keys.next_standby(context)
    confirm(
        f"Let {chosen.name} sign from now on? Sites that refresh then refuse what the old key signs, for good; "
        "every node needs the new private half already.",
        yes=yes,
        command="license-server signing-key rotate --yes",
    )
    if source is not None:
        signing_keys.install(context, source)
    before, now = signing_keys.rotate(context, leaked=leaked)
    if as_json:
        print_json({"from": before.name, "to": now.name, "public_keys": signing_keys.public_keys(context)})
        return
    say(f"✓ {now.name} signs; {before.name} is {'leaked' if leaked else 'retired'}")
    say(f"Next: delete {context.home.keys / before.name}.pem on every node, make a new standby and release the theme")


@signing_key.command("mark-leaked")
@click.argument("name", type=SIGNING_KEY)
@yes_option
@json_option
@with_server
def mark_leaked(context: Context, name: str, yes: bool, as_json: bool) -> None:
    """Take a retired key or a standby that was stolen out of use, for good."""
    confirm(
        f"Mark {name} as leaked, for good?", yes=yes, command=f"license-server signing-key mark-leaked {name} --yes"
    )
    key = signing_keys.mark_leaked(context, name)
    if as_json:
        print_json(_key_json(key))
    else:
        say(f"✓ {key.name} is leaked: it is out of the JWK set and of the snippets for themes")


@signing_key.command()
@click.option("--format", "form", type=click.Choice(["list", "json", "jwks"]), default="list", show_default=True)
@json_option
@with_server
def export(context: Context, form: str, as_json: bool) -> None:
    """Print the public halves that a theme pins, in order, one a line; or as JSON, or as a JWK set."""
    pinned = signing_keys.public_keys(context)
    if form == "jwks":
        print_json(signing_keys.jwk_set(signing_keys.list_keys(context)))
    elif as_json or form == "json":
        print_json(pinned)
    else:
        print_text("\n".join(pinned))


@signing_key.command()
@click.option("--remove", is_flag=True, help="Keep the keys without a passphrase.")
@json_option
@with_server
def protect(context: Context, remove: bool, as_json: bool) -> None:
    """Put the home's private keys under a new passphrase, read from standard input or asked for."""
    files = signing_keys.protect(context, None if remove else _new_passphrase())
    if as_json:
        print_json({"protected": not remove, "files": [str(path) for path in files]})
        return
    for path in files:
        say(f"✓ {path} {'has no passphrase' if remove else 'is protected'}")
    if not remove:
        say("Next: write the passphrase to a file of mode 0600 and set LICENSE_SERVER_KEY_PASSPHRASE_FILE to it")


def _new_passphrase() -> bytes:
    if sys.stdin.isatty():
        text = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    else:
        text = sys.stdin.readline(1_024).rstrip("\r\n")
    if len(text) < MIN_PASSPHRASE:
        raise click.UsageError(f"a passphrase has at least {MIN_PASSPHRASE} characters; give it on standard input")
    return str(text).encode()


def _key_json(key: SigningKey) -> dict[str, object]:
    return {
        "name": key.name,
        "status": key.status,
        "public_key": key.public_key,
        "key_id": key.key_id,
        "created_at": iso(key.created_at),
    }
