"""Does the portal hold against other sites, stored payloads, stolen and prepared sessions?

Promise: XSS, CSRF, clickjacking on the owner's portal.
Promise: a session of the portal that was prepared, forged, left open, or is of a replaced key.
Promise: a cookie of the portal that was kept after its owner signed out.
Promise: an activation request that wants its license sent to another site.
"""

import base64
import json
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from license_server.secret_purposes import SecretKind
from license_server.service.activation import offline
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.service.license.issue import Issued
from license_server.store import tables
from license_server.web.app import create_app
from license_server.web.owners.session import HOST_COOKIE
from tests.conftest import on_sqlite
from tests.license_server.conftest import START, Clock, Issue
from tests.license_server.other_secrets import with_another_secret
from tests.license_server.owner import Form, Owner, Page, actions, release, request_text, use
from tests.license_server.site import key_of

pytestmark = on_sqlite


POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}{0}{product}"


def contents(cookie: str | None) -> dict[str, object]:
    """Return what anybody can read in the cookie."""
    assert cookie is not None
    payload = cookie.removeprefix(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    found: dict[str, object] = json.loads(zlib.decompress(raw) if cookie.startswith(".") else raw)
    return found


def every_form(owner: Owner, client: FlaskClient, issued: Issued) -> list[Form]:
    """Return a form of each kind that the portal has, as its pages give it to the owner."""
    sign_in = owner.get().form("/sign-in")
    page = owner.sign_in(key_of(issued))
    released = [form for form in release(owner, "old.example.com").forms if "/undo/" in form.action]
    asked = owner.get(f"/portal/activate?request={request_text(iat=START)}")
    return [
        sign_in,
        page.form("/sign-out"),
        page.form("/sign-out-everywhere"),
        owner.get(owner.get().links["Release"]).forms[-1],
        owner.get(owner.get().links["This wasn't me"]).forms[-1],
        *released,
        asked.form("/activate"),
        Page(owner.ask_to_sign(request_text(iat=START), key_of(issued))).form("/activate"),
    ]


# --- other sites ---


def test_every_form_needs_the_token_of_its_own_browser(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue
) -> None:
    issued = issue(domains=3)
    use(client, issued, "old.example.com", "news.example.com")
    forms = every_form(owner, client, issued)
    assert len(forms) == 8
    before = actions(context, issued)
    of_another = Owner(create_app(context).test_client()).get().form("/sign-in").values["csrf_token"]
    for form in forms:
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": of_another}):
            values = {name: value for name, value in form.values.items() if name != "csrf_token"}
            answer = owner.post(Form("post", form.action, values), license_key=key_of(issued), **token)
            assert answer.status_code == 403, form.action
            assert "The form was not accepted" in Page(answer).text
    assert actions(context, issued) == before
    assert owner.get().form("/sign-out")


def test_a_body_that_is_no_form_gets_nowhere(owner: Owner) -> None:
    owner.get()
    for body in (b"", b"{}", b"\xff\xfe", b"csrf_token=%ff%00"):
        assert owner.ask("POST", "/portal/sign-in", data=body).status_code == 403


def answers_of_every_page(owner: Owner, client: FlaskClient, context: Context, issue: Issue) -> list[TestResponse]:
    issued = issue(domains=2)
    use(client, issued, "old.example.com", "news.example.com")
    forms = every_form(owner, client, issued)
    signed_in = [
        owner.ask("GET", path)
        for path in ("/portal", owner.get().links["Release"], owner.get().links["This wasn't me"])
    ]
    undo = next(form for form in forms if "/undo/" in form.action)
    text = request_text(iat=START, domain="third.example.com")
    return [
        *signed_in,
        owner.post(undo),
        owner.ask("GET", "/portal/activate"),
        owner.ask("GET", "/portal/activate?request=x"),
        owner.ask("GET", f"/portal/activate?request={text}"),
        owner.activate(text, "x"),
        owner.activate(text, key_of(issued)),
        owner.ask_to_sign(text, key_of(issue())),
        owner.activate(text, key_of(issue())),
        owner.ask("GET", "/portal/nothing"),
        owner.ask("PUT", "/portal"),
        owner.ask("POST", "/portal/sign-in"),
        owner.post(owner.get().form("/sign-out"), filler="x" * 20_000),
        owner.post(owner.get().form("/sign-out")),
        owner.ask("GET", "/portal"),
        owner.post(owner.get().form("/sign-in"), license_key="x"),
        owner.ask("GET", "/portal/release/act_X"),
    ]


def test_every_page_runs_nothing_foreign_is_never_framed_and_never_kept(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue
) -> None:
    answers = answers_of_every_page(owner, client, context, issue)
    assert {answer.status_code for answer in answers} == {200, 303, 400, 403, 404, 405, 409, 413}
    for answer in answers:
        told = answer.headers
        assert told["Content-Security-Policy"] == POLICY
        assert told["X-Frame-Options"] == "DENY"
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Cache-Control"] == "no-store"
        assert told["Referrer-Policy"] == "same-origin"
        assert told["Strict-Transport-Security"]


# --- what is stored and what is sent, shown ---


def test_nothing_stored_becomes_markup(owner: Owner, client: FlaskClient, context: Context, issue: Issue) -> None:
    issued = issue(domains=2)
    use(client, issued, "news.example.com", "old.example.com")
    key = key_of(issued)
    owner.sign_in(key)
    release(owner, "old.example.com")
    with context.store.write() as connection:
        links = {
            "buy_url": "https://[",
            "renew_url": "javascript:alert(1)",
            "support_url": 'https://x"onclick=alert(1)',
        }
        connection.execute(update(tables.products).values(name=PAYLOAD, **links))
        connection.execute(update(tables.plans).values(name=PAYLOAD))
        connection.execute(update(tables.licenses).values(status="suspended", status_reason=PAYLOAD))
        connection.execute(update(tables.activations).values(domain=tables.activations.c.domain + PAYLOAD))
    pages = [owner.get()]
    pages += [owner.get(pages[0].links[name]) for name in ("Release", "This wasn't me")]
    pages.append(owner.get(f"/portal/activate?request={request_text(iat=START)}"))
    pages.append(owner.send(pages[-1].form("/activate"), license_key=key))
    for page in pages:  # parsing one fails at a script, an image or a handler in it
        assert "javascript:" not in page.html
        assert PAYLOAD in page.text
    assert "Reason: " + PAYLOAD in pages[0].text


@pytest.mark.parametrize("sent", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "%00%ff"])
def test_nothing_sent_becomes_markup(owner: Owner, sent: str) -> None:
    for path in (f"/portal/{sent}", f"/portal?lang={sent}", f"/portal/activate?request={sent}", f"/portal?{sent}"):
        page = owner.get(path)
        assert "alert(1)</script>" not in page.html
        assert "49" not in page.text
    form = owner.get(f"/portal/activate?request={request_text(iat=START)}").form("/activate")
    for name in ("request", "license_key", "replaces", "csrf_token"):
        assert sent not in Page(owner.post(form, **{name: sent})).html


def test_another_host_name_changes_nothing(owner: Owner, issue: Issue) -> None:
    owner.sign_in(key_of(issue()))
    answer = owner.ask("GET", "/portal", host="evil.example.org")
    assert "evil" not in answer.get_data(as_text=True)
    assert "evil" not in str(answer.headers)
    assert owner.ask("GET", "/portal/release/act_X", host="evil.example.org").headers["Location"] == "/portal"


# --- the session ---


def test_the_cookie_is_for_the_portal_alone_and_for_no_script(owner: Owner) -> None:
    told = owner.ask("GET", "/portal").headers["Set-Cookie"]
    name, *attributes = [part.strip() for part in told.split(";")]
    assert name.startswith("__Host-theme_license_portal=")
    assert attributes == ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"]


def test_without_tls_the_cookie_can_be_sent_all_the_same(context: Context) -> None:
    local = replace(context, settings=context.settings.model_copy(update={"url": "http://127.0.0.1:8787"}))
    told = create_app(local).test_client().get("/portal").headers["Set-Cookie"]
    assert told.startswith("theme_license_portal=")
    assert "Secure" not in told
    assert "Path=/portal;" in told


def test_the_cookie_holds_nothing_of_the_key(owner: Owner, issue: Issue) -> None:
    issued = issue()
    owner.sign_in(key_of(issued))
    found = contents(owner.cookie())
    assert set(found) == {"secret", "seen_at", "csrf_token"}
    assert issued.key.last5 not in json.dumps(found)
    assert issued.key.digest().hex() not in json.dumps(found)


def test_signing_in_begins_a_session_that_nobody_can_have_prepared(owner: Owner, issue: Issue) -> None:
    before = owner.get().form("/sign-in")
    secret = contents(owner.cookie())["csrf_token"]
    page = owner.send(before, license_key=key_of(issue()))
    assert contents(owner.cookie())["csrf_token"] != secret
    assert owner.post(replace(page.form("/sign-out"), values=before.values)).status_code == 403


def test_a_cookie_that_this_server_did_not_sign_is_none(
    owner: Owner, context: Context, issue: Issue, tmp_path: Path, clock: Clock
) -> None:
    owner.sign_in(key_of(issue()))
    good = owner.cookie()
    assert good is not None
    head, _, tail = good.rpartition(".")
    stranger = with_another_secret(context, SecretKind.TOKEN, tmp_path / "other")
    theirs = Owner(create_app(stranger).test_client())
    theirs.get()
    forged = (f"{head}.{tail[:-1]}{'A' if tail[-1] != 'A' else 'Q'}", head, "x", theirs.cookie() or "")
    for cookie in forged:
        owner.keep(cookie)
        assert owner.get().form("/sign-in")
    owner.keep(good)
    assert owner.get().form("/sign-out")


def test_every_node_knows_the_session_of_another(owner: Owner, context: Context, issue: Issue) -> None:
    owner.sign_in(key_of(issue()))
    cookie = owner.cookie()
    assert cookie is not None
    other = Owner(create_app(replace(context)).test_client())
    other.keep(cookie)
    assert other.get().form("/sign-out")


def test_the_rest_of_the_server_neither_reads_nor_sets_a_session(owner: Owner, issue: Issue) -> None:
    owner.sign_in(key_of(issue()))
    cookie = f"{HOST_COOKIE}={owner.cookie()}"
    for path in ("/", "/healthz", "/docs", "/nothing", "/v1/licenses/activate"):
        answer = owner.client.get(path, headers={"Cookie": cookie})
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_stopped_session_cannot_be_used_again_after_a_new_key(
    owner: Owner, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue()
    owner.sign_in(key_of(issued))
    stolen = owner.cookie()
    assert stolen is not None
    lifecycle.rekey(context, issued.license.id)
    owner.keep(stolen)
    assert owner.get().form("/sign-in")


@pytest.mark.parametrize("button", ["/sign-out", "/sign-out-everywhere"])
def test_a_cookie_that_was_kept_is_worth_nothing_after_signing_out(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue, button: str
) -> None:
    issued = issue()
    use(client, issued, "news.example.com")
    page = owner.sign_in(key_of(issued))
    kept, form = owner.cookie(), owner.get(page.links["Release"]).forms[-1]
    assert kept is not None
    owner.send(page.form(button))
    node = Owner(create_app(context).test_client())
    for browser in (owner, node):
        browser.keep(kept)
        assert browser.get().form("/sign-in")
        browser.keep(kept)
        assert browser.post(form).status_code == 303
    assert actions(context, issued) == []


def test_a_second_sign_in_ends_the_first_session_of_the_browser(owner: Owner, issue: Issue) -> None:
    form = owner.get().form("/sign-in")
    owner.sign_in(key_of(issue()))
    kept = owner.cookie()
    assert kept is not None
    owner.send(replace(form, values=owner.get().form("/sign-out").values), license_key=key_of(issue()))
    owner.keep(kept)
    assert owner.get().form("/sign-in")


@pytest.mark.parametrize("step", [900, 600])
def test_a_cookie_that_was_kept_ends_after_idle_minutes_and_after_twelve_hours(
    owner: Owner, issue: Issue, clock: Clock, step: int
) -> None:
    owner.sign_in(key_of(issue()))
    kept = owner.cookie()
    assert kept is not None
    for _ in range(12 * 3_600 // step - 1):
        clock.now += step - 1
        owner.get()
    clock.now = clock.now + 900 if step == 900 else START + 12 * 3_600
    owner.keep(kept)
    assert owner.get().form("/sign-in")


# --- the key ---


def test_the_key_is_in_no_page_no_address_no_cookie_and_no_log(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue, capfd: pytest.CaptureFixture[str]
) -> None:
    issued, full = issue(domains=3), issue()
    use(client, issued, "old.example.com", "news.example.com")
    use(client, full, "full.example.com")
    offline.sign(context, issued.license.id, "far.example.com")
    text = request_text(iat=START)
    told: list[TestResponse] = []
    form = owner.get().form("/sign-in")
    for typed in (f"{key_of(issued)}x", key_of(issued)):
        told.append(owner.post(form, license_key=typed))
    told += [owner.ask("GET", "/portal"), owner.ask("GET", owner.get().links["Release"])]
    return_url = "https://shop.example.com/x"
    for key in (key_of(full), f"{key_of(issued)}x", key_of(issued)):
        told.append(owner.ask_to_sign(text, key))
    told.append(owner.confirm(told[-1]))
    told.append(
        owner.activate(request_text(iat=START, domain="shop.example.com", return_url=return_url), key_of(issued))
    )
    assert {answer.status_code for answer in told} == {200, 303, 400, 409}
    seen = "".join(f"{answer.headers}{answer.get_data(as_text=True)}" for answer in told) + "".join(capfd.readouterr())
    for key in (issued.key, full.key):
        symbols = key.text("JNH").removeprefix("JNH-")
        assert symbols not in seen
        assert symbols.replace("-", "") not in seen
        assert symbols[:11] not in seen


# --- where an answer goes ---


def test_only_the_page_that_asks_to_confirm_lets_its_form_lead_to_the_site(owner: Owner, issue: Issue) -> None:
    wide = POLICY.replace("form-action 'self'", "form-action 'self' https://www.news.example.com:8443")
    text = request_text(iat=START, return_url="https://www.news.example.com:8443/admin?x=1;script-src%20*")
    answer = owner.ask("GET", f"/portal/activate?request={text}")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert owner.ask_to_sign(text, "x").headers["Content-Security-Policy"] == POLICY
    assert owner.ask_to_sign(text, key_of(issue())).headers["Content-Security-Policy"] == wide
    for answer in (
        owner.ask("GET", "/portal"),
        owner.ask("GET", f"/portal/activate?request={request_text(iat=START)}"),
    ):
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "return_url",
    [
        "https://evil.example.org/",
        "https://news.example.com@evil.example.org/",
        "https://news.example.com.evil.example.org/",
        "https://evil.example.org\\@news.example.com/",
        "https://news.example.com;script-src */",
        "https://news.example.com'/",
        "//evil.example.org/",
        "javascript://news.example.com/%0aalert(1)",
        "https://news.example.com/#x",
        "https://news.example.com/\r\nSet-Cookie: x=1",
    ],
)
def test_an_answer_goes_to_no_other_site(owner: Owner, context: Context, issue: Issue, return_url: str) -> None:
    issued = issue()
    text = request_text(iat=START, return_url=return_url)
    page = owner.get(f"/portal/activate?request={text}")
    assert (page.status, page.answer.headers["Content-Security-Policy"]) == (400, POLICY)
    form = owner.get(f"/portal/activate?request={request_text(iat=START)}").form("/activate")
    answer = owner.post(form, request=text, license_key=key_of(issued))
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert actions(context, issued) == []
