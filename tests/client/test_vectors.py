"""Every vector, which any language can run, gives what it says; and the vectors are what their generators write.

Promise: any bit of a signed license changed, any part cut off, any other spelling of its base64.
Promise: a low-order or non-canonical public key or signature point.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.vectors.files import SCENARIOS, VECTORS, load
from theme_license.domain import display_name, parse_domain
from theme_license.errors import DomainRefused, KeyMalformed, UnusablePublicKey
from theme_license.license_key import parse_license_key
from theme_license.look_alikes import latin_twin, mixes_scripts
from theme_license.wire import PinnedKeys, parse_public_key, verify_signature, verify_signed_license


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_signed_license(path: Path) -> None:
    vector = load(path)
    verdict = verify_signed_license(
        vector["signed_license"],
        pinned=PinnedKeys.parse(vector["pinned_keys"]),
        product=vector["product"],
        domain=vector["domain"],
        now=vector["now"],
    )
    assert verdict.code == vector["verdict"], vector["description"]


@pytest.mark.parametrize("name", ["domains.json", "domains_more.json"])
def test_domains(name: str) -> None:
    for row in load(VECTORS / name):
        try:
            domain = parse_domain(row["input"])
            seen = (domain.name, domain.decision.value)
        except DomainRefused as error:
            seen = (None, f"reject:{error.reason}")
        decision = "site" if row.get("decided_by") == "server" else row["decision"]
        assert seen == (row["canonical"], decision), ascii(row["input"])


def test_the_table_of_domains_has_every_row() -> None:
    assert len(load(VECTORS / "domains.json")) == 114


def test_look_alikes() -> None:
    for row in load(VECTORS / "look_alikes.json"):
        shown = display_name(row["canonical"])
        seen = (shown, latin_twin(shown), mixes_scripts(shown))
        assert seen == (row["shown"], row["looks_like"], row["mixes_scripts"]), row["description"]


def test_license_keys() -> None:
    for row in load(VECTORS / "license_keys.json"):
        try:
            symbols = parse_license_key(row["input"]).symbols
        except KeyMalformed:
            symbols = None
        assert symbols == row["symbols"], row["description"]


def test_signatures() -> None:
    for row in load(VECTORS / "signatures.json"):
        parts = (bytes.fromhex(row[name]) for name in ("public_key", "message", "signature"))
        assert verify_signature(*parts) is row["valid"], row["description"]


def test_public_keys() -> None:
    for row in load(VECTORS / "public_keys.json"):
        try:
            raw = parse_public_key(row["text"]).raw.hex()
        except UnusablePublicKey:
            raw = None
        assert raw == row["raw"], row["description"]


@pytest.mark.parametrize("generator", ["make.py", "make_keys.py"])
def test_files_are_what_their_generator_writes(generator: str, tmp_path: Path) -> None:
    program = "import runpy, sys, pathlib; make = runpy.run_path(sys.argv[1]); make['write'](pathlib.Path(sys.argv[2]))"
    subprocess.run([sys.executable, "-c", program, VECTORS / generator, tmp_path], check=True)
    written = list(tmp_path.rglob("*.json"))
    assert written
    for path in written:
        assert path.read_bytes() == (VECTORS / path.relative_to(tmp_path)).read_bytes(), path.name
    scenarios = {path.name for path in (tmp_path / "signed_license").glob("*.json")}
    assert not scenarios or scenarios == {path.name for path in SCENARIOS}
