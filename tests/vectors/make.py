"""Writes the vectors of the signed license, of signatures and of public keys: `python tests/vectors/make.py`.

It stands on the cryptography library alone and shares no line with the implementation that it examines. The same seeds
give the same bytes, so a test can hold the files against it.
"""

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = Path(__file__).parent
IAT, EXP, GRACE, EXPIRES = 1_800_000_000, 1_802_592_000, 1_209_600, 1_831_536_000
NOW = IAT + 3_600
DAY = 86_400
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493

CLAIMS: Mapping[str, Any] = {
    "v": 1,
    "iss": "https://licenses.example.com",
    "sub": "lic_7Q4M8RTD2XK9V3HW6PZC41BNE8",
    "jti": "act_3KQ7M2X9V4T8B1C6D5F0G7HJ2S",
    "aud": "news.example.com",
    "product": "jannah",
    "plan": "single",
    "env": "production",
    "status": "active",
    "iat": IAT,
    "exp": EXP,
    "grace": GRACE,
    "refresh": IAT + DAY,
    "expires": EXPIRES,
    "features": ["demos"],
    "nonce": "2Yd0sLr1tkJ6m0wLh3sQb8bW1gT9v5xN4cZ7pR2aE0k",
}


class Key(NamedTuple):
    """A signing key of the vectors."""

    private: Ed25519PrivateKey
    public: bytes

    @property
    def text(self) -> str:
        return b64(self.public)

    @property
    def kid(self) -> str:
        return b64(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{self.text}"}}'.encode()).digest())


def key(name: str) -> Key:
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"theme-license vectors {name}".encode()).digest())
    return Key(private, private.public_key().public_bytes_raw())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


SIGNER, STANDBY, STRANGER = key("signer"), key("standby"), key("stranger")


def header(kid: str) -> str:
    return f'{{"alg":"EdDSA","kid":"{kid}","typ":"theme-license+jwt"}}'


def sign(payload: str | bytes, *, by: Key = SIGNER, head: str | None = None) -> str:
    raw = payload.encode() if isinstance(payload, str) else payload
    signed = f"{b64((head or header(by.kid)).encode())}.{b64(raw)}"
    return f"{signed}.{b64(by.private.sign(signed.encode()))}"


def claims(**changes: Any) -> str:
    members = {name: value for name, value in (CLAIMS | changes).items() if value is not ...}
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)


def raw_claim(name: str, literal: str) -> str:
    """The claims with one value spelled as ``literal``, which JSON writers would not write."""
    return claims(**{name: "PUT-HERE"}).replace('"PUT-HERE"', literal)


class Scenario(NamedTuple):
    name: str
    description: str
    signed_license: str
    verdict: str
    now: int = NOW
    product: str = "jannah"
    domain: str = "news.example.com"
    pinned_keys: tuple[str, ...] = (SIGNER.text, STANDBY.text)


def scenarios() -> Iterator[Scenario]:
    yield from clock_scenarios()
    yield from form_scenarios()
    yield from header_scenarios()
    yield from signature_scenarios()
    yield from payload_scenarios()
    yield from meaning_scenarios()
    yield from order_scenarios()


def clock_scenarios() -> Iterator[Scenario]:
    good = sign(claims())
    short = sign(claims(expires=IAT + 10 * DAY))
    for name, description, text, now, verdict in (
        ("valid", "an hour after it was signed", good, NOW, "valid"),
        ("valid-at-iat", "the second in which it was signed", good, IAT, "valid"),
        ("clock-24h-behind", "24 h before iat is tolerated", good, IAT - DAY, "valid"),
        ("clock-behind", "one second more than 24 h before iat", good, IAT - DAY - 1, "clock_behind"),
        ("clock-at-zero", "a machine that thinks it is 1970", good, 0, "clock_behind"),
        ("lease-last-second", "the last second of the lease", good, EXP - 1, "valid"),
        ("grace-first-second", "exp is the first second of grace", good, EXP, "valid_in_grace"),
        ("grace-last-second", "the last second of grace", good, EXP + GRACE - 1, "valid_in_grace"),
        ("lease-ended", "exp + grace is the first second after", good, EXP + GRACE, "lease_ended"),
        ("lease-ended-long-ago", "a hundred years later", good, IAT + 36_525 * DAY, "lease_ended"),
        ("term-last-second", "the last second of the paid term", short, IAT + 10 * DAY - 1, "valid"),
        ("term-ended", "expires is the first second after the term", short, IAT + 10 * DAY, "expired_term"),
        ("term-ended-in-grace", "grace is told before the ended term", short, EXP, "valid_in_grace"),
        ("term-ended-lease-ended", "an ended lease is told before the ended term", short, EXP + GRACE, "lease_ended"),
    ):
        yield Scenario(name, description, text, verdict, now)
    yield Scenario("perpetual", "expires null never ends", sign(claims(expires=None)), "valid", EXP - 1)
    yield Scenario("no-grace", "grace 0: exp is the end", sign(claims(grace=0)), "lease_ended", EXP)
    largest = sign(claims(exp=2**53 - 1, grace=2**53 - 1, expires=2**53 - 1))
    yield Scenario("largest-times", "2^53-1 is the largest time", largest, "valid")


def form_scenarios() -> Iterator[Scenario]:
    good = sign(claims())
    head, payload, signature = good.split(".")
    padding = 0
    while len(text := sign(claims(pad="x" * padding))) < 16_384:
        padding += max(1, (16_384 - len(text)) * 3 // 4)
    exact = text if len(text) == 16_384 else sign(claims(pad="x" * (padding - 1), more=""))
    for name, description, text in (
        ("empty", "no text", ""),
        ("two-parts", "two parts", f"{head}.{payload}"),
        ("four-parts", "four parts", f"{good}.{signature}"),
        ("empty-parts", "two dots", ".."),
        ("leading-space", "white space before", f" {good}"),
        ("trailing-newline", "a newline after", f"{good}\n"),
        ("newline-within", "a newline within the payload", f"{head}.{payload[:8]}\n{payload[8:]}.{signature}"),
        ("padded-payload", "base64 padding", f"{head}.{payload}{'=' * (-len(payload) % 4) or '='}.{signature}"),
        ("padded-signature", "base64 padding of the signature", f"{head}.{payload}.{signature}=="),
        ("standard-alphabet", "+ and / for - and _", respell(good)),
        ("loose-last-bits", "a last character with bits that mean nothing", f"{head}.{payload}.{loosen(signature)}"),
        ("loose-header", "a header whose last character has such bits", f"{loosen(head)}.{payload}.{signature}"),
        ("not-base64", "a character outside the alphabet", f"{head}.{payload[:-1]}!.{signature}"),
        ("not-ascii", "a full-width character", f"{head}.{payload[:-1]}\uff21.{signature}"),
        ("one-character-part", "a part of a length that no bytes have", f"{head}.{payload}.{signature[:85]}"),
        ("too-long", "16,385 characters", exact + "A"),
        ("much-too-long", "a hundred thousand characters", "A" * 100_000),
    ):
        yield Scenario(f"form-{name}", description, text, "malformed")
    wide = len(exact) == 16_384
    yield Scenario("form-just-fits", "16,384 characters at most", exact, "valid" if wide else "malformed")


def respell(text: str) -> str:
    """The same text in base64's other alphabet; made from a payload that has such characters."""
    odd = sign(claims(plan="ÿþ>>>???ûï"))
    return odd.replace("-", "+").replace("_", "/") if set("-_") & set(odd) else text + "+"


def loosen(part: str) -> str:
    """The same bytes by another last character, where the part's length leaves unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    unused = {2: 4, 3: 2}.get(len(part) % 4, 0)
    return part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1] if unused else part + "A"


def header_scenarios() -> Iterator[Scenario]:
    kid = SIGNER.kid
    for name, description, head in (
        ("reordered", "members in another order", f'{{"kid":"{kid}","alg":"EdDSA","typ":"theme-license+jwt"}}'),
        ("spaced", "white space", f'{{"alg": "EdDSA", "kid": "{kid}", "typ": "theme-license+jwt"}}'),
        ("extra", "a member more", f'{{"alg":"EdDSA","kid":"{kid}","typ":"theme-license+jwt","x":1}}'),
        ("crit", "a critical extension", f'{{"alg":"EdDSA","crit":["b64"],"kid":"{kid}","typ":"theme-license+jwt"}}'),
        ("none", "alg none", f'{{"alg":"none","kid":"{kid}","typ":"theme-license+jwt"}}'),
        ("hs256", "alg HS256", f'{{"alg":"HS256","kid":"{kid}","typ":"theme-license+jwt"}}'),
        ("ed25519", "the newer name of the algorithm", f'{{"alg":"Ed25519","kid":"{kid}","typ":"theme-license+jwt"}}'),
        ("typ-jwt", "another type", f'{{"alg":"EdDSA","kid":"{kid}","typ":"JWT"}}'),
        ("no-kid", "no key named", '{"alg":"EdDSA","typ":"theme-license+jwt"}'),
        ("short-kid", "a key id of 42 characters", header(kid[:-1])),
        (
            "jwk",
            "the key itself in the header",
            f'{{"alg":"EdDSA","jwk":{{}},"kid":"{kid}","typ":"theme-license+jwt"}}',
        ),
        ("newline", "a newline at the end", header(kid) + "\n"),
        ("empty", "an empty object", "{}"),
    ):
        yield Scenario(f"header-{name}", description, sign(claims(), head=head), "malformed")
    yield Scenario(
        "header-unknown-kid", "signed by a key that is not pinned", sign(claims(), by=STRANGER), "unknown_key"
    )
    yield Scenario("header-standby", "signed by the second pinned key", sign(claims(), by=STANDBY), "valid")
    only = sign(claims(), by=STANDBY)
    pinned = (SIGNER.text,)
    yield Scenario("header-standby-not-pinned", "the standby is dropped", only, "unknown_key", pinned_keys=pinned)
    borrowed = sign(claims(), by=STRANGER, head=header(kid))
    yield Scenario("header-borrowed-kid", "a stranger's signature under a pinned key's id", borrowed, "bad_signature")


def signature_scenarios() -> Iterator[Scenario]:
    head, payload, signature = sign(claims()).split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    s = int.from_bytes(raw[32:], "little")
    for name, description, changed in (
        ("first-bit", "the first bit of R flipped", bytes([raw[0] ^ 1]) + raw[1:]),
        ("last-bit", "the last bit of S flipped", raw[:-1] + bytes([raw[-1] ^ 128])),
        ("zeros", "sixty-four zero bytes", bytes(64)),
        ("malleable", "S + L, which some libraries take", raw[:32] + (s + ORDER).to_bytes(32, "little")),
        ("low-order-r", "R of low order", low_order_points()[1] + raw[32:]),
        ("identity-r", "R the neutral point and S zero", low_order_points()[0] + bytes(32)),
        ("empty", "no bytes", b""),
        ("truncated", "sixty-three bytes", raw[:-1]),
        ("longer", "sixty-five bytes", raw + b"\0"),
    ):
        yield Scenario(f"signature-{name}", description, f"{head}.{payload}.{b64(changed)}", "bad_signature")
    other = b64(claims(plan="forever").encode())
    yield Scenario("signature-other-payload", "another payload", f"{head}.{other}.{signature}", "bad_signature")
    moved = sign(claims(aud="evil.example.org")).split(".")
    swapped = f"{head}.{moved[1]}.{signature}"
    yield Scenario("signature-of-another", "one license's signature on another's payload", swapped, "bad_signature")


def payload_scenarios() -> Iterator[Scenario]:
    def bad(name: str, description: str, payload: str | bytes) -> Scenario:
        return Scenario(f"payload-{name}", description, sign(payload), "malformed")

    yield bad("empty", "no bytes", "")
    yield bad("array", "an array", f"[{claims()}]")
    yield bad("string", "a string", '"license"')
    yield bad("null", "null", "null")
    yield bad("duplicate", "a member twice", claims()[:-1] + ',"plan":"forever"}')
    yield bad("duplicate-within", "a member twice, within an unknown claim", claims()[:-1] + ',"x":{"a":1,"a":2}}')
    yield bad("trailing", "bytes after the object", claims() + "x")
    yield bad("bom", "a byte order mark", "\ufeff" + claims())
    yield bad("not-utf8", "a byte that is no UTF-8", claims().encode()[:-1] + b',"x":"\xff"}')
    yield bad("surrogate", "half a surrogate pair in an unknown claim", raw_claim("x", '"\\ud800"'))
    yield bad("surrogate-plan", "half a surrogate pair in a claim", raw_claim("plan", '"\\udc00x"'))
    yield bad("comment", "a comment", claims() + "/* */")
    for literal in ("NaN", "Infinity", "-Infinity"):
        yield bad(literal.lower().replace("-", "minus-"), f"{literal} in an unknown claim", raw_claim("x", literal))
    for claim in CLAIMS:
        yield bad(f"without-{claim}", f"the claim {claim} is missing", claims(**{claim: ...}))
    for claim in ("iat", "exp", "grace", "refresh", "expires"):
        for name, literal in (
            ("float", "1800000000.0"),
            ("exponent", "18e8"),
            ("negative", "-1"),
            ("negative-zero", "-0"),
            ("too-large", "9007199254740992"),
            ("true", "true"),
            ("string", '"1800000000"'),
        ):
            yield bad(f"{claim}-{name}", f"{claim} is {literal}", raw_claim(claim, literal))
    for claim in ("iat", "exp", "grace"):
        yield bad(f"{claim}-null", f"{claim} is null", raw_claim(claim, "null"))
    for claim in ("iss", "sub", "jti", "aud", "product", "plan"):
        yield bad(f"{claim}-number", f"{claim} is a number", raw_claim(claim, "7"))
        yield bad(f"{claim}-null", f"{claim} is null", raw_claim(claim, "null"))
    yield bad("aud-list", "aud is a list, as other JWTs have it", raw_claim("aud", '["news.example.com"]'))
    yield bad("nonce-number", "nonce is a number", raw_claim("nonce", "7"))
    for name, literal in (
        ("string", '"demos"'),
        ("number", "[1]"),
        ("null", "null"),
        ("object", "{}"),
        ("nested", "[[]]"),
    ):
        yield bad(f"features-{name}", f"features is {literal}", raw_claim("features", literal))
    for name, literal in (("two", "2"), ("zero", "0"), ("float", "1.0"), ("true", "true"), ("string", '"1"')):
        yield bad(f"v-{name}", f"v is {literal}", raw_claim("v", literal))
    for name, literal in (("unknown", '"expired"'), ("upper-case", '"ACTIVE"'), ("null", "null"), ("number", "1")):
        yield bad(f"status-{name}", f"status is {literal}", raw_claim("status", literal))
    yield bad("env-unknown", "an unknown env", raw_claim("env", '"test"'))
    yield bad("nested-65", "65 levels: the object and 64 within it", raw_claim("x", "[" * 64 + "]" * 64))
    yield bad("nested-thousands", "5,000 levels", raw_claim("x", "[" * 5_000 + "]" * 5_000))
    deep = raw_claim("x", "[" * 63 + "]" * 63)
    yield Scenario("payload-nested-64", "64 levels, the object itself the first", sign(deep), "valid")


def meaning_scenarios() -> Iterator[Scenario]:
    yield Scenario(
        "unknown-claim", "unknown claims are ignored", sign(claims(color="green", list=[1, {"a": None}])), "valid"
    )
    yield Scenario("spaced-payload", "white space between members", sign(json.dumps(CLAIMS)), "valid")
    yield Scenario(
        "escaped-payload", "escapes mean what they say", sign(raw_claim("aud", '"news\\u002eexample.com"')), "valid"
    )
    brackets = sign(claims(features=["[" * 100]))
    yield Scenario("brackets-in-text", "brackets within a string are no nesting", brackets, "valid")
    yield Scenario(
        "surrogate-pair", "a whole surrogate pair is a character", sign(raw_claim("x", '"\\ud83d\\ude00"')), "valid"
    )
    long = sign(raw_claim("x", "7" * 5_000))
    yield Scenario("long-number", "an unknown claim is ignored, however many digits it has", long, "valid")
    yield Scenario("null-nonce", "nonce null, as in a license that is pasted", sign(claims(nonce=None)), "valid")
    yield Scenario("offline", "refresh null", sign(claims(refresh=None)), "valid")
    yield Scenario("staging", "env staging", sign(claims(env="staging")), "valid")
    yield Scenario("no-features", "an empty list of features", sign(claims(features=[])), "valid")
    yield Scenario("other-issuer", "iss is told, not compared", sign(claims(iss="https://elsewhere.example")), "valid")
    arabic = "xn--mgbh0fb.xn--kgbechtv"
    yield Scenario("idn-domain", "an internationalised domain", sign(claims(aud=arabic)), "valid", domain=arabic)
    yield Scenario(
        "ipv6-domain", "an address", sign(claims(aud="[2606:4700::1111]")), "valid", domain="[2606:4700::1111]"
    )
    yield Scenario("wrong-product", "another theme", sign(claims()), "wrong_product", product="sahifa")
    yield Scenario(
        "product-case", "names are compared byte for byte", sign(claims()), "wrong_product", product="Jannah"
    )
    for name, domain in (("other", "shop.example.org"), ("parent", "example.com"), ("child", "a.news.example.com")):
        yield Scenario(f"wrong-domain-{name}", f"checked on {domain}", sign(claims()), "wrong_domain", domain=domain)
    yield Scenario(
        "aud-not-canonical",
        "aud is compared, never made canonical",
        sign(claims(aud="News.example.com")),
        "wrong_domain",
    )
    for status, verdict in (("released", "not_activated"), ("suspended", "suspended"), ("revoked", "revoked")):
        yield Scenario(f"status-{status}", f"status {status}", sign(claims(status=status)), verdict)


def order_scenarios() -> Iterator[Scenario]:
    revoked = claims(status="revoked")
    yield Scenario(
        "order-key-before-signature",
        "an unknown key, and a bad signature",
        sign(claims(), by=STRANGER)[:-2] + "AA",
        "unknown_key",
    )
    yield Scenario(
        "order-signature-before-json", "a bad signature, and no JSON", sign("no json")[:-4] + "AAAA", "bad_signature"
    )
    yield Scenario(
        "order-product-before-domain",
        "another product and domain",
        sign(claims()),
        "wrong_product",
        product="x",
        domain="x.com",
    )
    yield Scenario(
        "order-domain-before-status", "another domain, and revoked", sign(revoked), "wrong_domain", domain="x.com"
    )
    yield Scenario("order-status-before-clock", "revoked, and a clock behind", sign(revoked), "revoked", now=0)
    yield Scenario(
        "order-status-before-lease", "revoked, and the lease ended", sign(revoked), "revoked", now=EXP + GRACE
    )
    odd = sign(claims(iat=IAT + 100 * DAY))
    yield Scenario(
        "order-clock-before-lease", "a clock behind, and the lease ended", odd, "clock_behind", now=EXP + GRACE
    )


def low_order_points() -> list[bytes]:
    """The eight points of low order: y and the sign of x."""
    d = -121665 * pow(121666, -1, P) % P
    # y of order 8 satisfies d·y⁴ + 2·y² - 1 = 0, since 2·(x, y) must have y = 0.
    root = square_root((1 + d) % P)
    order_8 = [y for r in (root, P - root) if (y := square_root_or_none((r - 1) * pow(d, -1, P) % P)) is not None]
    ys = [1, P - 1, 0, *sorted({y for each in order_8 for y in (each, P - each)})]
    points = [y.to_bytes(32, "little") for y in ys]
    return points + [(y | 1 << 255).to_bytes(32, "little") for y in ys[2:]]


def square_root_or_none(n: int) -> int | None:
    root = pow(n, (P + 3) // 8, P)
    for candidate in (root, root * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == n % P:
            return candidate
    return None


def square_root(n: int) -> int:
    root = square_root_or_none(n)
    assert root is not None
    return root


def non_canonical_points() -> list[bytes]:
    """Encodings that spell a coordinate another time: y + p, and a sign where x is 0."""
    spellings = [(y + P) | sign << 255 for y in range(19) for sign in (0, 1)]
    return [n.to_bytes(32, "little") for n in (*spellings, 1 | 1 << 255, (P - 1) | 1 << 255)]


def mixed_signature(message: bytes) -> bytes:
    """A signature whose R is an honest point plus (0, -1): the equation holds eight times over, but not once."""
    digest = hashlib.sha512(SIGNER.private.private_bytes_raw()).digest()
    secret = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    honest = SIGNER.private.sign(message)[:32]
    drawn = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little")
    # (x, y) + (0, -1) is (-x, -y): another y, and the other sign of x.
    number = int.from_bytes(honest, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    mixed = (P - y | (1 - sign) << 255).to_bytes(32, "little")
    challenge = int.from_bytes(hashlib.sha512(mixed + SIGNER.public + message).digest(), "little")
    return mixed + ((drawn + challenge * secret) % ORDER).to_bytes(32, "little")


def signatures() -> list[dict[str, object]]:
    message = b"theme-license"
    public, signature = SIGNER.public, SIGNER.private.sign(message)
    s = int.from_bytes(signature[32:], "little")
    rows: list[tuple[str, bytes, bytes, bytes, bool]] = [
        ("RFC 8032 7.1, test 1", *(bytes.fromhex(text) for text in RFC8032_1), True),
        ("a signature", public, message, signature, True),
        ("of the empty message", public, b"", SIGNER.private.sign(b""), True),
        ("another message", public, b"theme-licensf", signature, False),
        ("another key", STRANGER.public, message, signature, False),
        ("S + L", public, message, signature[:32] + (s + ORDER).to_bytes(32, "little"), False),
        ("S = L", public, message, signature[:32] + ORDER.to_bytes(32, "little"), False),
        ("a signature of 63 bytes", public, message, signature[:-1], False),
        ("a signature of 65 bytes", public, message, signature + b"\0", False),
        ("no signature", public, message, b"", False),
        ("a key of 31 bytes", public[:-1], message, signature, False),
        ("a key of 33 bytes", public + b"\0", message, signature, False),
        ("no key", b"", message, signature, False),
    ]
    for point in low_order_points():
        # With A neutral, R = S·B holds for every message: S = 0 and R neutral pass the bare equation.
        rows.append((f"A of low order {point.hex()[:8]}", point, message, low_order_points()[0] + bytes(32), False))
        rows.append((f"A of low order {point.hex()[:8]}, honest R", point, message, signature, False))
        rows.append((f"R of low order {point.hex()[:8]}", public, message, point + signature[32:], False))
    mixed = mixed_signature(message)
    rows.append(("R with a part of low order, which holds with the cofactor alone", public, message, mixed, False))
    for point in non_canonical_points():
        name = f"{point.hex()[:4]}…{point.hex()[-2:]}"
        rows.append((f"A not canonical {name}", point, message, signature, False))
        rows.append((f"R not canonical {name}", public, message, point + signature[32:], False))
    return [
        {"description": text, "public_key": a.hex(), "message": m.hex(), "signature": sig.hex(), "valid": valid}
        for text, a, m, sig, valid in rows
    ]


RFC8032_1 = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
)


def public_keys() -> list[dict[str, object]]:
    raw, text = SIGNER.public, SIGNER.text
    pem = SIGNER.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": text}
    off_curve = next(n for n in range(2, 99) if not on_curve(n)).to_bytes(32, "little")
    good = [
        ("43 characters", text),
        ("white space around", f" {text}\n"),
        ("a JWK", json.dumps(jwk)),
        ("a JWK with more members", json.dumps(jwk | {"use": "sig", "alg": "EdDSA", "kid": SIGNER.kid})),
        ("PEM", pem),
    ]
    bad = [
        ("no text", ""),
        ("42 characters", text[:-1]),
        ("44 characters", text + "A"),
        ("padding", text + "="),
        ("the standard alphabet", b64(STANDBY.public[:-1] + b"\xfb").replace("-", "+").replace("_", "/") + "+"),
        ("loose last bits", loosen(text)),
        ("31 bytes", b64(raw[:-1])),
        ("hexadecimal", raw.hex()),
        ("a private JWK", json.dumps(jwk | {"d": text})),
        ("a JWK of another curve", json.dumps(jwk | {"crv": "X25519"})),
        ("a JWK without x", json.dumps({"kty": "OKP", "crv": "Ed25519"})),
        ("a JWK that is no JSON", "{"),
        ("a JWK in a list", "[{}]"),
        ("half a PEM", pem[:40]),
        ("a PEM of another kind", RSA_PEM),
        ("not on the curve", b64(off_curve)),
        *((f"of low order {point.hex()[:8]}", b64(point)) for point in low_order_points()),
        *((f"not canonical {point.hex()[:4]}…{point.hex()[-2:]}", b64(point)) for point in non_canonical_points()),
    ]
    rows = [{"description": name, "text": typed, "raw": raw.hex()} for name, typed in good]
    return [*rows, *({"description": name, "text": typed, "raw": None} for name, typed in bad)]


def on_curve(y: int) -> bool:
    d = -121665 * pow(121666, -1, P) % P
    return square_root_or_none((y * y - 1) * pow(d * y * y + 1, -1, P) % P) is not None


RSA_PEM = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC5gA8kx3bjp+VQde9C97vZQl7e
Eh5ks7nifLxBfYsnCsN5/qqMTtCd2ozVxGu7dKUEnz0kqFi3zk6BfhSA1wbdm6kn
WbNIuD0JE+79y+xLQ4CGIdx9J5b9LsYmnM6nVD7wZf4VuGMmUqwJTli5e94dZd7d
6ABeL5yPen+XiAJj7QIDAQAB
-----END PUBLIC KEY-----
"""


def write(folder: Path) -> None:
    """Write every file into ``folder``."""
    scenario_folder = folder / "signed_license"
    shutil.rmtree(scenario_folder, ignore_errors=True)
    scenario_folder.mkdir(parents=True)
    for scenario in scenarios():
        path = scenario_folder / f"{scenario.name}.json"
        assert not path.exists(), f"two scenarios are called {scenario.name}"
        dump(path, {name: value for name, value in scenario._asdict().items() if name != "name"})
    dump(folder / "signatures.json", signatures())
    dump(folder / "public_keys.json", public_keys())


def dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n", "utf-8")


if __name__ == "__main__":
    write(HERE)
