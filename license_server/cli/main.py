"""The root command, and how every error becomes one line and an exit status."""

import os
import sys
from contextlib import suppress
from typing import TextIO

import click

from license_server.cli import (
    activation,
    audit,
    backup,
    completion,
    doctor,
    init,
    license_changes,
    plan,
    product,
    secret,
    serve,
    signing_key,
    stats,
)
from license_server.cli.errors import CANCELLED, FAILURE, USAGE, exit_status, line
from license_server.cli.next_steps import next_step, told
from license_server.cli.output import say
from license_server.errors import ServiceError
from license_server.version import version

HELP = """Issue and check licenses for themes.

Data goes to standard output, everything else to standard error. Every command but serve takes --json.

Exit status: 0 done, 1 failure, 2 wrong usage, 3 not found, 4 not allowed, 5 refused by a rule, 6 unreachable,
130 cancelled.
"""


@click.group(name="license-server", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="license-server")
def root() -> None:
    """Hold the nouns."""


for command in (
    init.init,
    init.migrate,
    serve.serve,
    doctor.doctor,
    stats.stats,
    backup.backup,
    backup.restore,
    backup.restored,
    completion.completion,
):
    root.add_command(command)
for noun in (
    product.product,
    plan.plan,
    license_changes.license,
    activation.activation,
    signing_key.signing_key,
    secret.secret,
    audit.audit,
):
    root.add_command(noun)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; nothing escapes but a bug."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that lacks a character
    try:
        result = root.main(args=arguments, prog_name="license-server", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("cancelled; nothing was changed")
        return CANCELLED
    except click.UsageError as error:
        if error.__class__.__name__ == "NoArgsIsHelpError":  # click 8.2; older ones print the help themselves
            say(error.format_message())
            return USAGE
        path = error.ctx.command_path if error.ctx is not None else "license-server"
        say(line(error.format_message().rstrip("."), f"{path} --help"))
        return USAGE
    except click.ClickException as error:
        say(line(error.format_message(), None))
        return FAILURE
    except ServiceError as error:
        say(line(told(error), next_step(error)))
        return exit_status(error)
    except UnicodeEncodeError:
        say(line("an argument is not text in UTF-8; nothing was changed", "type it again"))
        return USAGE
    except BrokenPipeError:
        _discard(sys.stdout)
        return FAILURE


def _discard(stream: TextIO) -> None:
    # The reader has gone; without this the interpreter would complain once more when it flushes at its end.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
