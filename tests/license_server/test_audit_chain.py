"""The audit chain: an entry that is edited, removed, moved, added or cut off does not fit."""

from dataclasses import replace

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
)

SECRET = b"s" * 32


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
    found = first_flaw(b"t" * 32, entries, chain="lic_1", count=chain.count, head=chain.head)
    assert found == Flaw("lic_1", 1, FlawKind.EDITED)


def test_an_end_that_was_edited_is_found() -> None:
    chain, entries = chain_of_five()
    found = first_flaw(SECRET, entries, chain="lic_1", count=chain.count, head=b"x" * 32)
    assert found == Flaw("lic_1", 5, FlawKind.END_EDITED)


def test_the_first_macs_of_many_chains_are_those_of_ordinary_entries() -> None:
    alike = {"plan": 'jannah/"single"', "domains": 1, "term_ends_at": None, "\u00fc": "\\"}
    chains = [f"lic_{n:024}" for n in range(50)]
    own = [(f"A{n:04}", f"{n:016x}") for n in range(50)]
    for secret in (SECRET, b"k", b"l" * 64):
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
