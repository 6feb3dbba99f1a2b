"""Are the catalogs whole, fresh and true to the sentences that they translate? In every language, of both packages."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from license_server.web.owners import words
from theme_license.languages import LANGUAGES
from theme_license.languages import catalog as spoken
from tools.templates import PACKAGES, Sentence, sentences

CATALOGS = [path for package in PACKAGES.values() for path in sorted((package / "locale").glob("*/LC_MESSAGES/*.po"))]
SENTENCES = sentences()


def name_of(path: Path) -> str:
    return f"{path.stem}-{path.parts[-3]}"


@lru_cache
def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def translations(path: Path) -> Iterator[tuple[Sentence, tuple[str, ...]]]:
    """Yield each sentence with its translation, both as the tuple of their plural forms."""
    return (((message.context, forms(message.id)), forms(message.string)) for message in catalog(path) if message.id)


def forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text),)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", text))


def test_both_packages_speak_every_language() -> None:
    assert len(LANGUAGES) >= 14
    for package in PACKAGES.values():
        found = {path.parts[-3].replace("_", "-") for path in CATALOGS if path.is_relative_to(package)}
        assert found == set(LANGUAGES) - {"en"}, package


@pytest.mark.parametrize("path", CATALOGS, ids=name_of)
def test_compiled_catalog_is_fresh(path: Path) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalog(path))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make catalogs"


@pytest.mark.parametrize("path", CATALOGS, ids=name_of)
def test_every_sentence_is_translated_in_every_form_and_lost_no_placeholder(path: Path) -> None:
    for (_, sentence), translation in translations(path):
        assert len(translation) == (1 if len(sentence) == 1 else catalog(path).num_plurals), sentence
        for form in translation:
            assert form, sentence
            assert placeholders(form) == placeholders(sentence[0]), form


@pytest.mark.parametrize("path", CATALOGS, ids=name_of)
def test_a_catalog_has_every_sentence_of_the_code_and_no_stale_one(path: Path) -> None:
    held = {sentence for sentence, _ in translations(path)}
    said = SENTENCES[path.parents[3].name]
    assert not said - held, "run: make translations"
    assert not held - said, "run: make translations"


@pytest.mark.parametrize("language", sorted({path.parts[-3] for path in CATALOGS}))
def test_no_sentence_stands_in_both_catalogs(language: str) -> None:
    held = Counter(sentence for path in CATALOGS if path.parts[-3] == language for sentence, _ in translations(path))
    assert [sentence for sentence, count in held.items() if count > 1] == []


def test_the_portal_says_in_the_clients_words_what_its_own_catalogs_lack() -> None:
    portal = spoken("ar", domain=words.DOMAIN, folder=words.FOLDER)
    assert portal.gettext("Perpetual") == spoken("ar").gettext("Perpetual") != "Perpetual"
    days = ("Until {date} ({count} day left)", "Until {date} ({count} days left)")
    assert portal.ngettext(*days, 3) == spoken("ar").ngettext(*days, 3) not in days


def test_a_sentence_may_mean_another_thing_in_a_context() -> None:
    portal = spoken("ar", domain=words.DOMAIN, folder=words.FOLDER)
    assert portal.pgettext("the license on a domain", "Keep it") != portal.gettext("Keep it") != "Keep it"


def test_a_language_that_lost_a_placeholder_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "theme_license.po"
    path.write_text('msgid "Until {date}"\nmsgstr "Bis {datum}"\n', "utf-8")
    with pytest.raises(AssertionError):
        test_every_sentence_is_translated_in_every_form_and_lost_no_placeholder(path)
