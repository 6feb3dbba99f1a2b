"""Does the portal show an owner the license, and do what its buttons say? (protocol §6, §8)"""

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from license_server.policy import DAY
from license_server.service import catalogue
from license_server.service.activation import offline
from license_server.service.context import Context
from license_server.service.license import lifecycle
from license_server.web.app import create_app
from tests.conftest import on_sqlite
from tests.license_server.conftest import Clock, Issue
from tests.license_server.owner import Owner, Page, actions, release, use
from tests.license_server.site import UNKNOWN_KEY, claims, code, key_of

pytestmark = on_sqlite


# --- signing in and out ---


def test_the_key_alone_opens_the_license(owner: Owner, client: FlaskClient, issue: Issue) -> None:
    issued = issue(domains=3)
    use(client, issued, "news.example.com")
    page = owner.sign_in(f"  {key_of(issued).lower().replace('-', ' ')} ")
    assert page.status == 200
    for told in ("Jannah", "Active", f"…{issued.key.last5}", "1 of 3 domains in use", "4 of 4 moves left this year"):
        assert told in page.text
    assert "Until January 15, 2028 (365 days left)" in page.text
    assert "news.example.com Activated January 15, 2027 Last seen January 15, 2027 Release This wasn't me" in page.text


def test_before_signing_in_nothing_of_a_product_is_told(owner: Owner, issue: Issue) -> None:
    issue()
    page = owner.get()
    assert "Jannah" not in page.html
    assert "The key is in the mail or the receipt of your purchase." in page.text


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ("JNH-00000-00000-00000-00000-00000-00000", 400, "This is not a license key"),
        ("", 400, "This is not a license key"),
        ("x" * 5_000 + "\0\ud7ff", 400, "This is not a license key"),
        (UNKNOWN_KEY, 404, "No license has this key"),
    ],
)
def test_a_wrong_key_is_told_where_it_was_typed(owner: Owner, typed: str, status: int, told: str) -> None:
    page = owner.sign_in(typed)
    assert (page.status, told in page.text) == (status, True)
    assert page.form("/sign-in").values["license_key"] == ""
    assert owner.get().form("/sign-in")


def test_signing_out_leaves_nothing_but_the_language(owner: Owner, issue: Issue) -> None:
    owner.get("/portal?lang=ar")
    page = owner.sign_in(key_of(issue()))
    page = owner.send(page.form("/sign-out"))
    assert "تم تسجيل خروجك." in page.text
    assert "تم تسجيل خروجك." not in owner.get().text
    assert owner.get().form("/sign-in")


def test_a_session_ends_fifteen_minutes_after_its_last_use(owner: Owner, issue: Issue, clock: Clock) -> None:
    owner.sign_in(key_of(issue()))
    for _ in range(3):
        clock.now += 15 * 60 - 1
        assert owner.get().form("/sign-out")
    clock.now += 15 * 60
    assert "You were signed out after 15 minutes without use." in owner.get().text
    assert "You were signed out" not in owner.get().text


def test_signing_out_everywhere_ends_the_session_of_another_device(
    owner: Owner, context: Context, issue: Issue
) -> None:
    key = key_of(issue())
    phone = Owner(create_app(context).test_client())
    page, _ = owner.sign_in(key), phone.sign_in(key)
    page = owner.send(page.form("/sign-out-everywhere"))
    assert "You are signed out on all devices." in page.text
    assert "Your session has ended. Paste the license key to go on." in phone.get().text
    assert phone.get().form("/sign-in")


def test_a_form_of_a_session_that_has_ended_does_nothing(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue()
    use(client, issued, "news.example.com")
    page = owner.get(owner.sign_in(key_of(issued)).links["Release"])
    form = page.forms[-1]
    clock.now += 15 * 60
    answer = owner.post(form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/portal")
    assert "You were signed out after 15 minutes" in owner.get().text
    assert actions(context, issued) == []


def test_a_new_key_ends_the_session_of_the_old_one(owner: Owner, context: Context, issue: Issue) -> None:
    issued = issue()
    owner.sign_in(key_of(issued))
    renewed = lifecycle.rekey(context, issued.license.id)
    assert "The license key was replaced, so you were signed out." in owner.get().text
    assert "No license has this key." in owner.sign_in(key_of(issued)).text
    assert owner.sign_in(key_of(renewed)).form("/sign-out")


@pytest.mark.parametrize("path", ["/portal/release/act_X", "/portal/report/act_X"])
def test_a_page_of_the_license_leads_a_stranger_to_the_first_page(owner: Owner, path: str) -> None:
    answer = owner.ask("GET", path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/portal")


# --- what the first page says ---


def test_a_stopped_license_says_why_and_since_when(owner: Owner, context: Context, issue: Issue) -> None:
    suspended, revoked = issue(), issue()
    lifecycle.suspend(context, suspended.license.id, reason="The payment is missing")
    lifecycle.revoke(context, revoked.license.id, reason=None)
    page = owner.sign_in(key_of(suspended))
    told = ("Suspended", "The vendor suspended this license on January 15, 2027.", "Reason: The payment is missing")
    assert all(sentence in page.text for sentence in told)
    owner.send(page.form("/sign-out"))
    page = owner.sign_in(key_of(revoked))
    assert "The vendor revoked this license on January 15, 2027." in page.text
    assert "Reason" not in page.text


def test_the_term_is_told_before_and_after_its_end(owner: Owner, issue: Issue, clock: Clock) -> None:
    key = key_of(issue(term="2d"))
    owner.sign_in(key)
    clock.now += DAY
    assert "Until January 17, 2027 (1 day left)" in owner.sign_in_again(key).text
    clock.now += DAY
    page = owner.sign_in_again(key)
    assert all(told in page.text for told in ("Term ended", "Ended on January 17, 2027", "Your sites keep working."))


def test_a_license_without_an_end_is_perpetual_and_needs_no_renewal(
    owner: Owner, context: Context, issue: Issue
) -> None:
    links = {name: f"https://vendor.example.com/{name}" for name in ("renew", "buy", "support")}
    catalogue.update_product(context, "jannah", name=None, prefix=None, links=links)
    page = owner.sign_in(key_of(issue(term="perpetual")))
    assert "Perpetual" in page.text
    assert "Renew" not in page.links
    owner.send(page.form("/sign-out"))
    page = owner.sign_in(key_of(issue()))
    assert page.links["Renew"] == links["renew"]
    assert page.links["Buy another license"] == links["buy"]
    assert page.links["Contact the vendor"] == links["support"]


def test_moves_are_told_plainly(owner: Owner, client: FlaskClient, issue: Issue, clock: Clock) -> None:
    issued = issue(moves_per_year=1, term="3y")
    key = key_of(issued)
    assert "1 of 1 move left this year" in owner.sign_in(key).text
    use(client, issued, "a.example.com")
    release(owner, "a.example.com")
    use(client, issued, "b.example.com")
    page = owner.get()
    assert "No move is left until January 15, 2028." in page.text
    clock.now += 365 * DAY
    assert "1 of 1 move left this year" in owner.sign_in_again(key).text


def test_a_plan_without_moves_says_so(owner: Owner, issue: Issue) -> None:
    assert "This plan has no moves" in owner.sign_in(key_of(issue(moves_per_year=0))).text


def test_a_test_copy_is_told_apart_from_a_domain(owner: Owner, client: FlaskClient, issue: Issue) -> None:
    issued = issue(domains=1, staging_domains=2)
    use(client, issued, "news.example.com")
    use(client, issued, "copy.example.com", environment="staging")
    page = owner.sign_in(key_of(issued))
    assert "1 of 1 domain in use" in page.text
    assert "1 of 2 test copies in use" in page.text
    assert "copy.example.com Test copy Activated" in page.text


def test_a_domain_is_shown_in_its_own_script_and_as_it_is_on_the_wire(
    owner: Owner, client: FlaskClient, issue: Issue
) -> None:
    issued = issue(domains=2)
    use(client, issued, "xn--mgbh0fb.example.com", "news.example.com")
    page = owner.sign_in(key_of(issued))
    told = '<bdi dir="ltr">مثال.example.com</bdi> (<bdi dir="ltr">xn--mgbh0fb.example.com</bdi>)'
    assert told in page.html
    assert page.html.count("news.example.com") == 1


def test_a_name_that_looks_like_another_is_said_to_be_such_wherever_it_is_shown(
    owner: Owner, client: FlaskClient, issue: Issue
) -> None:
    issued = issue()
    use(client, issued, "xn--80ak6aa92e.com")
    told = "аррӏе.com (xn--80ak6aa92e.com: looks like apple.com, but is another domain)"
    page = owner.sign_in(key_of(issued))
    asking, reporting = (owner.get(page.links[name]) for name in ("Release", "This wasn't me"))
    for each in (page, asking, reporting, owner.send(asking.forms[-1])):
        assert told in each.text


# --- release, undo, report ---


def test_a_released_domain_can_be_taken_back_for_a_day(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue(domains=2)
    news, _ = use(client, issued, "news.example.com", "shop.example.com")
    token = news.token()
    owner.sign_in(key_of(issued))
    page = release(owner, "news.example.com")
    until = "January 16, 2027, 8:00 AM UTC"
    assert f"news.example.com is released. You can undo this until {until}." in page.text.replace("\u202f", " ")
    assert "is released" not in owner.get().text
    assert "1 of 2 domains in use" in page.text
    assert claims(news.refresh(token))["status"] == "released"
    page = owner.send(owner.get().forms[-1])
    assert "news.example.com is in use again." in page.text
    assert claims(news.refresh(token))["status"] == "active"
    assert actions(context, issued) == [("release", "news.example.com"), ("undo", "news.example.com")]


def test_a_day_later_a_release_cannot_be_taken_back(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue()
    use(client, issued, "news.example.com")
    owner.sign_in(key_of(issued))
    undo = release(owner, "news.example.com").forms[-1]
    clock.now += DAY
    page = owner.sign_in_again(key_of(issued))
    assert "Its place is kept for it until" in page.text
    assert "Undo" not in page.text
    page = Page(owner.post(replace(undo, values=page.forms[-1].values)))
    assert (page.status, "The release cannot be undone any more" in page.text) == (409, True)
    assert actions(context, issued) == [("release", "news.example.com")]


def test_a_place_that_was_given_away_cannot_be_taken_back(owner: Owner, client: FlaskClient, issue: Issue) -> None:
    issued = issue()
    use(client, issued, "news.example.com")
    owner.sign_in(key_of(issued))
    undo = release(owner, "news.example.com").forms[-1]
    use(client, issued, "shop.example.com")
    page = owner.send(undo)
    assert (page.status, "in use on as many domains as it covers" in page.text) == (409, True)


def test_the_page_that_asks_says_whether_a_new_domain_is_a_move(
    owner: Owner, client: FlaskClient, issue: Issue
) -> None:
    issued = issue(domains=1, staging_domains=1)
    use(client, issued, "news.example.com")
    use(client, issued, "copy.example.com", environment="staging")
    page = owner.sign_in(key_of(issued))
    asking = [owner.get(path).text for path in page.links_called("Release")]
    (of_copy,) = [text for text in asking if "copy.example.com?" in text]
    (of_news,) = [text for text in asking if "news.example.com?" in text]
    assert "Its place is kept for it until February 28, 2027." in of_news
    assert "4 of 4 moves left this year" in of_news
    assert "Its place is kept for it until January 25, 2027." in of_copy
    assert "moves left this year" not in of_copy
    assert all("You can undo this for 24 hours." in text for text in asking)


def test_the_place_of_an_offline_license_stays_taken(
    owner: Owner, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue()
    offline.sign(context, issued.license.id, "news.example.com")
    page = owner.sign_in(key_of(issued))
    assert "news.example.com Offline until January 29, 2028" in page.text
    asking = owner.get(page.links["Release"])
    assert "cannot be recalled: it stays good until January 29, 2028" in asking.text
    assert "learns it at its next check" not in asking.text
    page = owner.send(asking.forms[-1])
    assert "1 of 1 domain in use" in page.text
    clock.now += 2 * DAY
    page = owner.sign_in_again(key_of(issued))
    assert "An offline license holds this place until January 29, 2028; it cannot be moved." in page.text
    assert "Undo" not in page.text


def test_what_was_not_me_is_recorded_with_what_to_do(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue
) -> None:
    support = "https://vendor.example.com/support"
    catalogue.update_product(context, "jannah", name=None, prefix=None, links={"support": support})
    issued = issue()
    (news,) = use(client, issued, "news.example.com")
    page = owner.get(owner.sign_in(key_of(issued)).links["This wasn't me"])
    activation = news.activate().get_json()["activation"]["id"]
    assert all(told in page.text for told in ("Ask the vendor for a new key.", issued.license.id, activation))
    assert page.links["Contact the vendor"] == support
    page = owner.send(page.forms[-1])
    assert "Your report about news.example.com is recorded." in page.text
    assert actions(context, issued) == [("report", "news.example.com")]
    assert "1 of 1 domain in use" in page.text


def test_another_owners_activation_is_none(owner: Owner, client: FlaskClient, context: Context, issue: Issue) -> None:
    mine, others = issue(), issue()
    (site,) = use(client, others, "news.example.com")
    activation = site.activate().get_json()["activation"]["id"]
    form = owner.sign_in(key_of(mine)).form("/sign-out")
    for action in ("release", "report"):
        assert owner.get(f"/portal/{action}/{activation}").status == 404
    for action in ("release", "undo", "report"):
        for named in (activation, "act_X", "lic_" + "0" * 24, "%00", "é"):
            assert owner.send(replace(form, action=f"/portal/{action}/{named}")).status == 404
    assert actions(context, others) == []


# --- languages ---


def test_a_language_is_kept_once_it_was_chosen(owner: Owner) -> None:
    page = owner.get()
    assert 'lang="en" dir="ltr"' in page.html
    page = owner.get(page.links["العربية"])
    assert 'lang="ar" dir="rtl"' in page.html
    assert 'lang="ar" dir="rtl"' in owner.get("/portal/activate").html
    assert 'lang="ar" dir="rtl"' in owner.get("/portal/nothing").html
    assert 'lang="ar" dir="rtl"' in owner.get("/portal?lang=<b>").html


def test_the_browsers_language_is_the_first(client: FlaskClient) -> None:
    assert 'lang="ar"' in Owner(client, language="xx, ar-EG;q=0.8, en;q=0.5").get().html
    assert 'lang="en"' in Owner(client, language="\x7f;;q=,").get().html


# --- errors ---


def test_every_error_under_the_portal_is_a_page(owner: Owner, context: Context, issue: Issue) -> None:
    assert "This page does not exist" in owner.get("/portal/nothing").text
    assert owner.get("/portal/").status == 404
    answer = owner.ask("POST", "/portal")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert "cannot be opened this way" in Page(answer).text
    assert "cannot be opened this way" in Page(owner.ask("DELETE", "/portal/sign-in")).text
    form = owner.get().form("/sign-in")
    answer = owner.post(form, license_key="x" * 17_000)
    assert (answer.status_code, answer.headers["Connection"]) == (413, "close")
    assert "The text is too long" in Page(answer).text


def test_too_many_guesses_say_how_long_to_wait(owner: Owner, context: Context) -> None:
    for _ in range(20):
        owner.sign_in("x")
    answer = owner.post(owner.get().form("/sign-in"), license_key="x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "There were too many attempts. Wait for 10 minutes, then try again." in Page(answer).text
    assert Owner(owner.client, address="198.51.100.8").sign_in("x").status == 400


def test_a_database_that_is_away_has_its_page(owner: Owner, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    from license_server.errors.home import DatabaseUnavailable
    from license_server.service import portal_sessions

    def away(*arguments: object, **more: object) -> None:
        raise DatabaseUnavailable(reason="/secret/path")

    monkeypatch.setattr(portal_sessions, "sign_in", away)
    answer = owner.post(owner.get().form("/sign-in"), license_key="x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    page = Page(answer)
    assert "The license server is busy" in page.text
    assert "/secret" not in page.html


def test_a_fault_has_its_page_with_the_id_of_the_log(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    from license_server.service import portal_sessions

    monkeypatch.setattr(portal_sessions, "sign_in", lambda *arguments, **more: 1 / 0)
    answer = owner.post(owner.get().form("/sign-in"), license_key="x")
    page = Page(answer)
    assert (page.status, "The license server has a fault" in page.text) == (500, True)
    assert answer.headers["X-Request-Id"] in page.text


@pytest.mark.parametrize("path", ["/portals", "/nothing", "/v1/portal"])
def test_the_rest_of_the_server_keeps_its_problems(owner: Owner, path: str) -> None:
    answer = owner.ask("GET", path)
    assert code(answer) == "not_found"
    assert json.loads(answer.data)["status"] == 404


def test_the_portal_is_where_the_servers_url_says(context: Context, issue: Issue) -> None:
    moved = replace(context, settings=context.settings.model_copy(update={"url": "https://example.com/licenses"}))
    owner = Owner(create_app(moved).test_client())
    answer = owner.ask("GET", "/portal")
    assert "Path=/;" in answer.headers["Set-Cookie"]
    assert 'href="/licenses/portal/portal.css"' in answer.get_data(as_text=True)


def test_its_files_are_kept_by_browsers_for_a_while(owner: Owner) -> None:
    for name, kind in (("portal.css", "text/css"), ("portal.js", "text/javascript")):
        answer = owner.ask("GET", f"/portal/{name}")
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in answer.headers
