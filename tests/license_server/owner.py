"""An owner's browser without scripts: it opens pages of the portal, reads them, and sends their forms."""

import base64
import json
import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from license_server.records import AuditFilter
from license_server.service.context import Context
from license_server.service.license.issue import Issued
from license_server.service.operating import audit_log
from license_server.web.owners.session import HOST_COOKIE
from tests.license_server.site import Site, key_of

BASE = "https://licenses.example.com"
NONCE = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode("ascii")


@dataclass
class Form:
    """A form of a page: where it leads, and what it sends unless the owner types something else."""

    method: str
    action: str
    values: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What an owner and a browser see of a page. Elements out of balance fail, and so does a script in the page."""

    VOID = frozenset({"meta", "link", "br", "input"})
    BLOCKS = frozenset({"dd", "dt", "div", "p", "li", "label", "input"})

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.answer, self.status, self.html = answer, answer.status_code, answer.get_data(as_text=True)
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.ids: list[str] = []
        self._all_links: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        assert answer.mimetype == "text/html", self.html
        self.feed(self.html)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        """What there is to read, each piece of white space as one space."""
        return " ".join("".join(self._text).split())

    def form(self, ending: str) -> Form:
        """Return the form whose address ends in ``ending``."""
        (found,) = [form for form in self.forms if form.action.endswith(ending)]
        return found

    def links_called(self, text: str) -> list[str]:
        """Return where every link of that text leads, in their order."""
        return [href for words, href in self._all_links if words == text]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag not in ("img", "iframe", "base", "style")
        assert not [name for name in values if name.startswith("on") or name == "style"]
        if tag == "script":
            assert values["src"] == "/portal/portal.js"
        if tag == "form":
            self.forms.append(Form(values.get("method") or "get", values["action"] or ""))
        if tag == "input" and self.forms and values.get("name"):
            is_off = values.get("type") == "radio" and "checked" not in values
            if not is_off:
                self.forms[-1].values[values["name"] or ""] = values.get("value") or ""
        if "id" in values:
            self.ids.append(values["id"] or "")
        if tag == "a":
            href = values["href"] or ""
            assert href.startswith(("/portal", "https://", "#")), href
        self._text.append(" " if tag in self.BLOCKS else "")
        if tag not in self.VOID:
            self._open.append((tag, values))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        for tag, values in self._open:
            if tag == "a":
                self.links[" ".join(data.split())] = values["href"] or ""
                self._all_links.append((" ".join(data.split()), values["href"] or ""))


class Owner:
    """One browser at one address, which keeps its cookies."""

    def __init__(self, client: FlaskClient, *, address: str = "198.51.100.7", language: str = "en") -> None:
        self.client = client
        self._environment = {"REMOTE_ADDR": address}
        self._headers = {"Accept-Language": language}

    def get(self, path: str = "/portal", *, host: str = "licenses.example.com") -> Page:
        """Open a page, and where it leads on to."""
        return self._follow(self.ask("GET", path, host=host))

    def send(self, form: Form, **typed: str) -> Page:
        """Send a form of the last page, with what was typed, and open where it leads to."""
        return self._follow(self.post(form, **typed))

    def post(self, form: Form, **typed: str) -> TestResponse:
        """Send a form and return the answer itself."""
        return self.ask("POST", form.action, data={**form.values, **typed})

    def ask(self, method: str, path: str, *, host: str = "licenses.example.com", **more: object) -> TestResponse:
        """Send a request as it stands."""
        return self.client.open(
            path,
            method=method,
            base_url=f"https://{host}",
            headers=self._headers,
            environ_base=self._environment,
            **more,
        )

    def sign_in(self, key: str) -> Page:
        """Type the key on the first page."""
        return self.send(self.get().form("/sign-in"), license_key=key)

    def sign_in_again(self, key: str) -> Page:
        """Type the key after the session has ended, or go on while it has not."""
        page = self.get()
        return page if any(form.action.endswith("/sign-out") for form in page.forms) else self.sign_in(key)

    def activate(self, text: str, key: str, **typed: str) -> TestResponse:
        """Open the page of a request, type the key, and confirm what the next page says if it asks."""
        return self.confirm(self.ask_to_sign(text, key, **typed))

    def ask_to_sign(self, text: str, key: str, **typed: str) -> TestResponse:
        """Open the page of a request, type the key and press the button."""
        return self.post(self.get(f"/portal/activate?request={text}").form("/activate"), license_key=key, **typed)

    def confirm(self, answer: TestResponse) -> TestResponse:
        """Press the button of a page that asks to confirm; any other answer stays as it is."""
        form = next((form for form in Page(answer).forms if "confirmed" in form.values), None)
        return answer if form is None else self.post(form)

    def cookie(self) -> str | None:
        """Return the value of the session's cookie."""
        found = self.client.get_cookie(HOST_COOKIE, domain="licenses.example.com", path="/")
        return None if found is None else found.value

    def keep(self, cookie: str) -> None:
        """Put a cookie that was kept, or made up, in the place of the session's."""
        self.client.set_cookie(HOST_COOKIE, cookie, domain="licenses.example.com", path="/")

    def _follow(self, answer: TestResponse) -> Page:
        if answer.status_code == 303:
            location = answer.headers["Location"]
            assert not urlsplit(location).netloc, location
            return self.get(location)
        return Page(answer)


def request_text(
    *, iat: int, domain: str = "news.example.com", return_url: str | None = None, **changes: object
) -> str:
    """Return what a site asks that cannot call (protocol §8)."""
    members = {"v": 1, "product": "jannah", "domain": domain, "nonce": NONCE, "iat": iat, "return_url": return_url}
    raw = json.dumps({**members, **changes}).encode("utf-8")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def signed_license_on(page: Page) -> str:
    """Return the text that the page gives to copy."""
    found = re.search(r"<textarea[^>]*readonly[^>]*>([^<]*)</textarea>", page.html)
    assert found is not None
    return unescape(found[1])


def use(client: FlaskClient, issued: Issued, *domains: str, **changes: object) -> list[Site]:
    """Activate the license on each domain, as its site does, and return the sites."""
    sites = [Site(client, key_of(issued), domain) for domain in domains]
    for each in sites:
        assert each.activate(**changes).status_code == 201
    return sites


def release(owner: Owner, domain: str) -> Page:
    """Release a domain by its button, and the page that asks again."""
    page = owner.get()
    place = page.text[: page.text.index(f"{domain} ")].count("This wasn't me")
    asking = owner.get(page.links_called("Release")[place])
    assert f"Release the license from {domain}?" in asking.text
    return owner.send(asking.forms[-1])


def actions(context: Context, issued: Issued) -> list[tuple[str, str]]:
    """Return what the audit log keeps of what the owner did to which domain, the first one first."""
    found = audit_log.search(context, AuditFilter(chain=issued.license.id, actor="owner"), limit=50)
    entries = sorted(found, key=lambda entry: entry.number)
    done = [(entry.action, json.loads(entry.details)) for entry in entries]
    return [(action, details["domain"]) for action, details in done if "domain" in details]
