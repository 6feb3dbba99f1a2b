"""Signing keys: standbys outside of the home, rotation, leaks, passphrases."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from license_server.errors import HomeNotUsable, InputInvalid, NotFound, Refused
from license_server.service.context import Context, open_context
from license_server.service.operating import signing_keys
from license_server.signing import create_key
from tests.license_server.conftest import NewSite
from tests.license_server.site import claims, verdict


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def names(context: Context) -> dict[str, str]:
    return {key.name: key.status for key in signing_keys.list_keys(context)}


def kid(answer: object) -> str:
    import base64
    import json

    header = answer.get_json()["signed_license"].split(".")[0]  # type: ignore[attr-defined]
    return str(json.loads(base64.urlsafe_b64decode(header + "=="))["kid"])


def test_a_standbys_private_half_is_where_it_was_sent_and_nowhere_else(context: Context, stick: Path) -> None:
    key, path = signing_keys.create_standby(context, stick)
    assert path == stick / "k2.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (context.home.keys / "k2.pem").exists()
    assert names(context) == {"k1": "current", "k2": "standby"}
    assert signing_keys.public_keys(context)[1] == key.public_key
    with pytest.raises(InputInvalid, match="not a folder"):
        signing_keys.create_standby(context, path)
    with pytest.raises(InputInvalid, match="within the home"):
        signing_keys.create_standby(context, context.home.path)


def test_a_rotation_signs_with_the_standby_from_the_next_answer_on(
    context: Context, site: NewSite, client: FlaskClient, stick: Path
) -> None:
    owner = site()
    token = owner.token()
    first = kid(owner.refresh(token))
    key, _ = signing_keys.create_standby(context, stick)
    pinned = signing_keys.public_keys(context)
    with pytest.raises(HomeNotUsable, match="not in"):
        signing_keys.rotate(context, leaked=True)
    signing_keys.install(context, stick)
    before, now = signing_keys.rotate(context, leaked=True)
    assert (before.name, now.name) == ("k1", "k2")
    answer = owner.refresh(token)
    assert kid(answer) == key.key_id != first
    assert verdict(answer.get_json()["signed_license"], pinned, now=claims(answer)["iat"]).ok
    assert names(context) == {"k1": "leaked", "k2": "current"}
    assert [one["kid"] for one in client.get("/.well-known/jwks.json").get_json()["keys"]] == [key.key_id]
    assert signing_keys.public_keys(context) == [key.public_key]
    with pytest.raises(Refused, match="no standby"):
        signing_keys.rotate(context, leaked=False)


def test_a_key_that_was_not_stolen_stays_in_the_jwk_set(context: Context, client: FlaskClient, stick: Path) -> None:
    signing_keys.create_standby(context, stick)
    signing_keys.install(context, stick / "k2.pem")
    signing_keys.rotate(context, leaked=False)
    assert names(context) == {"k1": "retired", "k2": "current"}
    assert len(client.get("/.well-known/jwks.json").get_json()["keys"]) == 2
    with pytest.raises(Refused, match="signs today"):
        signing_keys.mark_leaked(context, "k2")
    signing_keys.mark_leaked(context, "k1")
    assert len(client.get("/.well-known/jwks.json").get_json()["keys"]) == 1


def test_only_a_private_half_of_this_server_is_installed(context: Context, stick: Path) -> None:
    create_key(stick / "foreign.pem")
    with pytest.raises(NotFound):
        signing_keys.install(context, stick / "foreign.pem")
    with pytest.raises(InputInvalid):
        signing_keys.install(context, stick / "missing.pem")
    (stick / "text.pem").write_text("no key")
    (stick / "text.pem").chmod(0o600)
    with pytest.raises(HomeNotUsable):
        signing_keys.install(context, stick / "text.pem")
    assert [path.name for path in context.home.keys.iterdir()] == ["k1.pem"]


def test_a_passphrase_is_needed_from_then_on(context: Context, site: NewSite, tmp_path: Path) -> None:
    before = signing_keys.list_keys(context)[0].key_id
    signing_keys.protect(context, b"correct horse battery")
    content = (context.home.keys / "k1.pem").read_bytes()
    assert b"ENCRYPTED" in content
    assert stat.S_IMODE((context.home.keys / "k1.pem").stat().st_mode) == 0o600
    without = open_context(context.settings)
    with pytest.raises(HomeNotUsable, match="passphrase"):
        signing_keys.require_usable(without)
    wrong = open_context(context.settings.model_copy(update={"key_passphrase": SecretStr("wrong")}))
    with pytest.raises(HomeNotUsable, match="does not open"):
        signing_keys.require_usable(wrong)
    (tmp_path / "passphrase").write_text("correct horse battery\n")
    right = open_context(context.settings.model_copy(update={"key_passphrase_file": tmp_path / "passphrase"}))
    signing_keys.require_usable(right)
    assert right.signer.has(before)
    signing_keys.protect(replace(right), None)
    signing_keys.require_usable(without)
    for opened in (without, wrong, right):
        opened.close()


def test_no_passphrase_is_in_a_repr(context: Context) -> None:
    settings = context.settings.model_copy(update={"key_passphrase": SecretStr("correct horse")})
    assert "horse" not in repr(settings)


def test_a_standby_on_a_stick_without_file_modes_takes_over(context: Context, stick: Path) -> None:
    key, path = signing_keys.create_standby(context, stick)
    path.chmod(0o777)
    signing_keys.install(context, stick)
    assert stat.S_IMODE((context.home.keys / "k2.pem").stat().st_mode) == 0o600
    assert signing_keys.rotate(context, leaked=False)[1].key_id == key.key_id
