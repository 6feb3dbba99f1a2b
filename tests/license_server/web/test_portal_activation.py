"""Can an owner activate a site that cannot call the server, and nobody else's? (protocol §8)

Promise: a license key that its owner types in the portal for a name that looks like another.
"""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from license_server.policy import DAY
from license_server.service import catalogue, owners
from license_server.service.activation import offline, vendor_release
from license_server.service.context import Context
from license_server.service.license import issue, license_lookup, lifecycle
from license_server.service.operating import signing_keys
from tests.conftest import on_sqlite
from tests.license_server.conftest import START, Clock, Issue
from tests.license_server.owner import (
    NONCE,
    Owner,
    Page,
    actions,
    release,
    request_text,
    signed_license_on,
    use,
)
from tests.license_server.site import UNKNOWN_KEY, key_of, verdict

pytestmark = on_sqlite


def test_an_answer_by_hand_is_a_text_to_copy(owner: Owner, context: Context, issue: Issue) -> None:
    issued = issue()
    page = Page(owner.activate(request_text(iat=START), key_of(issued)))
    assert "The license for news.example.com is ready" in page.text
    assert "good until January 29, 2028, on news.example.com only" in page.text
    found = verdict(signed_license_on(page), signing_keys.public_keys(context), now=START)
    assert found.code == "valid"
    assert found.license is not None
    assert (found.license.nonce, found.license.refresh_at) == (NONCE, None)
    assert actions(context, issued) == [("activate", "news.example.com"), ("sign_offline", "news.example.com")]


@pytest.mark.parametrize(
    ("return_url", "kept"),
    [
        ("https://news.example.com/admin/theme", {}),
        ("https://www.news.example.com:8443/admin/theme?tab=license&x=%26", {"tab": ["license"], "x": ["&"]}),
        ("http://news.example.com", {}),
    ],
)
def test_an_answer_through_the_browser_goes_back_to_the_site(
    owner: Owner, issue: Issue, return_url: str, kept: dict[str, list[str]]
) -> None:
    answer = owner.activate(request_text(iat=START, return_url=return_url), key_of(issue()))
    parts, wanted = urlsplit(answer.headers["Location"]), urlsplit(return_url)
    assert answer.status_code == 303
    assert (parts.scheme, parts.netloc, parts.path or "/") == (wanted.scheme, wanted.netloc, wanted.path or "/")
    members = parse_qs(parts.query)
    assert len(members.pop("signed_license")[0].split(".")) == 3
    assert members == kept


def test_the_page_says_what_is_asked_before_the_key_is_typed(owner: Owner) -> None:
    page = owner.get(f"/portal/activate?request={request_text(iat=START)}")
    assert "Activate Jannah on news.example.com" in page.text
    assert "It cannot be recalled" in page.text
    assert "Your browser returns there" not in page.text
    page = owner.get(f"/portal/activate?request={request_text(iat=START, return_url='https://news.example.com/')}")
    assert "Your browser returns there with the license, without the key." in page.text


def test_a_request_can_be_pasted(owner: Owner) -> None:
    form = owner.get("/portal/activate").form("/activate")
    assert form.method == "get"
    page = owner.get(f"{form.action}?request=%20{request_text(iat=START)}%0A")
    assert "Activate Jannah on news.example.com" in page.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "This is not an activation request"),
        (request_text(iat=START)[:-9], "This is not an activation request"),
        ("<script>alert(1)</script>", "This is not an activation request"),
        (request_text(iat=START - DAY - 1), "more than 24 hours old"),
        (request_text(iat=START + DAY + 1), "more than 24 hours old"),
        (request_text(iat=START, return_url="https://evil.example.org/"), "would send its answer to another site"),
        (request_text(iat=START, product="other"), "for a theme that this vendor does not have"),
    ],
)
def test_a_request_that_is_none_is_refused_both_ways(owner: Owner, issue: Issue, text: str, told: str) -> None:
    page = owner.get(f"/portal/activate?request={text}")
    assert (page.status, told in page.text) == (400, True)
    good = owner.get(f"/portal/activate?request={request_text(iat=START)}").form("/activate")
    page = owner.send(good, request=text, license_key=key_of(issue()))
    assert (page.status, told in page.text) == (400, True)
    assert text not in page.html.replace("lang", "") or text == "x"


@pytest.mark.parametrize(
    ("break_it", "status", "told"),
    [
        ("suspend", 403, "The vendor has suspended this license. Contact the vendor, or use another key. Reason: why"),
        ("revoke", 403, "The vendor has revoked this license. Contact the vendor, or use another key. Reason: why"),
        ("end", 403, "The term of this license has ended, so it takes no new domain."),
        ("mistype", 400, "This is not a license key"),
        ("forget", 404, "No license has this key."),
        ("other", 409, "This key is for another theme. Paste the key that you bought for Jannah."),
    ],
)
def test_a_refusal_says_the_next_step(
    owner: Owner, context: Context, issue: Issue, clock: Clock, break_it: str, status: int, told: str
) -> None:
    issued = issue(term="1d")
    key = key_of(issued)
    if break_it in ("suspend", "revoke"):
        getattr(lifecycle, break_it)(context, issued.license.id, reason="why")
    elif break_it == "end":
        clock.now += DAY
    elif break_it == "mistype":
        key = key[:-1]
    elif break_it == "forget":
        key = UNKNOWN_KEY
    else:
        catalogue.create_product(context, "other", name="Other", prefix="OTH", links={})
        catalogue.create_plan(context, "other", "one", name=None, domains=1, term="1y")
        key = other_key(context)
    page = Page(owner.activate(request_text(iat=clock.now), key))
    assert (page.status, told in page.text) == (status, True)
    assert page.form("/activate").values["license_key"] == ""
    assert actions(context, issued) == []


def test_a_vendors_reason_is_not_read_as_a_rules(owner: Owner, context: Context, issue: Issue) -> None:
    issued = issue()
    lifecycle.suspend(context, issued.license.id, reason="development")
    page = Page(owner.activate(request_text(iat=START), key_of(issued)))
    assert "The vendor has suspended this license." in page.text
    assert "Reason: development" in page.text


def other_key(context: Context) -> str:
    return issue.create(context, catalogue.find_plan(context, "other", "one"), customer=None).key.text("OTH")


@pytest.mark.parametrize(
    ("domain", "told"),
    [("shop.test", "No license is needed on a development name."), ("co.uk", "No license is given for co.uk.")],
)
def test_a_domain_that_takes_no_license_is_told(owner: Owner, issue: Issue, domain: str, told: str) -> None:
    page = Page(owner.activate(request_text(iat=START, domain=domain), key_of(issue())))
    assert (page.status, told in page.text) == (403, True)


def test_a_place_that_is_taken_can_be_moved_here(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue(domains=3)
    use(client, issued, "old.example.com")
    clock.now += DAY
    use(client, issued, "shop.example.com")
    offline.sign(context, issued.license.id, "far.example.com")
    page = Page(owner.activate(request_text(iat=clock.now), key_of(issued)))
    assert page.status == 409
    assert "old.example.com Last seen on January 15, 2027 shop.example.com Last seen on January 16, 2027" in page.text
    assert "An offline license holds this place until January 29, 2028; it cannot be moved." in page.text
    assert page.html.count('type="radio"') == 2
    assert "license_key" not in page.form("/activate").values
    answer = owner.post(page.form("/activate"))
    assert "It is moved here from old.example.com, which loses the license." in Page(answer).text
    assert ("release", "old.example.com") not in actions(context, issued)
    assert "The license for news.example.com is ready" in Page(owner.confirm(answer)).text
    assert ("release", "old.example.com") in actions(context, issued)


def test_before_anything_is_signed_the_page_asks_again(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue
) -> None:
    issued = issue()
    asking = Page(owner.ask_to_sign(request_text(iat=START), key_of(issued)))
    assert "Sign an offline license for news.example.com?" in asking.text
    assert "Nothing but the vendor takes this back before January 29, 2028." in asking.text
    assert (actions(context, issued), license_lookup.find(context, issued.license.id).used) == ([], 0)
    page = owner.send(asking.form("/activate"))
    assert "The license for news.example.com is ready" in page.text
    assert license_lookup.find(context, issued.license.id).used == 1


def test_the_page_that_asks_says_which_name_looks_like_another(owner: Owner, context: Context, issue: Issue) -> None:
    issued = issue()
    text = request_text(iat=START, domain="xn--80ak6aa92e.com")
    told = "аррӏе.com (xn--80ak6aa92e.com: looks like apple.com, but is another domain)"
    assert told in owner.get(f"/portal/activate?request={text}").text
    answer = owner.ask_to_sign(text, key_of(issued))
    assert f"Sign an offline license for {told}?" in Page(answer).text
    assert f"The license for {told} is ready" in Page(owner.confirm(answer)).text


def test_a_single_form_signs_nothing_whatever_it_says(owner: Owner, context: Context, issue: Issue) -> None:
    issued, text = issue(), request_text(iat=START)
    form = owner.get(f"/portal/activate?request={text}").form("/activate")
    page = Page(owner.post(form, license_key=key_of(issued), confirmed="yes"))
    assert "Sign an offline license for news.example.com?" in page.text
    del form.values["license_key"]
    stranger = Owner(owner.client.application.test_client())
    theirs = stranger.get(f"/portal/activate?request={text}").form("/activate")
    del theirs.values["license_key"]
    page = Page(stranger.post(theirs, confirmed="yes"))
    assert (page.status, "Your session has ended. Paste the license key to go on." in page.text) == (403, True)
    assert actions(context, issued) == []


def test_what_was_confirmed_is_what_was_shown(
    owner: Owner, client: FlaskClient, context: Context, issue: Issue
) -> None:
    issued = issue(domains=2)
    (old,) = use(client, issued, "old.example.com")
    shown = Page(owner.ask_to_sign(request_text(iat=START), key_of(issued))).form("/activate")
    other = request_text(iat=START, domain="other.example.com")
    assert owner.post(shown, request=other).status_code == 403
    page = Page(owner.post(shown, replaces=old.activate().get_json()["activation"]["id"]))
    assert "It is moved here from old.example.com, which loses the license." in page.text
    assert actions(context, issued) == []


def test_a_key_that_was_typed_is_good_for_fifteen_minutes_and_for_one_answer(
    owner: Owner, context: Context, issue: Issue, clock: Clock
) -> None:
    issued = issue()
    shown = Page(owner.ask_to_sign(request_text(iat=START), key_of(issued))).form("/activate")
    clock.now += 15 * 60 - 1
    assert owner.post(shown).status_code == 200
    assert owner.post(shown).status_code == 403
    shown = Page(owner.ask_to_sign(request_text(iat=START), key_of(issued))).form("/activate")
    clock.now += 15 * 60
    page = Page(owner.post(shown))
    assert (page.status, page.form("/activate").values["license_key"]) == (403, "")


def test_an_owners_release_leaves_the_place_taken_and_the_vendors_frees_it(
    owner: Owner, context: Context, issue: Issue
) -> None:
    issued = issue()
    owner.activate(request_text(iat=START), key_of(issued))
    owner.sign_in(key_of(issued))
    assert "1 of 1 domain in use" in release(owner, "news.example.com").text
    (item,) = owners.overview(context, issued.license.id).activations
    vendor_release.release(context, item.activation.id)
    assert "0 of 1 domain in use" in owner.get().text


def test_where_every_place_is_held_nothing_can_be_moved(owner: Owner, context: Context, issue: Issue) -> None:
    issued = issue()
    offline.sign(context, issued.license.id, "far.example.com")
    page = Page(owner.activate(request_text(iat=START), key_of(issued)))
    assert (page.status, "Move it here" in page.text) == (409, False)


def test_moves_that_are_used_up_say_when_the_next_is_possible(owner: Owner, client: FlaskClient, issue: Issue) -> None:
    issued = issue(moves_per_year=0)
    use(client, issued, "a.example.com")
    owner.sign_in(key_of(issued))
    release(owner, "a.example.com")
    page = Page(owner.activate(request_text(iat=START), key_of(issued)))
    assert (page.status, "The next move is possible on February 28, 2027" in page.text) == (409, True)


def test_the_key_is_asked_for_even_when_signed_in(owner: Owner, issue: Issue) -> None:
    owner.sign_in(key_of(issue()))
    page = owner.get(f"/portal/activate?request={request_text(iat=START)}")
    assert page.form("/activate").values["license_key"] == ""


def test_another_language_keeps_the_address(owner: Owner) -> None:
    text = request_text(iat=START)
    page = owner.get(f"/portal/activate?request={text}&lang=en")
    assert page.links["العربية"] == f"/portal/activate?request={text}&lang=ar"
    refused = owner.send(page.form("/activate"), license_key="x")
    assert refused.links["العربية"] == f"/portal/activate?request={text}&lang=ar"
