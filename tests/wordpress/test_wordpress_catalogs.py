"""Does the WordPress side say what the Python client says, in every language, from files that WordPress can read?"""

import importlib.util
import re
import struct
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

from tests.wordpress.php import WORDPRESS
from theme_license.languages import LANGUAGES
from theme_license.options_page import sentences
from theme_license.options_page.states import BADGES

FOLDER = WORDPRESS / "theme-license"
OPTIONS_PAGE = sorted((FOLDER / "options-page").rglob("*.php"))
FOR_HOSTS = {"class-details.php"}
"""What is said to the support of a site's host, in English."""

NOT_SAID = {
    "Or scan this code with a telephone. Enter the license key there, and copy the answer.",
    "QR code of the license page with this request",
}
"""What belongs to the QR code, which the card in WordPress does not have."""


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogs", WORDPRESS / "tools" / "catalogs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()
FILES = TOOL.made()


def messages(language: str) -> Catalog:
    path = TOOL.PYTHON / language.replace("-", "_") / "LC_MESSAGES" / "theme_license.po"
    catalog: Catalog = TOOL._read(path, language.replace("-", "_"))
    return catalog


def sentences_of(catalog: Catalog) -> set[str]:
    found: set[str] = set()
    for message in catalog:
        found.update([message.id] if isinstance(message.id, str) else message.id)
    return found - {""}


def test_the_files_are_fresh() -> None:
    kept = {path.name: path.read_bytes() for path in (FOLDER / "languages").iterdir()}
    assert sorted(kept) == sorted(FILES)
    assert [name for name in FILES if kept[name] != FILES[name]] == [], "run make catalogs"


def test_every_language_is_there() -> None:
    spoken = {name.removeprefix("theme-license-")[:-3] for name in FILES if name.endswith(".mo")}
    assert {language.replace("_", "-") for language in spoken} | {"en"} == set(LANGUAGES)


def test_wordpress_says_every_sentence_of_the_card() -> None:
    said = TOOL.php_texts()
    assert {each for each in sentences_of(messages("ar")) if each not in said} == NOT_SAID


def test_wordpress_says_no_sentence_that_has_no_translation() -> None:
    known = sentences_of(messages("ar"))
    for path in OPTIONS_PAGE:
        if path.name not in FOR_HOSTS:
            code = re.sub(r"/\*.*?\*/|<svg.*?</svg>", "", path.read_text("utf-8"), flags=re.DOTALL)
            told = re.findall(r"""(?:tell|tell_count|button|step|link|copied|key_field|plain)\( (.*)""", code)
            texts = [found[0] or found[1] for line in told for found in re.findall(r"'([^']*)'|\"([^\"]*)\"", line)]
            unknown = [text for text in texts if text not in known and re.match(r"[A-Z{].*[a-z]", text)]
            assert unknown == [], path.name


def test_codes_and_badges_have_the_sentences_of_the_python_client() -> None:
    code = (FOLDER / "options-page" / "class-sentences.php").read_text("utf-8")
    rows = {name: text.replace("\\'", "'") for name, text in re.findall(r"^\t\t'(\w+)' *=> '(.*)',$", code, re.M)}
    tables = (sentences.REFUSALS, sentences.CAUSES, sentences.ANSWERS, sentences.DONE)
    assert rows == {code: sentence for table in tables for code, sentence in table.items()}
    assert sentences.UNKNOWN_REFUSAL in TOOL.php_texts()
    state = (FOLDER / "options-page" / "class-card-state.php").read_text("utf-8")
    badges = re.findall(r"array\( '(\w+)', '([\w ]+)' \)", state)
    assert badges == [(badge.kind, badge.word) for badge in BADGES.values()]


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".mo")])
def test_wordpress_finds_the_index(name: str) -> None:
    """Its reader wants the hash table's place right behind the index, even where there is no such table."""
    magic, revision, count, ids_at, translations_at, hashes, hashes_at = struct.unpack_from("<7I", FILES[name])
    assert (magic, revision, hashes) == (0x950412DE, 0, 0)
    assert translations_at == ids_at + 8 * count
    assert hashes_at == translations_at + 8 * count


def assets(name: str) -> tuple[str, str]:
    """Return what a file of the card holds in the Python client, and in this one."""
    static = WORDPRESS.parent / "theme_license" / "options_page" / "static"
    return (static / name).read_text("utf-8"), (FOLDER / "assets" / name).read_text("utf-8")


def test_both_cards_run_the_same_script() -> None:
    python, wordpress = assets("theme-license.js")
    assert wordpress == python


def test_both_cards_have_the_same_look_but_for_what_is_around_them() -> None:
    mark = "/* From here on the sheets of both clients are the same. */"
    python, wordpress = (sheet.split(mark) for sheet in assets("theme-license.css"))
    assert wordpress[1:] == python[1:]
    assert wordpress[1].count("{") > 50
    colours = re.findall(r"(--[\w-]+): (#\w+);", wordpress[0])
    assert len(colours) > 15
    assert set(colours) <= set(re.findall(r"(--[\w-]+): (#\w+);", python[0].partition("@media")[0]))
