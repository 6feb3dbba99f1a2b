"""The rows are held against what the audit log tells of them: no honest life differs, and every forgery does.

Promise: rows written, changed or deleted past the program, and an audit log that was edited, cut or emptied.
"""

import csv
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, delete, insert, select, text, update

from license_server.audit_chain import EMPTY_HEAD, SERVER_CHAIN, Flaw
from license_server.cli.audit_words import likely
from license_server.errors import ServiceError
from license_server.records import Activation, License
from license_server.secret_purposes import SecretKind
from license_server.service import catalogue, owners
from license_server.service.activation import activation_lookup, offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import license_lookup, lifecycle
from license_server.service.license.bulk import create_many
from license_server.service.license.issue import Issued, create
from license_server.service.operating import audit_log, backup, secret_rotation, signing_keys
from license_server.store import audit_chains
from license_server.store.tables import activations, audit, licenses, plans, products, server
from license_server.store.tables import signing_keys as key_rows
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import activated, entries_of
from tests.license_server.site import Site, key_of
from theme_license.license_key import new_license_key

DAY = 86_400
ADDRESS = "203.0.113.9"


def told(context: Context, license_id: str | None = None) -> list[tuple[str, str | None]]:
    """Return what was found, each as its kind or the fact that differs, and of which object."""
    found: list[Flaw] = []
    done = audit_log.verify(context, license_id=license_id, tell=found.append)
    assert done.flaws == len(found)
    return [(flaw.fact or flaw.kind.value, flaw.of or flaw.chain) for flaw in found]


def in_words(context: Context) -> list[str]:
    found: list[Flaw] = []
    audit_log.verify(context, tell=found.append)
    return [likely(flaw) for flaw in found]


def only(context: Context, license_id: str) -> Activation:
    (found,) = activation_lookup.search(context, license_id=license_id, domain=None, released=True, limit=9)
    return found


@pytest.fixture
def used(issue: Issue, site: NewSite) -> Issued:
    """A license that is in use on one of its two domains."""
    issued = issue(domains=2, staging_domains=1)
    activated(site(of=issued))
    return issued


def forge(context: Context, *statements: object) -> None:
    with context.store.write() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


# --- forgeries ---


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "suspended"),
        ("status_reason", "chargeback"),
        ("domain_limit", 1_000),
        ("staging_limit", 1_000),
        ("term_ends_at", None),
        ("term_ends_at", 4_000_000_000),
        ("key_last5", "ABCDE"),
        ("customer", "mallory"),
        ("used", 0),
        ("used", 2),
        ("staging_used", 1),
    ],
)
def test_a_license_that_was_edited_is_found(context: Context, used: Issued, column: str, value: object) -> None:
    forge(context, update(licenses).where(licenses.c.id == used.license.id).values({column: value}))
    assert told(context) == told(context, used.license.id) == [(column, used.license.id)]


def test_a_license_on_another_plan_is_found(context: Context, used: Issued, issue: Issue) -> None:
    other = issue(domains=50).license.plan
    forge(context, update(licenses).where(licenses.c.id == used.license.id).values(plan_id=other.id))
    assert told(context) == [("plan", used.license.id)]


def test_a_license_that_got_another_key_is_found(context: Context, used: Issued) -> None:
    mine = new_license_key(lambda size: b"m" * size)
    values = {"key_digest": mine.digest(), "key_last5": used.license.key_last5}
    forge(context, update(licenses).where(licenses.c.id == used.license.id).values(**values))
    assert told(context) == [("key_mark", used.license.id)]


def test_a_suspension_that_was_taken_back_by_hand_is_told_in_words(context: Context, used: Issued) -> None:
    lifecycle.suspend(context, used.license.id, reason="chargeback")
    forge(context, update(licenses).where(licenses.c.id == used.license.id).values(status="active"))
    assert in_words(context) == ["status: the log says suspended, the row says active"]


def test_another_beginning_of_a_suspension_is_found(context: Context, used: Issued) -> None:
    lifecycle.suspend(context, used.license.id, reason=None)
    forge(context, update(licenses).where(licenses.c.id == used.license.id).values(status_since=1))
    assert told(context) == [("status_since", used.license.id)]


def test_a_log_that_was_emptied_with_its_count_is_found(context: Context, used: Issued) -> None:
    name = used.license.id
    row = update(licenses).where(licenses.c.id == name).values(audit_count=0, audit_head=EMPTY_HEAD)
    forge(context, delete(audit).where(audit.c.chain == name), row)
    assert told(context) == told(context, name) == [("not_recorded", name)]


def test_a_license_that_was_inserted_is_found(
    context: Context, used: Issued, site: NewSite, client: FlaskClient
) -> None:
    key = new_license_key(lambda size: b"n" * size)
    name = "lic_0000000000000000000000AB"
    with context.store.write() as connection:
        row = dict(connection.execute(select(licenses)).mappings().one())
        row |= {"id": name, "key_digest": key.digest(), "audit_count": 0, "audit_head": EMPTY_HEAD, "used": 0}
        connection.execute(insert(licenses).values(**row))
    assert told(context) == [("not_recorded", name)]
    activated(Site(client, key.text("JNH"), "forged.example.com"))
    assert ("used", name) not in told(context)
    # Its own activation is its first entry, and no entry ever issued it.
    assert told(context) == told(context, name) == [("issue", name)]


def test_an_activation_that_was_inserted_is_found(context: Context, used: Issued) -> None:
    name = "act_0000000000000000000000AB"
    with context.store.write() as connection:
        row = dict(connection.execute(select(activations)).mappings().one())
        connection.execute(insert(activations).values(**{**row, "id": name, "domain": "forged.example.com"}))
    assert told(context) == [("state", name), ("used", used.license.id)]
    assert in_words(context)[0] == f"{name} state: the log says nothing, the row says in use"
    forge(context, update(licenses).where(licenses.c.id == used.license.id).values(used=2))
    assert told(context) == [("state", name)]
    forge(context, update(activations).where(activations.c.id == name).values(released_at=1))
    assert ("state", name) in told(context)


def test_an_activation_that_was_deleted_is_found(context: Context, used: Issued) -> None:
    name = only(context, used.license.id).id
    forge(context, delete(activations), update(licenses).values(used=0))
    assert told(context) == [("state", name)]
    assert in_words(context) == [f"{name} state: the log says in use, the row says no row"]


def test_an_activation_that_was_released_or_taken_up_again_by_hand_is_found(
    context: Context, used: Issued, site: NewSite
) -> None:
    name = only(context, used.license.id).id
    forge(context, update(activations).values(released_at=1, released_by="site"), update(licenses).values(used=0))
    assert told(context) == [("state", name)]
    forge(context, update(activations).values(released_at=None, released_by=None), update(licenses).values(used=1))
    assert told(context) == []
    vendor_release.release(context, name)
    forge(context, update(activations).values(released_at=None, released_by=None), update(licenses).values(used=1))
    assert told(context) == [("state", name)]
    forge(context, delete(activations), update(licenses).values(used=0))
    assert told(context) == [("state", name)]


@pytest.mark.parametrize(("column", "value"), [("domain", "forged.example.com"), ("environment", "staging")])
def test_an_activation_that_was_edited_is_found(context: Context, used: Issued, column: str, value: str) -> None:
    forge(context, update(activations).values({column: value}))
    assert told(context) == [(column, only(context, used.license.id).id)]


def test_an_activation_in_another_kind_of_place_is_found(context: Context, used: Issued) -> None:
    forge(context, update(activations).values(in_staging_place=True), update(licenses).values(used=0, staging_used=1))
    assert told(context) == [("in_staging_place", only(context, used.license.id).id)]


def test_an_activation_that_was_given_to_another_license_is_found(context: Context, used: Issued, issue: Issue) -> None:
    other, name = issue(domains=2).license.id, only(context, used.license.id).id
    forge(
        context,
        update(activations).values(license_id=other),
        update(licenses).values(used=0),
        update(licenses).where(licenses.c.id == other).values(used=1),
    )
    assert told(context) == [("state", name), ("state", name)]


def test_what_is_told_of_a_broken_chain_is_not_compared(context: Context, used: Issued) -> None:
    chain = used.license.id
    details = entries_of(context, chain)[0].details.replace('"domains":2', '"domains":9')
    forge(
        context,
        update(audit).where(audit.c.chain == chain, audit.c.number == 1).values(details=details),
        update(licenses).values(domain_limit=9),
    )
    assert told(context) == [("edited", chain)]


@pytest.mark.parametrize(
    ("forged", "found"),
    [
        (update(plans).values(lease_seconds=10**9), ("lease_seconds", "plan:jannah/single")),
        (update(plans).values(domains=9), ("domains", "plan:jannah/single")),
        (update(plans).values(features='["all"]'), ("features", "plan:jannah/single")),
        (update(products).values(prefix="EVL"), ("prefix", "product:jannah")),
        (update(products).values(renew_url="https://evil.example"), ("renew_url", "product:jannah")),
        (update(key_rows).values(public_key="x" * 43), ("public_key", "key:k1")),
        (delete(plans), ("row", "plan:jannah/single")),
    ],
)
def test_products_plans_and_keys_are_held_against_the_servers_chain(
    context: Context, forged: object, found: tuple[str, str]
) -> None:
    assert told(context) == []
    forge(context, forged)
    assert told(context) == [found]


def test_a_signing_key_that_was_inserted_is_found(context: Context) -> None:
    with context.store.write() as connection:
        row = dict(connection.execute(select(key_rows)).mappings().one())
        forged = {"name": "k9", "key_id": "x", "public_key": "x", "position": 9, "status": "standby"}
        connection.execute(insert(key_rows).values(**{**row, **forged}))
    assert told(context) == [("row", "key:k9")]
    assert in_words(context) == ["key:k9 row: the log says nothing, the row says a row"]


def test_a_servers_chain_that_was_emptied_is_found(context: Context) -> None:
    forge(context, delete(audit), update(server).values(audit_count=0, audit_head=EMPTY_HEAD))
    assert told(context) == [("not_recorded", SERVER_CHAIN)]


def test_forgeries_are_found_across_pages(
    context: Context, issue: Issue, site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chains, "PAGE", 2)
    issued = [issue() for _ in range(9)]
    for number, one in enumerate(issued[:7]):
        activated(site(f"d{number}.example.com", of=one))
    assert told(context) == []
    names = sorted(one.license.id for one in issued[:7])
    acts = {
        item.license_id: item.id
        for item in activation_lookup.search(context, license_id=None, domain=None, released=True, limit=99)
    }
    silent, hidden, broken = names[0], names[3], names[6]
    forge(
        context,
        delete(audit).where(audit.c.chain == silent),
        update(licenses).where(licenses.c.id == silent).values(audit_count=0, audit_head=EMPTY_HEAD),
        update(activations).where(activations.c.license_id == hidden).values(domain="forged.example.com"),
        update(licenses).where(licenses.c.id == broken).values(used=0),
    )
    assert sorted(told(context)) == sorted([("not_recorded", silent), ("domain", acts[hidden]), ("used", broken)])


def test_activations_that_a_removed_license_left_are_found(context: Context, issue: Issue, site: NewSite) -> None:
    file = context.store.file
    issued = [issue() for _ in range(3)]
    for number, one in enumerate(issued):
        activated(site(f"d{number}.example.com", of=one))
    gone = sorted(one.license.id for one in issued)[1]
    if file is None:
        forge(context, text("ALTER TABLE activations DROP CONSTRAINT fk_activations_license_id"))
        forge(context, delete(audit).where(audit.c.chain == gone), delete(licenses).where(licenses.c.id == gone))
    else:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("DELETE FROM audit WHERE chain = ?", (gone,))
            connection.execute("DELETE FROM licenses WHERE id = ?", (gone,))
    assert told(context) == told(context, gone) == [("row_gone", gone)]


# --- honest lives ---


def test_bulk_issued_licenses_are_as_their_entries_tell(context: Context, tmp_path: Path) -> None:
    plan = catalogue.find_plan(context, "jannah", "single")
    output = tmp_path / "keys.csv"
    create_many(context, plan, customer="order 7", count=40, output=output)
    assert told(context) == []
    first = next(csv.DictReader(output.read_text("ascii").splitlines()))
    name = first["license_id"]
    assert '"key_last5":"' + first["license_key"].replace("-", "")[-5:] in entries_of(context, name)[0].details
    forge(context, update(licenses).where(licenses.c.id == name).values(customer="mallory", key_last5="ABCDE"))
    assert sorted(told(context)) == [("customer", name), ("key_last5", name)]


def test_what_the_vendor_does_to_products_plans_and_keys_leaves_no_flaw(context: Context, tmp_path: Path) -> None:
    catalogue.create_product(context, "sahifa", name="S", prefix="SHF", links={"renew": "https://shop.example/r"})
    catalogue.update_product(
        context, "sahifa", name="T", prefix=None, links={"renew": "", "buy": "https://shop.example"}
    )
    catalogue.create_plan(context, "sahifa", "team", name=None, domains=5, term="6m", features=("demos",), lease_days=9)
    catalogue.update_plan(context, "sahifa", "team", {"domains": 6, "term": "1y", "lease_seconds": 5 * DAY})
    signing_keys.create_standby(context, tmp_path)
    signing_keys.install(context, tmp_path)
    signing_keys.rotate(context, leaked=False)
    signing_keys.mark_leaked(context, "k1")
    signing_keys.protect(context, None)
    assert told(context) == []


@dataclass
class Life:
    """Licenses of one vendor, to which anything that is allowed may happen within a year."""

    context: Context
    clock: Clock
    client: FlaskClient
    chance: random.Random
    issued: list[Issued]
    tokens: dict[tuple[str, str], str]

    def step(self) -> None:
        """Do one thing or be refused it, and let some time pass."""
        act: Callable[[Issued], object] = self.chance.choice(
            [self.activate] * 6
            + [self.deactivate, self.deactivate, self.release, self.release, self.undo, self.undo]
            + [self.sign, self.vendor_release, self.status, self.renew, self.rekey, self.replan, self.customer]
            + [self.report, self.lose]
        )
        with suppress(ServiceError):
            act(self.chance.choice(self.issued))
        self.clock.now += self.chance.choice([1, 60, 3_600, DAY, 3 * DAY, 12 * DAY])

    def license(self, issued: Issued) -> License:
        return license_lookup.find(self.context, issued.license.id)

    def some(self, issued: Issued) -> Activation | None:
        found = activation_lookup.search(
            self.context, license_id=issued.license.id, domain=None, released=True, limit=99
        )
        return self.chance.choice(found) if found else None

    def site(self, issued: Issued) -> Site:
        return Site(self.client, key_of(issued), f"s{self.chance.randrange(6)}.example.com")

    def activate(self, issued: Issued) -> None:
        site, replaced = self.site(issued), self.some(issued) if self.chance.random() < 0.3 else None
        more = {} if replaced is None else {"replaces": replaced.id}
        answer = site.activate(environment=self.chance.choice(["production", "staging"]), **more)
        if answer.status_code in (200, 201):
            self.tokens[issued.license.id, site.domain] = answer.get_json()["activation_token"]

    def deactivate(self, issued: Issued) -> None:
        site = self.site(issued)
        site.deactivate(self.tokens.get((issued.license.id, site.domain), "none"))

    def release(self, issued: Issued) -> None:
        if (found := self.some(issued)) is not None:
            owners.release(self.context, issued.license.id, found.id)

    def undo(self, issued: Issued) -> None:
        if (found := self.some(issued)) is not None:
            owners.undo(self.context, issued.license.id, found.id, address=ADDRESS)

    def report(self, issued: Issued) -> None:
        if (found := self.some(issued)) is not None:
            owners.report(self.context, issued.license.id, found.id)

    def vendor_release(self, issued: Issued) -> None:
        if (found := self.some(issued)) is not None:
            vendor_release.release(self.context, found.id)

    def sign(self, issued: Issued) -> None:
        offline.sign(self.context, issued.license.id, f"s{self.chance.randrange(6)}.example.com")

    def status(self, issued: Issued) -> None:
        change = self.chance.choice([lifecycle.suspend, lifecycle.reinstate, lifecycle.reinstate])
        change(self.context, issued.license.id, reason=self.chance.choice([None, "chargeback"]))

    def renew(self, issued: Issued) -> None:
        lifecycle.renew(self.context, issued.license.id, term=self.chance.choice([None, "30d", "1y"]))

    def rekey(self, issued: Issued) -> None:
        self.issued[self.issued.index(issued)] = lifecycle.rekey(self.context, issued.license.id)

    def replan(self, issued: Issued) -> None:
        plan = self.chance.choice(catalogue.list_plans(self.context, "jannah"))
        lifecycle.change_plan(self.context, issued.license.id, plan)

    def customer(self, issued: Issued) -> None:
        lifecycle.change_customer(self.context, issued.license.id, self.chance.choice([None, "order 1", "order 2"]))

    def lose(self, issued: Issued) -> None:
        """Lose what a restore loses: the site's token brings it back."""
        site = self.site(issued)
        token = self.tokens.get((issued.license.id, site.domain))
        if token is not None:
            site.refresh(token)


@pytest.mark.parametrize("seed", range(4))
def test_no_honest_life_leaves_a_flaw(context: Context, clock: Clock, client: FlaskClient, seed: int) -> None:
    chance = random.Random(seed)
    made = [
        catalogue.create_plan(context, "jannah", f"p{n}", name=None, domains=n, term=term, staging_domains=n % 3)
        for n, term in ((1, "1y"), (3, "perpetual"), (5, "2y"))
    ]
    issued = [create(context, plan, customer=chance.choice([None, "order 9"])) for plan in made for _ in range(2)]
    life = Life(context, clock, client, chance, issued, {})
    for number in range(6):
        for _ in range(40):
            life.step()
        if number in (1, 3):
            secret_rotation.rotate(context, SecretKind.AUDIT)
            secret_rotation.rotate(context, SecretKind.TOKEN)
        if number == 4:
            secret_rotation.retire(context, SecretKind.AUDIT, 1)
        assert told(context) == []
    with context.store.read() as connection:
        done = set(connection.execute(select(audit.c.action).distinct()).scalars())
    assert done >= {"create", "activate", "release", "sign_offline", "rekey", "renew", "suspend"}


def test_what_a_restore_lost_and_a_token_brought_back_is_no_flaw(context: Context, used: Issued, site: NewSite) -> None:
    with context.store.write() as connection:
        before = rows_of(connection)
    second = site("second.example.com", of=used)
    token = second.token()
    with context.store.write() as connection:
        set_back(connection, before)
    backup.record_restored(context, START - 1)
    assert second.refresh(token).status_code == 200
    assert told(context) == []
    assert [entry.action for entry in entries_of(context, used.license.id)] == ["create", "activate", "recovered"]


def rows_of(connection: Connection) -> dict[str, list[dict[str, object]]]:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in (licenses, activations, audit)
    }


def set_back(connection: Connection, rows: dict[str, list[dict[str, object]]]) -> None:
    for table in (audit, activations, licenses):
        connection.execute(delete(table))
    for table in (licenses, activations, audit):
        connection.execute(insert(table), rows[table.name])
