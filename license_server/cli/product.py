"""``license-server product``: the themes that are sold."""

import click

from license_server.cli.output import (
    json_option,
    print_fields,
    print_json,
    print_table,
    print_text,
    say,
    with_server,
)
from license_server.cli.shapes import product_json
from license_server.cli.snippets import snippet
from license_server.cli.types import PRODUCT
from license_server.records import LINKS, Product
from license_server.service import catalogue
from license_server.service.context import Context
from license_server.service.operating.signing_keys import public_keys

DEFAULT_PREFIX = "THM"


def _links(given: dict[str, str | None]) -> dict[str, str]:
    return {link: url for link in LINKS if (url := given[f"{link}_url"]) is not None}


def _link_options(command):  # type: ignore[no-untyped-def]  # a decorator over click's own
    for link in reversed(LINKS):
        option = f"--{link.replace('_', '-')}-url"
        command = click.option(option, f"{link}_url", metavar="URL", help=f"https address of: {_PURPOSE[link]}.")(
            command
        )
    return command


_PURPOSE = {
    "renew": "renewing a license",
    "buy": "buying another",
    "support": "asking for help",
    "find_key": "finding one's key",
    "portal": "managing one's licenses",
}


@click.group()
def product() -> None:
    """Products: the themes that are sold."""


@product.command()
@click.argument("slug")
@click.option("--name", required=True, help="The theme's name as owners read it.")
@click.option("--prefix", default=DEFAULT_PREFIX, show_default=True, help="Two to six letters before every key.")
@_link_options  # type: ignore[untyped-decorator]
@json_option
@with_server
def create(context: Context, slug: str, name: str, prefix: str, as_json: bool, **links: str | None) -> None:
    """Create the product SLUG."""
    made = catalogue.create_product(context, slug, name=name, prefix=prefix, links=_links(links))
    if as_json:
        print_json(product_json(made))
        return
    say(f"✓ product {made.slug}")
    say(f"Next: license-server plan create {made.slug} single --domains 1 --term 1y")


@product.command("list")
@json_option
@with_server
def list_products(context: Context, as_json: bool) -> None:
    """List the products."""
    found = catalogue.list_products(context)
    if as_json:
        print_json([product_json(item) for item in found])
        return
    print_table(("product", "name", "prefix"), [(item.slug, item.name, item.prefix) for item in found])


@product.command()
@click.argument("slug", type=PRODUCT)
@json_option
@with_server
def show(context: Context, slug: str, as_json: bool) -> None:
    """Show the product SLUG."""
    _show(catalogue.find_product(context, slug), as_json=as_json)


@product.command()
@click.argument("slug", type=PRODUCT)
@click.option("--name", help="The theme's name as owners read it.")
@click.option("--prefix", help="Two to six letters before keys issued from now on.")
@_link_options  # type: ignore[untyped-decorator]
@json_option
@with_server
def update(
    context: Context, slug: str, name: str | None, prefix: str | None, as_json: bool, **links: str | None
) -> None:
    """Change the product SLUG; an empty URL removes a link."""
    changed = catalogue.update_product(context, slug, name=name, prefix=prefix, links=_links(links))
    _show(changed, as_json=as_json)


@product.command("snippet")
@click.argument("slug", type=PRODUCT)
@click.option(
    "--for",
    "framework",
    type=click.Choice(["flask", "django", "wordpress"]),
    required=True,
    help="What the theme is built on.",
)
@json_option
@with_server
def print_snippet(context: Context, slug: str, framework: str, as_json: bool) -> None:
    """Print the lines that a theme needs, with server and public keys filled in."""
    found = catalogue.find_product(context, slug)
    keys = public_keys(context)
    text = snippet(framework, product=found.slug, server=context.settings.base_url, keys=keys)
    if as_json:
        print_json({"product": found.slug, "server": context.settings.base_url, "keys": keys, "snippet": text})
        return
    print_text(text)
    if framework == "wordpress":
        say("! these lines are for the WordPress client, which this version does not have yet")
    if context.settings.url is None:
        say("! LICENSE_SERVER_URL is not set, so the address above is this machine's own; set it before you ship.")


def _show(found: Product, *, as_json: bool) -> None:
    if as_json:
        print_json(product_json(found))
        return
    rows: list[tuple[str, object]] = [("product", found.slug), ("name", found.name), ("prefix", found.prefix)]
    rows += [(f"{link.replace('_', '-')}-url", url) for link, url in found.links.items()]
    print_fields(rows)
