"""What a token proves, and what it brings back that a restore lost.

Promise: the token secret stolen with a license's id.
"""

import pytest
from sqlalchemy import delete, select, update

from license_server import policy, tokens
from license_server.errors import NoActivationsLeft
from license_server.ids import ACTIVATION, LICENSE, parse_id
from license_server.secret_purposes import Purpose, SecretKind, derive
from license_server.service.activation import offline
from license_server.service.activation.offline_request import OfflineRequest
from license_server.service.context import Context
from license_server.service.license import license_key_lookup
from license_server.service.operating import secret_rotation
from license_server.store import recovery, refusal_counts, tables
from license_server.web.http.opened_server import notes
from tests.license_server.conftest import START, Clock, NewSite
from tests.license_server.ledger import counters, entries_of, license_of
from tests.license_server.owner import NONCE
from tests.license_server.site import ADDRESS, Site, claims, code
from theme_license.base64url import encode_segment
from theme_license.domain import parse_domain


def test_a_token_whose_row_a_restore_lost_makes_it_again(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    told = owner.refresh(answer["activation_token"])
    assert (told.status_code, claims(told)["jti"]) == (200, answer["activation"]["id"])
    assert counters(context, owner) == (1, 0, 0)
    assert _actions(context, owner)[-1] == "recovered"
    assert owner.refresh(answer["activation_token"]).status_code == 200
    assert _actions(context, owner).count("recovered") == 1


def test_recovery_strands_no_site_though_the_place_was_given_away(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    assert site("other.example.org", of=owner).activate().status_code == 201
    assert claims(owner.refresh(answer["activation_token"]))["status"] == "active"
    assert counters(context, owner) == (2, 0, 0)
    assert code(site("third.example.org", of=owner).activate()) == "no_activations_left"


def test_recovery_answers_with_the_activation_that_took_the_domain_since(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    since = owner.activate().get_json()["activation"]["id"]
    assert claims(owner.refresh(answer["activation_token"]))["jti"] == since
    assert counters(context, owner) == (1, 0, 0)


def test_a_lost_activation_can_be_released(context: Context, site: NewSite) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    assert claims(owner.deactivate(answer["activation_token"]))["status"] == "released"
    assert counters(context, owner) == (0, 1, 0)
    assert _actions(context, owner)[-2:] == ["recovered", "release"]


def _lose(context: Context, activation_id: str, *, used: int, recorded: bool = True) -> None:
    """Make the database as it was before the activation, as a restored backup does."""
    with context.store.write() as connection:
        found = select(tables.activations.c.license_id).where(tables.activations.c.id == activation_id)
        license_id = connection.execute(found).scalar_one()
        connection.execute(delete(tables.activations).where(tables.activations.c.id == activation_id))
        connection.execute(update(tables.licenses).where(tables.licenses.c.id == license_id).values(used=used))
        if recorded:
            recovery.record(connection, restored_at=context.clock(), backup_of=context.clock() - 1)


def _actions(context: Context, site: Site) -> list[str]:
    return [entry.action for entry in entries_of(context, license_of(context, site).id)]


def test_a_new_activation_ends_the_token_of_the_one_before_and_an_undo_does_not(site: NewSite, clock: Clock) -> None:
    owner = site()
    first = owner.token()
    assert owner.token() == first
    owner.deactivate(first)
    clock.now += 1
    second = owner.token()
    assert second != first
    for verb in (owner.refresh, owner.deactivate):
        assert code(verb(first)) == "token_invalid"
    assert claims(owner.refresh(second))["status"] == "active"
    assert "activation_token" not in owner.refresh(second).get_json()


def test_a_token_of_the_format_before_is_good_and_gives_way(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    answer = owner.activate().get_json()
    old = undated_token(context, answer["activation"]["id"], owner)
    assert code(owner.refresh(old)) == "token_invalid"
    with context.store.write() as connection:
        connection.execute(update(tables.server).values(dated_tokens_since=START))
    renewed = owner.refresh(old).get_json()["activation_token"]
    assert renewed == answer["activation_token"]
    owner.deactivate(renewed)
    clock.now += 1
    assert claims(owner.refresh(old))["status"] == "released"
    owner.token()
    assert code(owner.refresh(old)) == "token_invalid"


def test_a_token_of_an_older_secret_gives_way(context: Context, site: NewSite) -> None:
    owner = site()
    old = owner.token()
    secret_rotation.rotate(context, SecretKind.TOKEN)
    renewed = owner.refresh(old).get_json()["activation_token"]
    assert renewed != old
    assert "activation_token" not in owner.refresh(renewed).get_json()
    assert claims(owner.refresh(old))["status"] == "active"


def test_without_a_recorded_restore_nothing_is_brought_back_and_nobody_is_a_guesser(
    context: Context, site: NewSite
) -> None:
    owner = site()
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0, recorded=False)
    for _ in range(25):
        assert code(owner.refresh(answer["activation_token"])) == "token_invalid"
    assert owner.activate().status_code == 201
    with owner.client.application.app_context():
        notes().flush()
    counted = context.store.query(lambda connection: refusal_counts.since(connection, 0))
    assert [(refused, count) for _, refused, count in counted] == [("activation_lost", 25), ("token_invalid", 25)]


def test_after_90_days_nothing_is_brought_back(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site(term="2y")
    answer = owner.activate().get_json()
    _lose(context, answer["activation"]["id"], used=0)
    clock.now += 90 * policy.DAY
    assert code(owner.refresh(answer["activation_token"])) == "token_invalid"


def test_what_was_released_before_the_backup_stays_so(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site("d0.example.com", domains=15)
    tokens = {}
    for number in range(15):
        one = site(f"d{number}.example.com", of=owner)
        tokens[number] = one.token()
        one.deactivate(tokens[number])
    clock.now += policy.DAY
    with context.store.write() as connection:
        recovery.record(connection, restored_at=clock.now, backup_of=clock.now - 3_600)
    for number, token in tokens.items():
        assert claims(site(f"d{number}.example.com", of=owner).refresh(token))["status"] == "released"
    assert counters(context, owner)[0] == 0


def test_what_was_activated_again_after_the_backup_is_taken_back(context: Context, site: NewSite, clock: Clock) -> None:
    owner = site()
    owner.deactivate(owner.token())
    with context.store.read() as connection:
        before = connection.execute(select(tables.activations)).mappings().one()
    clock.now += policy.DAY
    token = owner.token()
    with context.store.write() as connection:
        connection.execute(update(tables.activations).values(**before))
        connection.execute(update(tables.licenses).values(used=0))
        recovery.record(connection, restored_at=clock.now, backup_of=clock.now - 3_600)
    assert claims(owner.refresh(token))["status"] == "active"
    assert counters(context, owner) == (1, 0, 0)
    assert _actions(context, owner)[-1] == "recovered"


@pytest.mark.parametrize("domain", ["co.uk", "localhost", "8.8.8.8"])
def test_no_token_brings_back_what_no_license_is_given_for(context: Context, site: NewSite, domain: str) -> None:
    owner = site()
    owner.token()
    with context.store.write() as connection:
        recovery.record(connection, restored_at=START, backup_of=START - 1)
    forged = tokens.make_token(
        context.secrets.tokens,
        activation_id="act_" + "0" * 24,
        license_id=license_of(context, owner).id,
        domain=domain,
        environment="production",
        activated_at=START,
    )
    assert code(site(domain, of=owner).refresh(forged)) == "token_invalid"
    assert counters(context, owner) == (1, 0, 0)


@pytest.mark.parametrize("is_lost", [True, False])
def test_what_was_released_since_the_token_was_made_stays_so(
    context: Context, site: NewSite, clock: Clock, is_lost: bool
) -> None:
    owner = site()
    first = owner.activate().get_json()
    with context.store.read() as connection:
        before = connection.execute(select(tables.activations)).mappings().one()
    owner.deactivate(first["activation_token"])
    clock.now += policy.DAY
    token = owner.token()
    with context.store.write() as connection:
        connection.execute(update(tables.activations).values(**before))
        recovery.record(connection, restored_at=clock.now, backup_of=clock.now - 3_600)
    if is_lost:
        _lose(context, first["activation"]["id"], used=0)
    clock.now += policy.DAY
    owner.deactivate(owner.token())
    assert claims(owner.refresh(token))["status"] == "released"
    assert counters(context, owner)[0] == 0


def test_beyond_the_limit_nothing_is_signed_that_cannot_be_recalled(context: Context, site: NewSite) -> None:
    owner = site()
    lost = owner.activate().get_json()
    _lose(context, lost["activation"]["id"], used=0)
    site("other.example.org", of=owner).token()
    assert owner.refresh(lost["activation_token"]).status_code == 200
    asked = OfflineRequest(
        product="jannah", domain=parse_domain(owner.domain), nonce=NONCE, made_at=START, return_url=None
    )
    proof = license_key_lookup.prove(context, owner.key, address=ADDRESS)
    with pytest.raises(NoActivationsLeft):
        offline.answer(context, asked, proof, replaces=None, address=ADDRESS)


def test_beyond_the_limit_the_lease_is_short_until_a_place_is_free(
    context: Context, site: NewSite, clock: Clock
) -> None:
    owner = site()
    lost = owner.activate().get_json()
    _lose(context, lost["activation"]["id"], used=0)
    other = site("other.example.org", of=owner)
    token = other.token()
    told = claims(owner.refresh(lost["activation_token"]))
    assert told["exp"] - told["iat"] == 7 * policy.DAY
    other.deactivate(token)
    told = claims(owner.refresh(lost["activation_token"]))
    assert told["exp"] - told["iat"] == 7 * policy.DAY
    clock.now += 44 * policy.DAY + 60
    told = claims(owner.refresh(lost["activation_token"]))
    assert told["exp"] - told["iat"] == 30 * policy.DAY


def undated_token(context: Context, activation_id: str, site: Site) -> str:
    """Return the token that the version before made."""
    raw = b"\x01" + b"".join(
        parse_id(kind, text) or b""
        for kind, text in ((ACTIVATION, activation_id), (LICENSE, license_of(context, site).id))
    )
    mac = derive(context.secrets.tokens[1], Purpose.UNDATED_TOKEN, raw, site.domain.encode())
    return tokens.PREFIX + encode_segment(raw + mac)
