"""The audit chain: an entry that is edited, removed, moved, added or cut off does not fit."""

from dataclasses import replace

import pytest

from license_server.audit_chain import (
    EMPTY_HEAD,
    OWN_VALUE,
    AuditChain,
    AuditEntry,
    Flaw,
    FlawKind,
    details_text,
    first_flaw,
    first_macs,
    secret_id_of,
)
from license_server.secret_purposes import Ring

SECRET = {1: b"s" * 32}


def chain_of_five() -> tuple[AuditChain, list[AuditEntry]]:
    chain = AuditChain(SECRET, "lic_1")
    return chain, [
        chain.entry(at=100 + n, actor="site", action="activate", object=f"act_{n}", details={"domain": f"d{n}"})
        for n in range(5)
    ]


def flaw(chain: AuditChain, entries: list[AuditEntry]) -> tuple[int, str] | None:
    found = first_flaw(SECRET, entries, chain="lic_1", count=chain.count, head=chain.head)
    return None if found is None else (found.number, found.kind.value)


def test_an_untouched_chain_has_no_flaw() -> None:
    chain, entries = chain_of_five()
    assert flaw(chain, entries) is None
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]


def test_every_edited_field_is_found() -> None:
    chain, entries = chain_of_five()
    for changed in (
        {"at": 1},
        {"actor": "vendor"},
        {"action": "release"},
        {"object": "act_x"},
        {"details": "{}"},
        {"mac": b"x" * 32},
        {"chain": "lic_2"},
        {"number": 1},
    ):
        assert flaw(chain, [*entries[:2], replace(entries[2], **changed), *entries[3:]]) == (3, "edited")


def test_removed_reordered_and_cut_off_entries_are_found() -> None:
    chain, entries = chain_of_five()
    assert flaw(chain, [entries[0], *entries[2:]]) == (2, "missing")
    swapped = [replace(entries[2], number=2), replace(entries[1], number=3)]
    assert flaw(chain, [entries[0], *swapped, *entries[3:]]) == (2, "edited")
    assert flaw(chain, entries[:4]) == (5, "cut_off")
    assert flaw(chain, []) == (1, "cut_off")


def test_an_entry_that_was_added_is_found() -> None:
    chain, entries = chain_of_five()
    longer = AuditChain(SECRET, "lic_1", count=chain.count, head=chain.head)
    added = longer.entry(at=1, actor="site", action="activate", object="act_9")
    assert flaw(chain, [*entries, added]) == (6, "added")
    assert flaw(longer, [*entries, added]) is None


def test_another_secret_fits_nowhere() -> None:
    chain, entries = chain_of_five()
    found = first_flaw({1: b"t" * 32}, entries, chain="lic_1", count=chain.count, head=chain.head)
    assert found == Flaw("lic_1", 1, FlawKind.EDITED)


def test_an_end_that_was_edited_is_found() -> None:
    chain, entries = chain_of_five()
    found = first_flaw(SECRET, entries, chain="lic_1", count=chain.count, head=b"x" * 32)
    assert found == Flaw("lic_1", 5, FlawKind.END_EDITED)


def test_the_first_macs_of_many_chains_are_those_of_ordinary_entries() -> None:
    alike = {"plan": 'jannah/"single"', "domains": 1, "term_ends_at": None, "\u00fc": "\\"}
    chains = [f"lic_{n:024}" for n in range(50)]
    own = [(f"A{n:04}", f"{n:016x}") for n in range(50)]
    for secret in (SECRET, {1: b"k"}, {1: b"l" * 64}, {1: b"k", 7: b"m"}):
        macs, texts = first_macs(
            secret,
            [chain.encode() for chain in chains],
            [(last5.encode(), mark.encode()) for last5, mark in own],
            at=7,
            actor="vendor",
            action="create",
            details=alike | {"key_mark": OWN_VALUE, "key_last5": OWN_VALUE},
        )
        for name, (last5, mark), mac, text in zip(chains, own, macs, texts, strict=True):
            details = alike | {"key_last5": last5, "key_mark": mark}
            entry = AuditChain(secret, name).entry(at=7, actor="vendor", action="create", object=name, details=details)
            assert entry.mac == mac
            assert entry.details == details_text(details) == text.decode()


def test_a_chain_without_an_entry_was_never_recorded() -> None:
    found = first_flaw(SECRET, [], chain="lic_1", count=0, head=EMPTY_HEAD)
    assert found == Flaw("lic_1", 1, FlawKind.NOT_RECORDED)


# --- several secrets ---

OLD, BOTH = SECRET, {1: SECRET[1], 2: b"n" * 32}


def changed_hands() -> tuple[AuditChain, list[AuditEntry]]:
    chain = AuditChain(OLD, "lic_1")
    entries = [chain.entry(at=1, actor="site", action="activate", object="act_1")]
    chain = AuditChain(BOTH, "lic_1", count=chain.count, head=chain.head)
    return chain, [*entries, chain.entry(at=2, actor="site", action="release", object="act_1")]


def test_the_newest_secret_makes_entries_and_older_ones_are_read() -> None:
    chain, entries = changed_hands()
    assert first_flaw(BOTH, entries, chain="lic_1", count=chain.count, head=chain.head) is None
    assert [secret_id_of(entry.mac) for entry in entries] == [1, 2]
    assert entries[0] == AuditChain(OLD, "lic_1").entry(at=1, actor="site", action="activate", object="act_1")


def test_an_older_secret_adds_nothing_behind_a_newer_one() -> None:
    chain, entries = changed_hands()
    forged = AuditChain(OLD, "lic_1", count=chain.count, head=b"\0" * 32)
    forged.head = chain.head
    added = forged.entry(at=3, actor="vendor", action="reinstate", object="lic_1")
    found = first_flaw(BOTH, [*entries, added], chain="lic_1", count=forged.count, head=forged.head)
    assert found == Flaw("lic_1", 3, FlawKind.FALLEN_BACK)


def test_a_secret_that_another_node_uses_already_is_used_in_its_chains() -> None:
    chain, entries = changed_hands()
    behind = AuditChain(Ring(BOTH, signs=1), "lic_1", count=chain.count, head=chain.head)
    added = behind.entry(at=3, actor="site", action="activate", object="act_2")
    assert secret_id_of(added.mac) == 2
    assert first_flaw(BOTH, [*entries, added], chain="lic_1", count=3, head=behind.head) is None
    assert (
        secret_id_of(AuditChain(Ring(BOTH, signs=1), "lic_2").entry(at=1, actor="a", action="b", object="c").mac) == 1
    )


def test_an_entry_by_a_secret_that_is_not_here_is_found_and_nothing_is_added_to_it() -> None:
    chain, entries = changed_hands()
    found = first_flaw(OLD, entries, chain="lic_1", count=chain.count, head=chain.head)
    assert found == Flaw("lic_1", 2, FlawKind.UNREADABLE)
    with pytest.raises(KeyError):
        AuditChain(OLD, "lic_1", count=chain.count, head=chain.head)


def test_an_entry_that_claims_another_secret_does_not_fit() -> None:
    chain, entries = changed_hands()
    claimed = replace(entries[1], mac=entries[1].mac[:32])
    found = first_flaw(BOTH, [entries[0], claimed], chain="lic_1", count=chain.count, head=claimed.mac)
    assert found == Flaw("lic_1", 2, FlawKind.EDITED)
