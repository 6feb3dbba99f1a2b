"""What must hold for every domain, not only for those in the table."""

import random
import subprocess
import sys

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.domain_pieces import PIECES
from theme_license.domain import Decision, display_name, parse_domain
from theme_license.errors import DomainRefused

GENERATED = 100_000


def canonical(text: str) -> str | None:
    try:
        return parse_domain(text).name
    except DomainRefused:
        return None


def is_canonical_form(name: str) -> bool:
    return name.isascii() and name == name.lower() and not name.endswith(".") and len(name) <= 253


def test_what_is_canonical_stays_as_it_is() -> None:
    chance = random.Random(20_261_124)
    accepted = 0
    for _ in range(GENERATED):
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 6)))
        first = canonical(text)
        if first is not None:
            accepted += 1
            assert canonical(first) == first, ascii(text)
            assert is_canonical_form(first), ascii(text)
    assert accepted > GENERATED / 50


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    name = canonical(text)
    assert name is None or (is_canonical_form(name) and canonical(name) == name)


@given(st.lists(st.text("abcXYZ019-", min_size=1, max_size=20), min_size=1, max_size=6).map(".".join))
def test_plain_names_take_the_short_way_to_what_idna_says(host: str) -> None:
    try:
        expected = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError:
        expected = None
    name = canonical(f"x.{host}.com")
    assert name == (None if expected is None else f"x.{expected}.com")


def test_plain_name_loads_no_table() -> None:
    probe = (
        "import sys; from theme_license.domain import parse_domain; parse_domain('https://www.News.example.com:443/x');"
        "print(sorted({'idna', 'ipaddress', 'unicodedata'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_longest_texts_take_no_long_time() -> None:
    for text in ("a" * 1_024, "مثال." * 200, ":" * 1_024, "[" * 1_024, "xn--" * 256, "\u0323" * 1_024, "1." * 512):
        assert canonical(text) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("xn--mgbh0fb.xn--kgbechtv", "مثال.إختبار"),
        ("news.example.com", "news.example.com"),
        ("xn--not punycode", "xn--not punycode"),
        ("[::1]", "[::1]"),
    ],
)
def test_people_see_their_own_script(name: str, shown: str) -> None:
    assert display_name(name) == shown


def test_refusal_names_its_rule_and_not_the_text() -> None:
    with pytest.raises(DomainRefused) as caught:
        parse_domain("user:secret@acme.com")
    assert (caught.value.code, caught.value.reason) == ("domain_invalid", "bad_character")
    assert "secret" not in str(caught.value)


def test_development_is_asked_of_the_domain() -> None:
    assert parse_domain("shop.test").is_development
    assert not parse_domain("testshop.com").is_development
    assert parse_domain("8.8.8.8").decision is Decision.DENY_PUBLIC_IP
