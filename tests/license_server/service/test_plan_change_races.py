"""A license's plan changes while somebody waits for its lock: who waited gets the license, on its new plan."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pytest
from sqlalchemy import Connection, Update, text, update

from license_server.records import Plan
from license_server.service import catalogue, owners
from license_server.service.activation import offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.store import licenses as store
from license_server.store.licenses import Locked
from license_server.store.tables import licenses, products, signing_keys
from tests.conftest import on_postgresql
from tests.license_server.conftest import NewSite
from tests.license_server.ledger import license_of
from tests.license_server.site import Site, claims
from theme_license.license_key import parse_license_key

# SQLite lets nobody read for a change who waits for another's.
pytestmark = on_postgresql

Result = TypeVar("Result")

WAIT_SECONDS = 3
"""Less than what a statement may wait for a lock."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A license in use on one domain, as everybody knows it who has to do with it."""

    context: Context
    site: Site
    license_id: str
    activation_id: str
    token: str


@pytest.fixture
def sold(context: Context, site: NewSite) -> Sold:
    customer = site()
    told = customer.activate().get_json()
    return Sold(context, customer, license_of(context, customer).id, told["activation"]["id"], told["activation_token"])


@pytest.fixture
def agency(context: Context) -> Plan:
    return catalogue.create_plan(context, "jannah", "agency", name=None, domains=5, term="30d")


def while_its_plan_changes(sold: Sold, plan: Plan, work: Callable[[Sold], Result], *beside: Update) -> Result:
    """Return what ``work`` returns, which waits for the license while another puts it on ``plan``.

    What is changed ``beside`` that is committed with it.
    """
    with ThreadPoolExecutor(1) as threads:
        with sold.context.store.write() as connection:
            values = {"plan_id": plan.id, "domain_limit": plan.domains}
            connection.execute(update(licenses).where(licenses.c.id == sold.license_id).values(**values))
            for statement in beside:
                connection.execute(statement)
            waiting = threads.submit(work, sold)
            deadline = time.monotonic() + WAIT_SECONDS
            while not connection.execute(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")).scalar():
                assert not waiting.done(), waiting.result()
                assert time.monotonic() < deadline
        return waiting.result()


LOCKED: dict[str, Callable[[Sold, Connection], Locked | None]] = {
    "id": lambda sold, connection: store.lock(connection, sold.license_id),
    "key": lambda sold, connection: store.lock_by_digest(connection, parse_license_key(sold.site.key).digest()),
}


@pytest.mark.parametrize("lock", LOCKED.values(), ids=LOCKED)
def test_who_waited_holds_what_was_committed_last(
    sold: Sold, agency: Plan, lock: Callable[[Sold, Connection], Locked | None]
) -> None:
    def work(sold: Sold) -> Locked | None:
        return sold.context.store.transact(lambda connection: lock(sold, connection))

    renamed = update(products).values(name="Jannah 2")
    rotated = update(signing_keys).values(key_id="k" * 43)
    locked = while_its_plan_changes(sold, agency, work, renamed, rotated)
    assert locked is not None
    found = locked.license
    assert (found.id, found.plan, found.domain_limit) == (sold.license_id, agency, agency.domains)
    assert (found.product.name, locked.key_id) == ("Jannah 2", "k" * 43)


@pytest.mark.parametrize("lock", LOCKED.values(), ids=LOCKED)
def test_a_locked_license_holds_up_no_change_of_its_plan(
    sold: Sold, lock: Callable[[Sold, Connection], Locked | None]
) -> None:
    with sold.context.store.write() as connection:
        assert lock(sold, connection) is not None
        catalogue.update_plan(sold.context, "jannah", "single", {"name": "Renamed"})


TOLD: dict[str, Callable[[Sold], str]] = {
    "activation": lambda sold: str(claims(sold.site.activate())["plan"]),
    "deactivation": lambda sold: str(claims(sold.site.deactivate(sold.token))["plan"]),
    "vendor's release": lambda sold: vendor_release.release(sold.context, sold.activation_id)[1].plan.slug,
    "offline license": lambda sold: offline.sign(sold.context, sold.license_id, sold.site.domain).license.plan.slug,
}


@pytest.mark.parametrize("work", TOLD.values(), ids=TOLD)
def test_who_waited_is_told_the_new_plan(sold: Sold, agency: Plan, work: Callable[[Sold], str]) -> None:
    assert while_its_plan_changes(sold, agency, work) == "agency"


def test_who_waited_works_by_the_terms_of_the_new_plan(sold: Sold, agency: Plan) -> None:
    before = license_of(sold.context, sold.site).term_ends_at
    assert before is not None
    renewed = while_its_plan_changes(
        sold, agency, lambda sold: lifecycle.renew(sold.context, sold.license_id, term=None)
    )
    assert renewed.term_ends_at == before + 30 * 86_400


def test_an_owner_who_waited_is_known(sold: Sold, agency: Plan) -> None:
    single = license_of(sold.context, sold.site).plan
    of = (sold.context, sold.license_id, sold.activation_id)
    released = while_its_plan_changes(sold, agency, lambda _: owners.release(*of))
    assert released.released_by == "owner"
    assert while_its_plan_changes(sold, single, lambda _: owners.undo(*of, address="203.0.113.7")).released_at is None
    while_its_plan_changes(sold, agency, lambda _: owners.report(*of))
