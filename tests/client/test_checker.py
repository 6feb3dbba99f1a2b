"""What does a site conclude, when does it ask, and what does it believe?

Promise: an old answer replayed, a clock wrong on either side.
Promise: the vendor's server down for weeks.
"""

import errno
import os
import random
import socket
import subprocess
import sys
import threading
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from tests.client.site import DAY, DOMAIN, LICENSE_KEY, NOW, Site, Vendor, edited
from theme_license import activation
from theme_license.errors import KeyMalformed, ServerRefused, ServerUnreachable
from theme_license.signed_license import Status
from theme_license.state import SiteState, StateFile


def state_of(site: Site) -> SiteState:
    return StateFile(site.configuration.state).read()


# --- checking ---


def test_a_site_begins_not_activated_and_ends_valid(site: Site) -> None:
    assert site.checker.check().code == "not_activated"
    assert activation.activate(site.checker, LICENSE_KEY.text()).code == "valid"
    assert site.new_checker().check().ok


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (30 * DAY - 1, "valid"),
        (30 * DAY, "valid_in_grace"),
        (44 * DAY - 1, "valid_in_grace"),
        (44 * DAY, "lease_ended"),
        (-DAY, "valid"),
        (-DAY - 1, "clock_behind"),
        (-10 * 365 * DAY, "clock_behind"),
        (0.999, "valid"),
    ],
)
def test_a_remembered_verdict_changes_in_the_second_in_which_it_must(active: Site, later: float, code: str) -> None:
    assert active.checker.check().code == "valid"
    active.clock.now = NOW + later
    assert active.checker.check().code == code


def test_a_verdict_changes_between_two_looks_at_the_file(active: Site) -> None:
    active.clock.now = NOW + 30 * DAY - 0.5
    assert active.checker.check().code == "valid"
    active.clock.now += 0.5
    assert active.checker.check().code == "valid_in_grace"


def test_within_a_second_nothing_is_looked_at(active: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = active.checker.check()
    monkeypatch.setattr(StateFile, "stamp", lambda self: pytest.fail("looked at the file"))
    active.clock.now += 0.9
    assert active.checker.check() is verdict


def test_a_changed_file_is_noticed_after_a_second(active: Site) -> None:
    assert active.checker.check().ok
    other = active.new_checker()
    other.state.write(SiteState())
    active.clock.now += 1
    assert active.checker.check().code == "not_activated"


def test_another_domain_is_not_valid(active: Site, tmp_path: Path) -> None:
    clone = Site(tmp_path, domain="shop.example.org")
    verdict = clone.checker.check()
    assert (verdict.code, verdict.domain) == ("wrong_domain", "shop.example.org")
    assert verdict.license is not None
    assert verdict.license.domain == DOMAIN


def test_a_development_name_needs_nothing_and_leaves_a_license_alone(active: Site, tmp_path: Path) -> None:
    before = active.configuration.state.read_bytes()
    copy = Site(tmp_path, domain="news.test")
    assert copy.checker.check().code == "development"
    assert active.configuration.state.read_bytes() == before
    assert copy.transport.calls == []


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{", b"[" * 70_000, b'{"format": 1, "signed_license": "a.b.c"}']
)
def test_no_file_makes_a_check_raise(site: Site, content: bytes) -> None:
    site.configuration.state.write_bytes(content)
    assert not site.checker.check().ok


def test_an_edited_license_is_refused_until_it_is_activated_again(active: Site) -> None:
    state = state_of(active)
    assert state.signed_license is not None
    StateFile(active.configuration.state).write(state._replace(signed_license=edited(state.signed_license)))
    assert active.verdict() == "bad_signature"
    assert activation.activate(active.checker, LICENSE_KEY.text()).code == "valid"


def test_whatever_fails_inside_a_check_raises_nothing(active: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StateFile, "stamp", lambda self: 1 / 0)
    active.checker.forget()
    assert active.checker.check().code == "not_activated"


def test_a_file_that_cannot_be_opened_for_a_moment_is_read_later(active: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    checker = active.new_checker()
    with monkeypatch.context() as patched:
        patched.setattr("theme_license.state.open", refuse, raising=False)
        assert checker.check().code == "not_activated"
    active.clock.now += 1
    assert checker.check().code == "valid"


def test_a_check_opens_no_socket_and_loads_nothing_slow(active: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("opened a socket"))
    assert active.new_checker().check().ok


# --- refreshing ---


def test_nothing_is_asked_before_it_is_due_or_without_a_token(site: Site) -> None:
    assert site.checker.refresh().name == "nothing_stored"
    activation.activate(site.checker, LICENSE_KEY.text())
    assert site.checker.refresh().name == "not_due"
    site.clock.now += DAY
    assert site.checker.refresh().name == "refreshed"
    assert [action for action, _, _ in site.transport.calls] == ["activate", "refresh"]


def test_a_refresh_sends_domain_nonce_and_token_and_no_key(active: Site) -> None:
    active.checker.refresh(force=True)
    ((action, body, token),) = active.transport.calls
    assert (action, token) == ("refresh", "thma_token")
    assert set(body) == {"domain", "nonce"}
    assert LICENSE_KEY.symbols not in active.configuration.state.read_text()


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.SUSPENDED, "suspended"), (Status.REVOKED, "revoked"), (Status.RELEASED, "not_activated")],
)
def test_what_the_vendor_signs_is_believed_at_the_next_refresh(active: Site, status: Status, code: str) -> None:
    active.says(status=status)
    assert active.checker.refresh(force=True).name == "refreshed"
    assert active.verdict() == code


def test_a_reinstated_license_is_valid_again(active: Site) -> None:
    active.says(status=Status.SUSPENDED)
    active.checker.refresh(force=True)
    active.says()
    active.checker.refresh(force=True)
    assert active.verdict() == "valid"


def test_a_released_site_asks_no_more(active: Site) -> None:
    active.says(status=Status.RELEASED)
    active.checker.refresh(force=True)
    assert active.checker.refresh(force=True).name == "nothing_stored"


@pytest.mark.parametrize(
    "wrong", [{"nonce": "another"}, {"nonce": None}, {"product": "sahifa"}, {"domain": "shop.example.org"}]
)
def test_an_answer_to_another_question_changes_nothing(active: Site, wrong: dict[str, Any]) -> None:
    before = state_of(active).signed_license
    active.says(status=Status.REVOKED, **wrong)
    assert active.checker.refresh(force=True).name == "ignored"
    assert state_of(active).signed_license == before
    assert active.verdict() == "valid"


def test_an_answer_that_a_stranger_signed_changes_nothing(active: Site) -> None:
    stranger = Vendor("stranger")
    active.transport.answer = lambda action, body, token: stranger.reply(nonce=body["nonce"], status=Status.REVOKED)
    assert active.checker.refresh(force=True).name == "ignored"
    assert active.verdict() == "valid"


def test_what_is_nested_deep_is_not_kept(site: Site) -> None:
    deep: Any = reduce(lambda inner, _: [inner], range(5_000), [])
    told = {
        "plan_name": "Single",
        "reason": "paid back",
        "note": deep,
        "links": {"buy": "https://x.example.com/", "x": deep},
    }
    site.transport.answer = lambda action, body, token: site.vendor.reply(nonce=body["nonce"], activation=told)
    assert activation.activate(site.checker, LICENSE_KEY.text()).code == "valid"
    kept = site.new_checker().state.read().activation
    assert kept is not None
    assert (kept["plan_name"], kept["reason"]) == ("Single", "paid back")
    assert "note" not in kept


def test_what_fits_into_an_answer_fits_into_the_file(site: Site) -> None:
    long = "\u00e9" * 20_000
    site.transport.answer = lambda action, body, token: site.vendor.reply(
        nonce=body["nonce"], activation={"plan_name": long}
    )
    assert activation.activate(site.checker, LICENSE_KEY.text()).code == "valid"
    assert site.new_checker().check().code == "valid"


def test_a_thousand_old_answers_in_any_order_change_nothing(active: Site) -> None:
    chance = random.Random(4)
    old = [active.vendor.reply(nonce=f"nonce{n}", status=chance.choice(list(Status))) for n in range(50)]
    before = state_of(active).signed_license
    for _ in range(1_000):
        assert not active.checker.accept(chance.choice(old), nonce=active.checker.new_nonce())
    assert state_of(active).signed_license == before


def test_an_answer_by_a_key_below_the_floor_is_ignored(tmp_path: Path) -> None:
    site = Site(tmp_path, standby=True)
    activation.activate(site.checker, LICENSE_KEY.text())
    site.transport.answer = lambda action, body, token: site.standby.reply(nonce=body["nonce"])
    assert site.checker.refresh(force=True).name == "refreshed"
    site.says(status=Status.REVOKED)  # by the first key, which is stolen now
    assert site.checker.refresh(force=True).name == "ignored"
    assert site.verdict() == "valid"


def test_failures_are_tried_again_after_1_10_100_minutes_then_daily(active: Site) -> None:
    active.fails(ServerUnreachable("dns"))
    waits = []
    for _ in range(6):
        assert active.checker.refresh(force=True) == ("unreachable", "dns")
        waits.append(state_of(active).next_attempt_at - active.checker.now())
    for wait, expected in zip(waits, (60, 600, 6_000, DAY, DAY, DAY), strict=True):
        assert 0.8 * expected - 1 <= wait <= 1.2 * expected + 1
    assert active.verdict() == "valid"


def test_a_refusal_changes_nothing_and_waits(active: Site) -> None:
    active.fails(ServerRefused("token_invalid", status=401, problem={}))
    assert active.checker.refresh(force=True) == ("refused", "token_invalid")
    assert active.verdict() == "valid"
    assert active.checker.refresh().name == "not_due"


def test_success_forgets_the_failures(active: Site) -> None:
    active.fails(ServerUnreachable("dns"))
    active.checker.refresh(force=True)
    active.transport.answer = active.granted
    active.checker.refresh(force=True)
    assert (state_of(active).failures, state_of(active).last_failure) == (0, None)


@pytest.mark.parametrize("offset", [3_600, -3_600, DAY, -DAY, 3_650 * DAY, -3_650 * DAY])
def test_no_wrong_clock_strands_a_site_for_longer_than_it_is_wrong(active: Site, offset: int) -> None:
    active.clock.now = NOW + offset
    active.checker.refresh(force=True)
    active.clock.now = NOW + 2 * DAY
    active.checker.refresh()
    assert active.verdict() == "valid"
    assert state_of(active).next_attempt_at <= NOW + 3 * DAY + 600


@pytest.mark.parametrize("offset", [3_600, -3_600, DAY // 2, 3_650 * DAY, -3_650 * DAY])
def test_the_server_clock_does_not_decide_when_to_ask(active: Site, offset: int) -> None:
    iat = NOW + offset
    active.says(issued_at=iat, refresh_at=iat + DAY, lease_ends_at=iat + 30 * DAY)
    active.checker.refresh(force=True)
    assert state_of(active).next_attempt_at == NOW + DAY


def test_forty_one_days_without_the_server_harm_nobody(active: Site) -> None:
    active.fails(ServerUnreachable("timeout"))
    for day in range(42):
        active.clock.now = NOW + day * DAY
        active.checker.refresh()
        assert active.checker.check().ok
        assert (active.checker.check().code == "valid") is (day < 30)


# --- activating ---


def test_a_mistyped_key_is_found_before_any_call(site: Site) -> None:
    with pytest.raises(KeyMalformed):
        activation.activate(site.checker, LICENSE_KEY.text()[:-1])
    assert site.transport.calls == []


@pytest.mark.parametrize("error", [ServerUnreachable("tls"), ServerRefused("license_expired", status=403, problem={})])
def test_a_failed_activation_changes_nothing(active: Site, error: Exception) -> None:
    before = active.configuration.state.read_bytes()
    active.fails(error)
    for act in (
        lambda: activation.activate(active.checker, LICENSE_KEY.text()),
        lambda: activation.deactivate(active.checker),
    ):
        with pytest.raises(type(error)):
            act()
    assert active.configuration.state.read_bytes() == before


def test_a_forged_grant_is_not_believed(site: Site) -> None:
    site.says(nonce="another")
    with pytest.raises(ServerUnreachable) as caught:
        activation.activate(site.checker, LICENSE_KEY.text())
    assert caught.value.cause == "not_the_server"
    assert not site.configuration.state.exists()


def test_a_move_names_what_it_replaces(site: Site) -> None:
    activation.activate(site.checker, LICENSE_KEY.text(), replaces="act_9")
    assert site.transport.calls[0][1]["replaces"] == "act_9"


def test_deactivating_gives_the_place_back_and_keeps_the_file(active: Site) -> None:
    assert activation.deactivate(active.checker).code == "not_activated"
    assert active.configuration.state.exists()
    with pytest.raises(ServerRefused):
        activation.deactivate(active.checker)


# --- one caller per site ---


def test_the_background_thread_starts_when_due_and_once(active: Site) -> None:
    checker = active.new_checker(refresh_in_background=True)
    entered, leave = threading.Event(), threading.Event()

    def slowly(action: str, body: Any, token: str | None) -> Any:
        entered.set()
        leave.wait(10)
        return active.granted(action, body, token)

    active.transport.answer = slowly
    assert checker.check().ok
    assert not entered.is_set()
    active.clock.now += DAY
    assert checker.check().ok
    assert entered.wait(10)
    for _ in range(5):
        active.clock.now += 1
        assert checker.check().ok
    leave.set()
    for thread in threading.enumerate():
        if thread.name == "theme-license-refresh":
            assert thread.daemon
            thread.join(10)
    assert len(active.transport.calls) == 1


def test_a_host_that_allows_no_thread_costs_no_verdict(active: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    checker = active.new_checker(refresh_in_background=True)
    active.clock.now += DAY
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert checker.check().code == "valid"
    active.clock.now += 1
    assert checker.check().code == "valid"
    for thread in threading.enumerate():
        if thread.name == "theme-license-refresh":
            thread.join(10)
    assert [action for action, _, _ in active.transport.calls] == ["refresh"]


def test_many_processes_make_one_call_a_window_and_tear_nothing(active: Site, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from tests.client.site import DAY, NOW, Site
site = Site(Path(sys.argv[1]))
site.clock.now = NOW + int(sys.argv[2]) * 2 * DAY
for _ in range(100):
    assert site.checker.refresh().name in ("refreshed", "not_due", "busy")
    site.checker.forget()
    assert site.checker.check().ok
print(len(site.transport.calls))
"""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    for window in (1, 2, 3):
        running = [
            subprocess.Popen(
                [sys.executable, "-c", program, tmp_path, str(window)],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"PYTHONPATH": path},
                cwd=Path(__file__).parents[2],
            )
            for _ in range(4)
        ]
        outputs = [process.communicate(timeout=60)[0] for process in running]
        assert all(process.returncode == 0 for process in running)
        assert sum(map(int, outputs)) == 1
