"""Write down a license server as this version leaves it: ``python -m tests.license_server.homes.make FOLDER``.

Run in a version's own tree when it is released, so that later versions are held to open what it made. Everything is
done through the doors that every version has: the command line, the activation API, the portal. The keys and secrets
guard nothing. What a folder holds:

``keys``, ``secrets``       of the home
``stick``                   the standby key, which was never in the home
``database.sql``            the home's SQLite database, as text that ``sqlite3`` reads
``backup.sql``              what ``license-server backup`` wrote of it, a moment before
``bulk``                    what a killed ``license create --count`` left beside its FILE
``heads.tsv``               what ``license-server audit heads`` printed
``site.json``               what the client kept on a site
``kept.json``               what sites, owners and the vendor had in hands, and what each was told last
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from flask import Flask

from license_server.config import Settings
from license_server.service.context import open_context
from license_server.web.app import create_app
from tests.license_server.owner import Owner, release
from tests.license_server.site import Site
from tests.license_server.vendor import Vendor
from theme_license.checker import Checker
from theme_license.configuration import Configuration
from theme_license.transport import Reply
from theme_license.wire import PinnedKeys, verify_signed_license

URL = "https://licenses.example.com"
BULK = ("license", "create", "jannah/single", "--customer", "fair", "--count", "60")
OUTPUT = "keys.csv"
DAY = 86_400
DAYS = (0, 20, 35, 60)
"""After which the client's state file is asked for its verdict, without a refresh."""

OFFLINE, THEMED = "offline.example.com", "themed.example.com"


@dataclass(frozen=True, slots=True)
class Activated:
    """A site and what it was told when it was activated."""

    license: str
    site: Site
    product: str
    environment: str
    activation_id: str
    token: str

    @property
    def in_hands(self) -> dict[str, str]:
        """What the site can show later; ``license`` is what the license is called."""
        return {
            "license": self.license,
            "environment": self.environment,
            "activation_id": self.activation_id,
            "token": self.token,
        }


@dataclass(slots=True)
class Story:
    """A vendor's first days, told through the server's own doors; licenses are called by what becomes of them."""

    vendor: Vendor
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    activated: list[Activated] = field(default_factory=list)

    def issue(self, name: str, plan: str = "jannah/single", *options: str) -> None:
        """Issue a license to be called ``name``."""
        made = self.vendor.cli_json("license", "create", plan, *options)
        self.keys[name], self.ids[name] = made["license_key"], made["license_id"]

    def change(self, name: str, verb: str, *options: str) -> Any:
        """Do to a license what the vendor does, and return what the command told."""
        return self.vendor.cli_json("license", verb, self.ids[name], *options)

    def use(self, app: Flask, name: str, domain: str, *, product: str = "jannah", **more: str) -> Activated:
        """Activate a license on a domain, as its site does."""
        site = Site(app.test_client(), self.keys[name], domain)
        told = site.activate(product=product, **more).get_json()
        environment = more.get("environment", "production")
        made = Activated(name, site, product, environment, told["activation"]["id"], told["activation_token"])
        self.activated.append(made)
        return made


def make(folder: Path) -> None:
    """Write a home and all that belongs to it to the new ``folder``."""
    folder.mkdir()
    (folder / "stick").mkdir()
    with tempfile.TemporaryDirectory() as temporary, mock.patch.dict(os.environ, {"SUDO_USER": "alice"}):
        disk = Path(temporary)
        vendor = Vendor(disk / "server", settings={"url": URL})
        public_keys = vendor.cli_json("init", "--standby-to", str(folder / "stick"))["public_keys"]
        story = Story(vendor)
        sell(vendor)
        issue_all(story, disk)
        context = open_context(Settings(home=vendor.home, url=URL))
        app = create_app(context)
        use_all(story, app)
        change_all(story)
        offline = sign_offline(story, app)
        configuration = keep_state(story, app, folder / "site.json", public_keys)
        signed = [one.site.refresh(one.token).get_json()["signed_license"] for one in story.activated]
        context.close()
        at = int(time.time()) + 1
        pinned = PinnedKeys.parse(public_keys)
        kept = {
            "at": at,
            "public_keys": public_keys,
            "keys": story.keys,
            "sites": [
                one.in_hands | judged(one.product, one.site.domain, text, pinned, at)
                for one, text in zip(story.activated, signed, strict=True)
            ],
            "offline": judged("jannah", OFFLINE, offline, pinned, at),
            "verdicts": {day: verdict_on(configuration, at + day * DAY) for day in DAYS},
            "products": vendor.cli_json("product", "list"),
            "plans": vendor.cli_json("plan", "list"),
            "licenses": [
                vendor.cli_json("license", "show", one["license_id"])
                for one in vendor.cli_json("license", "list", "--limit", "1000")
            ],
        }
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        (folder / "kept.json").write_text(text + "\n", "utf-8")
        (folder / "heads.tsv").write_text(vendor.cli("audit", "heads").stdout, "ascii")
        vendor.cli_json("backup", str(disk / "backup.db"))
        (folder / "backup.sql").write_text(as_text(disk / "backup.db"), "utf-8")
        begin_a_bulk_job_and_kill_it(vendor, folder / "bulk")
        (folder / "database.sql").write_text(as_text(vendor.home / "license-server.db"), "utf-8")
        for name in ("keys", "secrets"):
            shutil.copytree(vendor.home / name, folder / name)


def sell(vendor: Vendor) -> None:
    """Make two products and three plans."""
    links = ("--renew-url", "https://shop.example.com/renew", "--support-url", "https://shop.example.com/support")
    vendor.cli_json("product", "create", "jannah", "--name", "Jannah", "--prefix", "JNH", *links)
    vendor.cli_json("product", "create", "sahifa", "--name", "صحيفة", "--prefix", "SHF")
    vendor.cli_json("plan", "create", "jannah", "single", "--domains", "1", "--term", "1y")
    places = ("--domains", "3", "--staging", "2", "--term", "1y", "--moves", "6")
    features = ("--feature", "demos", "--feature", "priority-support")
    vendor.cli_json("plan", "create", "jannah", "agency", "--name", "Agency", *places, *features)
    lasting = ("--term", "perpetual", "--lease-days", "60", "--grace-days", "7", "--refresh-hours", "48")
    vendor.cli_json("plan", "create", "sahifa", "forever", "--domains", "2", *lasting)


def issue_all(story: Story, disk: Path) -> None:
    """Issue a license for each that may become of one, and some in bulk."""
    for name in ("plain", "suspended", "reinstated", "revoked", "renewed", "rekeyed", "replanned", "moved"):
        story.issue(name)
    story.issue("deactivated")
    story.issue("themed")
    story.issue("agency", "jannah/agency", "--customer", "order 1001")
    story.issue("owned", "jannah/agency", "--customer", "order 1002")
    story.issue("offline", "jannah/agency")
    story.issue("allowed", "jannah/agency", "--allow-domain", "co.uk", "--allow-domain", "8.8.8.8")
    story.issue("forever", "sahifa/forever", "--customer", "طلب ١٠٠٣")
    file = disk / "bulk.csv"
    story.vendor.cli_json("license", "create", "sahifa/forever", "--count", "5", "--output", str(file))
    for number, line in enumerate(file.read_text("ascii").splitlines()[1:]):
        story.ids[f"bulk-{number}"], _, story.keys[f"bulk-{number}"] = line.partition(",")


def use_all(story: Story, app: Flask) -> None:
    """Let sites come and go, and owners do what the portal lets them do."""
    for name in ("plain", "suspended", "reinstated", "revoked", "renewed", "rekeyed", "replanned"):
        story.use(app, name, f"{name}.example.com", client="theme-license 0")
    for domain in ("agency.example.com", "xn--mgbh0fb.example.com", "third.example.com"):
        story.use(app, "agency", domain)
    for domain in ("copy.example.com", "second-copy.example.com"):
        story.use(app, "agency", domain, environment="staging")
    story.use(app, "allowed", "co.uk")
    story.use(app, "allowed", "8.8.8.8")
    story.use(app, "forever", "sahifa.example.com", product="sahifa")
    story.use(app, "bulk-0", "bulk.example.com", product="sahifa")
    before = story.use(app, "moved", "before.example.com")
    story.use(app, "moved", "after.example.com", replaces=before.activation_id)
    gone = story.use(app, "deactivated", "gone.example.com")
    gone.site.deactivate(gone.token)
    for domain in ("released.example.com", "undone.example.com", "reported.example.com"):
        story.use(app, "owned", domain)
    owner = Owner(app.test_client())
    owner.sign_in(story.keys["owned"])
    release(owner, "undone.example.com")
    owner.send(owner.get().forms[-1])
    release(owner, "released.example.com")
    reported = owner.get().links_called("This wasn't me")[-1]
    owner.send(owner.get(reported).forms[-1])


def change_all(story: Story) -> None:
    """Do to licenses what vendors do."""
    story.change("suspended", "suspend", "--reason", "chargeback")
    story.change("reinstated", "suspend")
    story.change("reinstated", "reinstate", "--reason", "paid")
    story.change("revoked", "revoke", "--reason", "resold", "--yes")
    story.change("renewed", "renew", "--term", "6m")
    story.keys["replaced"] = story.keys["rekeyed"]
    story.keys["rekeyed"] = story.change("rekeyed", "rekey", "--yes")["license_key"]
    story.change("replanned", "update", "--plan", "agency", "--customer", "order 1004")
    third = next(one for one in story.activated if one.site.domain == "third.example.com")
    story.vendor.cli_json("activation", "release", third.activation_id, "--yes")


def sign_offline(story: Story, app: Flask) -> str:
    """Return an offline license for a domain that its owner has released since: its place is held."""
    signed = story.change("offline", "sign", "--domain", OFFLINE)["signed_license"]
    owner = Owner(app.test_client())
    page = owner.sign_in(story.keys["offline"])
    owner.send(owner.get(page.links["Release"]).forms[-1])
    return str(signed)


def keep_state(story: Story, app: Flask, file: Path, public_keys: list[str]) -> Configuration:
    """Write what the client keeps on a site, and return the site's configuration."""
    site = story.use(app, "themed", THEMED).site
    configuration = configured(file, public_keys)
    checker = Checker(configuration)
    nonce = checker.new_nonce()
    told = site.activate(nonce=nonce).get_json()
    if not checker.accept(Reply(told["signed_license"], told["activation"], told["activation_token"]), nonce=nonce):
        raise AssertionError(told)
    return configuration


def configured(state: Path, public_keys: list[str]) -> Configuration:
    """Return the configuration of the site whose state is kept."""
    return Configuration.from_texts(product="jannah", server=URL, keys=public_keys, domain=THEMED, state=state)


def verdict_on(configuration: Configuration, at: int) -> str:
    """Return what the site is told of its own state at a time."""
    return Checker(configuration, clock=lambda: at).check().code.value


def judged(product: str, domain: str, text: str, pinned: PinnedKeys, at: int) -> dict[str, str]:
    """Return a signed license and the verdict on it."""
    verdict = verify_signed_license(text, pinned=pinned, product=product, domain=domain, now=at)
    return {"product": product, "domain": domain, "verdict": verdict.code.value, "signed_license": text}


def begin_a_bulk_job_and_kill_it(vendor: Vendor, folder: Path) -> None:
    """Leave what a kill leaves while the first keys are being written: none of their licenses is in the database."""
    folder.mkdir()
    partial = folder / f".{OUTPUT}.partial"
    command = [sys.executable, "-m", "license_server", *BULK, "--output", str(folder / OUTPUT)]
    with closing(sqlite3.connect(vendor.home / "license-server.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        process = subprocess.Popen(command, env=vendor.environment)
        try:
            deadline = time.monotonic() + 30
            while not partial.exists() or partial.stat().st_size < 2_000:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("the job did not begin")
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
        lock.execute("ROLLBACK")
    os.truncate(partial, 2_000)  # in the middle of a line


def as_text(database: Path) -> str:
    """Return an SQLite database as statements that make it again."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


if __name__ == "__main__":
    make(Path(sys.argv[1]))
