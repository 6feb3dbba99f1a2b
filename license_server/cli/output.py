"""How are results written? Data on standard output, prose on standard error, no prompt without a terminal."""

import functools
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from license_server.cli.actor import current_actor
from license_server.cli.visible import visible, visible_lines
from license_server.config import load_settings
from license_server.errors import InputInvalid, with_members
from license_server.service.context import open_context

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def with_server(command: Command) -> Command:
    """Pass the opened server as the command's first argument."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        context = open_context(load_settings(), actor=current_actor())
        try:
            return command(context, *args, **kwargs)
        finally:
            context.close()

    return wrapped  # type: ignore[return-value]  # click calls it without the first argument


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that what it began is undone."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def print_json(value: object) -> None:
    """Print one JSON value in one line."""
    print_text(json.dumps(value, ensure_ascii=False))


def print_text(text: str, *, end: str = "\n") -> None:
    """Print data, in which whatever acts on a terminal is made visible."""
    print(visible_lines(text), end=end)


def say(text: str) -> None:
    """Print prose, in the same way."""
    print(visible_lines(text), file=sys.stderr)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: for people on a terminal, else lines of tab-separated fields under their names."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *texts]:
            print_text("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in texts:
        # As Text, so that a product's name with brackets is not read as a style.
        table.add_row(*(Text(visible(cell)) for cell in row))
    Console().print(table)


def print_fields(fields: Sequence[tuple[str, object]]) -> None:
    """Print one thing's fields, one a line."""
    width = max(len(name) for name, _ in fields) if sys.stdout.isatty() else 0
    for name, value in fields:
        gap = " " * (width - len(name)) + "  " if width else "\t"
        print_text(f"{name}{gap}{'' if value is None else visible(str(value))}")


@with_members
class NoTerminal(InputInvalid):
    """A question could not be asked; ``command`` is the one that needs no answer."""

    question: str
    command: str

    def __str__(self) -> str:
        return f"{self.question} There is no terminal to ask at"


def confirm(question: str, *, yes: bool, command: str) -> None:
    """Ask before something that cannot be undone; ``command`` is the same with --yes.

    Raises :class:`NoTerminal`.
    """
    if yes:
        return
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise NoTerminal(question=question, command=command)
    click.confirm(visible(question), abort=True, err=True)
