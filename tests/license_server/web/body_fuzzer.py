"""Bodies that nobody should send, without end: each made by chance from the same seed, most of them nearly right."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

VERBS = ("activate", "refresh", "deactivate")
KINDS = ("application/json", None, "text/plain", "application/json; charset=utf-16", "multipart/form-data", "x")
NAMES = (
    "license_key",
    "product",
    "domain",
    "nonce",
    "environment",
    "replaces",
    "client",
    "",
    "later",
    "\0",
    "__proto__",
)
HOSTILE = (
    *("NaN", "Infinity", "-Infinity", "-0", "1e999", "-1e-999", "0.1", "1E400", "01", "+1", "0x1", "9" * 4_400),
    *(
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\u0000"',
        '"\\u202e"',
        '""',
        '" "',
        '"\\',
        '"\x00"',
        '"\n"',
    ),
    *(
        "null",
        "true",
        "[]",
        "{}",
        "[[]]",
        '{"a": 1, "a": 2}',
        '[{"": null}]',
        "[" * 70,
        '{"":' * 70,
        "]",
        "}",
        "/**/",
        "'a'",
    ),
    *('"' + "a" * 5_000 + '"', '"' + "é" * 400 + '"', '"xn--a.example.com"', '"[::1]"', '"1.2.3.4."', '"http://"'),
    *('"a.\u3002com"', '"\u0661\u0662.example.com"', '"' + "a." * 600 + 'com"', '"https://u:p@h:99999/"', '"co.uk"'),
)
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-8", "utf-16", "utf-32", "utf-7", "latin-1", "utf-8-sig")


class Request(NamedTuple):
    """One call: ``verb``, the body's bytes, its declared type and the Authorization header."""

    verb: str
    body: bytes
    kind: str | None
    authorization: str | None
    is_chunked: bool


class Fuzzer:
    """Makes requests around real ones, so that they come past the doors: ``good`` bodies by verb, and ``tokens``."""

    def __init__(self, seed: int, *, good: Mapping[str, list[dict[str, Any]]], tokens: list[str]) -> None:
        self._random = random.Random(seed)
        self._good = good
        self._tokens = tokens

    def requests(self, count: int) -> Iterator[Request]:
        """Yield ``count`` requests."""
        makers: tuple[Callable[[str], bytes], ...] = (
            self._noise,
            self._json,
            self._deep,
            self._oversize,
            *(self._mutated,) * 4,
            *(self._hostile_member,) * 6,
            *(self._nearly_right,) * 4,
        )
        for _ in range(count):
            verb = self._random.choice(VERBS)
            body = self._random.choice(makers)(verb)
            kind = self._random.choice(KINDS) if self._random.random() < 0.3 else "application/json"
            yield Request(verb, body, kind, self._authorization(), self._random.random() < 0.1)

    def _authorization(self) -> str | None:
        token = self._random.choice(self._tokens)
        place = self._random.randrange(len(token))
        return self._random.choice(
            [
                *(f"Bearer {token}",) * 6,
                *(None, "", "Bearer", "Bearer ", "Basic YTpi", f"bearer  {token} ", f"Bearer {token}{token}"),
                f"Bearer {token[:place]}{chr(self._random.randrange(33, 255))}{token[place + 1 :]}",
                f"Bearer {'x' * self._random.randrange(9_000)}",
            ]
        )

    def _noise(self, verb: str) -> bytes:
        return self._random.randbytes(self._random.choice((0, 1, 20, 300, 17_000)))

    def _json(self, verb: str) -> bytes:
        return json.dumps(self._value(0)).encode()

    def _deep(self, verb: str) -> bytes:
        depth = self._random.choice((10, 63, 64, 65, 1_000, 8_000, 100_000))
        opening, closing = self._random.choice((("[", "]"), ('{"a":', "}"), ('[{"":', "}]"), ("[", "")))
        text = opening * depth + "1" + closing * depth
        if self._random.random() < 0.5:
            text = self._with_member(self._body(verb), self._random.choice(NAMES), text)
        return text.encode()

    def _oversize(self, verb: str) -> bytes:
        size = self._random.choice((16_383, 16_384, 16_385, 20_000, 70_000))
        body = json.dumps(self._body(verb)).encode()
        return body + self._random.choice((b" ", b"\n", b"a", b"\0")) * (size - len(body))

    def _mutated(self, verb: str) -> bytes:
        raw = bytearray(json.dumps(self._body(verb), ensure_ascii=self._random.random() < 0.5).encode())
        for _ in range(self._random.randrange(1, 6)):
            place = self._random.randrange(len(raw) + 1)
            change = self._random.randrange(5)
            if change == 0 and place < len(raw):
                raw[place] ^= 1 << self._random.randrange(8)
            elif change == 1:
                raw[place:place] = self._random.choice(
                    (b'"', b"{", b"}", b"[", b",", b"\\", b"\xff", b"\0", b"\xed\xa0\x80")
                )
            elif change == 2:
                del raw[place : place + self._random.randrange(1, 20)]
            elif change == 3:
                raw[place:place] = raw[place : place + self._random.randrange(1, 40)]
            else:
                raw[place:place] = self._random.choice(HOSTILE).encode("utf-8", "surrogatepass")
        return bytes(raw)

    def _hostile_member(self, verb: str) -> bytes:
        body = self._body(verb)
        name = self._random.choice(NAMES) if self._random.random() < 0.3 else self._random.choice(list(body))
        text = self._with_member(body, name, self._random.choice(HOSTILE))
        return text.encode(self._random.choice(ENCODINGS), "surrogatepass" if text.isascii() else "replace")

    def _nearly_right(self, verb: str) -> bytes:
        body = self._body(verb)
        for _ in range(self._random.randrange(3)):
            name = self._random.choice(NAMES)
            change = self._random.randrange(3)
            if change == 0:
                body.pop(name, None)
            elif change == 1:
                body[name] = self._value(3)
            else:
                body[name] = self._text()
        return json.dumps(body).encode()

    def _body(self, verb: str) -> dict[str, Any]:
        return dict(self._random.choice(self._good[verb]))

    def _with_member(self, body: dict[str, Any], name: str, raw: str) -> str:
        """Return ``body`` with the raw text as one member, now and then as a second member of that name."""
        kept = {key: value for key, value in body.items() if key != name or self._random.random() < 0.3}
        parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items()]
        parts.insert(self._random.randrange(len(parts) + 1), f"{json.dumps(name)}: {raw}")
        return "{" + ", ".join(parts) + "}"

    def _value(self, depth: int) -> Any:
        kind = self._random.randrange(6 if depth > 3 else 8)
        if kind == 6:
            return [self._value(depth + 1) for _ in range(self._random.randrange(5))]
        if kind == 7:
            return {self._random.choice(NAMES): self._value(depth + 1) for _ in range(self._random.randrange(6))}
        integer = self._random.randrange(-(2**70), 2**70)
        return (None, True, integer, self._random.uniform(-1e300, 1e300), self._text(), float("nan"))[kind]

    def _text(self) -> str:
        top = self._random.choice((0x7F, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF))
        return "".join(chr(self._random.randrange(top)) for _ in range(self._random.choice((1, 5, 20, 200))))
