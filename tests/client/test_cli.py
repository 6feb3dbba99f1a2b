"""What does the command ``theme-license`` print, and with which status does it end?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.site import NOW, Vendor
from tests.vectors.files import VECTORS, load

PUBLIC = Vendor().key
GOOD = Vendor().sign()


def command(*arguments: str | bytes, stdin: str | bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("THEME_LICENSE_")}
    own = {f"THEME_LICENSE_{name.upper()}": value for name, value in settings.items()}
    program = [sys.executable, "-m", "theme_license.cli", *arguments]
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.run(program, input=raw, capture_output=True, env=kept | own | {"PYTHONPATH": path}, check=False)


def verify(*more: str, stdin: str = GOOD) -> subprocess.CompletedProcess[bytes]:
    wanted = ("--product", "jannah", "--domain", "https://www.News.example.com/", "--at", str_time(NOW))
    return command("verify", "--key", PUBLIC.text, *wanted, *more, stdin=stdin)


def str_time(moment: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC).isoformat()


def test_domain_tells_all_rows_of_the_table() -> None:
    rows = load(VECTORS / "domains.json")
    rows = [row for row in rows if "\n" not in row["input"]]
    done = command("domain", "--json", stdin="\n".join(row["input"] for row in rows))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert told == [{name: row[name] for name in ("input", "canonical", "decision")} for row in rows]


def test_domain_takes_texts_and_honours_the_double_dash() -> None:
    done = command("domain", "--", "--json", "-x", "Acme.com")
    assert done.stdout.decode() == "-\treject:not_idna2008\n-\treject:not_idna2008\nacme.com\tsite\n"
    assert done.returncode == 0


def test_lines_end_at_a_line_feed_only() -> None:
    done = command("domain", "--json", stdin=b"a.com\r\n b.com\x0b\nc.com\rd\xe2\x80\xa8e")
    assert [json.loads(line)["input"] for line in done.stdout.splitlines()] == [
        "a.com",
        " b.com\x0b",
        "c.com\rd\u2028e",
    ]


def test_bytes_that_are_no_text_are_refused_and_told() -> None:
    for done in (command("domain", "--json", b"\xff.com"), command("domain", "--json", stdin=b"\xff.com\n")):
        assert json.loads(done.stdout) == {"input": "\udcff.com", "canonical": None, "decision": "reject:bad_character"}


def test_key_reads_what_people_paste() -> None:
    row = load(VECTORS / "license_keys.json")[0]
    done = command("key", "--json", row["input"].lower().replace("-", " "))
    assert json.loads(done.stdout)["canonical"] == row["input"]
    refused = json.loads(command("key", "--json", stdin="JNH-1\n").stdout)
    assert (refused["canonical"], refused["decision"]) == (None, "reject:key_malformed")


def test_verify_says_ok_with_0_and_not_ok_with_5() -> None:
    done = verify()
    assert (done.stdout, done.returncode) == (b"valid\n", 0)
    assert verify(stdin=GOOD + "\n").returncode == 0
    late = verify("--at", "2099-01-01T00:00:00Z")
    assert (late.stdout, late.returncode) == (b"lease_ended\n", 5)
    assert verify(stdin=GOOD[:-1]).returncode == 5
    assert verify(stdin="").stdout == b"malformed\n"
    assert verify(stdin="A" * 100_000).stdout == b"malformed\n"


def test_verify_reads_a_jwk_and_several_keys() -> None:
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC.text})
    standby = load(VECTORS / "public_keys.json")[0]["text"]
    wanted = ("--product", "jannah", "--domain", "news.example.com", "--at", str_time(NOW))
    assert command("verify", "--key", standby, jwk, *wanted, stdin=GOOD).stdout == b"valid\n"
    assert command("verify", "--key", standby, "--key", jwk, *wanted, stdin=GOOD).stdout == b"valid\n"
    assert command("verify", "--key", standby, *wanted, stdin=GOOD).stdout == b"unknown_key\n"


def test_verify_json_shows_the_claims() -> None:
    told = json.loads(verify("--json").stdout)
    assert (told["verdict"], told["ok"], told["domain"]) == ("valid", True, "news.example.com")
    assert told["license"]["sub"] == "lic_1"


@pytest.mark.parametrize(
    "wrong",
    [("--key", "no key"), ("--domain", "a b"), ("--at", "yesterday"), ("--key", "AQ" + "A" * 41), ("--nonsense",)],
)
def test_what_cannot_be_used_ends_with_2_and_one_sentence(wrong: tuple[str, ...]) -> None:
    done = verify(*wrong)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_check_and_refresh_read_the_environment(tmp_path: Path) -> None:
    site = {"product": "jannah", "server": "http://127.0.0.1:9", "keys": PUBLIC.text, "domain": "news.example.com"}
    state = str(tmp_path / "state.json")
    done = command("check", state=state, **site)
    assert (done.stdout, done.returncode) == (b"not_activated\n", 5)
    development = command("check", "--json", state=state, **(site | {"domain": "shop.test"}))
    assert (json.loads(development.stdout)["verdict"], development.returncode) == ("development", 0)
    assert command("refresh", state=state, **site).stderr == b"nothing_stored\n"
    assert command("check", "--domain", "localhost", state=state, **site).returncode == 0
    assert not (tmp_path / "state.json").exists()


def test_missing_settings_are_named() -> None:
    done = command("check", product="jannah")
    assert done.returncode == 2
    assert b"THEME_LICENSE_SERVER" in done.stderr
    assert b"THEME_LICENSE_PRODUCT" not in done.stderr


def test_a_reader_that_has_gone_is_no_fault() -> None:
    program = f"{sys.executable} -m theme_license.cli domain | true"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        ["bash", "-c", program], input=b"a.com\n" * 20_000, capture_output=True, env=os.environ | {"PYTHONPATH": path}
    )
    assert done.stderr == b""
