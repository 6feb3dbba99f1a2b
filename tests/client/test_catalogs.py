"""Are the catalogs whole, fresh and true to the sentences they translate?"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import theme_license
from theme_license.languages import LANGUAGES

PACKAGE = Path(theme_license.__file__).parent
CATALOGS = sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/theme_license.po"))
KEYWORDS = {"_": None, "marked": None, "_tell": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def translations(path: Path) -> Iterator[tuple[str, str]]:
    return ((str(message.id), str(message.string)) for message in catalog(path) if message.id)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


def sentences_of_the_code() -> set[str]:
    found = extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS)
    return {text for _, _, text, _, _ in found if isinstance(text, str) and text}


def language_of(path: Path) -> str:
    return path.parts[-3].replace("_", "-")


def test_there_is_one_catalog_a_language() -> None:
    assert {language_of(path) for path in CATALOGS} == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_compiled_catalog_is_fresh(path: Path) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalog(path))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make catalogs"


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_no_translation_lost_a_placeholder_or_is_empty(path: Path) -> None:
    for sentence, translation in translations(path):
        assert translation, sentence
        assert placeholders(translation) == placeholders(sentence), sentence


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_a_card_language_has_every_sentence_and_no_stale_one(language: str) -> None:
    path = PACKAGE / "locale" / language / "LC_MESSAGES" / "theme_license.po"
    assert {sentence for sentence, _ in translations(path)} == sentences_of_the_code()


@pytest.mark.parametrize("path", CATALOGS, ids=language_of)
def test_no_catalog_has_a_sentence_that_the_code_dropped(path: Path) -> None:
    assert {sentence for sentence, _ in translations(path)} <= sentences_of_the_code()
