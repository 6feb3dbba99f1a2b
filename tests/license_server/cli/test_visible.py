"""Nothing that a stranger wrote acts on the vendor's terminal, or hides there."""

import json
import re
from pathlib import Path

import pytest

import license_server
from license_server.cli.visible import visible
from tests.license_server.live import LiveServer, body, post
from tests.license_server.vendor import Vendor, on_terminal

HOSTILE = "theme\u202egnp.exe\u202c \x9b31mred\u2066x\u2069 \u200b\x7f \u2028 \U000e0041 \x1b]0;t\x07"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Jannah, größer 新", "Jannah, größer 新"),
        ("a\u202eb", r"a\u202eb"),
        ("\x1b[2J", r"\u001b[2J"),
        ("\x9b2J", r"\u009b2J"),
        ("a\u200bb\ufeff\u00ad", r"a\u200bb\ufeff\u00ad"),
        ("a\u3164", r"a\u3164"),
        ("\U000e0041", r"\udb40\udc41"),
        ("قالب\u200cساز", "قالب\u200cساز"),
        ("क्\u200dष", "क्\u200dष"),
        ("pay\u200cpal", r"pay\u200cpal"),
        ("\u200d", r"\u200d"),
    ],
)
def test_what_acts_or_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_what_a_site_calls_its_client_is_harmless_on_a_terminal(live_server: LiveServer) -> None:
    issued = live_server.issue()
    sent = {**body(issued.license_key, "visible.example.com"), "client": HOSTILE}
    assert post(live_server.url, "activate", sent).status_code == 201
    for arguments in (
        ("activation", "list", "--domain", "visible.example.com"),
        ("license", "show", issued.license_id),
    ):
        printed = live_server.cli(*arguments, "--json").stdout
        assert not ACTING.search(printed)
        found = json.loads(printed)
        assert (found[0] if isinstance(found, list) else found["activations"][0])["client"] == HOSTILE


def test_what_stands_in_the_database_is_harmless_in_every_form(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path).set_up()
    with vendor.database() as connection:
        connection.exec_driver_sql("UPDATE products SET name = ?", (HOSTILE,))
    for text in (
        vendor.cli("product", "list").stdout,
        vendor.cli("product", "show", "jannah").stdout,
        vendor.cli("product", "list", "--json").stdout,
        on_terminal(vendor, "product", "list"),
        on_terminal(vendor, "product", "show", "jannah"),
    ):
        assert not ACTING.search(text)
        assert r"\u202egnp.exe" in text.replace("\n", "")


def test_a_command_that_is_wrong_is_told_harmlessly(tmp_path: Path) -> None:
    told = Vendor(tmp_path).cli("product", "create", HOSTILE.replace("\x00", ""), "--nane").stderr
    assert not ACTING.search(told)


def test_every_command_prints_by_one_hand() -> None:
    folder = Path(license_server.__file__).parent / "cli"
    prints = re.compile(r"(?<![\w.])print\(|click\.echo\(|sys\.std(?:out|err)\.write\(")
    assert [path.name for path in sorted(folder.glob("*.py")) if prints.search(path.read_text("utf-8"))] == [
        "output.py",
        "reference.py",
    ]
