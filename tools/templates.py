"""Which sentences are there to translate? Run as a program, it writes a template for each package into a folder.

    python -m tools.templates build

A sentence that both packages say stands in the client's template alone: what the portal's catalogs lack, the portal
takes from the client's.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

import license_server
import theme_license

PACKAGES = {package.__name__: Path(package.__path__[0]) for package in (theme_license, license_server)}

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_KEYWORDS = {"_": None, "marked": None, "tell": None, "tell_in": ((1, "c"), 2), "tell_count": (1, 2)}

Sentence = tuple[str | None, tuple[str, ...]]
"""Its context and its forms: one, or the singular and the plural."""


def main(folder: Path) -> None:
    """Write every template into ``folder``."""
    for package, found in sentences().items():
        template = Catalog(project="Theme License", version="1")
        for context, forms in found:
            template.add(forms if len(forms) > 1 else forms[0], context=context)
        with (folder / f"{package}.pot").open("wb") as file:
            write_po(file, template, width=120, sort_output=True)


def sentences() -> dict[str, set[Sentence]]:
    """Return by package which sentences its catalogs hold."""
    said = {package: set(_said(path)) for package, path in PACKAGES.items()}
    return said | {"license_server": said["license_server"] - said["theme_license"]}


def _said(package: Path) -> Iterator[Sentence]:
    for _, _, text, _, context in extract_from_dir(package, _METHODS, keywords=_KEYWORDS):
        if text:
            yield context, text if isinstance(text, tuple) else (text,)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
