"""Are the catalogs whole, fresh and true to the sentences that they translate? In every language, of both packages."""

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import license_server
import theme_license
from theme_license.languages import LANGUAGES

PACKAGES = [Path(package.__file__).parent for package in (theme_license, license_server)]
CATALOGS = [path for package in PACKAGES for path in sorted((package / "locale").glob("*/LC_MESSAGES/*.po"))]
KEYWORDS = {"_": None, "marked": None, "gettext": None, "tell": None, "tell_count": (1, 2), "many": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]

Sentence = str | tuple[str, ...]


def name_of(path: Path) -> str:
    return f"{path.stem}-{path.parts[-3]}"


@lru_cache
def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def translations(path: Path) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield each sentence with its translation, both as the tuple of their plural forms."""
    return ((forms(message.id), forms(message.string)) for message in catalog(path) if message.id)


def forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text),)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


@lru_cache
def sentences_of_the_code(package: Path) -> frozenset[tuple[str, ...]]:
    found = extract_from_dir(package, METHODS, keywords=KEYWORDS)
    return frozenset(forms(text) for _, _, text, _, _ in found if text)


def test_both_packages_speak_every_language() -> None:
    assert len(LANGUAGES) >= 14
    for package in PACKAGES:
        found = {path.parts[-3].replace("_", "-") for path in CATALOGS if path.is_relative_to(package)}
        assert found == set(LANGUAGES) - {"en"}, package


@pytest.mark.parametrize("path", CATALOGS, ids=name_of)
def test_compiled_catalog_is_fresh(path: Path) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalog(path))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make catalogs"


@pytest.mark.parametrize("path", CATALOGS, ids=name_of)
def test_every_sentence_is_translated_in_every_form_and_lost_no_placeholder(path: Path) -> None:
    for sentence, translation in translations(path):
        assert len(translation) == (1 if len(sentence) == 1 else catalog(path).num_plurals), sentence
        for form in translation:
            assert form, sentence
            assert placeholders(form) == placeholders(sentence[0]), form


@pytest.mark.parametrize("path", CATALOGS, ids=name_of)
def test_a_catalog_has_every_sentence_of_the_code_and_no_stale_one(path: Path) -> None:
    package = path.parents[3]
    held = {sentence for sentence, _ in translations(path)}
    missing, stale = sentences_of_the_code(package) - held, held - sentences_of_the_code(package)
    assert not missing, "run: make translations"
    assert not stale, "run: make translations"


def test_a_language_that_lost_a_placeholder_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "theme_license.po"
    path.write_text('msgid "Until {date}"\nmsgstr "Bis {datum}"\n', "utf-8")
    with pytest.raises(AssertionError):
        test_every_sentence_is_translated_in_every_form_and_lost_no_placeholder(path)
