"""The database of the version before, in which places were counted by rows, is brought up to date: no site is refused.

Licenses of every kind stand in it: in use, silent, released, moved, freed by the vendor, offline, test copies.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, insert, text

from license_server import policy, tokens
from license_server.audit_chain import EMPTY_HEAD
from license_server.config import Settings
from license_server.ids import ACTIVATION, LICENSE, new_id, parse_id
from license_server.policy import PlaceKind
from license_server.secret_purposes import Purpose, derive
from license_server.service.context import Context, open_context
from license_server.service.license import holds, license_lookup
from license_server.service.operating import setup
from license_server.store import Store, schema, tables
from license_server.web.app import create_app
from tests.conftest import NewDatabase
from tests.license_server.conftest import START, Clock
from tests.license_server.site import Site, claims, code
from theme_license.base64url import encode_segment
from theme_license.license_key import LicenseKey, new_license_key

LICENSES = int(os.environ.get("UPGRADED_LICENSES", "1600"))
"""``make faults`` makes it 100,000."""

KINDS = ("in use", "silent", "released", "moved", "freed", "offline", "released offline", "test copy")
SAMPLES = 5
"""Licenses of each kind whose sites call afterwards."""

DAY = policy.DAY
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Held:
    """A license of the database, with the activation that it has last."""

    kind: str
    license_id: str
    key: LicenseKey
    activation_id: str
    domain: str


@pytest.fixture
def upgraded(tmp_path: Path, new_database: NewDatabase, clock: Clock) -> Iterator[tuple[Context, list[Held]]]:
    """Fill a database of the third schema, bring it up to date, and open it."""
    first = Settings(home=tmp_path / "home", url="https://licenses.example.com")
    setup.initialise(first, standby_to=None, clock=clock)
    made = open_context(first)
    with made.store.read() as connection:
        keys = [dict(row) for row in connection.execute(text("SELECT * FROM signing_keys")).mappings()]
    made.close()
    url = new_database() or f"sqlite:///{tmp_path}/before.db"
    store = Store(url, create=True)
    schema.migrate(store, to="0003")
    samples: list[Held] = []
    try:
        with store.write(long=True) as connection:
            _fill(connection, keys, samples)
        started = time.monotonic()
        schema.migrate(store)
        print(f"{LICENSES} licenses brought up to date in {time.monotonic() - started:.1f} s")
    finally:
        store.dispose()
    opened = replace(open_context(first.model_copy(update={"database_url": SecretStr(url)})), clock=clock)
    yield opened, samples
    opened.close()


def test_no_site_is_refused_by_the_upgrade(upgraded: tuple[Context, list[Held]], clock: Clock) -> None:
    context, samples = upgraded
    client = create_app(context).test_client()
    assert len(samples) == SAMPLES * len(KINDS)
    for held in samples:
        site = Site(client, held.key.text("JNH"), held.domain)
        license = license_lookup.find(context, held.license_id)
        told = holds.of_license(context, license)
        if held.kind in ("in use", "silent", "moved", "test copy"):
            answer = site.refresh(_undated(context, held))
            assert (answer.status_code, claims(answer)["status"]) == (200, "active")
            # What the server signs by now is shorter for a test copy; what it signed before is still out.
            environment = "staging" if held.kind == "test copy" else "production"
            token = answer.get_json()["activation_token"]
            assert claims(site.refresh(token))["env"] == environment
        elif held.kind in ("released", "offline", "released offline"):
            assert site.activate(moves=False).status_code in (200, 201)
        if held.kind == "released":
            assert told.held(PlaceKind.ORDINARY) == 1
            site.deactivate(site.token())
            moved = Site(client, site.key, f"new.{held.domain}").activate()
            assert moved.get_json()["activation"]["moved_from"] == held.domain
        elif held.kind == "moved":
            # The move ended the hold of the domain before: it comes back as any other does.
            assert (told.held(PlaceKind.ORDINARY), told.moves_left, license.moves_made) == (0, 3, 1)
            site.deactivate(token)
            back = Site(client, site.key, f"old.{held.domain}").activate()
            assert back.get_json()["activation"]["moves_left"] == 2
        elif held.kind == "freed":
            assert told.holds == ()
            assert Site(client, site.key, f"new.{held.domain}").activate(moves=False).status_code == 201
        elif held.kind == "released offline":
            assert code(Site(client, site.key, f"new.{held.domain}").activate()) == "no_activations_left"
        elif held.kind == "test copy":
            site.deactivate(token)
            # Signed by the version before for 44 days, it is waited for as long.
            clock.now += 20 * DAY
            assert holds.of_license(context, license).held(PlaceKind.STAGING) == 1
            clock.now -= 20 * DAY


def _fill(connection: Connection, keys: list[dict[str, object]], samples: list[Held]) -> None:
    server = "INSERT INTO server (id, created_at, audit_count, audit_head) VALUES (1, 1, 0, :head)"
    connection.execute(text(server), {"head": EMPTY_HEAD})
    connection.execute(insert(tables.signing_keys), keys)
    connection.execute(
        text("INSERT INTO products (id, slug, name, prefix, created_at) VALUES (1, 'jannah', 'Jannah', 'JNH', 1)")
    )
    connection.execute(
        text(
            "INSERT INTO plans (id, product_id, slug, name, domains, staging_domains, term, lease_seconds, "
            "grace_seconds, refresh_seconds, moves_per_year, features, created_at) "
            "VALUES (1, 1, 'single', 'Single', 1, 1, '1y', :lease, :grace, 86400, 4, '[]', 1)"
        ),
        {"lease": 30 * DAY, "grace": 14 * DAY},
    )
    for start in range(0, LICENSES, _BATCH):
        licenses: list[dict[str, object]] = []
        activations: list[dict[str, object]] = []
        for number in range(start, min(LICENSES, start + _BATCH)):
            kind = KINDS[number % len(KINDS)]
            license_id, activation_id = new_id(LICENSE, os.urandom), new_id(ACTIVATION, os.urandom)
            held = Held(kind, license_id, new_license_key(os.urandom), activation_id, f"s{number}.example.net")
            licenses.append(_license(held))
            activations += _activations(held)
            if number < SAMPLES * len(KINDS):
                samples.append(held)
        connection.execute(_INSERT_LICENSE, licenses)
        connection.execute(_INSERT_ACTIVATION, activations)


def _license(held: Held) -> dict[str, object]:
    is_used = held.kind not in ("released", "freed", "test copy")
    return {
        "id": held.license_id,
        "digest": held.key.digest(),
        "last5": held.key.last5,
        "used": int(is_used),
        "staging_used": int(held.kind == "test copy"),
        "freed": int(held.kind == "released"),
        "head": EMPTY_HEAD,
        "at": START - 100 * DAY,
        "until": START + 265 * DAY,
    }


def _activations(held: Held) -> Iterator[dict[str, object]]:
    activation: dict[str, object] = {
        "id": held.activation_id,
        "license": held.license_id,
        "domain": held.domain,
        "environment": "staging" if held.kind == "test copy" else "production",
        "activated": START - 90 * DAY,
        "moved": held.kind == "moved",
        "seen": None if "offline" in held.kind else START - (30 * DAY if held.kind == "silent" else 3_600),
        "released": None,
        "by": None,
        "offline": START + 200 * DAY if "offline" in held.kind else None,
        "staging": held.kind == "test copy",
        "placed": None if held.kind == "test copy" else START - (5 * DAY if held.kind == "moved" else 90 * DAY),
    }
    if held.kind in ("released", "freed", "released offline"):
        by = {"released": "site", "freed": "vendor", "released offline": "owner"}[held.kind]
        activation |= {"released": START - 3_600, "by": by}
    yield activation
    if held.kind == "moved":
        yield activation | {
            "id": new_id(ACTIVATION, os.urandom),
            "domain": f"old.{held.domain}",
            "moved": False,
            "released": START - 5 * DAY,
            "by": "move",
            "seen": START - 5 * DAY,
            "placed": START - 90 * DAY,
        }


def _undated(context: Context, held: Held) -> str:
    """Return the token that the version before gave to the site."""
    ids = (parse_id(ACTIVATION, held.activation_id), parse_id(LICENSE, held.license_id))
    head = b"\x01" + b"".join(found or b"" for found in ids)
    return tokens.PREFIX + encode_segment(
        head + derive(context.secrets.tokens[1], Purpose.UNDATED_TOKEN, head, held.domain.encode("ascii"))
    )


_INSERT_LICENSE = text(
    "INSERT INTO licenses (id, plan_id, key_digest, key_last5, status, status_since, created_at, term_ends_at, "
    "domain_limit, used, freed, staging_limit, staging_used, audit_count, audit_head) VALUES (:id, 1, :digest, :last5, "
    "'active', :at, :at, :until, 1, :used, :freed, 1, :staging_used, 0, :head)"
)
_INSERT_ACTIVATION = text(
    "INSERT INTO activations (id, license_id, domain, environment, activated_at, counts_as_move, last_seen_at, "
    "released_at, released_by, offline_until, in_staging_place, placed_at) VALUES (:id, :license, :domain, "
    ":environment, :activated, :moved, :seen, :released, :by, :offline, :staging, :placed)"
)
