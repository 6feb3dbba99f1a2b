"""Is everything in order that a license server stands on? Every check runs, whatever the others found."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from license_server.config import Settings
from license_server.home import Home
from license_server.service.operating.doctor import clocks, database, files, network
from license_server.service.operating.doctor.database import DatabaseClock
from license_server.service.operating.doctor.findings import Finding, Flaw, State
from license_server.service.operating.doctor.network import Fetch, NotReached, Reply
from license_server.store.engine import server_clock

__all__ = ["Finding", "Flaw", "State", "examine"]


def examine(
    settings: Settings,
    *,
    fetch: Fetch = network.fetch,
    clock: Callable[[], float] = time.time,
    database_clock: DatabaseClock = server_clock.now,
    user: int | None = None,
    environment_files: Sequence[Path] | None = None,
) -> list[Finding]:
    """Return what was found, in the order in which it is repaired; never raises for what is broken.

    ``user`` is the number of the user who asks, ``environment_files`` those from which a service manager
    sets the environment (default: where they are on this machine). Nothing is written.
    """
    home = Home(settings.home)
    findings = [
        files.check_settings_files(
            settings, files.environment_files() if environment_files is None else environment_files
        ),
        files.check_home(home, user=os.geteuid() if user is None else user),
    ]
    if not _is_there(home):
        return findings  # every other check would say the same in its own words
    findings += files.check_private(home)
    findings.append(files.check_secrets(home))
    answers = database.ask(settings, clock=clock, database_clock=database_clock)
    findings += answers.findings
    if answers.audit_secret is not None and (lacking := files.check_used_secret(home, answers.audit_secret)):
        findings.append(lacking)
    if answers.keys is not None:
        findings += database.check_keys(answers.keys, home, settings)
    findings += database.check_activations(answers)
    readings = list(answers.readings)
    url = network.check_url(settings)
    findings.append(url)
    if settings.url is not None:
        before = clock()
        ready = _fetched(fetch, f"{settings.url}/readyz")
        if isinstance(ready, Reply):
            theirs = clocks.seconds_of_date(ready.date)
            if theirs is not None:
                readings.append(clocks.Reading(settings.url, theirs, (before + clock()) / 2))
        reached = network.check_ready(settings.url, ready)
        findings.append(reached)
        current = next((key for key in answers.keys or [] if key.status == "current"), None)
        if reached.state is State.OK and current is not None:
            jwks = _fetched(fetch, f"{settings.url}/.well-known/jwks.json")
            findings.append(network.check_published(settings.url, jwks, key_id=current.key_id))
    if answers.had_unreadable_address:
        findings.append(network.told_of_addresses())
    findings.append(clocks.check_clock(readings, now=clock(), newest_entry=answers.newest_entry))
    folders = [home.path, *([] if answers.file is None else [answers.file.parent])]
    findings += [files.check_disk(folder) for folder in dict.fromkeys(folders)]
    return findings


def _is_there(home: Home) -> bool:
    try:
        return home.is_initialised
    except OSError:
        return False


def _fetched(fetch: Fetch, url: str) -> Reply | NotReached:
    try:
        return fetch(url)
    except NotReached as reason:
        return reason
