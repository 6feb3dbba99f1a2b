"""Root works on the home of another user, as whom the server runs: what is written there is that user's.

Promise: root runs a command on the home of the user as whom the server runs.
Promise: a key, a secret or a passphrase that others on the machine can read or change.
"""

import json
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from license_server.config import Settings
from license_server.errors import HomeNotUsable
from license_server.home import Home
from license_server.secret_files import load_secrets
from license_server.service.context import open_context
from license_server.service.operating import health
from license_server.signing import Signer
from tests.license_server.vendor import Vendor, refused

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can work on another user's home")


@pytest.fixture
def user() -> pwd.struct_passwd:
    for name in ("www-data", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("this machine has neither a user www-data nor a user nobody")


@pytest.fixture
def vendor(user: pwd.struct_passwd) -> Iterator[Vendor]:
    """Prepare an empty home of the user's, in folders that every user may enter, and a stick of root's."""
    folder = Path(tempfile.mkdtemp(prefix="home-of-another-"))
    folder.chmod(0o755)
    vendor = Vendor(folder, settings={"url": "https://licenses.example.com"})
    for name in ("home", "stick", "disk", "keys"):
        (folder / name).mkdir(mode=0o700)
    vendor.home.chmod(0o755)
    os.chown(vendor.home, user.pw_uid, user.pw_gid)
    yield vendor
    shutil.rmtree(folder)


def as_user(user: pwd.struct_passwd, work: Callable[[], object]) -> bool:
    """Return whether ``work`` returns something true in a process of the user's."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def settings_of(vendor: Vendor) -> Settings:
    return Settings(home=vendor.home, url="https://licenses.example.com")


def answers(vendor: Vendor) -> bool:
    """Return whether a server that is started now can do all its work, writing among it."""
    with closing(open_context(settings_of(vendor))) as context:
        context.store.transact(lambda connection: connection.exec_driver_sql("DELETE FROM call_counts"))
        return all(health.checks(context).values())


def strangers(vendor: Vendor, user: pwd.struct_passwd) -> list[str]:
    """Return what in the home is not the user's, or not private."""
    return [
        f"{path} {found.st_uid} {found.st_mode:o}"
        for path in vendor.home.rglob("*")
        for found in [path.stat()]
        if found.st_uid != user.pw_uid or stat.S_IMODE(found.st_mode) & 0o077
    ]


def test_the_server_signs_with_every_key_that_root_made_and_switched_to(
    vendor: Vendor, user: pwd.struct_passwd
) -> None:
    stick = vendor.folder / "stick"
    vendor.set_up(standby_to=stick)
    assert strangers(vendor, user) == []
    assert as_user(user, lambda: answers(vendor))
    vendor.cli_json("signing-key", "rotate", "--from", str(stick), "--yes")
    vendor.cli_json("signing-key", "create", "--to", str(stick))
    vendor.cli_json("signing-key", "install", str(stick / "k3.pem"))
    vendor.cli_json("signing-key", "protect", stdin="correct horse battery\n")
    assert len(list((vendor.home / "keys").iterdir())) == 3
    assert strangers(vendor, user) == []
    assert (stick / "k2.pem").stat().st_uid == 0


@pytest.mark.parametrize("name", ["keys/k1.pem", "keys"])
def test_no_key_is_switched_to_that_the_server_cannot_read(vendor: Vendor, user: pwd.struct_passwd, name: str) -> None:
    vendor.set_up(standby_to=vendor.folder / "stick")
    os.chown(vendor.home / name, 0, 0)
    before = vendor.cli_json("signing-key", "list")
    shutil.copy2(vendor.folder / "stick" / "k2.pem", vendor.home / "keys")
    os.chown(vendor.home / "keys" / "k2.pem", user.pw_uid, user.pw_gid)
    for arguments in (("rotate", "--yes"), ("install", str(vendor.folder / "stick")), ("protect", "--remove")):
        line = refused(vendor.cli("signing-key", *arguments), 4)
        assert f"{user.pw_name}, whose home this is, cannot read" in line
        assert line.endswith(f"next: chown {user.pw_name} {vendor.home / name}")
    assert vendor.cli_json("signing-key", "list") == before
    found = next(check for check in vendor_checks(vendor) if check["check"] == "permissions")
    assert (found["state"], found["repair"]) == ("fault", f"chown {user.pw_name} {vendor.home / name}")


def vendor_checks(vendor: Vendor) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(vendor.cli("doctor", "--json").stdout)["checks"]
    return found


def test_what_root_brings_back_is_the_homes_owners_from_its_first_byte(vendor: Vendor, user: pwd.struct_passwd) -> None:
    vendor.set_up()
    disk, keys = vendor.folder / "disk" / "b.db", vendor.folder / "keys"
    vendor.cli_json("backup", str(disk), "--keys-to", str(keys))
    vendor.cli_json("backup", str(vendor.home / "inside.db"))
    assert strangers(vendor, user) == []
    for path in vendor.home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    vendor.cli_json("restore", str(disk), "--keys-from", str(keys))
    assert strangers(vendor, user) == []
    assert as_user(user, lambda: answers(vendor))


def test_sqlites_files_and_the_locks_are_the_owners_while_root_writes(vendor: Vendor, user: pwd.struct_passwd) -> None:
    vendor.set_up()
    for name in ("license-server.db-next", "license-server.db-turn"):
        (vendor.home / name).unlink()
    with closing(open_context(settings_of(vendor))) as context, context.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM call_counts")
        found = {path.name for path in vendor.home.iterdir()}
        assert {f"license-server.db{end}" for end in ("-wal", "-shm", "-next", "-turn")} <= found
        assert strangers(vendor, user) == []


def test_root_follows_no_link_out_of_the_home(vendor: Vendor, user: pwd.struct_passwd) -> None:
    vendor.set_up()
    target = vendor.folder / "roots"
    target.touch(mode=0o600)
    lock = vendor.home / "license-server.db-turn"
    lock.unlink()
    lock.symlink_to(target)
    os.lchown(lock, user.pw_uid, user.pw_gid)
    assert vendor.cli("product", "create", "other", "--name", "Other").returncode == 6
    assert target.stat().st_uid == 0
    (vendor.folder / "roots-folder").mkdir()
    shutil.rmtree(vendor.home)
    vendor.home.mkdir()
    os.chown(vendor.home, user.pw_uid, user.pw_gid)
    (vendor.home / "keys").symlink_to(vendor.folder / "roots-folder")
    refused(vendor.cli("init"), 4)
    assert list((vendor.folder / "roots-folder").iterdir()) == []


# --- volumes of secrets ---


@contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Mount each folder read-only on itself."""
    mounted = []
    try:
        for folder in folders:
            for arguments in (("--bind", folder, folder), ("-o", "remount,bind,ro", folder)):
                done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
                if folder not in mounted:
                    mounted.append(folder)
        yield
    finally:
        for folder in mounted:
            subprocess.run(["umount", str(folder)], check=True)


def volume_of(vendor: Vendor, name: str, *, group: int, mode: int) -> Path:
    """Lay a folder of the home out as Kubernetes mounts a secret: root's, by links, open to all but for its files."""
    folder = vendor.home / name
    within = folder / "..2026_11_25"
    within.mkdir()
    for path in [path for path in folder.iterdir() if path.is_file()]:
        path.rename(within / path.name)
        os.chown(within / path.name, 0, group)
        (within / path.name).chmod(mode)
        path.symlink_to(f"..data/{path.name}")
    (folder / "..data").symlink_to(within.name)
    for path in (folder, within):
        os.chown(path, 0, group)
        path.chmod(0o3777)
    return folder


def test_keys_and_secrets_on_a_volume_that_owner_and_group_read_are_used(
    vendor: Vendor, user: pwd.struct_passwd
) -> None:
    vendor.set_up()
    with read_only(*[volume_of(vendor, name, group=user.pw_gid, mode=0o440) for name in ("keys", "secrets")]):
        assert as_user(user, lambda: answers(vendor))
        states = {check["check"]: check["state"] for check in vendor_checks(vendor)}
        assert (states["permissions"], states["secrets"], states["signing key"]) == ("ok", "ok", "ok")
        # What is to be written there is changed where the volume is made.
        line = refused(vendor.cli("signing-key", "protect", stdin="correct horse battery\n"), 4)
        assert "read-only" in line
        assert "chmod" not in line


@pytest.mark.parametrize(("mode", "flaw"), [(0o444, "0440"), (0o400, "fsGroup")])
def test_the_advice_for_a_volume_can_be_followed_there(
    vendor: Vendor, user: pwd.struct_passwd, mode: int, flaw: str
) -> None:
    vendor.set_up()
    with read_only(*[volume_of(vendor, name, group=user.pw_gid, mode=mode) for name in ("keys", "secrets")]):
        assert not as_user(user, lambda: answers(vendor))
        found = [check for check in vendor_checks(vendor) if check["check"] == "permissions"]
        assert len(found) == 3
        for check in found:
            assert check["state"] == "fault"
            assert "read-only" in check["repair"]
            assert flaw in check["repair"]
            assert "chmod" not in check["repair"]
        if mode == 0o444:
            line = refused(vendor.cli("product", "list"), 4)
            assert "0440" in line
            assert "chmod" not in line
        with pytest.raises(HomeNotUsable):
            as_reader(user, vendor.home)


def as_reader(user: pwd.struct_passwd, home: Path) -> None:
    """Read keys and secrets as the user would, in this process."""
    os.setegid(user.pw_gid)
    os.seteuid(user.pw_uid)
    try:
        load_secrets(Home(home))
        Signer(home / "keys").has("any")
    finally:
        os.seteuid(0)
        os.setegid(0)
