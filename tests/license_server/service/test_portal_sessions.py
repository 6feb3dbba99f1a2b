"""Who is signed in to the portal, until when, and what does a kept cookie open? (protocol §8)"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from license_server import policy
from license_server.errors import LicenseKeyMalformed, LicenseNotFound, RateLimited
from license_server.records import AuditFilter, License
from license_server.secret_purposes import SecretKind
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.license.license_key_lookup import is_of_key, key_tag
from license_server.service.operating import audit_log
from license_server.service.portal_sessions import Over, SignedIn, current, end, end_all, sign_in
from license_server.store import tables
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import flaws
from tests.license_server.other_secrets import with_another_secret
from tests.license_server.site import ADDRESS, key_of
from theme_license.license_key import new_license_key

# --- signing in ---


def test_the_key_opens_its_license_as_it_was_pasted(context: Context, issue: Issue) -> None:
    issued = issue()
    typed = f"  {key_of(issued).lower().replace('-', ' ')}\n"
    assert sign_in(context, typed, address=ADDRESS).license.id == issued.license.id


@pytest.mark.parametrize("change", [lifecycle.suspend, lifecycle.revoke])
def test_an_owner_may_look_at_a_license_that_is_not_in_good_standing(
    context: Context, issue: Issue, change: Callable[..., License]
) -> None:
    issued = issue()
    change(context, issued.license.id, reason="chargeback")
    found = sign_in(context, key_of(issued), address=ADDRESS)
    assert found.license.status_reason == "chargeback"


def test_an_owner_may_look_after_the_term(context: Context, issue: Issue, clock: Clock) -> None:
    issued = issue(term="30d")
    clock.now += 31 * policy.DAY
    assert sign_in(context, key_of(issued), address=ADDRESS).license.id == issued.license.id


@pytest.mark.parametrize("is_key", [True, False])
def test_guesses_count_by_address(context: Context, issue: Issue, is_key: bool) -> None:
    issued = issue()
    for _ in range(20):
        text = new_license_key(context.random_bytes).text("JNH") if is_key else "JNH-7XS2K"
        with pytest.raises(LicenseNotFound if is_key else LicenseKeyMalformed):
            sign_in(context, text, address=ADDRESS)
    with pytest.raises(RateLimited) as refused:
        sign_in(context, "JNH-7XS2K", address=ADDRESS)
    assert refused.value.retry_after == 600
    assert sign_in(context, key_of(issued), address=ADDRESS).license.id == issued.license.id


def test_sign_ins_count_apart_from_what_sites_do_and_for_their_address(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site(domains=3)
    for _ in range(63):
        sign_in(context, owner.key, address=ADDRESS)
    with pytest.raises(RateLimited) as refused:
        sign_in(context, owner.key, address=ADDRESS)
    assert refused.value.counted_by == "key"
    assert replace(owner, address=ADDRESS).activate().status_code == 201
    sign_in(context, owner.key, address="2001:db8::1")
    clock.now += 3_600
    sign_in(context, owner.key, address=ADDRESS)


# --- how long it lasts ---


@pytest.fixture
def signed_in(context: Context, issue: Issue) -> SignedIn:
    return sign_in(context, key_of(issue()), address=ADDRESS)


def use(context: Context, signed_in: SignedIn, used_at: int = START) -> Over | None:
    """Open a page with a cookie that was last used at ``used_at``; return why it opens nothing."""
    found = current(context, signed_in.secret, used_at=used_at)
    return found if isinstance(found, Over) else None


def test_a_session_ends_fifteen_minutes_after_its_last_use(context: Context, signed_in: SignedIn, clock: Clock) -> None:
    clock.now += 59
    assert use(context, signed_in) is None
    clock.now += 15 * 60 - 1
    assert use(context, signed_in, used_at=START + 59) is None
    clock.now += 15 * 60
    assert use(context, signed_in, used_at=clock.now - 15 * 60) is Over.TIMED_OUT


def test_a_kept_cookie_is_told_the_last_use_by_the_database(
    context: Context, signed_in: SignedIn, clock: Clock
) -> None:
    clock.now += 60
    assert use(context, signed_in) is None
    clock.now += 15 * 60 - 1
    assert use(context, signed_in) is None
    clock.now += 15 * 60
    assert use(context, signed_in) is Over.TIMED_OUT


def test_a_session_ends_after_twelve_hours_of_steady_use(context: Context, signed_in: SignedIn, clock: Clock) -> None:
    for _ in range(12 * 6 - 1):
        clock.now += 600
        assert use(context, signed_in, used_at=clock.now - 600) is None
    clock.now += 599
    assert use(context, signed_in, used_at=clock.now - 599) is None
    clock.now += 1
    assert use(context, signed_in, used_at=clock.now - 1) is Over.ENDED


def test_the_last_use_is_stored_once_a_minute(context: Context, signed_in: SignedIn, clock: Clock) -> None:
    def stored() -> object:
        with context.store.read() as connection:
            return connection.execute(select(tables.portal_sessions.c.seen_at)).scalar_one()

    clock.now += 59
    use(context, signed_in)
    assert stored() == START
    clock.now += 1
    use(context, signed_in)
    assert stored() == START + 60


# --- how it ends ---


def test_signing_out_ends_one_session_and_leaves_another(context: Context, issue: Issue) -> None:
    key = key_of(issue())
    first, second = (sign_in(context, key, address=ADDRESS) for _ in range(2))
    end(context, first.secret)
    assert use(context, first) is Over.ENDED
    assert use(context, second) is None


def test_signing_out_everywhere_ends_every_session_of_the_license_and_no_other(context: Context, issue: Issue) -> None:
    mine, others = issue(), issue()
    first, second = (sign_in(context, key_of(mine), address=ADDRESS) for _ in range(2))
    stranger = sign_in(context, key_of(others), address=ADDRESS)
    end_all(context, mine.license.id)
    assert [use(context, each) for each in (first, second, stranger)] == [Over.ENDED, Over.ENDED, None]


def test_a_session_ends_when_the_key_is_replaced(context: Context, issue: Issue) -> None:
    issued = issue()
    signed_in = sign_in(context, key_of(issued), address=ADDRESS)
    lifecycle.suspend(context, issued.license.id, reason=None)
    assert use(context, signed_in) is None
    lifecycle.reinstate(context, issued.license.id, reason=None)
    lifecycle.rekey(context, issued.license.id)
    assert use(context, signed_in) is Over.KEY_REPLACED


def test_a_tag_is_of_one_license_one_key_and_one_server(context: Context, issue: Issue, tmp_path: Path) -> None:
    first, second = issue().license, issue().license
    elsewhere = with_another_secret(context, SecretKind.TOKEN, tmp_path / "other")
    swapped = replace(first, key_digest=second.key_digest)
    tags = {key_tag(context, first), key_tag(context, second), key_tag(elsewhere, first), key_tag(context, swapped)}
    assert len(tags) == 4
    assert is_of_key(context, first, key_tag(context, first))
    for other in ("", "é", "\ud800", "0" * 32, key_tag(context, second)):
        assert not is_of_key(context, first, other)


def test_another_secret_opens_nothing(context: Context, signed_in: SignedIn) -> None:
    for secret in ("", "x", signed_in.secret[:-1], signed_in.secret.swapcase(), signed_in.license.id):
        assert current(context, secret, used_at=START) is Over.ENDED


# --- what is kept ---


def test_the_database_holds_a_digest_of_the_secret(context: Context, signed_in: SignedIn) -> None:
    with context.store.read() as connection:
        (row,) = connection.execute(select(tables.portal_sessions))
    assert signed_in.secret not in str(row)
    assert signed_in.secret.encode() not in row.digest
    assert len(row.digest) == 32


def test_what_has_long_ended_is_removed_by_a_later_sign_in(context: Context, issue: Issue, clock: Clock) -> None:
    key = key_of(issue())
    sign_in(context, key, address=ADDRESS)
    clock.now += policy.DAY + 1
    sign_in(context, key, address=ADDRESS)
    with context.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.portal_sessions)).scalar_one() == 1


def test_sign_ins_and_signing_out_everywhere_are_in_the_audit_log(context: Context, issue: Issue) -> None:
    issued = issue()
    signed_in = sign_in(context, key_of(issued), address=ADDRESS)
    sign_in(context, key_of(issued), address=ADDRESS)
    end(context, signed_in.secret)
    end_all(context, issued.license.id)
    found = audit_log.search(context, AuditFilter(chain=issued.license.id, actor="owner"), limit=9)
    told = sorted((entry.number, entry.action, entry.object, entry.details) for entry in found)
    assert [entry[1:] for entry in told] == [
        ("sign_in", issued.license.id, "{}"),
        ("sign_in", issued.license.id, "{}"),
        ("sign_out_everywhere", issued.license.id, '{"sessions":1}'),
    ]
    assert flaws(context) == []
