"""``license-server audit``: who did what, and whether the log is whole."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from license_server.audit_chain import SERVER_CHAIN, Flaw, FlawKind
from license_server.cli.audit_words import entry_json, flaw_json, in_words, likely
from license_server.cli.errors import FAILURE, line
from license_server.cli.output import json_option, print_json, print_table, print_text, say, with_server
from license_server.cli.types import LICENSE_ID, since, until
from license_server.clock import iso
from license_server.errors.backup import HeadsUnreadable
from license_server.records import AuditFilter
from license_server.service.context import Context
from license_server.service.operating import audit_log
from license_server.service.operating.audit_log import HEADS_HEADER

MAX_LISTED_FLAWS = 1_000
_STEP = 200


@click.group()
def audit() -> None:
    """Audit log: every change, chained so that tampering shows."""


@audit.command("list")
@click.option("--license", "license_id", type=LICENSE_ID, metavar="ID", help="What was done to a license and on it.")
@click.option("--server", is_flag=True, help="What concerns the whole server: products, plans, keys.")
@click.option("--object", "object_name", metavar="NAME", help="Such as act_…, product:jannah or key:k1.")
@click.option("--actor", metavar="NAME", help="site, vendor (all of them) or vendor:alice.")
@click.option("--action", metavar="VERB", help="Such as activate, release, suspend or renew.")
@click.option("--since", metavar="TIME", callback=since, help="A date or a time, UTC unless it says otherwise.")
@click.option("--until", metavar="TIME", callback=until, help="The same; a date counts to its end.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
@with_server
def list_entries(
    context: Context,
    license_id: str | None,
    server: bool,
    object_name: str | None,
    actor: str | None,
    action: str | None,
    since: int | None,
    until: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the newest entries that match, the newest first: who did what, to what, when."""
    if server and license_id is not None:
        raise click.UsageError("give --license or --server, not both")
    wanted = AuditFilter(
        chain=SERVER_CHAIN if server else license_id,
        object=object_name,
        actor=actor,
        action=action,
        since=since,
        until=until,
    )
    found = audit_log.search(context, wanted, limit=limit)
    if as_json:
        print_json([entry_json(entry) for entry in found])
        return
    print_table(
        ("when", "who", "what", "of"),
        [(iso(entry.at), entry.actor, in_words(entry), entry.object) for entry in found],
    )


@audit.command()
@click.option("--license", "license_id", type=LICENSE_ID, metavar="ID", help="This license's chain only.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Also compare with what `audit heads` printed before and you kept elsewhere.",
)
@json_option
@with_server
def verify(context: Context, license_id: str | None, against: Path | None, as_json: bool) -> int:
    """Read the whole log: name every chain that was edited, reordered or cut, and every row that is not as it says.

    Exit status 1 if there was one.
    """
    if license_id is not None and against is not None:
        raise click.UsageError("--against compares every chain; leave out --license")
    flaws: list[Flaw] = []
    more = 0

    def tell(flaw: Flaw) -> None:
        nonlocal more
        if len(flaws) < MAX_LISTED_FLAWS:
            flaws.append(flaw)
        else:
            more += 1

    with _progress() as (expect, advance):
        done = audit_log.verify(context, license_id=license_id, tell=tell, expect=expect, advance=advance)
    compared = None if against is None else _compare(context, against, tell)
    found = len(flaws) + more
    if as_json:
        print_json(
            {
                "whole": not found,
                "chains": done.chains,
                "entries": done.entries,
                "compared": compared,
                "flaws": [flaw_json(flaw) for flaw in flaws],
                "further_flaws": more,
            }
        )
    elif found:
        print_table(("chain", "entry", "likely"), [(flaw.chain, flaw.number, likely(flaw)) for flaw in flaws])
    read = f"{done.entries:,} entries in {done.chains:,} chain{'' if done.chains == 1 else 's'}"
    if found:
        unlisted = f", {more:,} of them not listed" if more else ""
        say(
            line(
                f"{found:,} flaw{'' if found == 1 else 's'}{unlisted}; read {read}",
                _next_step(flaws, found, done.chains),
            )
        )
        return FAILURE
    if not as_json:
        say(f"✓ {read}: whole" + ("" if compared is None else f", and {compared:,} as the copy has them"))
    return 0


@audit.command()
@json_option
@with_server
def heads(context: Context, as_json: bool) -> None:
    """Print the end of every chain: keep it elsewhere, and `audit verify --against` finds what was set back."""
    if not as_json:
        print_text(HEADS_HEADER)
        for name, entries, head in audit_log.heads(context):
            print_text(f"{name}\t{entries}\t{head}")
        return
    before = "["
    for name, entries, head in audit_log.heads(context):
        print_text(f"{before}{json.dumps({'chain': name, 'entries': entries, 'head': head})}", end="")
        before = ", "
    print_text("]")


def _compare(context: Context, file: Path, tell: Callable[[Flaw], object]) -> int:
    try:
        with file.open(encoding="ascii", errors="replace") as lines:
            return audit_log.compare(context, lines, tell=tell)
    except OSError as error:
        raise HeadsUnreadable(path=file, why=str(error.strerror)) from error


def _next_step(flaws: list[Flaw], found: int, chains: int) -> str:
    if found >= chains > 1 and all(flaw.number == 1 and flaw.kind is FlawKind.EDITED for flaw in flaws):
        return "every chain fails at its first entry: restore the audit secret that belongs to this database"
    if any(flaw.kind is FlawKind.UNREADABLE for flaw in flaws):
        return "bring back every audit secret of this server, then run this again"
    chain = flaws[0].chain
    if chain.startswith("lic_"):
        return f"license-server audit list --license {chain}, and compare with a backup"
    return "license-server audit list --server, and compare with a backup"


@contextmanager
def _progress() -> Iterator[tuple[Callable[[int], object], Callable[[int], object]]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("chains", total=None)

        def advance(chains: int) -> None:
            if chains % _STEP == 0:
                progress.update(task, completed=chains)

        yield lambda chains: progress.update(task, total=chains), advance
