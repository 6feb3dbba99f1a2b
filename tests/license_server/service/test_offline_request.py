"""The request of a site that cannot call out, and the license that its owner carries back (protocol §8).

Promise: a request for an offline license that is malformed, stale, or wants its answer elsewhere.
"""

import base64
import json
from collections.abc import Callable

import pytest

from license_server import policy
from license_server.errors import (
    DomainNotAllowed,
    LicenseExpired,
    LicenseKeyMalformed,
    LicenseNotFound,
    LicenseRevoked,
    LicenseSuspended,
    MovesExhausted,
    NoActivationsLeft,
    ProductMismatch,
    RateLimited,
    RequestInvalid,
    RequestOld,
    RequestUnreadable,
    ReturnElsewhere,
    ServiceError,
)
from license_server.service import catalogue, owners
from license_server.service.activation import activation_lookup, offline
from license_server.service.activation.offline import OfflineLicense
from license_server.service.activation.offline_request import MAX_BYTES, OfflineRequest, parse_request
from license_server.service.context import Context
from license_server.service.license import license_lookup, lifecycle, locked_license
from license_server.service.license.license_key_lookup import prove
from license_server.service.operating import signing_keys
from tests.license_server.conftest import START, Clock, NewSite
from tests.license_server.ledger import activated, counters, entries_of, license_of, staged, told
from tests.license_server.owner import NONCE
from tests.license_server.site import ADDRESS, Site, code, verdict
from theme_license.domain import parse_domain
from theme_license.license_key import new_license_key
from theme_license.signed_license import SignedLicense
from theme_license.wire import encode_segment

MEMBERS: dict[str, object] = {
    "v": 1,
    "product": "jannah",
    "domain": "news.example.com",
    "nonce": NONCE,
    "iat": START,
    "return_url": "https://www.news.example.com/admin/license?x=1",
}


def text(**changes: object) -> str:
    members = {name: value for name, value in {**MEMBERS, **changes}.items() if value is not ...}
    return encode_segment(json.dumps(members).encode())


def request(domain: str = "news.example.com", **changes: object) -> OfflineRequest:
    return parse_request(text(**{"domain": domain, "return_url": None, **changes}), now=START)


# --- reading one ---


def test_a_request_says_what_is_asked() -> None:
    assert parse_request(text(), now=START) == OfflineRequest(
        product="jannah",
        domain=parse_domain("news.example.com"),
        nonce=NONCE,
        made_at=START,
        return_url="https://www.news.example.com/admin/license?x=1",
    )
    assert parse_request(f" {text(return_url=None)}\r\n", now=START).return_url is None


def test_unknown_members_are_for_later_versions() -> None:
    assert parse_request(text(theme="1.0"), now=START) == parse_request(text(), now=START)


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": True},
        {"v": 1.0},
        {"v": "1"},
        {"v": ...},
        {"product": ...},
        {"product": 7},
        {"product": ""},
        {"product": "<b>"},
        {"domain": ...},
        {"domain": None},
        {"domain": "a..b"},
        {"domain": "News.example.com"},
        {"domain": "www.news.example.com"},
        {"domain": "https://news.example.com"},
        {"nonce": ...},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": NONCE[:-1]},
        {"nonce": NONCE + "A"},
        {"nonce": NONCE[:-1] + "9"},
        {"nonce": NONCE[:-1] + "="},
        {"nonce": encode_segment(bytes(31))},
        {"nonce": encode_segment(bytes(33))},
        {"iat": ...},
        {"iat": None},
        {"iat": True},
        {"iat": float(START)},
        {"iat": str(START)},
        {"iat": -1},
        {"return_url": ...},
        {"return_url": 7},
        {"return_url": ["https://news.example.com/"]},
        {"product": "\ud800"},
        {"theme": "\0"},
        {"theme": [[]] * 80},
        {"theme": float("nan")},
        {"theme": "x" * MAX_BYTES},
    ],
)
def test_a_member_that_is_not_as_it_must_be_makes_it_none(changes: dict[str, object]) -> None:
    with pytest.raises(RequestUnreadable):
        parse_request(text(**changes), now=START)


GOOD = json.dumps(MEMBERS).encode()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "https://licenses.example.com/portal/activate?request=abc",
        text() + "=",
        text() + "!",
        text().replace("e", "é", 1),
        text()[:40] + "\n" + text()[40:],
        encode_segment(b""),
        encode_segment(b"[]"),
        encode_segment(b"null"),
        encode_segment(b"\xef\xbb\xbf" + GOOD),
        encode_segment(GOOD + b"x"),
        encode_segment(GOOD + GOOD),
        encode_segment(GOOD[:-1]),
        encode_segment(GOOD[:-1] + b', "v": 1}'),
        encode_segment(GOOD[:-1] + b', "domain": "evil.example.org"}'),
        encode_segment(GOOD[:-1] + b', "x": {"y": 1, "y": 2}}'),
        encode_segment(GOOD.decode().encode("utf-16")),
        encode_segment(b"[" * 3_000),
        encode_segment(b'{"v": ' + b"9" * 4_000 + b"}"),
    ],
)
def test_what_is_not_one_strict_object_in_base64url_is_none(wrong: str) -> None:
    with pytest.raises(RequestUnreadable) as refused:
        parse_request(wrong, now=START)
    assert refused.value.code == "request_unreadable"
    assert not wrong or wrong not in str(refused.value)


def test_every_other_spelling_of_the_same_bytes_is_refused() -> None:
    for extra in (" ", "  ", "   "):
        good = encode_segment(GOOD + extra.encode())
        if len(good) % 4:
            break
    last = good[-1]
    others = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" if letter != last]
    same = [letter for letter in others if base64.urlsafe_b64decode(good[:-1] + letter + "==")[: len(GOOD)] == GOOD]
    assert same
    for letter in same:
        with pytest.raises(RequestUnreadable):
            parse_request(good[:-1] + letter, now=START)


def test_the_longest_request_is_read_and_one_byte_more_is_not() -> None:
    room = MAX_BYTES - len(json.dumps({**MEMBERS, "theme": ""}).encode())
    assert parse_request(text(theme="x" * room), now=START).product == "jannah"
    with pytest.raises(RequestUnreadable):
        parse_request(text(theme="x" * (room + 1)), now=START)


@pytest.mark.parametrize(("age", "is_old"), [(86_400, False), (86_401, True), (-86_400, False), (-86_401, True)])
def test_a_request_lasts_24_hours_by_either_clock(age: int, is_old: bool) -> None:
    if not is_old:
        assert parse_request(text(), now=START + age).made_at == START
        return
    with pytest.raises(RequestOld) as refused:
        parse_request(text(), now=START + age)
    assert refused.value.code == "request_old"


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example.com",
        "HTTPS://NEWS.example.com/",
        "https://www.news.example.com:8443/a?b=%23c",
        "https://news.example.com./",
        "https://news.example.com/?next=https://evil.example.org/@",
        "https://news.example.com/" + "x" * 1_975,
    ],
)
def test_the_answer_goes_to_the_site_itself(url: str) -> None:
    assert parse_request(text(return_url=url), now=START).return_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/admin",
        "//news.example.com/",
        "news.example.com/",
        "https:/news.example.com/",
        "https:news.example.com/",
        "https:///news.example.com/",
        "javascript://news.example.com/%0aalert(1)",
        "ftp://news.example.com/",
        "data:text/html,news.example.com",
        "https://evil.example.org/",
        "https://news.example.com.evil.example.org/",
        "https://evil.news.example.com/",
        "https://news.example.com@evil.example.org/",
        "https://evil.example.org@news.example.com/",
        "https://user:password@news.example.com/",
        "https://@news.example.com/",
        "https://evil.example.org\\@news.example.com/",
        "https://news.example.com\\.evil.example.org/",
        "https://news.example.com/\\evil",
        "https://news.example.com:https@evil.example.org/",
        "https://news.example.com:99999/",
        "https://news.example.com/#",
        "https://news.example.com/#part",
        "https://evil.example.org/#@news.example.com/",
        "https://evil.example.org?@news.example.com/",
        "https://evil.example.org%2f@news.example.com/",
        "https://news.example.com%2eevil.example.org/",
        "https://news.example.com/\r\nSet-Cookie: a=b",
        "https://evil.example.org\t@news.example.com/",
        "https://new\ts.example.com/",
        " https://news.example.com/",
        "https://news.example.com/ x",
        "https://news.example.com/\x7f",
        "https://news。example。com/",
        "https://news.example.com/é",
        "https://[::1/",
        "https://news.example.com/" + "x" * 1_976,
    ],
)
def test_a_return_url_that_could_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ReturnElsewhere) as refused:
        parse_request(text(return_url=url), now=START)
    assert refused.value.code == "return_elsewhere"


# --- answering one ---


@pytest.fixture
def answer(context: Context) -> Callable[..., OfflineLicense]:
    """Answer a request with the key of a site: ``answer(owner, "a.example.com", replaces=…)``."""

    def answer(owner: Site, domain: str = "news.example.com", *, replaces: str | None = None) -> OfflineLicense:
        proof = prove(context, owner.key, address=ADDRESS)
        return offline.answer(context, request(domain), proof, replaces=replaces, address=ADDRESS)

    return answer


Answer = Callable[..., OfflineLicense]


def license_in(context: Context, made: OfflineLicense) -> SignedLicense:
    found = verdict(made.text, signing_keys.public_keys(context), now=START).license
    assert found is not None
    return found


def test_the_answer_is_for_this_request_and_is_never_refreshed(context: Context, site: NewSite, answer: Answer) -> None:
    owner = site(term="30d")
    made = answer(owner)
    signed, end = license_in(context, made), START + 30 * policy.DAY
    assert (signed.nonce, signed.refresh_at, signed.lease_ends_at, signed.term_ends_at) == (NONCE, None, end, end)
    assert (signed.domain, signed.environment, signed.activation_id) == (
        "news.example.com",
        "production",
        made.activation.id,
    )
    assert made.until == end + 14 * policy.DAY
    assert verdict(made.text, signing_keys.public_keys(context), now=START).code == "valid"
    assert counters(context, owner) == (1, 0, 0)
    assert activation_lookup.find(context, made.activation.id) == made.activation


def test_that_of_a_perpetual_license_lasts_400_days(context: Context, site: NewSite, answer: Answer) -> None:
    made = answer(site(term="perpetual"))
    assert license_in(context, made).lease_ends_at == START + 400 * policy.DAY


def test_the_same_domain_again_is_free(context: Context, site: NewSite, answer: Answer) -> None:
    owner = site()
    assert answer(owner).activation.id == answer(owner).activation.id == activated(owner)
    assert counters(context, owner) == (1, 0, 0)


def test_it_is_the_owners_in_the_audit_log(context: Context, site: NewSite, answer: Answer) -> None:
    owner = site()
    made = answer(owner)
    entries = entries_of(context, made.license.id)
    assert [(entry.actor, entry.action) for entry in entries[1:]] == [
        ("owner", "activate"),
        ("owner", "sign_offline"),
    ]
    assert told(context, owner)[1] == "signed an offline license for news.example.com, until 2028-01-29"
    found = license_lookup.find(context, made.license.id)
    assert (made.license.audit_count, entries[-1].mac) == (found.audit_count, found.audit_head)


def test_nobody_gets_its_place_before_its_end(context: Context, site: NewSite, answer: Answer) -> None:
    owner = site()
    made = answer(owner)
    owners.release(context, made.license.id, made.activation.id)
    assert code(site("b.example.com", of=owner).activate()) == "no_activations_left"


def test_an_earlier_one_that_lasts_longer_holds_the_place_to_its_end(
    context: Context, site: NewSite, answer: Answer
) -> None:
    owner = site(grace_days=90)
    first = answer(owner)
    single = catalogue.find_plan(context, "jannah", "single")
    lifecycle.change_plan(context, first.license.id, single)
    again = answer(owner)
    assert again.until < first.until
    assert activation_lookup.find(context, again.activation.id).offline_until == first.until


def test_without_a_place_it_lists_what_can_be_moved(context: Context, site: NewSite, answer: Answer) -> None:
    owner = site("a.example.com", staging_domains=1)
    taken = activated(owner)
    staged(site("staging.example.com", of=owner))
    with pytest.raises(NoActivationsLeft) as refused:
        answer(owner)
    assert [item.id for item in refused.value.holding] == [taken]
    made = answer(owner, replaces=taken)
    assert counters(context, owner) == (1, 0, 1)
    assert told(context, owner)[-3] == f"moved away from a.example.com to {made.activation.id}"


def test_its_moves_are_counted(site: NewSite, answer: Answer) -> None:
    owner = site("a.example.com", moves_per_year=0)
    taken = activated(owner)
    with pytest.raises(MovesExhausted):
        answer(owner, replaces=taken)


def test_a_test_copy_becomes_the_site(context: Context, site: NewSite, answer: Answer) -> None:
    owner = site("news.example.com", staging_domains=1)
    copy = staged(owner)
    made = answer(owner)
    assert (made.activation.id, made.activation.environment) == (copy, "production")
    assert counters(context, owner) == (1, 0, 0)


def test_another_licenses_activation_is_not_replaced(site: NewSite, answer: Answer) -> None:
    with pytest.raises(RequestInvalid):
        answer(site("a.example.com"), replaces=activated(site("b.example.com")))


def test_after_the_term_there_is_none_even_for_a_domain_in_use(
    context: Context, site: NewSite, answer: Answer, clock: Clock
) -> None:
    owner = site(term="30d")
    activated(owner)
    clock.now += 30 * policy.DAY
    with pytest.raises(LicenseExpired) as refused:
        answer(owner)
    assert refused.value.license.term_ends_at == START + 30 * policy.DAY
    assert told(context, owner) == ["activated news.example.com (production)"]


@pytest.mark.parametrize(
    ("change", "refusal"), [(lifecycle.suspend, LicenseSuspended), (lifecycle.revoke, LicenseRevoked)]
)
def test_a_license_that_is_not_in_good_standing_has_none(
    context: Context, site: NewSite, answer: Answer, change: Callable[..., object], refusal: type[ServiceError]
) -> None:
    owner = site()
    change(context, license_of(context, owner).id, reason=None)
    with pytest.raises(refusal):
        answer(owner)
    assert counters(context, owner) == (0, 0, 0)


def test_a_preview_says_what_an_answer_would_do_and_does_nothing(
    context: Context, site: NewSite, answer: Answer, clock: Clock
) -> None:
    owner = site("old.example.com")
    old = activated(owner)
    license_id, proof = license_of(context, owner).id, prove(context, owner.key, address=ADDRESS)
    before = (counters(context, owner), entries_of(context, license_id))
    for replaces in (old, None):
        if replaces is None:
            with pytest.raises(NoActivationsLeft):
                offline.preview(context, request(), proof, replaces=None, address=ADDRESS)
        else:
            seen = offline.preview(context, request(), proof, replaces=replaces, address=ADDRESS)
            assert seen.moved_from == "old.example.com"
    assert (counters(context, owner), entries_of(context, license_id)) == before
    assert answer(owner, replaces=old).activation.offline_until == seen.held_until
    again = offline.preview(context, request(), proof, replaces=old, address=ADDRESS)
    assert (again.moved_from, again.held_until) == (None, seen.held_until)


def test_a_proof_is_worth_nothing_once_the_key_is_replaced(context: Context, site: NewSite) -> None:
    owner = site()
    proof = prove(context, owner.key, address=ADDRESS)
    lifecycle.rekey(context, license_of(context, owner).id)
    for use in (offline.answer, offline.preview):
        with pytest.raises(LicenseNotFound):
            use(context, request(), proof, replaces=None, address=ADDRESS)


def test_previews_are_calls_of_the_key(context: Context, site: NewSite) -> None:
    proof = prove(context, site().key, address=ADDRESS)
    for _ in range(61):
        offline.preview(context, request(), proof, replaces=None, address=ADDRESS)
    with pytest.raises(RateLimited):
        offline.preview(context, request(), proof, replaces=None, address=ADDRESS)


def test_a_key_of_another_product_is_told_so(context: Context, site: NewSite) -> None:
    proof = prove(context, site().key, address=ADDRESS)
    with pytest.raises(ProductMismatch):
        offline.answer(context, request(product="sahifa"), proof, replaces=None, address=ADDRESS)


@pytest.mark.parametrize("domain", ["co.uk", "localhost", "8.8.8.8"])
def test_a_domain_that_takes_no_license_has_none(site: NewSite, answer: Answer, domain: str) -> None:
    with pytest.raises(DomainNotAllowed):
        answer(site(), domain)


@pytest.mark.parametrize("is_key", [True, False])
def test_guesses_count_by_address(context: Context, site: NewSite, answer: Answer, is_key: bool) -> None:
    owner = site()
    for _ in range(20):
        typed = new_license_key(context.random_bytes).text("JNH") if is_key else "JNH-7XS2K"
        with pytest.raises(LicenseNotFound if is_key else LicenseKeyMalformed):
            prove(context, typed, address=ADDRESS)
    with pytest.raises(RateLimited):
        prove(context, typed, address=ADDRESS)
    assert answer(owner).license.id == license_of(context, owner).id


def test_the_same_domain_is_signed_again_60_times_an_hour_and_once_a_domain(site: NewSite, answer: Answer) -> None:
    owner = site(domains=2)
    for _ in range(1 + 62):
        answer(owner)
    with pytest.raises(RateLimited) as refused:
        answer(owner)
    assert refused.value.counted_by == "key"
    assert answer(owner, "other.example.org").activation.domain == "other.example.org"


def test_60_refusals_an_hour_are_told_and_the_next_calls_find_no_lock(
    context: Context, site: NewSite, answer: Answer
) -> None:
    owner = site()
    for _ in range(60):
        with pytest.raises(DomainNotAllowed):
            answer(owner, "8.8.8.8")
    with context.store.write() as connection:
        locked_license.require(context, connection, license_of(context, owner).id)
        with pytest.raises(RateLimited):
            answer(owner)
