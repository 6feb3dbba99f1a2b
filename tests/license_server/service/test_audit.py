"""The audit log as the vendor reads it, and what an intruder with the database does to it."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from license_server.audit_chain import SERVER_CHAIN, AuditEntry, Flaw, FlawKind
from license_server.cli.actor import MAX_ACTOR, actor_named, current_actor
from license_server.cli.audit_words import LIKELY, in_words
from license_server.errors import NotFound
from license_server.records import AuditFilter
from license_server.service.activation import activation_lookup
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.license.issue import Issued
from license_server.service.operating import audit_log
from license_server.store import audit_chains
from license_server.store.tables import audit, products, server
from license_server.store.tables import licenses as license_rows
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import flaws
from tests.license_server.vendor import Vendor, refused


def three_entries(context: Context, issued: Issued) -> str:
    """Make a license's chain three entries long and return its name."""
    lifecycle.suspend(context, issued.license.id, reason="chargeback")
    lifecycle.reinstate(context, issued.license.id, reason=None)
    return issued.license.id


def entry(chain: str, number: int) -> tuple[object, ...]:
    return (audit.c.chain == chain, audit.c.number == number)


# --- verify ---


def test_a_whole_log_is_counted(context: Context, issue: Issue) -> None:
    three_entries(context, issue())
    issue()
    done = audit_log.verify(context, tell=pytest.fail)
    assert (done.chains, done.entries, done.flaws) == (3, 3 + 3 + 1, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "site"},
        {"at": 1},
        {"action": "revoke"},
        {"object": "lic_other"},
        {"details": "{}"},
        {"mac": b"x" * 32},
    ],
)
def test_an_edited_entry_is_found(context: Context, issue: Issue, changes: dict[str, object]) -> None:
    chain = three_entries(context, issue())
    issue()
    with context.store.write() as connection:
        connection.execute(update(audit).where(*entry(chain, 2)).values(**changes))
    assert flaws(context) == flaws(context, chain) == [(chain, 2, "edited")]


def test_a_deleted_entry_is_found(context: Context, issue: Issue) -> None:
    chain = three_entries(context, issue())
    with context.store.write() as connection:
        connection.execute(delete(audit).where(*entry(chain, 2)))
    assert flaws(context) == [(chain, 2, "missing")]


def test_swapped_entries_are_found(context: Context, issue: Issue) -> None:
    chain = three_entries(context, issue())
    with context.store.write() as connection:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(audit).where(*entry(chain, before)).values(number=after))
    assert flaws(context) == [(chain, 2, "edited")]


@pytest.mark.parametrize(("kept", "number"), [(2, 3), (0, 1)])
def test_an_end_that_was_cut_off_is_found(context: Context, issue: Issue, kept: int, number: int) -> None:
    chain = three_entries(context, issue())
    with context.store.write() as connection:
        connection.execute(delete(audit).where(audit.c.chain == chain, audit.c.number > kept))
    assert flaws(context) == flaws(context, chain) == [(chain, number, "cut_off")]


def test_an_end_that_was_cut_off_with_its_count_is_found(context: Context, issue: Issue) -> None:
    chain = three_entries(context, issue())
    with context.store.write() as connection:
        connection.execute(delete(audit).where(*entry(chain, 3)))
        connection.execute(update(license_rows).values(audit_count=2))
    assert flaws(context) == [(chain, 2, "end_edited")]


def test_a_row_that_was_set_back_alone_is_found(context: Context, issue: Issue) -> None:
    issued = issue()
    chain = three_entries(context, issued)
    first = {"audit_count": issued.license.audit_count, "audit_head": issued.license.audit_head}
    with context.store.write() as connection:
        connection.execute(update(license_rows).values(**first))
    assert flaws(context) == [(chain, 2, "added")]


def test_a_chain_whose_license_is_gone_is_found(context: Context, issue: Issue) -> None:
    chain = three_entries(context, issue())
    issue()
    with context.store.write() as connection:
        connection.execute(delete(license_rows).where(license_rows.c.id == chain))
    assert flaws(context) == flaws(context, chain) == [(chain, 1, "row_gone")]


@pytest.mark.parametrize("name", ["a", "lic_", "zzz"])
def test_entries_of_a_chain_that_never_was_are_found(context: Context, issue: Issue, name: str) -> None:
    three_entries(context, issue())
    forged = {"chain": name, "number": 1, "at": 1, "actor": "site", "action": "x", "object": "x", "details": "{}"}
    with context.store.write() as connection:
        connection.execute(insert(audit).values(**forged, mac=b"x" * 32))
    assert flaws(context) == [(name, 1, "row_gone")]


def test_the_servers_own_chain_is_verified_too(context: Context, issue: Issue) -> None:
    issue()
    with context.store.write() as connection:
        connection.execute(update(audit).where(*entry(SERVER_CHAIN, 2)).values(object="product:other"))
    assert flaws(context) == [(SERVER_CHAIN, 2, "edited")]
    with context.store.write() as connection:
        connection.execute(delete(server))
    assert flaws(context) == [(SERVER_CHAIN, 1, "row_gone")]
    with context.store.write() as connection:
        connection.execute(delete(audit).where(audit.c.chain == SERVER_CHAIN))
    assert flaws(context) == [(SERVER_CHAIN, 1, "row_gone")]


def test_every_flawed_chain_is_told_across_pages(
    context: Context, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chains, "PAGE", 2)
    chains = [three_entries(context, issue()) for _ in range(7)]
    assert flaws(context) == []
    edited, cut, gone = sorted(chains)[1], sorted(chains)[4], sorted(chains)[6]
    with context.store.write() as connection:
        connection.execute(update(audit).where(*entry(edited, 3)).values(at=1))
        connection.execute(delete(audit).where(audit.c.chain == cut))
        connection.execute(delete(license_rows).where(license_rows.c.id == gone))
    assert set(flaws(context)) == {(edited, 3, "edited"), (cut, 1, "cut_off"), (gone, 1, "row_gone")}


def test_verifying_a_license_that_never_was(context: Context) -> None:
    with pytest.raises(NotFound):
        flaws(context, "lic_000000000000000000000000")


# --- an outside copy ---


def copy_of(context: Context) -> list[str]:
    return [audit_log.HEADS_HEADER] + [f"{name}\t{count}\t{head}\n" for name, count, head in audit_log.heads(context)]


def compared(context: Context, copy: list[str]) -> list[tuple[str, int, str]]:
    found: list[Flaw] = []
    assert audit_log.compare(context, copy, tell=found.append) == len(copy) - 1
    return [(flaw.chain, flaw.number, flaw.kind.value) for flaw in found]


def set_back(connection: Connection, issued: Issued) -> None:
    """Set a whole license back to what it was when it was issued."""
    connection.execute(delete(audit).where(audit.c.chain == issued.license.id, audit.c.number > 1))
    first = {"audit_count": 1, "audit_head": issued.license.audit_head, "status": "active"}
    connection.execute(update(license_rows).where(license_rows.c.id == issued.license.id).values(**first))


def test_a_log_that_went_on_fits_its_copy(context: Context, issue: Issue) -> None:
    issued = issue()
    copy = copy_of(context)
    three_entries(context, issued)
    assert compared(context, copy) == []


def test_a_license_that_was_set_back_shows_only_against_a_copy(context: Context, issue: Issue) -> None:
    issued = issue()
    chain = three_entries(context, issued)
    copy = copy_of(context)
    with context.store.write() as connection:
        set_back(connection, issued)
    assert flaws(context) == []
    assert compared(context, copy) == [(chain, 3, "set_back")]
    three_entries(replace(context, actor="vendor:mallory"), issued)
    assert flaws(context) == []
    assert compared(context, copy) == [(chain, 3, "rewritten")]


def test_a_license_that_vanished_shows_only_against_a_copy(context: Context, issue: Issue) -> None:
    chain = three_entries(context, issue())
    copy = copy_of(context)
    with context.store.write() as connection:
        connection.execute(delete(audit).where(audit.c.chain == chain))
        connection.execute(delete(license_rows).where(license_rows.c.id == chain))
    assert flaws(context) == []
    assert compared(context, copy) == [(chain, 3, "set_back")]


# --- list ---


def test_the_log_is_listed_newest_first_and_filtered(
    context: Context, clock: Clock, issue: Issue, site: NewSite
) -> None:
    alice = replace(context, actor="vendor:alice")
    issued = issue()
    news = site("news.example.com")
    clock.now += 60
    token = news.token()
    clock.now += 60
    lifecycle.suspend(alice, issued.license.id, reason="chargeback")
    clock.now += 60
    news.deactivate(token)

    def listed(limit: int = 100, **wanted: object) -> list[str]:
        found = audit_log.search(context, AuditFilter(**wanted), limit=limit)  # type: ignore[arg-type]
        assert [item.at for item in found] == sorted((item.at for item in found), reverse=True)
        return [item.action for item in found]

    assert listed(since=START + 60) == ["release", "suspend", "activate"]
    assert listed(since=START + 60, until=START + 120) == ["suspend", "activate"]
    assert listed(limit=1) == ["release"]
    assert listed(chain=issued.license.id) == listed(object=issued.license.id) == ["suspend", "create"]
    (released,) = activation_lookup.search(context, license_id=None, domain=None, released=True, limit=9)
    assert listed(object=released.id) == ["release", "activate"]
    assert listed(object="product:jannah") == ["create"]
    assert listed(actor="site") == ["release", "activate"]
    assert listed(actor="vendor:alice") == ["suspend"]
    assert "suspend" in listed(actor="vendor")
    assert listed(actor="vend") == []
    assert listed(action="suspend") == ["suspend"]
    assert set(listed(chain=SERVER_CHAIN)) == {"create"}
    for wanted in ({"chain": "lic_none"}, {"object": "lic_none"}, {"object": "act_none"}):
        with pytest.raises(NotFound):
            listed(**wanted)


def said(action: str, details: dict[str, object], object: str = "lic_1") -> str:
    return in_words(AuditEntry("lic_1", 1, 0, "site", action, object, json.dumps(details), b""))


def test_what_was_done_is_told_in_words() -> None:
    year = 1_831_536_000
    sold = {"plan": "jannah/single", "domains": 1, "term_ends_at": year}
    assert said("create", sold) == "issued jannah/single: 1 domain, until 2028-01-15"
    assert said("suspend", {"reason": "chargeback", "from": "active"}) == "suspended: chargeback"
    assert said("revoke", {"reason": None, "from": "active"}) == "revoked"
    assert said("renew", {"term": "1y", "from": 0, "to": year}) == "renewed by 1y: until 2028-01-15"
    assert said("renew", {"term": "perpetual", "from": 0, "to": None}) == "renewed by perpetual: for ever"
    place = {"domain": "a.example.com", "environment": "staging", "place": "move"}
    assert said("activate", place, "act_1") == "activated a.example.com (staging, a move)"
    assert said("release", {"domain": "a.example.com"}, "act_1") == "released a.example.com"
    moved = {"domain": "a.example.com", "moved_to": "act_2"}
    assert said("release", moved, "act_1") == "moved away from a.example.com to act_2"
    assert said("recovered", {"domain": "a.example.com", "beyond_limit": True}, "act_1").endswith("beyond the limit")
    assert said("environment", {"from": "staging", "to": "production"}) == "changed from staging to production"
    assert said("update", {"renew_url": None, "lease_seconds": 604_800}, "plan:a/b") == (
        "changed: renew url none, lease seconds 7 days"
    )
    assert said("create", {"status": "standby"}, "key:k2") == "created as standby"


def test_an_entry_of_a_later_version_or_an_intruder_is_told_all_the_same() -> None:
    assert said("replace_key", {"old_last5": "A1B2C", "ends_at": 0}) == (
        "replace key: old last5 A1B2C, ends at 1970-01-01"
    )
    assert said("renew", {}) == "renew"
    assert said("activate", {"domain": 5}) == "activate: domain 5"
    for broken in ("", "[]", "{", '"x"'):
        assert in_words(AuditEntry("c", 1, 0, "site", "suspend", "lic_1", broken, b"")).startswith("suspend: text")


def test_every_flaw_has_its_words() -> None:
    assert set(LIKELY) == set(FlawKind)


# --- who ---


def test_an_actor_fits_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    assert actor_named("alice") == "vendor:alice"
    assert actor_named("J\u00f6rg\n") == "vendor:J?rg?"
    assert len(actor_named("x" * 500)) == MAX_ACTOR == audit.c.actor.type.length
    monkeypatch.setenv("SUDO_USER", "bob")
    assert current_actor() == "vendor:bob"
    monkeypatch.delenv("SUDO_USER")
    assert current_actor().startswith("vendor:")
    monkeypatch.setattr("os.geteuid", lambda: 3_999_999_999)
    assert current_actor() == "vendor:uid3999999999"


# --- the commands ---


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Vendor:
    server = Vendor(tmp_path_factory.mktemp("audit"))
    server.set_up()
    return server


def test_the_vendor_lists_the_log(vendor: Vendor) -> None:
    license_id = vendor.issue().license_id
    vendor.cli_json("license", "suspend", license_id, "--reason", "chargeback")
    newest, first = vendor.cli_json("audit", "list", "--license", license_id)
    assert (newest["number"], newest["action"], newest["actor"]) == (2, "suspend", current_actor())
    assert newest["details"] == {"from": "active", "reason": "chargeback"}
    assert set(first) == {"chain", "number", "at", "actor", "action", "object", "details"}
    told = vendor.cli("audit", "list", "--object", license_id, "--limit", "1").stdout.splitlines()
    assert told == ["when\twho\twhat\tof", f"{newest['at']}\t{current_actor()}\tsuspended: chargeback\t{license_id}"]
    today = newest["at"][:10]
    assert len(vendor.cli_json("audit", "list", "--license", license_id, "--since", today, "--until", today)) == 2
    assert vendor.cli_json("audit", "list", "--since", "2999-01-01") == []
    assert vendor.cli_json("audit", "list", "--until", "2020-01-01T00:00:00Z") == []
    assert [item["object"] for item in vendor.cli_json("audit", "list", "--server")] == [
        *("plan:jannah/single", "product:jannah", "key:k1")
    ]
    assert {item["actor"] for item in vendor.cli_json("audit", "list")} == {current_actor()}
    refused(vendor.cli("audit", "list", "--license", "lic_000000000000000000000000"), 3)
    refused(vendor.cli("audit", "list", "--since", "yesterday"), 2)
    refused(vendor.cli("audit", "list", "--server", "--license", license_id), 2)


def test_the_vendor_verifies_the_log(vendor: Vendor) -> None:
    license_id = vendor.issue().license_id
    done = vendor.cli("audit", "verify")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("✓ ")
    assert vendor.cli_json("audit", "verify", "--license", license_id)["entries"] == 1
    refused(vendor.cli("audit", "verify", "--license", "lic_000000000000000000000000"), 3)
    with vendor.database() as connection:
        connection.execute(update(audit).where(*entry(license_id, 1)).values(actor="vendor:bob"))
    done = vendor.cli("audit", "verify")
    assert done.returncode == 1
    assert done.stdout == f"chain\tentry\tlikely\n{license_id}\t1\tedited, or put in another's place\n"
    assert done.stderr.startswith("error: 1 flaw; read ")
    assert f"next: license-server audit list --license {license_id}" in done.stderr
    done = vendor.cli("audit", "verify", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert not found["whole"]
    assert [(flaw["chain"], flaw["number"], flaw["kind"]) for flaw in found["flaws"]] == [(license_id, 1, "edited")]
    with vendor.database() as connection:
        connection.execute(update(audit).where(*entry(license_id, 1)).values(actor=current_actor()))
    assert vendor.cli_json("audit", "verify")["whole"]


def test_the_vendor_keeps_a_copy_of_the_heads(tmp_path_factory: pytest.TempPathFactory) -> None:
    vendor = Vendor(tmp_path_factory.mktemp("heads"))
    vendor.set_up()
    license_id = vendor.issue().license_id
    copy = vendor.folder / "heads.tsv"
    copy.write_text(vendor.cli("audit", "heads").stdout)
    assert [item["chain"] for item in vendor.cli_json("audit", "heads")] == ["server", license_id]
    assert vendor.cli_json("audit", "verify", "--against", str(copy))["compared"] == 2
    with vendor.database() as connection:
        connection.execute(delete(audit).where(audit.c.chain == license_id))
        connection.execute(delete(license_rows))
        assert connection.execute(select(func.count()).select_from(products)).scalar() == 1
    assert vendor.cli("audit", "verify").returncode == 0
    done = vendor.cli("audit", "verify", "--against", str(copy), "--json")
    assert done.returncode == 1
    assert [flaw["kind"] for flaw in json.loads(done.stdout)["flaws"]] == ["set_back"]
    for broken in ("", "chain\n", f"{audit_log.HEADS_HEADER}\nlic_1\tx\ty\n", f"{audit_log.HEADS_HEADER}\na\t1\tAA\n"):
        copy.write_text(broken)
        refused(vendor.cli("audit", "verify", "--against", str(copy)), 2)
    copy.write_bytes(b"\xff")
    refused(vendor.cli("audit", "verify", "--against", str(copy)), 2)


def test_another_audit_secret_is_named_as_the_likely_cause(tmp_path_factory: pytest.TempPathFactory) -> None:
    vendor = Vendor(tmp_path_factory.mktemp("secret"))
    vendor.set_up()
    vendor.issue()
    secrets = vendor.home / "secrets"
    (secrets / "audit-1").write_bytes((secrets / "token-1").read_bytes())
    done = vendor.cli("audit", "verify")
    assert done.returncode == 1
    assert "restore the audit secret" in done.stderr
