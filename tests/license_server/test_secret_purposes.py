"""What was derived from a secret stays the same: else tokens, chains, backups and begun jobs would be worthless."""

from itertools import permutations

import pytest

from license_server import audit_chain, ids, tokens
from license_server.secret_files import Secrets
from license_server.secret_purposes import Purpose, Ring, SecretKind

SECRETS = Secrets(tokens=Ring({1: bytes(range(32)), 2: bytes(range(32, 64))}), audit=Ring({1: bytes(range(64, 96))}))
ACTIVATION = ids.format_id(ids.ACTIVATION, b"\x01" * 15)
LICENSE = ids.format_id(ids.LICENSE, b"\xfe" * 15)
FIRST_MAC = "d90883141cf3ad9ef725f59e481429f52a187e275b30d38e4013be042a54933e"


def test_an_activation_token_stays() -> None:
    made = tokens.make_token(
        SECRETS.tokens,
        activation_id=ACTIVATION,
        license_id=LICENSE,
        domain="a.example.com",
        environment="production",
        activated_at=1_800_000_000,
    )
    assert made == "thma_AgEBAQEBAQEBAQEBAQEBAf7-_v7-_v7-_v7-_v7-_gAAa0nSAAkZC42rWpCSb4voyGNCKbuy72EM25e6DSmmKvMf2lXV"
    undated = "thma_AgEBAQEBAQEBAQEBAQEBAf7-_v7-_v7-_v7-_v7-_q-c-jL6KbVf0YXrnqTvUAzg6jYckUT-u6-4bs0u5lw5"
    assert tokens.read_token(SECRETS.tokens, undated, domain="a.example.com") is not None
    older = "thma_AQEBAQEBAQEBAQEBAQEBAf7-_v7-_v7-_v7-_v7-_ichKqW42TN3OGCGpS5Q8aUP4O4rAoxKhX5rCZG1pdHb"
    assert tokens.read_token(SECRETS.tokens, older, domain="a.example.com") is not None


def test_an_audit_chain_stays() -> None:
    chain = audit_chain.AuditChain(SECRETS.audit, LICENSE)
    first = chain.entry(at=1_800_000_000, actor="vendor", action="create", object=LICENSE, details={"domains": 1})
    assert first.mac.hex() == FIRST_MAC
    second = chain.entry(at=1_800_000_001, actor="owner", action="release", object=ACTIVATION)
    assert second.mac.hex() == "012c2051a216bd8cd917a14eb73cf93349ab0ad4a23e148d26894f6a243e3d58"
    (of_many,), _ = audit_chain.first_macs(
        SECRETS.audit,
        [LICENSE.encode("ascii")],
        [()],
        at=1_800_000_000,
        actor="vendor",
        action="create",
        details={"domains": 1},
    )
    assert of_many.hex() == FIRST_MAC


def test_the_fingerprints_in_a_backup_stay() -> None:
    assert SECRETS.fingerprints() == {
        "audit-1": "f68ff2bbfffc410bf5f21baa697f1b8e",
        "token-1": "69bb7006077361561ab9f1e120a16313",
        "token-2": "ddfd65c92e84a7d7f214528f332bc551",
    }


@pytest.mark.parametrize(
    ("purpose", "derived"),
    [
        (Purpose.BULK_JOB, "c06e4496fbbc34a6"),
        (Purpose.PORTAL_COOKIE, "969853298809cf70"),
        (Purpose.PORTAL_KEY_TAG, "d4b3396b4441b206"),
    ],
)
def test_what_a_begun_job_and_a_session_keep_stays(purpose: Purpose, derived: str) -> None:
    assert SECRETS.derive(purpose).hex()[:16] == derived


def test_no_label_begins_with_another() -> None:
    for one, other in permutations(Purpose, 2):
        assert not one.label.startswith(other.label)


def test_no_label_can_be_a_text_of_the_audit_chain() -> None:
    assert all(
        len(purpose.label) < len(audit_chain.EMPTY_HEAD) for purpose in Purpose if purpose.kind is not SecretKind.TOKEN
    )


def test_what_is_of_every_secret_is_derived_from_each() -> None:
    with pytest.raises(ValueError, match="FINGERPRINT"):
        SECRETS.derive(Purpose.FINGERPRINT)


def test_two_purposes_and_two_texts_share_nothing() -> None:
    found = {SECRETS.derive(purpose, told) for purpose in Purpose if purpose.kind for told in (b"", b"a", b"b")}
    assert len(found) == 3 * (len(Purpose) - 1)
