"""The whole way by hand: init, product, plan, license, serve; then a site by HTTP; then other people's JWT readers."""

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from joserfc import jwk, jws

from tests.license_server.live import LiveServer, body, post


def payload(signed_license: str) -> dict[str, Any]:
    part = signed_license.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_the_five_commands_and_a_site(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    assert server.cli("init").returncode == 0
    assert server.cli("product", "create", "jannah", "--name", "Jannah", "--prefix", "JNH").returncode == 0
    assert server.cli("plan", "create", "jannah", "single", "--domains", "1", "--term", "1y").returncode == 0
    made = json.loads(server.cli("license", "create", "jannah/single", "--json").stdout)
    assert made["license_id"].startswith("lic_")
    assert made["license_key"].startswith("JNH-")
    with server:
        asked = body(made["license_key"], "example.com", nonce="n1")
        first = post(server.url, "activate", {**asked, "domain": "https://www.Example.com:8443/x"})
        assert first.status_code == 201
        claims = payload(first.json()["signed_license"])
        assert claims["aud"] == "example.com"
        assert claims["nonce"] == "n1"
        typed = made["license_key"].lower().replace("-", " ")
        again = post(server.url, "activate", {**asked, "license_key": typed})
        assert again.status_code == 200
        assert again.json()["activation"]["id"] == first.json()["activation"]["id"]
        assert again.json()["activation_token"] == first.json()["activation_token"]
        other = post(server.url, "activate", {**asked, "domain": "example.org"})
        assert other.status_code == 409
        assert other.json()["code"] == "no_activations_left"
        assert [item["domain"] for item in other.json()["activations"]] == ["example.com"]
        token = first.json()["activation_token"]
        refreshed = post(server.url, "refresh", {"domain": "example.com", "nonce": "n2"}, token=token)
        assert refreshed.status_code == 200
        assert payload(refreshed.json()["signed_license"])["nonce"] == "n2"
        released = post(server.url, "deactivate", {"domain": "example.com", "nonce": "n3"}, token=token)
        assert released.status_code == 200
        assert payload(released.json()["signed_license"])["status"] == "released"
        moved = post(server.url, "activate", {**asked, "domain": "example.org"})
        assert moved.status_code == 201


@pytest.fixture
def activated(live_server: LiveServer) -> tuple[LiveServer, str]:
    key = live_server.issue().license_key
    signed_license: str = post(live_server.url, "activate", body(key, "news.example.com")).json()["signed_license"]
    return live_server, signed_license


def test_pyjwt_verifies_against_the_key_set(activated: tuple[LiveServer, str]) -> None:
    server, signed_license = activated
    # Its own look-up by kid, from the address; only the bytes are of interest, not when the test runs.
    keys = jwt.PyJWKClient(f"{server.url}/.well-known/jwks.json")
    key = keys.get_signing_key_from_jwt(signed_license)
    claims = jwt.decode(signed_license, key, algorithms=["EdDSA"], audience="news.example.com")
    assert claims["product"] == "jannah"


# The name EdDSA is deprecated by RFC 9864; the format keeps it because PyJWT cannot read the new one.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_joserfc_verifies_against_the_key_set(activated: tuple[LiveServer, str]) -> None:
    server, signed_license = activated
    keys = jwk.KeySet.import_key_set(requests.get(f"{server.url}/.well-known/jwks.json", timeout=10).json())
    found = jws.deserialize_compact(signed_license, keys, algorithms=["EdDSA"])
    assert json.loads(found.payload or b"")["aud"] == "news.example.com"
