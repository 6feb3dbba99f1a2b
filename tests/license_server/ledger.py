"""What a license's row and the audit log say."""

from sqlalchemy import bindparam, func, or_, select

from license_server.audit_chain import AuditEntry, Flaw
from license_server.cli.audit_words import in_words
from license_server.policy import PlaceKind
from license_server.records import AuditFilter, License
from license_server.service.context import Context
from license_server.service.license import holds, license_lookup
from license_server.service.operating import audit_log
from license_server.store.tables import activations, audit, licenses
from tests.license_server.site import Site
from theme_license.license_key import parse_license_key


def license_of(context: Context, site: Site) -> License:
    return license_lookup.find_by_key(context, parse_license_key(site.key))


def counters(context: Context, site: Site) -> tuple[int, int, int]:
    """Return the places in use, those that are held, and the staging places in use."""
    found = license_of(context, site)
    return found.used, holds.of_license(context, found).held(PlaceKind.ORDINARY), found.staging_used


def activated(site: Site, **changes: object) -> str:
    """Activate and return the activation's id."""
    answer = site.activate(**changes)
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return str(answer.get_json()["activation"]["id"])


def staged(site: Site) -> str:
    """Activate as a test copy and return the activation's id."""
    return activated(site, environment="staging")


def told(context: Context, site: Site) -> list[str]:
    """Return the license's audit entries in words, after that of its issue."""
    return [in_words(entry) for entry in entries_of(context, license_of(context, site).id)[1:]]


def entries_of(context: Context, chain: str) -> list[AuditEntry]:
    """Return the entries of a license's chain, or of the server's, in their order."""
    found = audit_log.search(context, AuditFilter(chain=chain), limit=1_000)
    return sorted(found, key=lambda entry: entry.number)


def flaws(context: Context, license_id: str | None = None) -> list[tuple[str, int, str]]:
    """Return where the audit log does not fit: in one license's chain, or in all."""
    found: list[Flaw] = []
    audit_log.verify(context, license_id=license_id, tell=found.append)
    return [(flaw.chain, flaw.number, flaw.kind.value) for flaw in found]


def miscounted(context: Context) -> list[tuple[str, str]]:
    """Return the licenses, and what of each is not as its rows say: its places in use, or the end of its chain."""
    found: list[tuple[str, str]] = []
    with context.store.snapshot() as connection:
        places = {(of, kind): count for of, kind, count in connection.execute(_PLACES, {"now": context.clock()})}
        chains = {of: (count, mac) for of, count, mac in connection.execute(_CHAINS)}
        for row in connection.execute(select(licenses)):
            if row.used != places.get((row.id, False), 0):
                found.append((row.id, "used"))
            if row.staging_used != places.get((row.id, True), 0):
                found.append((row.id, "staging_used"))
            if (row.audit_count, row.audit_head) != chains.get(row.id):
                found.append((row.id, "audit"))
    return found


_PLACES = (
    select(activations.c.license_id, activations.c.in_staging_place, func.count())
    .where(or_(activations.c.released_at.is_(None), activations.c.offline_until > bindparam("now")))
    .group_by(activations.c.license_id, activations.c.in_staging_place)
)
_ENDS = (
    select(audit.c.chain, func.count().label("count"), func.max(audit.c.number).label("last"))
    .group_by(audit.c.chain)
    .subquery()
)
_CHAINS = select(audit.c.chain, _ENDS.c.count, audit.c.mac).join(
    _ENDS, (_ENDS.c.chain == audit.c.chain) & (_ENDS.c.last == audit.c.number)
)
