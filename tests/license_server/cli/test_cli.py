"""The vendor's command line without a terminal: results, exit statuses, one line for every refusal."""

import csv
import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.license_server.live import LiveServer, body, post
from tests.license_server.vendor import Vendor, refused


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> LiveServer:
    """Make a server that is set up and not running: the commands need only its database."""
    return Vendor(tmp_path_factory.mktemp("cli"), database_url=new_database()).set_up()


def files(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_init_makes_a_private_home_with_its_parents(tmp_path: Path) -> None:
    server = Vendor(tmp_path / "a" / "b")
    made = server.cli_json("init")
    assert made["home"] == str(server.home)
    for path in server.home.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert [key["status"] for key in server.cli_json("signing-key", "list")] == ["current"]


def test_a_standbys_private_half_is_only_outside_of_the_home(tmp_path: Path) -> None:
    server, stick = Vendor(tmp_path), tmp_path / "stick"
    stick.mkdir()
    made = server.cli_json("init", "--standby-to", str(stick))
    private = (stick / "k2.pem").read_bytes()
    assert stat.S_IMODE((stick / "k2.pem").stat().st_mode) == 0o600
    assert made["standby_file"] == str(stick / "k2.pem")
    assert all(private.splitlines()[1] not in content for content in files(server.home).values())
    assert [key["status"] for key in server.cli_json("signing-key", "list")] == ["current", "standby"]
    assert server.public_keys() == made["public_keys"]


def test_init_again_changes_nothing(tmp_path: Path) -> None:
    server = Vendor(tmp_path)
    server.cli_json("init")
    before = files(server.home)
    stick = tmp_path / "stick"
    stick.mkdir()
    assert "already holds a license server" in refused(server.cli("init"), 5)
    refused(server.cli("init", "--standby-to", str(stick)), 5)
    assert files(server.home) == before
    assert not list(stick.iterdir())


def test_init_leaves_nothing_when_it_cannot_finish(tmp_path: Path) -> None:
    server = Vendor(tmp_path)
    refused(server.cli("init", "--standby-to", str(tmp_path / "missing")), 2)
    refused(server.cli("init", "--standby-to", str(server.home / "keys")), 2)
    other = Vendor(tmp_path, settings={"database_url": "sqlite:////nowhere/at/all.db"})
    refused(other.cli("init"), 6)
    assert not server.home.exists() or not files(server.home)
    server.cli_json("init")


def test_a_database_of_another_server_is_left_alone(tmp_path: Path) -> None:
    first = Vendor(tmp_path / "1")
    first.cli_json("init")
    database = first.home / "license-server.db"
    before = database.read_bytes()
    second = Vendor(tmp_path / "2", settings={"database_url": f"sqlite:///{database}"})
    refused(second.cli("init"), 5)
    assert database.read_bytes() == before
    assert not files(second.home)


@pytest.mark.parametrize("home", ["/dev/null/home", "/proc/home"])
def test_a_home_that_cannot_be_written(tmp_path: Path, home: str) -> None:
    server = Vendor(tmp_path)
    server.home = Path(home)
    refused(server.cli("init"), 4)


@pytest.mark.parametrize("command", [("product", "list"), ("serve",), ("license", "show", "lic_x"), ("migrate",)])
def test_a_home_that_is_not_initialised(tmp_path: Path, command: tuple[str, ...]) -> None:
    line = refused(Vendor(tmp_path).cli(*command), 3)
    assert line.endswith("; next: license-server init")


@pytest.mark.parametrize(("revision", "status"), [("9999", 5), ("abcd", 5), ("0000", 5), ("0001", 5)])
def test_a_database_of_another_version(tmp_path: Path, revision: str, status: int) -> None:
    import sqlite3

    server = Vendor(tmp_path).set_up()
    with sqlite3.connect(server.home / "license-server.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    for command in (("serve",), ("product", "list"), ("license", "create", "jannah/single")):
        line = refused(server.cli(*command), status)
        assert ("license-server migrate" in line) == (revision == "0001")
    if revision != "0001":
        line = refused(server.cli("migrate"), status)
        assert revision in line
        assert ("install the newer version" in line) == (revision == "9999")


def test_a_database_that_is_absent_is_not_made_anew(tmp_path: Path) -> None:
    server = Vendor(tmp_path).set_up()
    (server.home / "license-server.db").rename(tmp_path / "away.db")
    refused(server.cli("product", "list"), 6)
    assert not (server.home / "license-server.db").exists()


def test_products(server: LiveServer) -> None:
    made = server.cli_json("product", "create", "sahifa", "--name", "Sahifa [red]", "--prefix", "SAH")
    assert (made["product"], made["prefix"], made["links"]) == ("sahifa", "SAH", {})
    assert [item["product"] for item in server.cli_json("product", "list")] == ["jannah", "sahifa"]
    changed = server.cli_json("product", "update", "sahifa", "--renew-url", "https://a.example.com/renew")
    assert changed["links"] == {"renew": "https://a.example.com/renew"}
    assert server.cli_json("product", "update", "sahifa", "--renew-url", "", "--name", "S")["links"] == {}
    assert server.cli_json("product", "show", "sahifa")["name"] == "S"
    assert server.cli("product", "list").stdout.splitlines()[1] == "jannah\tJannah\tJNH"
    refused(server.cli("product", "create", "sahifa", "--name", "x"), 5)
    refused(server.cli("product", "show", "none"), 3)
    refused(server.cli("product", "create", "No Slug", "--name", "x"), 2)
    refused(server.cli("product", "create", "b", "--name", " "), 2)
    refused(server.cli("product", "create", "b", "--name", "B", "--prefix", "1A"), 2)
    refused(server.cli("product", "update", "sahifa"), 2)
    for url in ("http://a.example.com", "javascript:alert(1)", "https://", "https://u:p@a.example.com", "https://a b"):
        refused(server.cli("product", "update", "sahifa", "--buy-url", url), 2)


@pytest.mark.parametrize("framework", ["flask", "django", "wordpress"])
def test_a_snippet_is_filled_in(server: LiveServer, framework: str) -> None:
    text = server.cli("product", "snippet", "jannah", "--for", framework).stdout
    (key,) = server.public_keys()
    assert key in text
    assert server.url in text
    assert "jannah" in text


def test_plans(server: LiveServer) -> None:
    made = server.cli_json(
        *("plan", "create", "jannah", "agency", "--domains", "5", "--term", "perpetual", "--name", "Agency"),
        *("--moves", "9", "--lease-days", "7", "--grace-days", "3", "--feature", "shop", "--feature", "forum"),
        *("--staging", "2"),
    )
    del made["created_at"]
    assert made == {
        "product": "jannah",
        "plan": "agency",
        "name": "Agency",
        "domains": 5,
        "staging_domains": 2,
        "term": "perpetual",
        "lease_days": 7,
        "grace_days": 3,
        "refresh_hours": 24,
        "moves_per_year": 9,
        "features": ["shop", "forum"],
    }
    assert server.cli_json("plan", "update", "jannah/agency", "--domains", "6")["domains"] == 6
    assert server.cli_json("plan", "update", "jannah/agency", "--staging", "0")["staging_domains"] == 0
    assert "agency" in [item["plan"] for item in server.cli_json("plan", "list", "jannah")]
    refused(server.cli("plan", "create", "jannah", "agency", "--domains", "1", "--term", "1y"), 5)
    refused(server.cli("plan", "create", "none", "single", "--domains", "1", "--term", "1y"), 3)
    refused(server.cli("plan", "create", "jannah", "x", "--domains", "1", "--term", "1 year"), 2)
    refused(server.cli("plan", "create", "jannah", "x", "--domains", "0", "--term", "1y"), 2)
    refused(server.cli("plan", "show", "jannah"), 2)
    refused(server.cli("plan", "list", "none"), 3)


def test_a_license_is_found_by_id_by_key_and_by_customer(server: LiveServer) -> None:
    made = server.cli_json("license", "create", "jannah/single", "--customer", "order 4711")
    assert (made["customer"], made["limit"], made["used"], made["status"]) == ("order 4711", 1, 0, "active")
    shown = server.cli_json("license", "show", made["license_id"])
    assert "license_key" not in shown
    assert shown["activations"] == []
    typed = made["license_key"].lower().replace("-", "")
    assert server.cli_json("license", "show", stdin=typed + "\n") == shown
    assert server.cli_json("license", "show", "-", stdin=typed) == shown
    found = server.cli_json("license", "list", "--customer", "order 4711")
    assert [item["license_id"] for item in found] == [made["license_id"]]
    human = server.cli("license", "create", "jannah/single")
    assert human.stdout.startswith("JNH-")
    assert human.stderr == ""


def test_a_license_that_is_not_there(server: LiveServer) -> None:
    refused(server.cli("license", "show", "lic_000000000000000000000000"), 3)
    refused(server.cli("license", "show"), 2)
    refused(server.cli("license", "show", stdin="JNH-7XS2K"), 2)
    refused(server.cli("license", "show", "--domain", "nobody.example.com"), 3)
    refused(server.cli("license", "show", "--domain", "a..b"), 2)
    refused(server.cli("license", "create", "jannah/none"), 3)
    refused(server.cli("license", "create", "jannah"), 2)
    refused(server.cli("license", "create", "jannah/single", "--customer", "a\nb"), 2)
    refused(server.cli("license", "create", "jannah/single", "--allow-domain", "acme.com"), 2)


def test_many_licenses_go_to_a_file(server: LiveServer, tmp_path: Path) -> None:
    before = len(server.cli_json("license", "list", "--limit", "10000"))
    output = tmp_path / "keys.csv"
    done = server.cli("license", "create", "jannah/single", "--count", "2500", "--output", str(output))
    assert (done.returncode, done.stdout) == (0, "")
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["license_key"] for row in rows}) == len({row["license_id"] for row in rows}) == 2_500
    assert output.read_text().startswith("license_id,license_key\nlic_")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.csv"]
    assert len(server.cli_json("license", "list", "--limit", "10000")) == before + 2_500
    assert server.cli_json("license", "show", stdin=rows[-1]["license_key"])["license_id"] == rows[-1]["license_id"]


def test_an_output_that_exists_or_cannot_be_made_issues_nothing(server: LiveServer, tmp_path: Path) -> None:
    before = len(server.cli_json("license", "list", "--limit", "10000"))
    output = tmp_path / "keys.csv"
    output.write_text("mine")
    dangling = tmp_path / "link.csv"
    dangling.symlink_to(tmp_path / "nothing")
    create = ("license", "create", "jannah/single", "--count", "3", "--output")
    refused(server.cli(*create, str(output)), 5)
    refused(server.cli(*create, str(dangling)), 5)
    refused(server.cli(*create, "/nowhere/keys.csv"), 4)
    refused(server.cli(*create, str(tmp_path)), 2)
    refused(server.cli(*create[:-1]), 2)
    assert output.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.csv", "link.csv"]
    assert len(server.cli_json("license", "list", "--limit", "10000")) == before


def test_states_of_a_license(server: LiveServer) -> None:
    license_id = server.issue().license_id
    assert server.cli_json("license", "suspend", license_id, "--reason", "unpaid")["reason"] == "unpaid"
    refused(server.cli("license", "suspend", license_id), 5)
    assert server.cli_json("license", "reinstate", license_id)["status"] == "active"
    refused(server.cli("license", "reinstate", license_id), 5)
    before = server.cli_json("license", "show", license_id)["expires_at"]
    after = server.cli_json("license", "renew", license_id, "--term", "1y")["expires_at"]
    assert int(after[:4]) == int(before[:4]) + 1
    assert server.cli_json("license", "renew", license_id, "--term", "perpetual")["expires_at"] is None
    refused(server.cli("license", "renew", license_id), 5)
    line = refused(server.cli("license", "revoke", license_id), 2)
    assert line.endswith(f"license-server license revoke {license_id} --yes")
    assert server.cli_json("license", "revoke", license_id, "--yes")["status"] == "revoked"
    refused(server.cli("license", "reinstate", license_id), 5)


def test_an_activation_is_released_by_the_vendor(live_server: LiveServer) -> None:
    issued = live_server.issue()
    made = post(live_server.url, "activate", body(issued.license_key, "blog.acme.com")).json()["activation"]
    shown = live_server.cli("license", "show", "--domain", "https://www.blog.acme.com/").stdout
    assert shown == f"{issued.license_id}  active on blog.acme.com ({made['id']}), seen less than a minute ago\n"
    listed = live_server.cli_json("activation", "list", "--license", issued.license_id)
    assert [item["activation_id"] for item in listed] == [made["id"]]
    line = refused(live_server.cli("activation", "release", made["id"]), 2)
    assert "blog.acme.com" in line
    assert line.endswith(f"next: license-server activation release {made['id']} --yes")
    done = live_server.cli("activation", "release", made["id"], "--yes")
    assert (done.returncode, done.stderr) == (0, "✓ blog.acme.com released; 1 of 1 free\n")
    refused(live_server.cli("activation", "release", made["id"], "--yes"), 5)
    refused(live_server.cli("activation", "release", "act_nothing", "--yes"), 3)
    assert live_server.cli_json("activation", "list", "--license", issued.license_id) == []
    released = live_server.cli_json("activation", "list", "--license", issued.license_id, "--all")
    assert released[0]["released_by"] == "vendor"


def test_wrong_usage_is_told_in_one_line(server: LiveServer) -> None:
    refused(server.cli("nonsense"), 2)
    refused(server.cli("license", "create", "jannah/single", "--frobnicate"), 2)
    refused(server.cli("license", "create"), 2)
    assert server.cli("--help").returncode == 0
    assert server.cli().returncode == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_level", "loud"),
        ("workers", "four"),
        ("url", "ftp://a.example.com"),
        ("database_url", "mysql://user:hidden@host/db"),
        ("database_url", "sqlite:///:memory:"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    line = refused(Vendor(tmp_path, settings={name: value}).cli("product", "list"), 2)
    assert f"LICENSE_SERVER_{name.upper()}" in line
    assert value not in line


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://user:top@hidden@host/db", "%40"),
        ("postgresql://user:top/@hidden@host/db", "%40"),
        ("postgresql://user:top@/hidden@host/db", "%40"),
        ("postgresql://user:top@x?hidden@host/db", "%40"),
        ("postgresql://us%40er:top@hidden@host/db", "%40"),
        ("postgresql://user:hidden@host:port/db", "port as a number"),
        ("postgresql://user:hidden@host:/db", "port as a number"),
        ("postgresql://user:hidden@host:0/db", "port as a number"),
        ("postgresql+psycopg://user:hidden@host:65536/db", "port as a number"),
        ("postgresql://user:hidden@one:1,two:2/db", "port as a number"),
    ],
)
def test_the_databases_address_is_read_as_a_whole_and_never_repeated(tmp_path: Path, url: str, told: str) -> None:
    vendor = Vendor(tmp_path, settings={"database_url": url})
    for line in (refused(vendor.cli("init"), 2), vendor.cli("doctor").stdout):
        assert "LICENSE_SERVER_DATABASE_URL" in line
        assert told in line
        assert "hidden" not in line
        assert "top" not in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://us@er:top%40hidden@127.0.0.1:9/db",
        "postgresql://user:a:b/c#d?e%25@127.0.0.1:9/db",
        "postgresql://user:hidden@[::1]:9/db",
        "postgresql:///db?host=/nowhere",
    ],
)
def test_a_databases_address_that_is_well_formed_is_asked(tmp_path: Path, url: str) -> None:
    line = refused(Vendor(tmp_path, settings={"database_url": url}).cli("init"), 6)
    assert "hidden" not in line


def test_settings_come_from_a_file_in_the_home_too(tmp_path: Path) -> None:
    server = Vendor(tmp_path)
    server.home.mkdir(parents=True)
    (server.home / "license-server.toml").write_text(f'database_url = "sqlite:///{tmp_path}/other.db"\n')
    server.set_up()
    assert (tmp_path / "other.db").exists()
    (server.home / "license-server.toml").write_text("databaseurl = 'x'\n")
    refused(server.cli("product", "list"), 2)
    (server.home / "license-server.toml").write_text("= broken")
    refused(server.cli("product", "list"), 2)


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['sqlalchemy'] = None; import license_server; license_server.main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'theme-license[server]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_on_a_terminal_a_release_is_asked_for_and_can_be_declined(live_server: LiveServer) -> None:
    issued = live_server.issue()
    made = post(live_server.url, "activate", body(issued.license_key, "tty.acme.com")).json()["activation"]
    for typed, status, left in ((b"n\n", 130, 1), (b"y\n", 0, 0)):
        controller, terminal = pty.openpty()
        os.write(controller, typed)
        done = subprocess.run(
            [sys.executable, "-m", "license_server", "activation", "release", made["id"]],
            env=live_server.environment,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            timeout=60,
            check=False,
        )
        os.close(controller)
        os.close(terminal)
        assert done.returncode == status
        assert len(live_server.cli_json("activation", "list", "--license", issued.license_id)) == left


def test_json_is_one_value(server: LiveServer) -> None:
    for command in (("product", "list"), ("plan", "list"), ("license", "list"), ("activation", "list"), ("migrate",)):
        json.loads(server.cli(*command, "--json").stdout)


def test_the_vendor_frees_a_place_that_an_offline_license_still_holds(server: LiveServer) -> None:
    issued = server.issue()
    made = server.cli_json("license", "sign", issued.license_id, "--domain", "held.example.com")
    activation_id = made["activation"]["activation_id"]
    # As its owner's release leaves it: released, and its place taken.
    server.execute(f"UPDATE activations SET released_at = 1, released_by = 'site' WHERE id = '{activation_id}'")  # noqa: S608
    freed = server.cli("activation", "release", activation_id, "--yes")
    assert (freed.returncode, freed.stderr) == (0, "✓ held.example.com released; 1 of 1 free\n")
    refused(server.cli("activation", "release", activation_id, "--yes"), 5)


def test_an_argument_that_is_no_text_is_told_in_one_line(server: LiveServer) -> None:
    refused(server.cli("license", "list", "--customer", "\udcff"), 2)
    refused(server.cli("audit", "list", "--actor", "\udcff"), 2)
