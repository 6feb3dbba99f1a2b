"""What an argument may be: ids and names that the shell completes from the database, and moments in time."""

from datetime import UTC, datetime, timedelta

import click
from click.shell_completion import CompletionItem

from license_server.service.operating import completion


class LiveName(click.types.StringParamType):
    """Any text, completed with the names of ``kind`` that exist; whether it exists is the command's to find out."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem[str]]":
        """Return what exists and begins with ``incomplete``."""
        del ctx, param
        return [CompletionItem(name, help=told or None) for name, told in completion.matching(self.kind, incomplete)]


LICENSE_ID = LiveName("license")
ACTIVATION_ID = LiveName("activation")
DOMAIN = LiveName("domain")
PRODUCT = LiveName("product")
PLAN = LiveName("plan")
"""``PRODUCT/PLAN``; ``cli.plan.plan_name`` is the callback that takes it apart."""
SIGNING_KEY = LiveName("signing_key")


def since(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Return the first second of a date or a time; a click callback."""
    return None if value is None else _span(value)[0]


def until(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Return the last second of a date or a time, which counts; a click callback."""
    return None if value is None else _span(value)[1]


def _span(text: str) -> tuple[int, int]:
    try:
        start = datetime.fromisoformat(text)
        length = timedelta(days=1 if len(text) <= len("2026-11-24") else 0)
        aware = start if start.tzinfo is not None else start.replace(tzinfo=UTC)
        first = int(aware.timestamp())
    except (ValueError, OverflowError):
        raise click.BadParameter("must be a date such as 2026-11-24 or a time such as 2026-11-24T09:30:00Z") from None
    return first, first + max(0, int(length.total_seconds()) - 1)
