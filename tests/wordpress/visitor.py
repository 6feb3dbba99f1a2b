"""Who looks at a WordPress site without a browser? It is told where the site's domain is by the Host header."""

import html
import re
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from tests.wordpress.site import Site

OPTIONS_PAGE = "/wp-admin/themes.php?page=theme-license"
PASSWORD = "password"

_LINK = re.compile(r"href='(themes\.php\?page=[^']+)'")
_NONCE = re.compile(r'name="_wpnonce" value="([0-9a-f]+)"')


class Visitor:
    """Somebody with cookies, who asks one site without a browser."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers = {"Host": f"{site.domain}:{site.port}"}

    def log_in(self, name: str) -> "Visitor":
        """Log in as one of the people that every site has."""
        form = {"log": name, "pwd": PASSWORD, "wp-submit": "Log In", "testcookie": "1"}
        self.session.cookies.set("wordpress_test_cookie", "WP Cookie check")
        answer = self.post("/wp-login.php", form)
        assert answer.status_code == 302, answer.text[-2_000:]
        return self

    def get(self, path: str) -> requests.Response:
        """Ask for a page; redirects are not followed."""
        return self._ask("GET", path)

    def post(self, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form; redirects are not followed."""
        return self._ask("POST", path, form)

    def nonce(self, path: str = OPTIONS_PAGE) -> str:
        """Return the nonce of the first form of a page that has one."""
        text = self.get(path).text
        found = _NONCE.search(text)
        assert found, text[-2_000:]
        return found.group(1)

    def links(self, path: str) -> set[str]:
        """Return the theme options pages that a page of the administration links to, as paths."""
        return {f"/wp-admin/{html.unescape(found)}" for found in _LINK.findall(self.get(path).text)}

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> requests.Response:
        url = f"http://127.0.0.1:{self.site.port}{path}"
        return self.session.request(method, url, data=form, headers=self.headers, timeout=30, allow_redirects=False)
