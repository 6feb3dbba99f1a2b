"""Does the notice say its three sentences in fourteen languages, safely?

Promise: XSS, CSRF, clickjacking on the options page.
"""

import json
import re
from pathlib import Path

import pytest

from theme_license.formats import day_text, language_name, moment_text, number_text
from theme_license.languages import LANGUAGES, best_language, direction
from theme_license.notice import notice_html, notice_sentences, notice_text

SENTENCES: dict[str, list[str]] = json.loads((Path(__file__).parent / "notice.json").read_text("utf-8"))
HOSTILE = "<script>alert(1)</script>\"'&{theme}"


@pytest.mark.parametrize("language", SENTENCES)
def test_sentences_are_those_of_the_table(language: str) -> None:
    told = notice_sentences("Jannah", language)
    assert list(told) == [sentence.replace("{theme}", "Jannah") for sentence in SENTENCES[language]]


def test_every_language_of_the_table_is_offered() -> None:
    assert set(LANGUAGES) == set(SENTENCES)


@pytest.mark.parametrize("language", SENTENCES)
def test_html_is_escaped_directed_and_leads_to_the_field(language: str) -> None:
    html = notice_html(HOSTILE, language, field_url='#field"><script>')
    assert "<script>" not in html
    assert f'lang="{language}" dir="{"rtl" if language in ("ar", "fa", "he") else "ltr"}"' in html
    assert 'role="status"' in html
    assert re.search(r'<a href="#field&quot;&gt;&lt;script&gt;">[^<]+</a>', html)
    assert "<bdi>&lt;script&gt;" in html


def test_text_is_one_line() -> None:
    assert notice_text("Jannah", "en") == (
        "Jannah Theme License is not validated. Go to the theme options page to validate the license. "
        "You need a single license for each domain name."
    )


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        ("ar", "ar"),
        ("ar-EG", "ar"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("xx, fa;q=0.3, tr;q=0.7", "tr"),
        ("pt", "pt-BR"),
        ("zh_CN", "zh-CN"),
        ("en;q=0, ar;q=0.1", "ar"),
        ("", "en"),
        ("*", "en"),
        (";;;q=x,,=,q=1;", "en"),
        ("a" * 100_000, "en"),
        ("ar;q=nan", "en"),
    ],
)
def test_the_best_language_is_taken(wanted: str, best: str) -> None:
    assert best_language(wanted, LANGUAGES) == best


def test_directions_and_dates() -> None:
    assert [direction(language) for language in ("ar", "fa", "he", "en", "ja")] == ["rtl"] * 3 + ["ltr"] * 2
    assert day_text(1_800_000_000, "en") == "January 15, 2027"
    assert day_text(1_800_000_000, "ar") == "15 يناير 2027"
    assert day_text(1_800_000_000, "fa") == "۱۵ ژانویهٔ ۲۰۲۷"
    assert day_text(2**53 - 1, "en") == "—"
    assert moment_text(1_800_000_000, "de") == "15. Januar 2027, 08:00 UTC"
    assert [language_name(tag) for tag in ("fr", "ar", "pt-BR")] == ["Français", "العربية", "Português (Brasil)"]
    assert number_text(1_234, "de") == "1.234"
    assert number_text(1_234, "fa") == "۱٬۲۳۴"
