"""``license-server doctor``: what is in order, what is not, and what to do about it."""

import sys

import click

from license_server.cli.errors import FAILURE
from license_server.cli.output import json_option, print_json, print_text, say
from license_server.cli.repairs import how_to_repair
from license_server.cli.visible import visible
from license_server.config import load_settings
from license_server.errors import ConfigurationInvalid
from license_server.service.operating.doctor import Finding, State, examine
from license_server.service.operating.doctor.findings import fault_of

_MARKS = {State.OK: ("✓", "green"), State.WARNING: ("!", "yellow"), State.FAULT: ("✗", "bold red")}


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check database, keys, secrets, clock, address and disk; exit status 1 when something must be repaired.

    Nothing is changed. A line with ! is advice.
    """
    try:
        findings = examine(load_settings())
    except ConfigurationInvalid as error:
        findings = [fault_of("settings", error)]
    faults = sum(finding.state is State.FAULT for finding in findings)
    if as_json:
        print_json({"healthy": not faults, "checks": [_finding_json(finding) for finding in findings]})
    elif sys.stdout.isatty():
        _draw(findings)
    else:
        for finding in findings:
            to_do = how_to_repair(finding)
            told = finding.told if to_do is None else f"{finding.told} → {to_do}"
            print_text(f"{_MARKS[finding.state][0]} {finding.check}: {told}")
    if faults:
        say(f"{faults} to repair; then run again: license-server doctor")
        return FAILURE
    return 0


def _finding_json(finding: Finding) -> dict[str, object]:
    return {"check": finding.check, "state": finding.state, "told": finding.told, "repair": how_to_repair(finding)}


def _draw(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark, style = _MARKS[finding.state]
        told = Text(visible(finding.told))
        to_do = how_to_repair(finding)
        if to_do is not None:
            told.append(f"\n→ {to_do}", style="bold")
        table.add_row(Text(mark, style), Text(finding.check, style if to_do else ""), told)
    Console(highlight=False).print(table)
