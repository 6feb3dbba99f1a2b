"""Bodies that are late, long or broken off: the application hears of it, and its threads are not held."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # its way of exporting

from license_server.web.process.waiting_room import KEPT_BYTES, WaitingRoom


class Caller:
    """Sends ``chunks`` and then ``end``: nothing more of a whole body, silence, or a closed connection."""

    def __init__(self, *chunks: bytes, end: str = "whole") -> None:
        self.chunks, self.end = chunks, end
        self.answer: tuple[int, bytes] | None = None

    async def __call__(self) -> bytes:
        return b"".join([chunk async for chunk in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.end == "silence":
            await asyncio.sleep(60)
        if self.end == "closed":
            raise ProtocolClosed

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        assert headers == [("Content-Type", "text/plain")]
        self.answer = status, body


def ask(caller: Caller, *headers: tuple[str, str], path: str = "/", client: str = "203.0.113.7:1000") -> dict[str, Any]:
    """Answer one request in a waiting room, reading its body; return the environment that the application saw."""
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        seen.update(environ)
        try:
            body = environ["wsgi.input"].read(KEPT_BYTES) + environ["wsgi.input"].read()
        except OSError:
            body = b"unfinished"
        start("200 OK", [("Content-Type", "text/plain")])
        return [body]

    scope = SimpleNamespace(
        server="127.0.0.1:8787", client=client, method="POST", path=path, query_string="", http_version="1.1"
    )
    scope.scheme, scope.headers = "http", SimpleNamespace(items=lambda: list(headers))
    room = WaitingRoom(application, threads=1, seconds=0.2)
    asyncio.run(room.__rsgi__(scope, caller))  # type: ignore[arg-type]  # what the server gives, in its place
    return seen


CHUNKED = ("transfer-encoding", "chunked")


@pytest.mark.parametrize(
    ("caller", "header", "body"),
    [
        (Caller(b"{", b"}"), ("content-length", "2"), b"{}"),
        (Caller(b"{", b"}"), CHUNKED, b"{}"),
        (Caller(), ("content-length", "0"), b""),
        (Caller(), ("accept", "*/*"), b""),
        (Caller(b"{", end="silence"), ("content-length", "2"), b"unfinished"),
        (Caller(b"{", end="silence"), CHUNKED, b"unfinished"),
        (Caller(b"{", end="closed"), ("content-length", "2"), b"unfinished"),
        (Caller(end="silence"), ("content-length", str(KEPT_BYTES + 1)), b"unfinished"),
        (Caller(b"a" * KEPT_BYTES, b"a", end="silence"), CHUNKED, b"unfinished"),
    ],
)
def test_the_application_reads_a_body_that_came_and_is_told_of_one_that_did_not(
    caller: Caller, header: tuple[str, str], body: bytes
) -> None:
    ask(caller, header)
    assert caller.answer == (200, body)


def test_the_application_sees_what_was_sent() -> None:
    seen = ask(
        Caller(),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-for", "192.0.2.2"),
        ("x_forwarded_for", "192.0.2.3"),
        ("content-type", "application/json"),
        path="/é",
        client="[2001:db8::7]:1000",
    )
    assert (seen["HTTP_X_FORWARDED_FOR"], seen["CONTENT_TYPE"]) == ("192.0.2.1,192.0.2.2", "application/json")
    assert (seen["PATH_INFO"].encode("latin-1").decode(), seen["REMOTE_ADDR"]) == ("/é", "2001:db8::7")
