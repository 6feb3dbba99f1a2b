"""Whatever writes, while its database is full, locked, read-only or away: refused in time, as a whole, and it passes.

Promise: the database locked, full, read-only, or away.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.test import TestResponse

from license_server.config import Settings
from license_server.errors import ServerUnavailable
from license_server.errors.backup import BackupNotWritable
from license_server.service import catalogue
from license_server.service.activation import offline, vendor_release
from license_server.service.context import Context, open_context
from license_server.service.license import issue, lifecycle
from license_server.service.operating import backup, setup
from license_server.store.tables import activations, metadata
from license_server.web.app import create_app
from license_server.web.http import opened_server
from tests.conftest import NewDatabase, require_found
from tests.license_server.broken import Breakable, BreakablePostgresql, BreakableSqlite
from tests.license_server.conftest import Clock
from tests.license_server.faults import NewTally, Tally
from tests.license_server.ledger import activated, flaws, miscounted
from tests.license_server.owner import Form, Owner
from tests.license_server.site import Site, key_of
from tests.postgresql import find_program

FAULTS = ("full", "locked", "read_only", "away")
WITHIN_SECONDS = 5.0
"""What is promised."""
SLACK_SECONDS = 3.0
"""What a loaded machine may add."""
MANY = 8
"""How often each is tried on a full disk: the database has room left here and there."""

Attempt = Callable[[], object]
"""Tries to write; returns when it is done, and raises :class:`ServerUnavailable` or :class:`BackupNotWritable`."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A license, its sites and its owner's browser, each ready for one thing to be done with it."""

    issued: issue.Issued
    sites: dict[str, Site]
    tokens: dict[str, str]
    ids: dict[str, str]
    owner: Owner
    release: Form
    undo: Form
    visitor: Owner
    sign_in: Form
    suspended_id: str
    """Another license, which may be suspended before the sites of this one are served again."""


class Bench:
    """A server in this process whose database may be broken, and everything that it can be asked to write."""

    def __init__(self, folder: Path, database: Breakable) -> None:
        self.database = database
        self.clock = Clock()
        settings = Settings(
            home=folder / "home", url="https://licenses.example.com", database_url=SecretStr(database.url)
        )
        setup.initialise(settings, standby_to=None, clock=self.clock)
        self.context: Context = replace(open_context(settings), clock=self.clock)
        self.app: Flask = create_app(self.context)
        self.numbers = count(1)
        catalogue.create_product(self.context, "jannah", name="Jannah", prefix="JNH", links={})
        terms = {"name": None, "domains": 10, "term": "1y"}
        self.plan = catalogue.create_plan(self.context, "jannah", "ten", **terms)  # type: ignore[arg-type]
        self.other_plan = catalogue.create_plan(self.context, "jannah", "same", **terms)  # type: ignore[arg-type]
        self.any_license_id = issue.create(self.context, self.plan, customer=None).license.id
        self.granted: list[tuple[Site, str]] = []
        self.seen: list[str] = []

    def subject(self) -> Subject:
        """Make a license and what belongs to it; the database must be whole."""
        issued = issue.create(self.context, self.plan, customer=None)
        names = ("seen", "deactivated", "owners", "undone", "vendors")
        number = next(self.numbers)
        sites = {
            name: Site(self.app.test_client(), key_of(issued), f"{name}-{number}.example.com")
            for name in (*names, "new")
        }
        tokens = {name: sites[name].token() for name in names}
        self.granted += [(sites["seen"], tokens["seen"])]
        ids = {name: activated(sites[name]) for name in names}
        owner, visitor = Owner(self.app.test_client()), Owner(self.app.test_client())
        page = owner.sign_in(key_of(issued))
        undone = owner.get(f"/portal/release/{ids['undone']}").forms[-1]
        page = owner.send(undone)
        return Subject(
            issued=issued,
            sites=sites,
            tokens=tokens,
            ids=ids,
            owner=owner,
            release=owner.get(f"/portal/release/{ids['owners']}").forms[-1],
            undo=page.form(f"/undo/{ids['undone']}"),
            visitor=visitor,
            sign_in=visitor.get().form("/sign-in"),
            suspended_id=issue.create(self.context, self.plan, customer=None).license.id,
        )

    def attempts(self, subject: Subject) -> dict[str, Attempt]:
        """Return everything that writes, by name, for one subject."""
        context, sites, tokens, ids = self.context, subject.sites, subject.tokens, subject.ids
        license_id = subject.issued.license.id
        name = f"x{next(self.numbers)}"
        terms = {"name": None, "domains": 1, "term": "1y"}

        def activate() -> None:
            answer = told(sites["new"].activate())
            self.granted.append((sites["new"], answer.get_json()["activation_token"]))

        return {
            "a site activates": activate,
            "a site deactivates": lambda: told(sites["deactivated"].deactivate(tokens["deactivated"])),
            "a site is seen": partial(self._see, subject),
            "the owner signs in": lambda: told(subject.visitor.post(subject.sign_in, license_key=sites["new"].key)),
            "the owner releases": lambda: told(subject.owner.post(subject.release)),
            "the owner undoes a release": lambda: told(subject.owner.post(subject.undo)),
            "license create": lambda: issue.create(context, self.plan, customer=None),
            "license change-plan": lambda: lifecycle.change_plan(context, license_id, self.other_plan),
            "license sign": lambda: offline.sign(context, license_id, f"{name}.example.com"),
            "activation release": lambda: vendor_release.release(context, ids["vendors"]),
            "product create": lambda: catalogue.create_product(context, name, name=name, prefix="ABC", links={}),
            "plan create": lambda: catalogue.create_plan(context, "jannah", name, **terms),  # type: ignore[arg-type]
            "plan update": lambda: catalogue.update_plan(context, "jannah", self.other_plan.slug, {"name": name}),
            "license suspend": lambda: lifecycle.suspend(context, subject.suspended_id, reason=None),
        }

    def _see(self, subject: Subject) -> None:
        told(subject.sites["seen"].refresh(subject.tokens["seen"]))
        self.seen.append(subject.ids["seen"])
        self.store_notes()

    def store_notes(self) -> None:
        """Store what was noted of calls, which the server does every five seconds."""
        with self.app.app_context():
            opened_server.notes().flush()

    def fill_audit_log(self) -> None:
        """Make entries until there is no room for another, which most of what writes needs."""
        for number in count():
            try:
                lifecycle.change_customer(self.context, self.any_license_id, str(number))
            except ServerUnavailable:
                return

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Return every row, but for counts of calls and when a site was seen."""
        with self.context.store.snapshot() as connection:
            return {
                table.name: sorted(
                    connection.execute(select(*[column for column in table.c if column.name != "last_seen_at"])).all(),
                    key=repr,
                )
                for table in metadata.sorted_tables
                if table.name not in ("call_counts", "refusals")
            }

    def last_seen(self) -> set[int]:
        """Return when the sites were seen that were heard of."""
        statement = select(activations.c.last_seen_at).where(activations.c.id.in_(self.seen))
        return set(self.context.store.query(lambda connection: connection.execute(statement).scalars().all()))


def told(answer: TestResponse) -> TestResponse:
    """Return a good answer. Raises :class:`ServerUnavailable` for a 503 that says when to call again."""
    if answer.status_code in (200, 201, 303):
        return answer
    assert answer.status_code == 503, answer.get_data(as_text=True)
    assert int(answer.headers["Retry-After"]) >= 1
    if answer.mimetype != "text/html":
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["code"] == "server_unavailable"
    raise ServerUnavailable


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Bench]:
    """Give a server on a database of its own, which is whole before and after each test."""
    folder = tmp_path_factory.mktemp("bench")
    database: BreakableSqlite | BreakablePostgresql
    if new_database() is None:
        database = BreakableSqlite(folder)
    else:
        require_found(find_program("initdb"), "PostgreSQL", install="apt-get install postgresql")
        database = BreakablePostgresql()
    try:
        made = Bench(folder, database)
        yield made
        made.context.close()
    finally:
        database.remove()


def within(tally: Tally, name: str, attempt: Attempt) -> bool:
    """Try to write, and count it; return whether it was done."""
    started = time.monotonic()
    done = True
    try:
        attempt()
    except ServerUnavailable:
        done = False
    except (Exception, AssertionError) as error:
        tally.is_wrong((name, repr(error)))
    waited = time.monotonic() - started
    if waited > WITHIN_SECONDS + SLACK_SECONDS:
        tally.is_wrong((name, f"{waited:.1f} seconds"))
    tally.tried += 1
    tally.acknowledged += done
    return done


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_written_is_refused_in_time_and_as_a_whole_and_it_passes(
    bench: Bench, new_tally: NewTally, fault: str
) -> None:
    tally = new_tally(f"database {fault.replace('_', '-')}, at each place that writes")
    bench.clock.now += 1
    subjects = [bench.subject() for _ in range(MANY if fault == "full" else 1)]
    during = [bench.attempts(subject) for subject in subjects]
    after = bench.attempts(bench.subject())
    before = bench.rows()
    with getattr(bench.database, fault)(bench.context.store):
        if fault == "full":
            not_refused = fill_up(bench, tally, during)
        else:
            with ThreadPoolExecutor(len(during[0])) as threads:
                tried = {name: threads.submit(within, tally, name, each) for name, each in during[0].items()}
            not_refused = [name for name, each in tried.items() if each.result()]
    # That a site was seen may go where an older row was.
    assert set(not_refused) <= ({"a site is seen"} if fault == "full" else set())
    if fault != "full" and bench.rows() != before:
        tally.is_wrong("something was written by halves")
    mended = time.monotonic()
    not_done = dict(after)
    while not_done and time.monotonic() < mended + WITHIN_SECONDS + SLACK_SECONDS:
        not_done = {name: each for name, each in not_done.items() if not within(tally, name, each)}
    tally.is_wrong(*(f"{name}: not after the fault" for name in not_done))
    bench.store_notes()
    assert bench.last_seen() == {bench.clock.now}
    bench.seen.clear()
    for site, token in bench.granted:
        if site.refresh(token).status_code != 200:
            tally.is_lost(site.domain)
    tally.is_wrong(*flaws(bench.context), *miscounted(bench.context))
    tally.assert_none_lost_or_wrong()


def fill_up(bench: Bench, tally: Tally, during: list[dict[str, Attempt]]) -> list[str]:
    """Write each until there is no room for it, which must change nothing; return what there was always room for."""
    bench.fill_audit_log()
    not_refused = []
    for name in during[0]:
        for attempts in during:
            before = bench.rows()
            if not within(tally, name, attempts[name]):
                if bench.rows() != before:
                    tally.is_wrong((name, "written by halves"))
                break
        else:
            not_refused.append(name)
    return not_refused


def test_a_backup_to_a_full_disk_is_refused_by_its_name_and_leaves_nothing(bench: Bench) -> None:
    bench.subject()
    with bench.database.volume.full():
        before = sorted(bench.database.volume.folder.iterdir())
        with pytest.raises(BackupNotWritable):
            backup.backup(bench.context, bench.database.volume.folder / "b.db", keys_to=None)
        assert sorted(bench.database.volume.folder.iterdir()) == before
    backup.backup(bench.context, bench.database.volume.folder / "b.db", keys_to=None)
    (bench.database.volume.folder / "b.db").unlink()
