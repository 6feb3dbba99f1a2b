"""Are the portal's catalogs whole, fresh and true to the sentences they translate?"""

import io
import re
from collections import Counter
from gettext import c2py  # type: ignore[attr-defined]  # reads the rule of a catalog
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po
from markupsafe import Markup

from license_server.web.owners.words import FOLDER, NATIVE_NAMES, OFFERED, Words
from theme_license.languages import LANGUAGES

CATALOGS = sorted(FOLDER.glob("*/LC_MESSAGES/license_server.po"))
KEYWORDS = {"_": None, "marked": None, "tell": None, "many": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def messages(path: Path) -> list[Message]:
    return [message for message in catalog(path) if message.id]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w*\}", text))


def language_of(path: Path) -> str:
    return path.parts[-3].replace("_", "-")


def forms_of_one_number(language: str) -> set[int]:
    """Return the plural forms that fit one number only: there the number may be a word."""
    form_of = c2py(get_plural(language.replace("-", "_")).plural_expr)
    return {form for form, count in Counter(map(form_of, range(1_000))).items() if count == 1}


def test_every_language_has_its_own_name() -> None:
    assert tuple(NATIVE_NAMES) == LANGUAGES


def test_a_language_is_offered_when_it_has_its_catalog() -> None:
    assert set(OFFERED) == {"en", *(language_of(path) for path in CATALOGS)}
    assert {"en", "ar"} <= set(OFFERED) <= set(LANGUAGES)


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_compiled_catalog_is_fresh(path: Path) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalog(path))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make catalogs"


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_a_catalog_has_every_sentence_of_the_code_and_no_other(path: Path) -> None:
    found = {text for _, _, text, _, _ in extract_from_dir(FOLDER.parent, METHODS, keywords=KEYWORDS)}
    assert {message.id for message in messages(path)} == found, "run: make sentences"


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_no_translation_lost_a_placeholder_or_is_empty(path: Path) -> None:
    spare = forms_of_one_number(language_of(path))
    for message in messages(path):
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = placeholders(sources[-1])
        for number, form in enumerate(forms):
            assert form, message.id
            may_lack = {"{number}"} if isinstance(message.id, tuple) and number in spare else set()
            assert wanted - may_lack <= placeholders(form) <= wanted, f"{message.id}: {form}"


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_every_count_can_be_told(path: Path) -> None:
    words = Words(language_of(path))
    for message in messages(path):
        if isinstance(message.id, tuple):
            for number in (*range(120), 364, 365, 1_000):
                told = words.many(*message.id, number, left=7, used=7, date=Markup("<bdi>x</bdi>"))
                assert "{" not in told


def test_arabic_counts_days_as_arabic_does() -> None:
    words = Words("ar")
    one, more = "Until {date} ({number} day left)", "Until {date} ({number} days left)"
    told = {number: words.many(one, more, number, date="x") for number in (0, 1, 2, 3, 11, 100, 364)}
    assert "الأيام المتبقية: 1" in told[1]
    assert "الأيام المتبقية: 2" in told[2]
    assert "بقي 3 أيام" in told[3]
    assert "يومًا" in told[11]
    assert "يومًا" in told[364]
    assert "يومًا" not in told[100]
