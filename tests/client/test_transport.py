"""Whatever stands between a site and its license server, the site gets an answer, a problem or a cause, within a bound.

Promise: a captive portal, a proxy's error page, a fake or broken server.
"""

import json
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.client.hostile import HostileServer, http
from theme_license.errors import ServerRefused, ServerUnreachable
from theme_license.transport import HttpTransport, Reply

GOOD = {"signed_license": "a.b.c", "activation": {"used": 1}, "activation_token": "thma_x"}
HTML = b"<html><body>Please sign in to the hotel's network</body></html>"


def send(url: str, *, deadline: float = 5.0) -> Reply:
    transport = HttpTransport(url, user_agent="theme-license/test", deadline_seconds=deadline)
    return transport.send("refresh", {"domain": "news.example.com"}, token="thma_secret")


def cause(chunks: list[bytes], **pace: float) -> str:
    with HostileServer(chunks, pause=pace.get("pause", 0), repeat=int(pace.get("repeat", 1))) as server:
        with pytest.raises(ServerUnreachable) as caught:
            send(server.url, deadline=pace.get("deadline", 5.0))
        return caught.value.cause


def test_an_answer_is_carried_with_its_token_and_nothing_else() -> None:
    with HostileServer([http("200 OK", json.dumps(GOOD).encode())]) as server:
        assert send(server.url) == Reply("a.b.c", {"used": 1}, "thma_x")
    (request,) = server.requests
    assert request.startswith(b"POST /v1/licenses/refresh HTTP/1.1\r\n")
    assert b"Authorization: Bearer thma_secret\r\n" in request
    assert b"Cookie" not in request


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http("200 OK", HTML, "text/html"), "not_the_server"),
        (http("200 OK", b"[]"), "not_the_server"),
        (http("200 OK", b"{}"), "not_the_server"),
        (http("200 OK", b""), "not_the_server"),
        (http("200 OK", json.dumps(GOOD | {"signed_license": 7}).encode()), "not_the_server"),
        (http("200 OK", json.dumps(GOOD | {"activation": []}).encode()), "not_the_server"),
        (http("200 OK", json.dumps(GOOD | {"activation_token": 7}).encode()), "not_the_server"),
        (http("200 OK", b"[" * 60_000), "not_the_server"),
        (http("200 OK", b"x" * 70_000), "not_the_server"),
        (http("204 No Content", b""), "not_the_server"),
        (http("404 Not Found", HTML, "text/html"), "not_the_server"),
        (http("403 Forbidden", b'{"code": "license_revoked"}'), "not_the_server"),
        (http("200 OK", b'{"code": "license_revoked"}', "application/problem+json"), "not_the_server"),
        (http("403 Forbidden", b'{"code": "<script>"}', "application/problem+json"), "not_the_server"),
        (http("403 Forbidden", b'{"code": 7}', "application/problem+json"), "not_the_server"),
        (http("403 Forbidden", HTML, "application/problem+json"), "not_the_server"),
        (http("302 Found", b"", "text/html", "Location: http://127.0.0.1:9/"), "redirect"),
        (http("308 Permanent Redirect", b"", "text/html", "Location: /"), "redirect"),
        (http("500 Internal Server Error", HTML, "text/html"), "server_error"),
        (http("502 Bad Gateway", HTML, "text/html"), "server_error"),
        (http("200 OK", json.dumps(GOOD).encode())[:-9], "no_reply"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no_reply"),
        (b"", "no_reply"),
        (b"\x00" * 100, "no_reply"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no_reply"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "no_reply"),
    ],
)
def test_what_is_no_answer_has_a_cause(answer: bytes, expected: str) -> None:
    assert cause([answer]) == expected


def test_a_problem_of_the_server_is_told_with_its_members() -> None:
    problem = {"code": "no_activations_left", "activations": [], "title": "x"}
    answer = http("409 Conflict", json.dumps(problem).encode(), "application/problem+json; charset=utf-8")
    with HostileServer([answer]) as server, pytest.raises(ServerRefused) as caught:
        send(server.url)
    assert (caught.value.code, caught.value.status, caught.value.problem) == ("no_activations_left", 409, problem)


def test_an_endless_body_is_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    assert cause([head, *[b"x" * 65_536] * 40]) == "not_the_server"


def test_the_deadline_holds_whatever_drips() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    started = time.monotonic()
    assert cause([head, b"X-More: 1\r\n"], pause=0.1, repeat=40, deadline=0.5) == "timeout"
    body = head + b"Content-Length: 1000\r\n\r\n"
    assert cause([body, *[b"x"] * 40], pause=0.1, deadline=0.5) == "timeout"
    assert cause([], pause=3, deadline=0.5) in ("timeout", "no_reply")
    assert time.monotonic() - started < 20


def test_a_body_that_stalls_is_told_as_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theme_license.transport.STEP_SECONDS", 0.3)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with HostileServer([head, b""], pause=2) as server, pytest.raises(ServerUnreachable) as caught:
        HttpTransport(server.url, user_agent="tests").send("refresh", {})
    assert caught.value.cause == "timeout"


def test_nobody_listening_is_a_refusal_and_no_such_name_is_dns() -> None:
    with pytest.raises(ServerUnreachable) as refused:
        send("http://127.0.0.1:9")
    assert refused.value.cause == "refused"
    with pytest.raises(ServerUnreachable) as unknown:
        send("http://no-such-host.invalid")
    assert unknown.value.cause == "dns"


def self_signed(folder: Path, *, begins_in: timedelta = timedelta(days=-1)) -> ssl.SSLContext:
    """A server's context with a certificate for 127.0.0.1 that nobody signed but its own key, good for two days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + begins_in)
        .not_valid_after(now + begins_in + timedelta(days=2))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_a_certificate_that_nobody_signed_is_told_as_tls(tmp_path: Path) -> None:
    context = self_signed(tmp_path)
    with (
        HostileServer([http("200 OK", json.dumps(GOOD).encode())], tls=context) as server,
        pytest.raises(ServerUnreachable) as caught,
    ):
        send(server.url.replace("http:", "https:"))
    assert caught.value.cause == "tls"


@pytest.mark.parametrize("begins_in", [timedelta(days=3), timedelta(days=-5)])
def test_a_certificate_that_is_good_at_another_time_is_told_as_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins_in: timedelta
) -> None:
    context = self_signed(tmp_path, begins_in=begins_in)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "both.pem"))
    with (
        HostileServer([http("200 OK", json.dumps(GOOD).encode())], tls=context) as server,
        pytest.raises(ServerUnreachable) as caught,
    ):
        send(server.url.replace("http:", "https:"))
    assert caught.value.cause == "clock"


def test_a_netrc_file_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    with HostileServer([http("200 OK", json.dumps(GOOD).encode())]) as server:
        send(server.url)
    assert b"Bearer thma_secret" in server.requests[0]
    assert b"Basic" not in server.requests[0]


def test_no_call_leaves_a_thread_that_keeps_the_process() -> None:
    cause([b"HTTP/1.1 200 OK\r\n"], pause=1, deadline=0.2)
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("theme-license"))
