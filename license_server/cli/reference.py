"""Print the reference of every command, flag and exit status as Markdown: ``docs/commands.md`` is made by this.

``python -m license_server.cli.reference`` prints what the installed version takes, so it is part of the program.
"""

import inspect
from collections.abc import Iterator

import click

from license_server.cli.errors import EXIT_STATUS, MEANINGS
from license_server.cli.main import root

_HEAD = """\
# Commands

Every command of `license-server`, with every flag. This page is made from the program by `make reference`;
[For vendors](vendors.md) says what they are for. Flags may stand before or after the arguments. `-h` and `--help`
print a command's help.
"""


def reference() -> str:
    """Return the page."""
    parts = [_HEAD, *_command(root, ("license-server",)), *_exit_statuses()]
    return "\n".join(parts)


def _command(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    name = " ".join(path)
    yield f"{'##' if len(path) < 3 else '###'} {name}\n"
    if not isinstance(command, click.Group):
        arguments = [_argument(item) for item in command.params if isinstance(item, click.Argument)]
        yield f"```\n{' '.join([name, *arguments])}\n```\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    options = [item for item in command.params if isinstance(item, click.Option) and not item.hidden]
    if options:
        rows = [f"| `{_flag(option)}` | {_meaning(option)} |" for option in options]
        yield "\n".join(["| flag | |", "|---|---|", *rows]) + "\n"
    if isinstance(command, click.Group):
        for verb, inner in command.commands.items():
            if not inner.hidden:
                yield from _command(inner, (*path, verb))


def _argument(argument: click.Argument) -> str:
    text = (argument.metavar or (argument.name or "").upper()) + ("…" if argument.nargs == -1 else "")
    return text if argument.required or text.startswith("[") else f"[{text}]"


def _flag(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag or option.count:
        return names
    return f"{names} {_value(option)}".replace("|", "\\|")


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(str(choice) for choice in option.type.choices)
    return {"integer range": "N", "integer": "N", "path": "PATH", "file": "PATH"}.get(option.type.name, "TEXT")


def _meaning(option: click.Option) -> str:
    parts = [option.help or ""]
    if option.required:
        parts.append("Required.")
    if option.multiple:
        parts.append("Repeatable." if "repeatable" not in parts[0] else "")
    if isinstance(option.type, click.IntRange):
        low, high = option.type.min, option.type.max
        parts.append(f"{low or 0:,} to {high:,}." if high is not None else f"{low or 0:,} or more.")
    if option.show_default and not option.required:
        parts.append(f"Default: {option.default}.")
    return " ".join(part for part in parts if part).replace("|", "\\|")


def _exit_statuses() -> Iterator[str]:
    codes: dict[int, list[str]] = {}
    for kind, status in EXIT_STATUS.items():
        codes.setdefault(status, []).append(f"`{kind.code}`")
    rows = [f"| {status} | {meaning} | {', '.join(codes.get(status, []))} |" for status, meaning in MEANINGS.items()]
    yield "\n".join(["## Exit statuses\n", "| exit status | means | errors |", "|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
