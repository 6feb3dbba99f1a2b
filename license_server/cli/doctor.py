"""``license-server doctor``: what is in order, what is not, and what to do about it."""

import sys
from dataclasses import asdict

import click

from license_server.cli.errors import FAILURE
from license_server.cli.output import json_option, print_json, say
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
        print_json({"healthy": not faults, "checks": [asdict(finding) for finding in findings]})
    elif sys.stdout.isatty():
        _draw(findings)
    else:
        for finding in findings:
            print(f"{_MARKS[finding.state][0]} {finding.check}: {finding.told}{_arrow(finding)}")
    if faults:
        say(f"{faults} to repair; then run again: license-server doctor")
        return FAILURE
    return 0


def _arrow(finding: Finding) -> str:
    return "" if finding.repair is None else f" → {finding.repair}"


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
        told = Text(finding.told)
        if finding.repair is not None:
            told.append(f"\n→ {finding.repair}", style="bold")
        table.add_row(Text(mark, style), Text(finding.check, style if finding.repair else ""), told)
    Console(highlight=False).print(table)
