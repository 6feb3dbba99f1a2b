"""Which room of the PHP client knows which? ``wordpress/`` knows ``options-page/``, both know ``core/``. No circle."""

import re
from pathlib import Path

import pytest

from tests.wordpress.php import WORDPRESS

FOLDER = WORDPRESS / "theme-license"
ROOMS = {"core": "", "options-page": "Options_Page\\", "wordpress": "WordPress\\"}
"""The namespace of each room below that of the client; a room knows itself and those before it."""

_PHP = re.compile(r"<\?php(.*?)(?:\?>|\Z)", re.DOTALL)
_COMMENT_OR_TEXT = re.compile(r"""/\*.*?\*/|//[^\n]*|\#[^\n]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_CLASS = re.compile(r"^(?:abstract |final )?(?:class|interface|trait) (\w+)", re.MULTILINE)
_NAME = re.compile(r"(?<![$\w>:\\])\\?[A-Za-z_][\w\\]*")


def code_of(php: str) -> str:
    """Return the code without comments; of a text stays alone what may be the name of a class."""
    code = "\n".join(_PHP.findall(php))
    return _COMMENT_OR_TEXT.sub(
        lambda found: " ".join(re.findall(r"Theme_License\\[\w\\]+", found[0] if found[0][0] in "'\"" else "")), code
    )


FILES = {path: room for room in ROOMS for path in sorted((FOLDER / room).rglob("*.php"))}
OWNERS = {name: room for path, room in FILES.items() for name in _CLASS.findall(code_of(path.read_text("utf-8")))}


def rooms_named(php: str) -> set[str]:
    """Return the rooms whose classes a file names: in ``use``, in full, in part, or as if they were its own."""
    code = re.sub(r"^namespace [\w\\]+;", "", code_of(php), flags=re.MULTILINE)
    names = _NAME.findall(code)
    by_class = {OWNERS[short] for name in names if (short := name.rpartition("\\")[2]) in OWNERS}
    return by_class | {room for room, space in ROOMS.items() for name in names if space and space in f"{name}\\"}


def test_every_class_has_a_name_of_its_own() -> None:
    assert len(OWNERS) > 60
    names = [name for path in FILES for name in _CLASS.findall(code_of(path.read_text("utf-8")))]
    assert len(names) == len(OWNERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_room_knows_only_those_before_it(path: Path) -> None:
    rooms = list(ROOMS)
    assert rooms_named(path.read_text("utf-8")) <= set(rooms[: rooms.index(FILES[path]) + 1])


@pytest.mark.parametrize(
    "line",
    [
        "use Theme_License\\V1\\WordPress\\Page;",
        "use Theme_License\\V1\\{ Verdict, WordPress\\Page };",
        "use Theme_License\\V1\\WordPress;",
        "private ?Page $page;",
        "function f( Page $page ): void {}",
        "$a = \\Theme_License\\V1\\WordPress\\Page::class;",
        "$a = new WordPress\\Page( $theme );",
        "$a = array( 'Theme_License\\V1\\WordPress\\Page', 'show' );",
        '$a = "Theme_License\\\\V1\\\\WordPress\\\\Page";',
        "} catch ( Answer_Refused | Page $error ) {",
        "?><p>Page</p><?php Page::show();",
    ],
)
def test_an_arrow_is_seen_however_it_is_written(line: str) -> None:
    assert "wordpress" in rooms_named(f"<?php\n{line}\n")


@pytest.mark.parametrize(
    "line", ["// Page", "/* Page::show() */", "$Page->Page( self::Page );", "$a = 'Page';", "?>Page"]
)
def test_what_names_no_class_is_no_arrow(line: str) -> None:
    assert rooms_named(f"<?php\n{line}\n") == set()
