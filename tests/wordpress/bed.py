"""A real WordPress for the tests: copied and installed once; a site of it is a copy of both that is up in a second."""

import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

from tests.wordpress.mariadb import MariaDB, find_program
from tests.wordpress.site import SCRIPTS, THEME_NAME, Site

PACKAGED = Path("/usr/share/wordpress")
_TEMPLATE = "template"


def missing_packages() -> str:
    """Return the Debian packages that a bed needs and this machine lacks, as apt-get takes them."""
    found = {
        "php-cli php-mysql php-curl php-xml php-mbstring php-intl": shutil.which("php") is not None,
        "wordpress": PACKAGED.exists(),
        "mariadb-server": find_program("mariadbd") is not None,
    }
    return " ".join(packages for packages, is_there in found.items() if not is_there)


class Bed:
    """One WordPress and one MariaDB; ``new_site`` gives a running site."""

    def __init__(self) -> None:
        self.php = shutil.which("php") or "php"
        self.folder = Path(tempfile.mkdtemp(prefix="theme-license-wordpress-"))
        self.database = MariaDB()
        self._numbers = count(1)
        self._sites: list[Site] = []

    def start(self) -> "Bed":
        """Install WordPress once."""
        self.database.start()
        template = self.folder / _TEMPLATE
        # Debian's package keeps some of it elsewhere, and its configuration wants a file for each host.
        subprocess.run(["cp", "-rL", PACKAGED, template], check=True, stderr=subprocess.DEVNULL)
        shutil.rmtree(template / "wp-content")
        (template / "wp-content" / "themes").mkdir(parents=True)
        shutil.copyfile(SCRIPTS / "wp-config.php", template / "wp-config.php")
        (template / "wp-content" / "mu-plugins").mkdir()
        shutil.copyfile(SCRIPTS / "watch.php", template / "wp-content" / "mu-plugins" / "watch.php")
        self.database.run(f"CREATE DATABASE {_TEMPLATE} CHARACTER SET utf8mb4")
        self._site(template, _TEMPLATE, "template.example.com").run_file(SCRIPTS / "install.php")
        for written in ("site.json", "host.php", "wp-content/debug.log", "wp-content/pages.jsonl"):
            (template / written).unlink(missing_ok=True)
        return self

    def new_site(self, domain: str, *, server: str, keys: list[str]) -> "Site":
        """Return a running site on ``domain``, its theme for licenses of ``server`` that are signed by ``keys``."""
        name = f"site_{next(self._numbers)}"
        folder = self.folder / name
        # Links are enough: nothing that is in the template is ever written again.
        subprocess.run(["cp", "-rl", self.folder / _TEMPLATE, folder], check=True)
        site = self._site(folder, name, domain)
        self.database.copy(_TEMPLATE, name)
        found = "option_name IN ('home', 'siteurl')"
        self.database.run(f"UPDATE {name}.wp_options SET option_value = '{site.url}' WHERE {found}")  # noqa: S608 - ours
        self._sites.append(site)
        site.define(JANNAH_LICENSE_SERVER=server, JANNAH_LICENSE_KEYS=keys)
        site.put_theme()
        site.run(f"switch_theme('{THEME_NAME}');")
        return site.start()

    def _site(self, folder: Path, database: str, domain: str) -> Site:
        return Site(self.php, folder, database=database, socket=self.database.socket, domain=domain)

    def remove_site(self, site: "Site") -> None:
        """Stop a site and remove its folder; its database goes with all others."""
        self._sites.remove(site)
        site.stop()
        shutil.rmtree(site.folder)

    def remove(self) -> None:
        """Stop everything and remove every folder."""
        for site in self._sites:
            site.stop()
        self.database.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
