"""What is one WordPress site of the tests? An ordinary one: its own folder and database, an ordinary domain.

The sample theme is active in it, with the client's folder copied into it, as a vendor ships it.
"""

import base64
import copy
import json
import os
import shutil
import signal
import struct
import subprocess
import time
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import requests
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from tests.license_server.live import free_port
from tests.wordpress.visitor import Visitor

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "client" / "wordpress" / "theme-license"
THEME = ROOT / "examples" / "wordpress-theme"
THEME_NAME = "jannah"
SCRIPTS = Path(__file__).parent / "scripts"
LICENSE_BEGINS = "// The license."
"""What of the sample theme's functions.php comes before it, a theme without a license has too."""
START_SECONDS = 20

_OPCACHE = ("-d", "opcache.enable=1", "-d", "opcache.enable_cli=1")


class Cost(NamedTuple):
    """What a page view took: the SQL of its queries, the addresses of its outgoing calls."""

    page: str
    queries: list[str]
    calls: list[str]


class Site:
    """A WordPress site in ``folder``, at ``url`` for whoever is told where its domain is."""

    def __init__(self, php: str, folder: Path, *, database: str, socket: Path, domain: str) -> None:
        self.folder = folder
        self.database = database
        self.domain = domain
        self.port = free_port()
        self.url = f"http://{domain}:{self.port}"
        self.content = folder / "wp-content"
        self.theme = self.content / "themes" / THEME_NAME
        self.debug_log = self.content / "debug.log"
        self._php = php
        self._process: subprocess.Popen[bytes] | None = None
        self._constants: dict[str, object] = {
            "DB_NAME": database,
            "DB_USER": "root",
            "DB_PASSWORD": "",
            "DB_HOST": f"localhost:{socket}",
            "DB_CHARSET": "utf8mb4",
            "DB_COLLATE": "",
            "WP_HTTP_BLOCK_EXTERNAL": True,
            "WP_ACCESSIBLE_HOSTS": "127.0.0.1",
            "DISABLE_WP_CRON": True,
            "AUTOMATIC_UPDATER_DISABLED": True,
            "WP_DEBUG": True,
            "WP_DEBUG_LOG": str(self.debug_log),
            "WP_DEBUG_DISPLAY": False,
            "SAVEQUERIES": True,
            # Signing by fixed words, so that the database is never asked for them.
            **{
                f"{scheme}_{kind}": f"{scheme} {kind} of the test bed"
                for scheme in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
                for kind in ("KEY", "SALT")
            },
        }
        self.define()

    def define(self, **constants: object) -> None:
        """Define constants in `wp-config.php`, from the next request on."""
        self._constants |= constants
        (self.folder / "site.json").write_text(json.dumps(self._constants))

    def put_theme(self, name: str = THEME_NAME) -> Path:
        """Copy the sample theme, and the client's folder alone into its `inc`; return the theme's folder."""
        theme = self.content / "themes" / name
        # Not the times of the files: what is new must look new.
        shutil.copytree(THEME, theme, copy_function=shutil.copyfile)
        shutil.copytree(CLIENT, theme / "inc" / "theme-license", copy_function=shutil.copyfile)
        return theme

    def take_client_out(self) -> None:
        """Leave the theme as it would be if it had never heard of licenses."""
        shutil.rmtree(self.theme / "inc" / "theme-license")
        functions = self.theme / "functions.php"
        before, mark, _ = functions.read_text("utf-8").partition(LICENSE_BEGINS)
        assert mark, "functions.php no longer says where the license begins"
        functions.write_text(before, "utf-8")

    def become_network(self, domain: str) -> "Site":
        """Make a network of this site; return the second site in it, under a domain of its own."""
        second = copy.copy(self)
        second.domain = domain
        second.url = f"http://{domain}:{self.port}"
        second._process = None
        hosts = [f"{each.domain}:{each.port}" for each in (self, second)]
        self.run_file(SCRIPTS / "network.php")
        self.define(
            MULTISITE=True,
            SUBDOMAIN_INSTALL=True,
            DOMAIN_CURRENT_SITE=hosts[0],
            PATH_CURRENT_SITE="/",
            SITE_ID_CURRENT_SITE=1,
            BLOG_ID_CURRENT_SITE=1,
            COOKIE_DOMAIN="",
        )
        # WordPress takes no port in a new site's domain.
        arguments = f"'domain' => '{domain}', 'path' => '/', 'title' => 'The Shop', 'user_id' => 1"
        made = self.run(
            f"""
            $made = wp_insert_site( array( {arguments} ) );
            if ( is_wp_error( $made ) ) {{ echo $made->get_error_message(); }}
            $wpdb->update( $wpdb->blogs, array( 'domain' => '{hosts[1]}' ), array( 'blog_id' => $made ) );
            switch_to_blog( $made );
            update_option( 'home', '{second.url}' );
            update_option( 'siteurl', '{second.url}' );
            switch_theme( '{THEME_NAME}' );
            """
        )
        assert made == "", made
        return second

    @property
    def process_id(self) -> int:
        """The process that serves the site; all of it where it has no workers."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, workers: int = 4, revalidate_seconds: int = 0) -> "Site":
        """Serve the site; returns when it answers.

        What is compiled is kept, and looked at again every so many seconds: a test may change any file.
        """
        opcache = [*_OPCACHE, "-d", f"opcache.revalidate_freq={revalidate_seconds}"]
        command = [self._php, *opcache, "-S", f"127.0.0.1:{self.port}", "-t", str(self.folder)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(SCRIPTS / "router.php")],
                env=os.environ | ({"PHP_CLI_SERVER_WORKERS": str(workers)} if workers > 1 else {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                requests.get(f"http://127.0.0.1:{self.port}/readme.html", timeout=2)
                return self
            except requests.ConnectionError:
                assert self._process.poll() is None, (self.folder / "server.log").read_text()
                assert time.monotonic() < deadline, "PHP does not serve the site"
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop serving: the process and its workers."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(START_SECONDS)

    def run_file(self, script: Path) -> str:
        """Run a PHP script in the site's folder, as its domain, and return what it printed."""
        return self._run([str(script)], "")

    def run(self, code: str) -> str:
        """Run PHP code with WordPress loaded, and return what it printed."""
        return self._run([], f"<?php require '{self.folder}/wp-load.php';\n{code}")

    def ask(self, expression: str) -> Any:
        """Return what a PHP expression is, with WordPress loaded."""
        return json.loads(self.run(f"echo json_encode({expression});"))

    def _run(self, arguments: list[str], code: str) -> str:
        asked = {
            "HTTP_HOST": f"{self.domain}:{self.port}",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_URI": "/",
        }
        prepend = self.folder / "host.php"
        prepend.write_text(f"<?php $_SERVER = json_decode( '{json.dumps(asked)}', true ) + $_SERVER;")
        command = [self._php, "-d", f"auto_prepend_file={prepend}", *arguments]
        done = subprocess.run(command, input=code, capture_output=True, text=True, cwd=self.folder, check=False)
        if done.returncode:
            raise AssertionError(done.stdout[-2_000:] + done.stderr[-2_000:])
        return done.stdout

    def speak(self, language: str, *, is_rtl: bool) -> None:
        """Let everybody read ``language``, as far as it is there: of WordPress's own words, the direction alone is."""
        languages = self.content / "languages"
        languages.mkdir(exist_ok=True)
        words = Catalog(language)
        words.add("ltr", "rtl" if is_rtl else "ltr", context="text direction")
        written = BytesIO()
        write_mo(written, words)
        binary = bytearray(written.getvalue())
        # WordPress's reader wants the address of the hash table, though there is none: it would stand behind the index.
        (count,) = struct.unpack_from("<I", binary, 8)
        struct.pack_into("<I", binary, 24, 28 + 2 * 8 * count)
        for name in (language, f"admin-{language}"):
            (languages / f"{name}.mo").write_bytes(binary)
        self.run(f"update_option( 'WPLANG', '{language}' );")

    def is_ok(self) -> bool:
        """Return whether the theme is told that the site is licensed."""
        return self.ask("Theme_License::check('jannah')->ok") is True

    def verdict(self) -> str:
        """Return the code of the verdict that the theme is told."""
        return str(self.ask("Theme_License::check('jannah')->code"))

    def refresh(self) -> None:
        """Let the day pass until the client asks the server again, and WordPress's cron run then."""
        self.run(
            """
            $kept = json_decode( get_option( 'theme_license_jannah_site' ), true );
            update_option( 'theme_license_jannah_site', wp_json_encode( array( 'next_attempt_at' => 1 ) + $kept ) );
            wp_clear_scheduled_hook( 'theme_license_refresh_jannah' );
            wp_schedule_single_event( time() - 1, 'theme_license_refresh_jannah' );
            """
        )
        Visitor(self).get("/wp-cron.php")

    def keep(self, text: str, *, product: str = THEME_NAME) -> None:
        """Let the client keep a state, as it does after an answer."""
        self.run(
            f"""
            $state = Theme_License\\V1\\Site_State::parse( base64_decode( '{_base64(text)}' ) );
            Theme_License\\V1\\WordPress\\Themes::find( '{product}' )->change(
                static fn( $checker ) => $checker->state->write( $state )
            );
            """
        )

    def write_option(self, name: str, value: str) -> None:
        """Write an option, autoloaded as it was."""
        self.run(f"update_option('{name}', base64_decode('{_base64(value)}'));")

    def kept(self) -> dict[str, str]:
        """Return everything that the site keeps of licenses: options and what people left behind."""
        rows = (
            "SELECT option_name, option_value FROM {$wpdb->options} UNION ALL "
            "SELECT CONCAT('user ', user_id, ' ', meta_key), meta_value FROM {$wpdb->usermeta}"
        )
        found = self.ask(f'$wpdb->get_results("{rows}", ARRAY_N)')
        return {name: value for name, value in found if "theme_license" in name}

    def costs(self) -> list[Cost]:
        """Return what every page since the last time took."""
        return [Cost(line["page"], line["queries"], line["calls"]) for line in self._take_lines("pages.jsonl")]

    def faults(self) -> list[Any]:
        """Return what PHP and WordPress complained of in themes since the last time."""
        return self._take_lines("faults.jsonl")

    def complaints(self) -> list[str]:
        """Return the lines of the debug log that mention the theme or the client."""
        lines = self.debug_log.read_text("utf-8", "replace").splitlines() if self.debug_log.exists() else []
        return [line for line in lines if "/wp-content/themes/" in line or "Theme_License" in line]

    def _take_lines(self, name: str) -> list[Any]:
        path = self.content / name
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
