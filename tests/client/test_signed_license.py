"""What follows from each verdict, and that reading and writing claims are each other's inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theme_license.signed_license import MAX_INTEGER, Environment, SignedLicense, Status, Verdict, VerdictCode, judge

OK = {"valid", "valid_in_grace", "development", "expired_term", "clock_behind"}
OWN_CARD = {"suspended", "revoked", "wrong_domain"}

times = st.integers(0, MAX_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
licenses = st.builds(
    SignedLicense,
    issuer=texts,
    license_id=texts,
    activation_id=texts,
    domain=texts,
    product=texts,
    plan=texts,
    environment=st.sampled_from(Environment),
    status=st.sampled_from(Status),
    issued_at=times,
    lease_ends_at=times,
    grace_seconds=times,
    refresh_at=st.none() | times,
    term_ends_at=st.none() | times,
    features=st.lists(texts, max_size=3).map(tuple),
    nonce=st.none() | texts,
)


@given(licenses)
def test_claims_read_back(license: SignedLicense) -> None:
    assert SignedLicense.from_claims(license.to_claims()) == license


@given(licenses, times)
def test_every_license_gets_one_verdict_at_every_time(license: SignedLicense, now: int) -> None:
    verdict = judge(license, product=license.product, domain=license.domain, now=now)
    assert verdict.license == license
    if verdict.code is VerdictCode.VALID:
        assert license.status is Status.ACTIVE
        assert now < license.lease_ends_at


@given(licenses, times)
def test_another_domain_is_never_ok(license: SignedLicense, now: int) -> None:
    assert not judge(license, product=license.product, domain=f"{license.domain}x", now=now).ok


@pytest.mark.parametrize("code", VerdictCode)
def test_ok_and_notice_by_verdict(code: VerdictCode) -> None:
    verdict = Verdict(code, None, "news.example.com")
    assert verdict.ok is (code in OK)
    assert verdict.needs_notice is (code not in OK | OWN_CARD)
