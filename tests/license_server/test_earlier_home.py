"""What an earlier version left opens as it is: its home and database, its backup, a begun job, and what sites keep.

Promise: an upgrade of the server.
"""

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from license_server.config import Settings
from license_server.service.context import Context, open_context
from license_server.service.operating import backup
from license_server.service.operating.doctor import State, examine
from license_server.service.operating.doctor.network import Reply
from tests.conftest import NewDatabase
from tests.license_server.homes.make import BULK, DAY, OUTPUT, URL, configured, make, verdict_on
from tests.license_server.owner import Owner
from tests.license_server.site import Site, code
from tests.license_server.vendor import Vendor
from theme_license.domain import display_name
from theme_license.wire import PinnedKeys, decode_signed_license, verify_signed_license

HOMES = sorted(file.parent for file in Path(__file__).parent.glob("homes/*/kept.json"))


@pytest.fixture(params=HOMES, ids=lambda folder: str(folder.name))
def folder(request: pytest.FixtureRequest) -> Path:
    """Return what there is of an earlier version."""
    found: Path = request.param
    return found


@pytest.fixture
def kept(folder: Path) -> Any:
    """Return what everybody had in hands."""
    return json.loads((folder / "kept.json").read_text("utf-8"))


@pytest.fixture
def settings(tmp_path: Path, passing_database: NewDatabase) -> Settings:
    url = passing_database()
    return Settings(home=tmp_path / "server" / "home", url=URL, database_url=None if url is None else SecretStr(url))


@pytest.fixture
def vendor(folder: Path, kept: Any, settings: Settings, tmp_path: Path) -> Vendor:
    """Lay down the home with its SQLite database, or restore it on PostgreSQL from its backup; then migrate."""
    for name in ("keys", "secrets"):
        copy_private(folder / name, settings.home / name)
    if settings.database_url is None:
        url = None
        make_database(folder / "database.sql", settings.home / "license-server.db")
    else:
        url = settings.store_url
        make_database(folder / "backup.sql", tmp_path / "backup.db")
        restored = tmp_path / "backup.db"
        backup.restore(settings, restored, keys_from=None, actor="vendor:alice", clock=lambda: int(kept["at"]))
    vendor = Vendor(tmp_path / "server", settings={"url": URL}, database_url=url)
    vendor.cli_json("migrate")
    return vendor


@pytest.fixture
def context(vendor: Vendor, settings: Settings, kept: Any) -> Iterator[Context]:
    """Open the home at the time at which it was left: terms end, and tests do not."""
    opened = replace(open_context(settings), clock=lambda: int(kept["at"]), chance=lambda: 0.5)
    yield opened
    opened.close()


def copy_private(source: Path, target: Path) -> None:
    """Copy a folder's files, which nobody else may read: a checkout does not keep that."""
    target.mkdir(parents=True, mode=0o700)
    for file in source.iterdir():
        shutil.copyfile(file, target / file.name)
        (target / file.name).chmod(0o600)


def make_database(text: Path, file: Path) -> None:
    """Make an SQLite database of its text."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(text.read_text("utf-8"))
    file.chmod(0o600)


def site_of(client: FlaskClient, kept: Any, held: Any) -> Site:
    return Site(client, kept["keys"][held["license"]], held["domain"])


def assert_holds(kept: object, told: object) -> None:
    """Compare what is told with what was told; members that are new are nothing lost.

    Activations of one second were told in the order in which a database happened to hold them.
    """
    if isinstance(kept, dict) and isinstance(told, dict):
        for name, value in kept.items():
            assert_holds(value, told[name])
    elif isinstance(kept, list) and isinstance(told, list):
        assert len(kept) == len(told)
        for one, other in zip(*(sorted(each, key=_order) for each in (kept, told)), strict=True):
            assert_holds(one, other)
    else:
        assert kept == told


def _order(told: object) -> tuple[str, str]:
    """Return by what activations are put in order; all else stays as it is."""
    if isinstance(told, dict) and "activated_at" in told:
        return told["activated_at"], told["activation_id"]
    return "", ""


def test_the_doctor_finds_nothing(client: FlaskClient, settings: Settings, kept: Any) -> None:
    def fetch(url: str) -> Reply:
        answer = client.get(url.removeprefix(URL))
        return Reply(answer.status_code, answer.data)

    at = int(kept["at"])
    found = examine(settings, fetch=fetch, clock=lambda: at, database_clock=lambda _: at)
    # How full the disk is says nothing of the home.
    assert [finding for finding in found if finding.state is not State.OK and finding.check != "disk"] == []
    assert {"schema", "signing key", "standby key", "published key"} <= {finding.check for finding in found}


def test_every_audit_chain_is_whole(vendor: Vendor, folder: Path, kept: Any) -> None:
    told = vendor.cli_json("audit", "verify", "--against", str(folder / "heads.tsv"))
    chains = len(kept["licenses"]) + 1
    assert (told["flaws"], told["chains"], told["compared"]) == ([], chains, chains)


def test_the_vendor_reads_what_there_was(vendor: Vendor, kept: Any) -> None:
    assert_holds(kept["products"], vendor.cli_json("product", "list"))
    assert_holds(kept["plans"], vendor.cli_json("plan", "list"))
    told = vendor.cli_json("license", "list", "--limit", "1000")
    beyond_list = ("activations", "reports")
    assert_holds([{name: one[name] for name in one if name not in beyond_list} for one in kept["licenses"]], told)
    assert_holds(kept["licenses"], [vendor.cli_json("license", "show", one["license_id"]) for one in told])


def test_every_token_refreshes(client: FlaskClient, kept: Any) -> None:
    pinned = PinnedKeys.parse(kept["public_keys"])
    for held in kept["sites"]:
        answer = site_of(client, kept, held).refresh(held["token"])
        assert answer.status_code == 200
        text, place = answer.get_json()["signed_license"], (held["product"], held["domain"])
        verdict = verify_signed_license(text, pinned=pinned, product=place[0], domain=place[1], now=kept["at"])
        assert verdict.code.value == held["verdict"]
        assert decode_signed_license(text, pinned)[0].activation_id == held["activation_id"]


def test_what_was_signed_before_holds(kept: Any) -> None:
    pinned = PinnedKeys.parse(kept["public_keys"])
    for held in (*kept["sites"], kept["offline"]):
        verdict = verify_signed_license(
            held["signed_license"], pinned=pinned, product=held["product"], domain=held["domain"], now=kept["at"]
        )
        assert verdict.code.value == held["verdict"]


def test_the_same_key_and_domain_is_the_same_activation(client: FlaskClient, kept: Any) -> None:
    for held in kept["sites"]:
        asked = {"product": held["product"], "environment": held["environment"]}
        if held["verdict"] == "valid":
            again = site_of(client, kept, held).activate(**asked)
            assert (again.status_code, again.get_json()["activation"]["id"]) == (200, held["activation_id"])
            # What says less than tokens say by now gives way, and stays good.
            renewed = again.get_json()["activation_token"]
            assert site_of(client, kept, held).refresh(held["token"]).get_json()["activation_token"] == renewed
        elif held["verdict"] in ("suspended", "revoked"):
            assert code(site_of(client, kept, held).activate(**asked)) == f"license_{held['verdict']}"


def test_the_portal_opens_with_every_key_but_the_replaced_one(client: FlaskClient, kept: Any) -> None:
    for name, key in kept["keys"].items():
        page = Owner(client.application.test_client()).sign_in(key)
        assert page.status == (404 if name == "replaced" else 200)
        for held in kept["sites"]:
            if held["license"] == name and held["verdict"] == "valid":
                assert display_name(held["domain"]) in page.text


def test_a_begun_job_goes_on_to_its_end(vendor: Vendor, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "disk" / OUTPUT
    copy_private(folder / "bulk", output.parent)
    begun = json.loads(output.with_name(f".{OUTPUT}.job").read_text("ascii"))
    written = output.with_name(f".{OUTPUT}.partial").read_text("ascii").splitlines()[:-1]  # the last one is torn
    done = vendor.cli(*BULK, "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert f"resuming: {len(written) - 1} of {begun['count']} keys" in done.stderr
    assert [path.name for path in output.parent.iterdir()] == [OUTPUT]
    lines = output.read_text("ascii").splitlines()
    assert lines[: len(written)] == written
    issued = {row["license_id"] for row in csv.DictReader(lines)}
    listed = vendor.cli_json("license", "list", "--customer", begun["customer"], "--limit", "1000")
    assert {one["license_id"] for one in listed} == issued
    assert len(issued) == begun["count"]
    assert len({(one["created_at"], one["expires_at"]) for one in listed}) == 1
    assert vendor.cli_json("audit", "verify")["flaws"] == []


def test_the_standby_takes_over(vendor: Vendor, client: FlaskClient, folder: Path, kept: Any, tmp_path: Path) -> None:
    copy_private(folder / "stick", tmp_path / "stick")
    vendor.cli_json("signing-key", "rotate", "--from", str(tmp_path / "stick"), "--leaked", "--yes")
    held = kept["sites"][0]
    text = site_of(client, kept, held).refresh(held["token"]).get_json()["signed_license"]
    standby = PinnedKeys.parse(kept["public_keys"][1:])
    assert decode_signed_license(text, standby)[0].activation_id == held["activation_id"]


def test_a_site_reads_what_it_kept(folder: Path, kept: Any, tmp_path: Path) -> None:
    shutil.copyfile(folder / "site.json", tmp_path / "site.json")
    configuration = configured(tmp_path / "site.json", kept["public_keys"])
    told = {day: verdict_on(configuration, kept["at"] + int(day) * DAY) for day in kept["verdicts"]}
    assert told == kept["verdicts"]


def test_this_version_can_be_written_down_as_well(folder: Path, kept: Any, tmp_path: Path) -> None:
    made = tmp_path / "made"
    make(made)
    assert files_in(folder) <= files_in(made)
    assert kept.keys() <= json.loads((made / "kept.json").read_text("utf-8")).keys()


def files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}
