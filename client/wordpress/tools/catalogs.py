"""The catalogs of the WordPress side, made from the Python client's: the same sentences, translated once.

    python client/wordpress/tools/catalogs.py [FOLDER]

writes ``theme-license.pot`` and a ``.po`` and ``.mo`` for each language with the sentences that the PHP sources hold.
"""

import io
import re
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WORDPRESS = Path(__file__).parents[1] / "theme-license"
PYTHON = Path(__file__).parents[2] / "theme_license" / "locale"
DOMAIN = "theme-license"
WIDTH = 120

_PHP = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)" """, re.DOTALL | re.VERBOSE
)
"""A comment or a text; comments are read so that an apostrophe in them opens no text."""


def main(folder: Path = WORDPRESS / "languages") -> None:
    """Write every file into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made().items():
        (folder / name).write_bytes(content)


def made() -> Mapping[str, bytes]:
    """Return what each file must hold, by its name."""
    files: dict[str, bytes] = {}
    texts = php_texts()
    for path in sorted(PYTHON.glob("*/LC_MESSAGES/theme_license.po")):
        language = path.parts[-3]
        catalog = _read(path, language)
        for message in list(catalog):
            if message.id and singular(message.id) not in texts:
                catalog.delete(message.id)
        files[f"{DOMAIN}-{language}.po"] = _po(catalog)
        files[f"{DOMAIN}-{language}.mo"] = _mo(catalog)
        if f"{DOMAIN}.pot" not in files:
            files[f"{DOMAIN}.pot"] = _po(_template(catalog))
    return files


def php_texts() -> set[str]:
    """Return every text that stands in quotation marks in the PHP sources."""
    texts: set[str] = set()
    for path in WORDPRESS.rglob("*.php"):
        for found in _PHP.finditer(path.read_text("utf-8")):
            text = found["single"] or found["double"]
            if text:
                texts.add(re.sub(r"""\\(['"\\])""", r"\1", text))
    return texts


def singular(message_id: str | tuple[str, ...] | list[str]) -> str:
    """Return the sentence under which gettext knows a message."""
    return message_id if isinstance(message_id, str) else message_id[0]


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _template(catalog: Catalog) -> Catalog:
    template = Catalog(
        header_comment="# Theme License: the words of the notice and of the card, as the Python client has them.",
        project=catalog.project,
        version=catalog.version,
        creation_date=catalog.creation_date,
        fuzzy=False,
    )
    for message in catalog:
        if message.id:
            template.add(message.id)
    return template


def _po(catalog: Catalog) -> bytes:
    content = io.BytesIO()
    write_po(content, catalog, width=WIDTH, no_location=True, sort_output=True, include_lineno=False)
    return content.getvalue()


def _mo(catalog: Catalog) -> bytes:
    content = io.BytesIO()
    write_mo(content, catalog)
    made = bytearray(content.getvalue())
    # WordPress's reader wants to be told that a hash table without entries stands behind the index.
    count, translations_at = struct.unpack_from("<I", made, 8)[0], struct.unpack_from("<I", made, 16)[0]
    struct.pack_into("<II", made, 20, 0, translations_at + 8 * count)
    return bytes(made)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
