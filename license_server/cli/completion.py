"""``license-server completion``: the script that lets a shell complete commands, ids and names."""

import click
from click.shell_completion import get_completion_class

from license_server.cli.output import json_option, print_json, print_text

COMPLETE_VARIABLE = "_LICENSE_SERVER_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
@click.pass_context
def completion(context: click.Context, shell: str, as_json: bool) -> None:
    """Print the script that completes commands, and ids and names as the database has them.

    For bash: eval "$(license-server completion bash)" in ~/.bashrc.
    """
    complete = get_completion_class(shell)
    assert complete is not None  # noqa: S101 - click knows all three
    script = complete(context.find_root().command, {}, "license-server", COMPLETE_VARIABLE).source()
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        print_text(script)
