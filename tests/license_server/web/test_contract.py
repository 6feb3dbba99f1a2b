"""The errors, their HTTP answers and the command line's exit statuses are complete."""

import inspect

from flask.testing import FlaskClient

from license_server import errors
from license_server.cli.errors import EXIT_STATUS
from license_server.service.context import Context
from license_server.web.http.problems import OTHER_PROBLEMS, PROBLEMS

CODES = {
    "key_malformed": 400,
    "domain_invalid": 400,
    "request_invalid": 400,
    "token_invalid": 401,
    "license_expired": 403,
    "license_suspended": 403,
    "license_revoked": 403,
    "domain_not_allowed": 403,
    "license_not_found": 404,
    "no_activations_left": 409,
    "product_mismatch": 409,
    "moves_exhausted": 409,
    "request_too_large": 413,
    "rate_limited": 429,
    "server_unavailable": 503,
}

PORTAL = {errors.UndoOver, errors.RequestUnreadable, errors.RequestOld, errors.ReturnElsewhere}
"""What only the pages of the owner's portal tell."""


def kinds() -> list[type[errors.ServiceError]]:
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [kind for kind in found if issubclass(kind, errors.ServiceError) and kind is not errors.ServiceError]


def test_every_code_of_the_protocol_has_its_status() -> None:
    assert {kind.code: problem.status for kind, problem in PROBLEMS.items()} == CODES


def test_every_error_is_told_by_http_by_the_command_line_or_in_the_portal() -> None:
    assert set(kinds()) == set(PROBLEMS) | set(EXIT_STATUS) | PORTAL
    assert not PORTAL & (set(PROBLEMS) | set(EXIT_STATUS))


def test_every_code_is_its_own() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & (set(OTHER_PROBLEMS) - {"not_found"})


def test_every_error_of_the_api_and_the_portal_says_what_to_do() -> None:
    for kind in (*PROBLEMS, *PORTAL):
        assert kind.default_detail != errors.ServiceError.default_detail
        assert kind.default_detail.count(". ") >= 1, kind


def test_the_key_set_is_a_jwk_set(context: Context, client: FlaskClient) -> None:
    answer = client.get("/.well-known/jwks.json")
    (key,) = answer.get_json()["keys"]
    assert {name: key[name] for name in ("kty", "crv", "use", "alg")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
    }
    assert (len(key["x"]), len(key["kid"]), "d" in key) == (43, 43, False)
    assert "max-age" in answer.headers["Cache-Control"]


def test_a_leaked_key_is_left_out_of_the_key_set(context: Context, client: FlaskClient) -> None:
    from sqlalchemy import update

    from license_server.store import tables

    with context.store.write() as connection:
        connection.execute(update(tables.signing_keys).values(status="leaked"))
    assert client.get("/.well-known/jwks.json").get_json() == {"keys": []}


def test_ready_means_database_schema_and_signing_key(context: Context, client: FlaskClient) -> None:
    assert client.get("/readyz").get_json()["checks"] == {"database": True, "schema": True, "signing_key": True}
    for path in context.home.keys.glob("*.pem"):
        path.rename(path.with_suffix(".away"))
    context.signer._keys.clear()
    away = client.get("/readyz")
    assert (away.status_code, away.get_json()["checks"]["signing_key"]) == (503, False)
    assert client.get("/healthz").status_code == 200
