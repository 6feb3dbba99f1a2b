"""``license-server secret``: the token and audit secrets, and how another takes over."""

import click

from license_server.cli.output import confirm, json_option, print_json, print_table, say, with_server, yes_option
from license_server.secret_files import MAX_ID
from license_server.secret_purposes import SecretKind
from license_server.service.context import Context
from license_server.service.operating import secret_rotation
from license_server.service.operating.secret_rotation import KeptSecret

_KIND = click.Choice([kind.value for kind in SecretKind])


@click.group()
def secret() -> None:
    """Token and audit secrets: which makes what is new, which is read on."""


@secret.command("list")
@json_option
@with_server
def list_secrets(context: Context, as_json: bool) -> None:
    """List the secrets of this home, the newest of each kind first; none is shown."""
    found = secret_rotation.list_secrets(context)
    if as_json:
        print_json([_secret_json(one) for one in found])
        return
    print_table(("secret", "status", "file"), [(one.name, one.status, str(one.file)) for one in found])


@secret.command()
@click.argument("kind", type=_KIND, metavar="token|audit")
@click.option("--prepare", is_flag=True, help="Make it and do not use it yet: copy it to every node first.")
@json_option
@with_server
def rotate(context: Context, kind: str, prepare: bool, as_json: bool) -> None:
    """Let the secret that waits, or a new one, make what is new; the one before is read until it is retired.

    Running servers follow without a restart. With several nodes: --prepare on one, copy the file to the others, then
    this on each.
    """
    if prepare:
        made = secret_rotation.prepare(context, SecretKind(kind))
        if as_json:
            print_json(_secret_json(made))
        else:
            say(f"✓ {made.name} waits; copy {made.file} to the same place on every node, for the server's user alone")
            say(f"Next: license-server secret rotate {kind}, on one node after the other")
        return
    before, now = secret_rotation.rotate(context, SecretKind(kind))
    if as_json:
        print_json({"from": before.name, "to": now.name, "file": str(now.file)})
        return
    say(f"✓ {now.name} is in use; {before.name} is read until you retire it")
    say("Next: copy the folder secrets to where you keep it, then see docs/operating.md for when to retire the old one")


@secret.command()
@click.argument("kind", type=_KIND, metavar="token|audit")
@click.argument("number", type=click.IntRange(1, MAX_ID))
@yes_option
@json_option
@with_server
def retire(context: Context, kind: str, number: int, yes: bool, as_json: bool) -> None:
    """Let a secret that was replaced do nothing any more.

    A token secret is removed: a site that has not refreshed since the rotation must paste its key again. An audit
    secret stays for the entries that it made; every license's chain is sealed, so that it can add none.
    """
    costs = {
        SecretKind.TOKEN: "Sites that have not refreshed since the rotation must paste their license key again.",
        SecretKind.AUDIT: "Every license's chain gets an entry, and every node must use the newer secret already.",
    }
    confirm(
        f"Retire {kind}-{number}, for good? {costs[SecretKind(kind)]}",
        yes=yes,
        command=f"license-server secret retire {kind} {number} --yes",
    )
    done = secret_rotation.retire(context, SecretKind(kind), number)
    if as_json:
        print_json(_secret_json(done))
    elif done.kind is SecretKind.TOKEN:
        say(f"✓ {done.name} is removed from this home; run this on every node")
    else:
        say(f"✓ {done.name} is retired; its file stays, and no chain takes an entry by it")


def _secret_json(one: KeptSecret) -> dict[str, object]:
    return {"name": one.name, "kind": one.kind.value, "number": one.number, "status": one.status, "file": str(one.file)}
