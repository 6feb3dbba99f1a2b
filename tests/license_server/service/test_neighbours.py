"""No sequence of guesses from an address changes what a good key or a good token gets there."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from license_server.service.context import Context
from tests.license_server.conftest import Clock, NewSite
from tests.license_server.guesses import bad_token, mistyped_key, unknown_key
from tests.license_server.owner import Owner
from tests.license_server.site import code

GUESSES = {"key": unknown_key, "text": mistyped_key, "token": bad_token}
HONEST = ("new", "again", "refresh", "portal", "back")
PLACES = 60

steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(GUESSES)), st.integers(1, 25)),
        st.tuples(st.sampled_from(HONEST), st.just(1)),
        st.tuples(st.just("wait"), st.integers(1, 1_200)),
    ),
    max_size=12,
)


@given(steps)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_guesses_change_nothing_for_a_good_key_or_token(
    context: Context, site: NewSite, clock: Clock, steps: list[tuple[str, int]]
) -> None:
    first = site("s0.example.com", domains=PLACES)
    token, used = first.token(), 1
    browser = Owner(first.client, address=first.address)
    for what, times in steps:
        if what in GUESSES:
            told = {GUESSES[what](first) for _ in range(times)}
            assert told <= {"license_not_found", "key_malformed", "token_invalid", "rate_limited"}
        elif what == "wait":
            clock.now += times
        elif what == "new":
            assert replace(first, domain=f"s{used}.example.com").activate().status_code == 201
            used += 1
        elif what == "again":
            assert first.activate().status_code == 200
        elif what == "refresh":
            assert first.refresh(token).status_code == 200
        elif what == "back":
            assert first.deactivate(token).status_code == 200
            token = first.token()
        else:
            assert browser.post(browser.get().form("/sign-in"), license_key=first.key).status_code == 303
            browser.send(browser.get().form("/sign-out"))
    refused = replace(first, domain="8.8.8.8").activate()
    assert code(refused) == "domain_not_allowed"
