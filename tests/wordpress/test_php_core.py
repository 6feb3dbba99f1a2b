"""Does the PHP client conclude what the Python one does, from every vector and from thousands of other texts?

Promise: any bit of a signed license changed, any part cut off, any other spelling of its base64.
Promise: a low-order or non-canonical public key or signature point.
"""

import html
import json
import random
import shutil
import string
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.client.domain_pieces import PIECES
from tests.vectors.files import SCENARIOS, VECTORS, load
from tests.wordpress.php import WITHOUT_INTL, WORDPRESS, ask, php, run, text
from theme_license import __version__
from theme_license.domain import parse_domain
from theme_license.errors import DomainRefused, KeyMalformed, UnusablePublicKey
from theme_license.languages import LANGUAGES, best_language, catalog
from theme_license.license_key import ALPHABET, new_license_key, parse_license_key
from theme_license.notice import _SENTENCES, notice_html, notice_text
from theme_license.signed_license import SignedLicense
from theme_license.wire import PinnedKeys, decode_segment, encode_segment, parse_public_key, verify_signed_license

NOW = 1_800_003_600

# --- the vectors ---


@pytest.mark.parametrize("arguments", [(), ("--without-intl",)], ids=["with intl", "without intl"])
def test_every_vector(arguments: tuple[str, ...]) -> None:
    done = run("run_vectors.php", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    files = {path.name for path in VECTORS.iterdir() if path.suffix != ".py" and path.name != "__pycache__"}
    assert {line.partition(":")[0] for line in done.stdout.splitlines()} >= files


def test_every_flipped_bit_gets_the_verdict_that_python_gives() -> None:
    vector = load(VECTORS / "signed_license" / "valid.json")
    given = vector["signed_license"]
    raw = given.encode("ascii")
    spoiled = [flipped.decode("latin-1") for flipped in flips(raw)]
    parts = [decode_segment(part) for part in given.split(".")]
    for which, part in enumerate(parts):
        for flipped in flips(part):
            spoiled.append(".".join(encode_segment(flipped if at == which else parts[at]) for at in range(3)))
    done = run("bit_flips.php")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "".join(verdict(vector, each)[0] for each in spoiled)


def flips(raw: bytes) -> list[bytes]:
    return [
        raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :] for place in range(len(raw)) for bit in range(8)
    ]


def verdict(vector: dict[str, Any], signed_license: str) -> str:
    pinned = PinnedKeys.parse(vector["pinned_keys"])
    return verify_signed_license(
        signed_license, pinned=pinned, product=vector["product"], domain=vector["domain"], now=vector["now"]
    ).code


# --- the same answers as Python ---


def test_domains() -> None:
    chance = random.Random(7)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 7))) for _ in range(6_000)]
    texts += ["".join(chance.choices("0123456789abcdef:.[]x", k=chance.randint(1, 24))) for _ in range(2_000)]
    texts += [spelled_address(chance) for _ in range(2_000)]
    expected = [domain(each) for each in texts]
    assert sum(canonical is not None for canonical, _ in expected) > 1_000
    answers = ask({"ask": "domain", "text": text(each)} for each in texts)
    assert different(texts, expected, answers) == []


def test_domains_of_any_script_that_both_read_are_the_same() -> None:
    chance = random.Random(8)
    letters = [chr(point) for point in range(0x80, 0x30000) if unicodedata.category(chr(point)) not in ("Cn", "Co")]
    texts = [f"{''.join(chance.choices(letters, k=chance.randint(1, 3)))}.com" for _ in range(3_000)]
    texts += [f"a{letter}b.com" for letter in chance.sample(letters, 3_000)]
    # What RFC 5892 names one by one or by the block.
    named = (
        "\u0640\u07fa\u302e\u302f\u3031\u3035\u303b\u20d0\u1100\ua960\ud7b0\u00b7\u0375\u05f3\u06fd\u0f0b\u3007\u30fb"
    )
    texts += [
        f"{before}{letter}.com" for letter in f"{named}\U0001d165\U0001d242" for before in ("", "a", "名", "א", "ا")
    ]
    answers = ask({"ask": "domain", "text": text(each)} for each in texts)
    expected = [domain(each) for each in texts]
    both = [(each, a, b) for each, a, b in zip(texts, expected, answers, strict=True) if a[0] and b[0]]
    assert len(both) > 1_000
    assert [row for row in both if row[1] != row[2]] == []
    # Where ICU is older than Python's tables it does not know a name; it never knows one that they refuse.
    assert [each for each, a, b in zip(texts, expected, answers, strict=True) if b[0] and not a[0]] == []


def test_domains_without_intl() -> None:
    chance = random.Random(9)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(4_000)]
    answers = ask(({"ask": "domain", "text": text(each)} for each in texts), options=WITHOUT_INTL)
    undecided = 0
    for each, answer in zip(texts, answers, strict=True):
        if answer == [None, "needs_intl"]:
            undecided += 1
            assert not each.isascii() or "xn--" in each.lower(), ascii(each)
        else:
            assert answer == domain(each), ascii(each)
    assert 0 < undecided < len(texts) / 2


def domain(each: str) -> list[str | None]:
    try:
        parsed = parse_domain(each)
    except DomainRefused as error:
        return [None, f"reject:{error.reason}"]
    return [parsed.name, parsed.decision.value]


def spelled_address(chance: random.Random) -> str:
    """An IPv6 address as somebody might spell it, with runs of zeros."""
    groups = [chance.choice(("0", "0", "0000", "1", "00a0", "FFFF", "2001", "db8")) for _ in range(8)]
    start, end = sorted(chance.sample(range(9), 2))
    spelled = f"{':'.join(groups[:start])}::{':'.join(groups[end:])}" if chance.random() < 0.6 else ":".join(groups)
    if chance.random() < 0.2:
        spelled = spelled.rpartition(":")[0] + f":{chance.choice(('8.8.8.8', '127.0.0.1', '1.2.3.04'))}"
    return f"[{spelled}]" if chance.random() < 0.5 else spelled


@pytest.mark.parametrize("options", [(), WITHOUT_INTL], ids=["with intl", "without intl"])
def test_license_keys(options: tuple[str, ...]) -> None:
    chance = random.Random(10)
    texts = [spelled_key(chance, is_wide=not options) for _ in range(4_000)]
    expected = [license_key(each) for each in texts]
    assert 500 < sum(symbols is not None for symbols in expected) < 3_500
    answers = ask(({"ask": "license_key", "text": text(each)} for each in texts), options=options)
    assert different(texts, expected, answers) == []


def test_license_keys_with_any_character_in_them() -> None:
    key = new_license_key(lambda count: bytes(range(count)))
    zero = key.symbols.replace("0", "{}", 1)
    texts = [f"{key.symbols[:9]}{chr(point)}{key.symbols[9:]}" for point in range(0, 0x20000, 7)]
    texts += [zero.format(chr(point)) for point in range(0x80, 0x20000) if chr(point).isdigit()]
    expected = [license_key(each) for each in texts]
    assert sum(symbols is not None for symbols in expected) > 80
    assert different(texts, expected, ask({"ask": "license_key", "text": text(each)} for each in texts)) == []


def license_key(each: str) -> str | None:
    try:
        return parse_license_key(each).symbols
    except KeyMalformed:
        return None


def spelled_key(chance: random.Random, *, is_wide: bool) -> str:
    """A key as somebody might paste it, with a mistake at times; ``is_wide``: with characters that only NFKC reads."""
    key = new_license_key(chance.randbytes).text(chance.choice(("JNH", "AB", "ABCDEF", "A")))
    replaced = {"0": "Oo٠۰0０", "1": "IlLi१1", "-": "-- –−\u00a0\u200b\u2060", "S": "Ss", "5": "५5"}
    if is_wide:
        replaced |= {"S": "Ssſ𝐒", "1": "IlLi१1Ⅰı①", "K": "KkKＫ", "5": "५5𝟓⑤"}
    spelled = "".join(chance.choice(replaced.get(symbol, symbol)) for symbol in key)
    if chance.random() < 0.4:
        place = chance.randrange(len(spelled))
        spelled = (
            spelled[:place]
            + chance.choice([*ALPHABET, "U", "", "ß", "\ud800", "é", "\0", "_", "\ufeff"])
            + spelled[place + 1 :]
        )
    return chance.choice((spelled, spelled.lower()))


def test_public_keys_on_the_curve_and_off_it() -> None:
    chance = random.Random(11)
    # Half of all numbers are on the curve; of those, an eighth is in the group of prime order.
    raw = [chance.randbytes(32) for _ in range(400)] + [chance.randrange(99).to_bytes(32, "little") for _ in range(50)]
    texts = [encode_segment(each) for each in raw]
    expected = [public_key(each) for each in texts]
    assert 100 < sum(each is None for each in expected) < 350
    assert different(texts, expected, ask({"ask": "public_key", "text": text(each)} for each in texts)) == []


def public_key(each: str) -> str | None:
    try:
        return parse_public_key(each).raw.hex()
    except UnusablePublicKey:
        return None


# --- signed licenses ---

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"a key that is thrown away after!")
PUBLIC = parse_public_key(encode_segment(PRIVATE.public_key().public_bytes_raw()))
HEADER = encode_segment(f'{{"alg":"EdDSA","kid":"{PUBLIC.key_id}","typ":"theme-license+jwt"}}'.encode())
CLAIMS: dict[str, Any] = {
    "v": 1,
    "iss": "https://licenses.example.com",
    "sub": "lic_1",
    "jti": "act_1",
    "aud": "news.example.com",
    "product": "jannah",
    "plan": "single",
    "env": "production",
    "status": "active",
    "iat": NOW - 3_600,
    "exp": NOW + 9_999,
    "grace": 10,
    "refresh": NOW,
    "expires": None,
    "features": ["demos"],
    "nonce": None,
}
ODDITIES = (
    *("0", "-0", "1", "-1", "1.0", "1e3", "1E+3", "01", "+1", ".5", "1.", "9007199254740991", "9007199254740992"),
    *("1800003600", "1800003600.0", "18000036e2", "99999999999999999999", "1e999", "-1e999", "0x1", "1_0"),
    *("true", "false", "null", "True", "nul", "NaN", "Infinity", "-Infinity", "undefined", "''", "'a'"),
    *(
        '""',
        '"active"',
        '"staging"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\ude00\\ud83d"',
        '"\\u00"',
        '"\\u00e9"',
        '"\\/"',
    ),
    *(
        '"\\x41"',
        '"a\tb"',
        '"a\\tb"',
        '"a\x7fb"',
        '"\\u0000"',
        '"é"',
        '"\u2028"',
        '"😀"',
        '"\\"',
        '"',
        '"\\uD83D"',
        '"\\U0041"',
    ),
    *(
        "[]",
        "{}",
        "[1]",
        '["a","b"]',
        '["a",]',
        "[,]",
        "[[]]",
        '{"a":1}',
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '{"a":1,}',
    ),
    *('{"":0}', '{"1":1,"01":2}', '{"1":1,"1":2}', "{1:2}", '{"a" 1}', "[1 2]", '["demos"]/**/', "[" * 63 + "]" * 63),
    *("[" * 64 + "]" * 64, "[" * 32 + '{"a":' * 31 + "0" + "}" * 31 + "]" * 32, "[" * 900, "7" * 5_000, "-" + "7" * 15),
    *(
        "\u00a01",
        "1\x0b",
        "\ufeff1",
        " 1 ",
        "\n[ \t1\r, 2 ]",
        '{"\\ud83d\\ude00":1,"😀":2}',
        "-",
        "--1",
        "1-",
        "[1]]",
        '"a""b"',
    ),
)


def sign(payload: bytes) -> str:
    signed = f"{HEADER}.{encode_segment(payload)}"
    return f"{signed}.{encode_segment(PRIVATE.sign(signed.encode('ascii')))}"


def oddities() -> list[bytes]:
    """Payloads of which Python alone could say whether JSON's readers agree on them."""
    good = json.dumps(CLAIMS, separators=(",", ":"))
    written = [
        json.dumps({**CLAIMS, name: "PUT-HERE"}, separators=(",", ":")).replace('"PUT-HERE"', odd)
        for name in (*CLAIMS, "x")
        for odd in ODDITIES
    ]
    written += [json.dumps({key: value for key, value in CLAIMS.items() if key != name}) for name in CLAIMS]
    written += [
        f"{before}{good}{after}"
        for before in ("", " ", "\ufeff", "[", "x", "\0")
        for after in ("", "\n", "]", "}", "{}", "\0", ",")
    ]
    written += [good[:length] for length in range(0, len(good), 3)]
    chance = random.Random(12)
    for _ in range(1_500):
        spoiled = list(good)
        for _ in range(chance.randint(1, 3)):
            spoiled[chance.randrange(len(spoiled))] = chance.choice([*string.printable, "", '""', "\\u", "é"])
        written.append("".join(spoiled))
    raw = [each.encode("utf-8", "surrogatepass") for each in written]
    marks = (
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\xf0\x9f\x98\x80",
        b"\xef\xbf\xbf",
    )
    return raw + [good.replace("single", "PUT").encode().replace(b"PUT", mark) for mark in marks]


def test_payloads_that_json_readers_do_not_agree_on() -> None:
    payloads = oddities()
    texts = [sign(payload) for payload in payloads]
    expected = [concluded(each) for each in texts]
    assert sum(conclusion[0] == "valid" for conclusion in expected) > 200
    assert sum(conclusion[0] == "malformed" for conclusion in expected) > 1_000
    assert different(payloads, expected, ask(signed_license(each) for each in texts)) == []


def test_mutated_licenses() -> None:
    chance = random.Random(13)
    good = [sign(json.dumps({**CLAIMS, "plan": "p" * length}).encode()) for length in range(8)]
    texts = [mutated(chance, chance.choice(good)) for _ in range(3_000)] + [
        load(path)["signed_license"] for path in SCENARIOS
    ]
    expected = [concluded(each) for each in texts]
    assert {conclusion[0] for conclusion in expected} >= {"valid", "malformed", "unknown_key", "bad_signature"}
    assert different(texts, expected, ask(signed_license(each) for each in texts)) == []


def test_times_and_statuses() -> None:
    chance = random.Random(14)
    moments = (0, NOW - 86_401, NOW - 86_400, NOW - 1, NOW, NOW + 1, NOW + 10, 2**53 - 1)
    texts = []
    for _ in range(1_000):
        times = {name: chance.choice(moments) for name in ("iat", "exp", "grace", "expires")}
        other = {"status": chance.choice(("active", "active", "active", "suspended", "revoked", "released"))}
        texts.append(
            sign(
                json.dumps(
                    {**CLAIMS, **times, **other, "product": chance.choice(("jannah",) * 9 + ("sahifa",))}
                ).encode()
            )
        )
    expected = [concluded(each) for each in texts]
    assert len({conclusion[0] for conclusion in expected}) == 9
    assert different(texts, expected, ask(signed_license(each) for each in texts)) == []


def mutated(chance: random.Random, good: str) -> str:
    place = chance.randrange(len(good))
    match chance.randrange(6):
        case 0:
            return good[:place]
        case 1:
            return good[:place] + chance.choice("AB-_=+/. \n\0é\u200b") + good[place:]
        case 2:
            return good[:place] + good[place + 1 :]
        case 3:
            return good[:place] + chance.choice(string.ascii_letters + "-_") + good[place + 1 :]
        case 4:
            header = encode_segment(f'{{"alg":"EdDSA","kid":"{"k" * 43}","typ":"theme-license+jwt"}}'.encode())
            return f"{header}.{good.partition('.')[2]}"
    return good


def signed_license(each: str) -> dict[str, object]:
    asked = {"ask": "signed_license", "text": text(each), "pinned": [PUBLIC.text]}
    return {**asked, "product": "jannah", "domain": "news.example.com", "now": NOW}


def concluded(each: str) -> list[object]:
    pinned = PinnedKeys([PUBLIC])
    verdict = verify_signed_license(each, pinned=pinned, product="jannah", domain="news.example.com", now=NOW)
    return [verdict.code.value, verdict.ok, verdict.needs_notice, plain(verdict.license)]


def plain(license: SignedLicense | None) -> dict[str, object] | None:
    return None if license is None else {**license._asdict(), "features": list(license.features)}


def different(asked: list[Any], expected: list[Any], answers: list[Any]) -> list[tuple[str, Any, Any]]:
    """The first few rows on which the two clients differ."""
    rows = zip(asked, expected, answers, strict=True)
    return [(ascii(each)[:300], python, other) for each, python, other in rows if python != other][:9]


# --- what the owner reads ---


def test_the_languages_are_the_same() -> None:
    assert ask([{"ask": "offered"}]) == [list(LANGUAGES)]
    locales = [*LANGUAGES, "pt_BR", "pt_PT", "zh_TW", "de_DE_formal", "AR", "ko_KR", "", "e", "english", "he_IL", "-"]
    assert ask([{"ask": "languages", "locales": locales}]) == [[best_language(locale) for locale in locales]]


def test_the_notice_in_every_language() -> None:
    theme, url = "<Jannah> & \"Söhne' {theme}", "/themes?page=a&b=\"c'"
    questions = []
    for language in LANGUAGES:
        sentences = {sentence: catalog(language).gettext(sentence) for sentence in _SENTENCES}
        asked = {"ask": "notice", "theme": theme, "language": language, "field_url": url, "catalog": sentences}
        questions.append(asked)
    for language, (line, page) in zip(LANGUAGES, ask(questions), strict=True):
        assert line == notice_text(theme, language)
        expected = notice_html(theme, language, field_url=url)
        assert page.replace("&#039;", "&#x27;") == expected, language
        assert html.unescape(page) == html.unescape(expected)


# --- what comes over HTTP ---


@pytest.mark.parametrize(
    ("status", "content_type", "body", "expected"),
    [
        (200, "application/json", {"signed_license": "a.b.c", "activation": {"id": "act_1"}}, "reply"),
        (201, "text/html", {"signed_license": "a.b.c", "activation": {}, "activation_token": "thma_"}, "reply"),
        (202, "application/json", {"signed_license": "a.b.c", "activation": {}}, ["unreachable", "not_the_server"]),
        (200, "application/json", {"signed_license": 1, "activation": {}}, ["unreachable", "not_the_server"]),
        (200, "application/json", {"signed_license": "a.b.c", "activation": "x"}, ["unreachable", "not_the_server"]),
        (
            200,
            "application/json",
            {"signed_license": "", "activation": {}, "activation_token": 1},
            ["unreachable", "not_the_server"],
        ),
        (200, "text/html", "<h1>Welcome to the hotel</h1>", ["unreachable", "not_the_server"]),
        (200, "text/html", " " * 65_537, ["unreachable", "not_the_server"]),
        (302, "text/html", "", ["unreachable", "redirect"]),
        (502, "text/html", "<h1>Bad gateway</h1>", ["unreachable", "server_error"]),
        (404, "text/html", {"code": "license_not_found"}, ["unreachable", "not_the_server"]),
        (
            404,
            "Application/Problem+JSON; charset=utf-8",
            {"code": "license_not_found"},
            ["refused", ["license_not_found", 404]],
        ),
        (503, "application/problem+json", {"code": "server_unavailable"}, ["refused", ["server_unavailable", 503]]),
        (503, "application/problem+json", {"code": "<script>"}, ["unreachable", "server_error"]),
        (200, "application/problem+json", {"code": "rate_limited"}, ["unreachable", "not_the_server"]),
    ],
)
def test_what_is_an_answer_of_the_server(status: int, content_type: str, body: object, expected: object) -> None:
    sent = body if isinstance(body, str) else json.dumps(body)
    (answer,) = ask([{"ask": "reply", "status": status, "content_type": content_type, "text": text(sent)}])
    assert (answer[0] if expected == "reply" else answer) == expected


# --- the folder ---


def test_the_folder_has_the_version_of_the_package() -> None:
    assert ask([{"ask": "version"}]) == [__version__]


@pytest.mark.parametrize("order", [("0.9.0", "0.10.0"), ("0.10.0", "0.9.0")])
def test_the_newest_copy_answers_for_all(order: tuple[str, str], tmp_path: Path) -> None:
    for version in order:
        copy = shutil.copytree(WORDPRESS / "theme-license", tmp_path / version)
        loader = copy / "theme-license.php"
        loader.write_text(loader.read_text("utf-8").replace(f"'{__version__}'", f"'{version}'"), "utf-8")
    program = "".join(f"require '{tmp_path / version}/theme-license.php';" for version in order)
    program += "Theme_License\\V1\\Domain::parse('example.com'); echo implode(' ', get_included_files());"
    done = subprocess.run([php(), "-r", program], capture_output=True, text=True, check=True)
    rooms = [path for path in done.stdout.split() if "/core/" in path and "class-copies" not in path]
    assert len(rooms) >= 3
    assert all(path.startswith(str(tmp_path / "0.10.0")) for path in rooms), rooms


def test_the_core_knows_nothing_of_wordpress() -> None:
    names = ("get_option", "update_option", "add_action", "add_filter", "wp_", "ABSPATH", "__(", "esc_", "$wpdb", "WP_")
    for path in (WORDPRESS / "theme-license" / "core").glob("*.php"):
        code = path.read_text("utf-8")
        assert [name for name in names if name in code] == [], path.name
