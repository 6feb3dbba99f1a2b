"""The owner's portal without its pages: what whoever typed a license key may see, release, take back and report."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from license_server import policy
from license_server.cli.audit_words import in_words
from license_server.errors import (
    DomainNotAllowed,
    LicenseExpired,
    LicenseKeyMalformed,
    LicenseNotFound,
    LicenseRevoked,
    LicenseSuspended,
    NoActivationsLeft,
    NotFound,
    RateLimited,
    ServiceError,
    UndoOver,
)
from license_server.records import License
from license_server.secret_purposes import SecretKind
from license_server.service import owners
from license_server.service.activation import activation_lookup, offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import license_lookup, lifecycle
from license_server.service.operating import audit_log
from license_server.web.app import create_app
from tests.license_server.conftest import START, Clock, Issue, NewSite
from tests.license_server.ledger import activated, counters, entries_of, flaws, license_of, staged, told
from tests.license_server.other_secrets import with_another_secret
from tests.license_server.site import ADDRESS, Site, claims, code, key_of
from theme_license.license_key import new_license_key

undo = partial(owners.undo, address=ADDRESS)


def lid(context: Context, site: Site) -> str:
    return license_of(context, site).id


# --- signing in ---


def test_the_key_opens_its_license_as_it_was_pasted(context: Context, issue: Issue) -> None:
    issued = issue()
    typed = f"  {key_of(issued).lower().replace('-', ' ')}\n"
    assert owners.sign_in(context, typed, address=ADDRESS).id == issued.license.id


@pytest.mark.parametrize("change", [lifecycle.suspend, lifecycle.revoke])
def test_an_owner_may_look_at_a_license_that_is_not_in_good_standing(
    context: Context, issue: Issue, change: Callable[..., License]
) -> None:
    issued = issue()
    change(context, issued.license.id, reason="chargeback")
    found = owners.sign_in(context, key_of(issued), address=ADDRESS)
    assert found.status_reason == "chargeback"


def test_an_owner_may_look_after_the_term(context: Context, issue: Issue, clock: Clock) -> None:
    issued = issue(term="30d")
    clock.now += 31 * policy.DAY
    assert owners.sign_in(context, key_of(issued), address=ADDRESS).id == issued.license.id


@pytest.mark.parametrize("is_key", [True, False])
def test_guesses_count_by_address(context: Context, issue: Issue, is_key: bool) -> None:
    issued = issue()
    for _ in range(20):
        text = new_license_key(context.random_bytes).text("JNH") if is_key else "JNH-7XS2K"
        with pytest.raises(LicenseNotFound if is_key else LicenseKeyMalformed):
            owners.sign_in(context, text, address=ADDRESS)
    with pytest.raises(RateLimited) as refused:
        owners.sign_in(context, "JNH-7XS2K", address=ADDRESS)
    assert refused.value.retry_after == 600
    assert owners.sign_in(context, key_of(issued), address=ADDRESS).id == issued.license.id


def test_sign_ins_count_apart_from_what_sites_do_and_for_their_address(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site(domains=3)
    for _ in range(63):
        owners.sign_in(context, owner.key, address=ADDRESS)
    with pytest.raises(RateLimited) as refused:
        owners.sign_in(context, owner.key, address=ADDRESS)
    assert refused.value.counted_by == "key"
    assert replace(owner, address=ADDRESS).activate().status_code == 201
    owners.sign_in(context, owner.key, address="2001:db8::1")
    clock.now += 3_600
    owners.sign_in(context, owner.key, address=ADDRESS)


# --- the session ---


def test_a_session_ends_when_the_key_is_replaced(context: Context, issue: Issue) -> None:
    issued = issue()
    tag = owners.key_tag(context, issued.license)
    found = owners.is_current(context, issued.license.id, tag)
    assert found is not None
    assert found.id == issued.license.id
    lifecycle.suspend(context, issued.license.id, reason=None)
    assert owners.is_current(context, issued.license.id, tag) is not None
    lifecycle.reinstate(context, issued.license.id, reason=None)
    lifecycle.rekey(context, issued.license.id)
    assert owners.is_current(context, issued.license.id, tag) is None


def test_a_tag_is_of_one_license_and_one_server(context: Context, issue: Issue, tmp_path: Path) -> None:
    first, second = issue().license, issue().license
    tag = owners.key_tag(context, first)
    assert owners.is_current(context, second.id, tag) is None
    elsewhere = with_another_secret(context, SecretKind.TOKEN, tmp_path / "other")
    assert owners.is_current(elsewhere, first.id, tag) is None
    swapped = replace(first, key_digest=second.key_digest)
    assert owners.key_tag(context, swapped) not in (tag, owners.key_tag(context, second))


@pytest.mark.parametrize("tag", ["", "é", "\ud800", "0" * 32])
def test_no_other_text_is_a_tag(context: Context, issue: Issue, tag: str) -> None:
    assert owners.is_current(context, issue().license.id, tag) is None


def test_a_session_of_no_license_is_none(context: Context) -> None:
    assert owners.is_current(context, "JNH-B0F6R", "0" * 32) is None


# --- the overview ---


def test_the_overview_shows_what_is_in_use_and_the_moves(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", domains=2, moves_per_year=2)
    first = activated(owner)
    clock.now += 1
    second = activated(site("b.example.com", of=owner))
    seen = owners.overview(context, lid(context, owner))
    assert [(one.activation.id, one.is_held, one.undo_until) for one in seen.activations] == [
        (first, False, None),
        (second, False, None),
    ]
    assert (seen.license.used, seen.moves_allowed, seen.moves_left, seen.next_move_at) == (2, 2, 2, None)
    for domain in ("c.example.com", "d.example.com"):
        assert site(domain, of=owner).activate(replaces=first).status_code == 201
        first = owners.overview(context, lid(context, owner)).activations[-1].activation.id
        clock.now += policy.DAY
    seen = owners.overview(context, lid(context, owner))
    assert (seen.moves_left, seen.next_move_at) == (0, START + 1 + policy.MOVE_WINDOW)
    clock.now = START + 1 + policy.MOVE_WINDOW
    seen = owners.overview(context, lid(context, owner))
    assert (seen.moves_left, seen.next_move_at) == (1, None)


def test_what_the_owner_released_is_shown_for_24_hours(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    (shown,) = owners.overview(context, lid(context, owner)).activations
    assert (shown.activation.id, shown.is_held, shown.undo_until) == (activation_id, False, START + policy.DAY)
    clock.now += policy.DAY - 1
    assert len(owners.overview(context, lid(context, owner)).activations) == 1
    clock.now += 1
    assert owners.overview(context, lid(context, owner)).activations == ()


@pytest.mark.parametrize("by", ["site", "vendor"])
def test_what_another_released_is_not_shown(context: Context, site: NewSite, by: str) -> None:
    owner = site()
    activation_id = activated(owner)
    owner.deactivate(owner.token()) if by == "site" else vendor_release.release(context, activation_id)
    assert owners.overview(context, lid(context, owner)).activations == ()


def test_a_place_that_an_offline_license_holds_is_shown_to_its_end(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site(term="30d")
    made = offline.sign(context, lid(context, owner), owner.domain)
    owner.deactivate(owner.token())
    (shown,) = owners.overview(context, lid(context, owner)).activations
    assert (shown.is_held, shown.activation.offline_until, shown.undo_until) == (True, made.until, None)
    clock.now = made.until
    assert owners.overview(context, lid(context, owner)).activations == ()


def test_a_domain_is_shown_once_and_the_one_in_use_goes_before(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    for _ in range(2):
        released = activated(owner)
        clock.now += 1
        owners.release(context, lid(context, owner), released)
    (shown,) = owners.overview(context, lid(context, owner)).activations
    assert shown.activation.id == released
    in_use = activated(owner)
    (shown,) = owners.overview(context, lid(context, owner)).activations
    assert (shown.activation.id, shown.undo_until) == (in_use, None)


def test_no_license_has_no_overview(context: Context) -> None:
    with pytest.raises(NotFound):
        owners.overview(context, "lic_" + "0" * 24)


# --- releasing ---


def test_an_owners_release_frees_the_place_as_the_owners(context: Context, site: NewSite) -> None:
    owner = site(moves_per_year=0)
    released = owners.release(context, lid(context, owner), activated(owner))
    assert (released.released_at, released.released_by) == (START, "owner")
    assert counters(context, owner) == (0, 1, 0)
    assert told(context, owner)[-1] == "released news.example.com"
    assert code(site("b.example.com", of=owner).activate()) == "moves_exhausted"


def test_releasing_twice_answers_the_same_and_does_nothing_more(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    activation_id = activated(owner)
    first = owners.release(context, lid(context, owner), activation_id)
    clock.now += 1
    assert owners.release(context, lid(context, owner), activation_id) == first
    assert counters(context, owner) == (0, 1, 0)
    assert told(context, owner).count("released news.example.com") == 1


def test_an_owner_may_release_a_suspended_license(context: Context, site: NewSite) -> None:
    owner = site()
    activation_id = activated(owner)
    lifecycle.suspend(context, lid(context, owner), reason=None)
    assert owners.release(context, lid(context, owner), activation_id).released_by == "owner"


def test_an_owner_does_not_get_the_place_of_an_offline_license(context: Context, site: NewSite) -> None:
    owner = site()
    made = offline.sign(context, lid(context, owner), owner.domain)
    owners.release(context, lid(context, owner), made.activation.id)
    assert counters(context, owner) == (1, 0, 0)


@pytest.mark.parametrize("verb", [owners.release, undo, owners.report])
def test_another_licenses_activation_is_not_found(
    context: Context, site: NewSite, issue: Issue, verb: Callable[..., object]
) -> None:
    owner = site()
    activation_id = activated(owner)
    for wrong in (activation_id, "act_" + "0" * 24, "JNH-B0F6R"):
        with pytest.raises(NotFound) as refused:
            verb(context, issue().license.id, wrong)
        assert wrong not in str(refused.value)
    assert told(context, owner) == ["activated news.example.com (production)"]


# --- taking a release back ---


def test_within_24_hours_a_release_can_be_taken_back_and_the_token_is_genuine(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site()
    token = owner.token()
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    answer = owner.refresh(token)
    assert claims(answer)["status"] == "released"
    assert answer.get_json()["activation"]["undo_until"] == "2027-01-16T08:00:00Z"
    clock.now += policy.DAY - 1
    undone = undo(context, lid(context, owner), activation_id)
    assert (undone.id, undone.released_at, undone.released_by) == (activation_id, None, None)
    assert activation_lookup.find(context, activation_id) == undone
    assert counters(context, owner) == (1, 0, 0)
    answer = owner.refresh(token)
    assert claims(answer)["status"] == "active"
    assert "undo_until" not in answer.get_json()["activation"]
    assert told(context, owner)[-1] == "took back the release of news.example.com"


def test_after_24_hours_it_is_over(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    token = owner.token()
    released = owners.release(context, lid(context, owner), activated(owner))
    clock.now += policy.DAY
    with pytest.raises(UndoOver):
        undo(context, lid(context, owner), released.id)
    assert "undo_until" not in owner.refresh(token).get_json()["activation"]
    assert counters(context, owner) == (0, 1, 0)


@pytest.mark.parametrize("by", ["site", "vendor", "move"])
def test_only_an_owners_release_is_taken_back(context: Context, site: NewSite, by: str) -> None:
    owner = site()
    token = owner.token()
    activation_id = activated(owner)
    if by == "site":
        owner.deactivate(token)
    elif by == "vendor":
        vendor_release.release(context, activation_id)
    else:
        assert site("b.example.com", of=owner).activate(replaces=activation_id).status_code == 201
    assert "undo_until" not in owner.refresh(token).get_json()["activation"]
    with pytest.raises(UndoOver):
        undo(context, lid(context, owner), activation_id)


def test_only_a_refresh_tells_until_when(context: Context, site: NewSite) -> None:
    owner = site()
    token = owner.token()
    owners.release(context, lid(context, owner), activated(owner))
    assert "undo_until" not in owner.deactivate(token).get_json()["activation"]
    assert "undo_until" in owner.refresh(token).get_json()["activation"]


def test_taking_back_twice_is_harmless(context: Context, site: NewSite) -> None:
    owner = site()
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    first = undo(context, lid(context, owner), activation_id)
    assert undo(context, lid(context, owner), activation_id) == first
    assert counters(context, owner) == (1, 0, 0)
    assert told(context, owner).count("took back the release of news.example.com") == 1


def test_it_needs_a_place_that_is_free(context: Context, site: NewSite) -> None:
    owner = site()
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    activated(site("b.example.com", of=owner))
    with pytest.raises(NoActivationsLeft) as refused:
        undo(context, lid(context, owner), activation_id)
    assert refused.value.license.used == 1
    assert counters(context, owner) == (1, 0, 0)


def test_it_is_no_move_and_leaves_none_to_be_made_freely(context: Context, site: NewSite) -> None:
    owner = site("a.example.com", domains=2, moves_per_year=1)
    first = activated(owner)
    owners.release(context, lid(context, owner), first)
    second = activated(site("b.example.com", of=owner))  # takes the place that nobody had
    undo(context, lid(context, owner), first)
    assert counters(context, owner) == (2, 0, 0)
    assert owners.overview(context, lid(context, owner)).moves_left == 1
    owners.release(context, lid(context, owner), second)
    activated(site("c.example.com", of=owner))
    assert owners.overview(context, lid(context, owner)).moves_left == 0
    owners.release(context, lid(context, owner), first)
    assert code(site("d.example.com", of=owner).activate()) == "moves_exhausted"


def test_the_domain_may_not_be_in_use_again(context: Context, site: NewSite) -> None:
    owner = site(domains=2)
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    activated(owner)
    with pytest.raises(UndoOver, match="in use again"):
        undo(context, lid(context, owner), activation_id)
    assert counters(context, owner) == (1, 0, 0)


@pytest.mark.parametrize(
    ("change", "refusal"), [(lifecycle.suspend, LicenseSuspended), (lifecycle.revoke, LicenseRevoked)]
)
def test_the_vendors_word_goes_before(
    context: Context, site: NewSite, change: Callable[..., object], refusal: type[ServiceError]
) -> None:
    owner = site()
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    change(context, lid(context, owner), reason="chargeback")
    with pytest.raises(refusal) as refused:
        undo(context, lid(context, owner), activation_id)
    assert refused.value.license.status_reason == "chargeback"
    assert counters(context, owner) == (0, 1, 0)


def test_a_domain_that_takes_no_license_any_more_is_not_taken_back(
    context: Context, site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = site()
    activation_id = activated(owner)
    owners.release(context, lid(context, owner), activation_id)
    monkeypatch.setattr(policy.domains, "decide", lambda domain: policy.DENY_PUBLIC_SUFFIX)
    with pytest.raises(DomainNotAllowed):
        undo(context, lid(context, owner), activation_id)


def test_after_the_term_a_domain_of_the_license_returns(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site(term="30d")
    activation_id = activated(owner)
    clock.now += 31 * policy.DAY
    owners.release(context, lid(context, owner), activation_id)
    undo(context, lid(context, owner), activation_id)
    assert counters(context, owner) == (1, 0, 0)


def test_a_test_copy_gets_a_staging_place_back(context: Context, site: NewSite) -> None:
    owner = site("a.example.com", staging_domains=1)
    activation_id = staged(owner)
    owners.release(context, lid(context, owner), activation_id)
    assert counters(context, owner) == (0, 0, 0)
    assert undo(context, lid(context, owner), activation_id).in_staging_place
    assert counters(context, owner) == (0, 0, 1)


def test_a_test_copy_gets_the_place_that_a_fresh_one_would(context: Context, site: NewSite) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=0)
    copy = site("copy.example.com", of=owner)
    activation_id = staged(copy)
    owners.release(context, lid(context, owner), activation_id)
    staged(site("other.example.com", of=owner))
    assert not undo(context, lid(context, owner), activation_id).in_staging_place
    assert counters(context, owner) == (1, 0, 1)
    assert code(owner.activate()) == "no_activations_left"


@pytest.mark.parametrize("moves", [0, 4])
def test_a_test_copy_does_not_get_an_owners_place_as_a_move(context: Context, site: NewSite, moves: int) -> None:
    owner = site("a.example.com", staging_domains=1, moves_per_year=moves)
    copy = staged(site("copy.example.com", of=owner))
    owners.release(context, lid(context, owner), copy)
    staged(site("other.example.com", of=owner))
    owners.release(context, lid(context, owner), activated(owner))
    with pytest.raises(NoActivationsLeft):
        undo(context, lid(context, owner), copy)
    assert counters(context, owner) == (0, 1, 1)


def test_after_the_term_a_test_copy_gets_no_ordinary_place(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("a.example.com", staging_domains=1, term="30d")
    copy = staged(owner)
    clock.now += 30 * policy.DAY - 1
    owners.release(context, lid(context, owner), copy)
    staged(site("b.example.com", of=owner))
    clock.now += 1
    with pytest.raises(LicenseExpired):
        undo(context, lid(context, owner), copy)
    assert counters(context, owner) == (0, 0, 1)


def test_a_held_place_is_taken_back_with_its_offline_license(context: Context, site: NewSite) -> None:
    owner = site()
    made = offline.sign(context, lid(context, owner), owner.domain)
    owners.release(context, lid(context, owner), made.activation.id)
    undone = undo(context, lid(context, owner), made.activation.id)
    assert undone.offline_until == made.until
    assert counters(context, owner) == (1, 0, 0)
    owners.release(context, lid(context, owner), made.activation.id)
    assert counters(context, owner) == (1, 0, 0)


def test_a_held_place_of_a_later_activation_goes_over(context: Context, site: NewSite) -> None:
    owner = site()
    first = activated(owner)
    owners.release(context, lid(context, owner), first)
    later = offline.sign(context, lid(context, owner), owner.domain)
    owners.release(context, lid(context, owner), later.activation.id)
    assert undo(context, lid(context, owner), first).offline_until == later.until
    assert activation_lookup.find(context, later.activation.id).offline_until is None
    assert counters(context, owner) == (1, 0, 0)


def test_a_hold_that_ended_meanwhile_is_not_counted_twice(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site(term="30d")
    made = offline.sign(context, lid(context, owner), owner.domain)
    clock.now = made.until - 10
    owners.release(context, lid(context, owner), made.activation.id)
    clock.now = made.until
    assert undo(context, lid(context, owner), made.activation.id).offline_until is None
    assert counters(context, owner) == (1, 0, 0)


def test_it_counts_as_a_call_of_the_key_from_its_address(context: Context, site: NewSite) -> None:
    owner = site()
    activation_id = activated(owner)
    for _ in range(61):
        owners.release(context, lid(context, owner), activation_id)
        undo(context, lid(context, owner), activation_id)
    owners.release(context, lid(context, owner), activation_id)
    with pytest.raises(RateLimited):
        undo(context, lid(context, owner), activation_id)
    assert owners.undo(context, lid(context, owner), activation_id, address="2001:db8::1").released_at is None


# --- reporting ---


def test_a_report_reaches_the_vendor_once_a_day(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    activation_id = activated(owner)
    for _ in range(3):
        owners.report(context, lid(context, owner), activation_id)
    words = "the owner says that the activation of news.example.com was not theirs"
    assert told(context, owner).count(words) == 1
    clock.now += policy.DAY - 1
    owners.report(context, lid(context, owner), activation_id)
    assert told(context, owner).count(words) == 1
    clock.now += 1
    owners.report(context, lid(context, owner), activation_id)
    assert told(context, owner).count(words) == 2


def test_each_activation_is_reported_for_itself(context: Context, site: NewSite) -> None:
    owner = site("a.example.com", domains=2)
    reported = [activated(owner), activated(site("b.example.com", of=owner))]
    for activation_id in reported:
        owners.report(context, lid(context, owner), activation_id)
    assert {entry.object for entry in audit_log.open_reports(context, lid(context, owner))} == set(reported)


def test_a_new_key_answers_a_report(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    license_id, activation_id = lid(context, owner), activated(owner)
    owners.report(context, license_id, activation_id)
    clock.now += policy.DAY
    owners.report(context, license_id, activation_id)
    (report,) = audit_log.open_reports(context, license_id)
    assert (report.at, report.object) == (clock.now, activation_id)
    lifecycle.rekey(context, license_id)
    assert audit_log.open_reports(context, license_id) == []


def test_whatever_the_owner_does_is_in_the_owners_name_and_in_a_whole_chain(context: Context, site: NewSite) -> None:
    owner = site()
    license_id, activation_id = lid(context, owner), activated(owner)
    owners.release(context, license_id, activation_id)
    undo(context, license_id, activation_id)
    owners.report(context, license_id, activation_id)
    entries = entries_of(context, license_id)
    assert [(entry.actor, entry.action, entry.object) for entry in entries[2:]] == [
        ("owner", action, activation_id) for action in ("release", "undo", "report")
    ]
    assert all(in_words(entry) for entry in entries)
    assert flaws(context, license_id) == []


# --- all at once ---


def test_owners_and_sites_racing_never_exceed_the_limit(context: Context, site: NewSite) -> None:
    unhurried = replace(context, settings=context.settings.model_copy(update={"calls_per_key": 100_000}))
    owner = site("d0.example.com", domains=3, staging_domains=2, moves_per_year=1_000)
    license_id = lid(context, owner)
    client = create_app(unhurried).test_client
    start = threading.Barrier(8)

    def act(number: int) -> int:
        mine = Site(client(), owner.key, f"d{number}.example.com")
        undone = 0
        start.wait()
        for turn in range(6):
            answer = mine.activate(environment="staging" if (number + turn) % 2 else "production")
            if answer.status_code == 409:
                assert code(answer) == "no_activations_left"
                continue
            shown = answer.get_json()["activation"]
            assert shown["used"] <= 3
            owners.release(unhurried, license_id, shown["id"])
            with suppress(NoActivationsLeft):
                undone += undo(unhurried, license_id, shown["id"]).released_at is None
        return undone

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(act, range(8)))
    found = license_lookup.find(context, license_id)
    in_use = activation_lookup.of_license(context, license_id)
    staging = [one for one in in_use if one.in_staging_place]
    assert (found.used, found.staging_used) == (len(in_use) - len(staging), len(staging))
    assert found.used <= 3
    assert found.staging_used <= 2
    assert 0 <= found.freed <= 3 - found.used
    audit_log.verify(context, license_id=license_id, tell=pytest.fail)
