"""Does a site with the PHP client live as one with the Python client does, whatever happens to it?

Both live through the same random lives, with the same clock, random bytes and answers of a server, and after every step
they must have concluded, sent and kept the same.

Promise: an old answer replayed, a clock wrong on either side.
Promise: a signing key that was stolen.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.client.site import DAY, DOMAIN, LICENSE_KEY, LINKS, NOW, Vendor, edited
from tests.wordpress.php import WITHOUT_INTL, ask
from theme_license import activation, offline
from theme_license.checker import Checker
from theme_license.configuration import Configuration
from theme_license.domain import parse_domain
from theme_license.errors import AnswerRefused, KeyMalformed, ServerRefused, ServerUnreachable
from theme_license.offline import Pending
from theme_license.signed_license import Environment, Status
from theme_license.state import SiteState
from theme_license.transport import Reply

LIVES, STEPS = 60, 40
SERVER = "https://licenses.example.com"
FIRST, STANDBY, STRANGER = Vendor(), Vendor("standby"), Vendor("stranger")
KEYS = [FIRST.key.text, STANDBY.key.text]

Step = dict[str, Any]


class RandomBytes:
    """The bytes that ``site.php`` draws too."""

    def __init__(self) -> None:
        self._drawn = 0

    def __call__(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.sha256(f"random {self._drawn - 1}".encode()).digest()[:count]


class Server:
    """Answers as chance has it, and writes down what it answered for the other client."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = NOW
        self.answer: dict[str, Any] | None = None
        self.sent: list[Any] | None = None

    def send(self, action: str, body: Mapping[str, object], *, token: str | None = None) -> Reply:
        self.sent = [action, dict(body), token]
        if self.chance.random() < 0.2:
            self.answer = {"unreachable": self.chance.choice(("dns", "timeout", "not_the_server"))}
            raise ServerUnreachable(self.answer["unreachable"])
        if self.chance.random() < 0.1:
            self.answer = {"refused": self.chance.choice(("no_activations_left", "token_invalid", "rate_limited"))}
            raise ServerRefused(self.answer["refused"], status=409, problem={})
        status = self.chance.choice((*[Status.ACTIVE] * 6, *Status)) if action != "deactivate" else Status.RELEASED
        text = self.sign(domain=body["domain"], nonce=body["nonce"], status=status)
        told = {"id": "act_1", "used": 1, "is_new": True, "links": {**LINKS, "odd": 1}, "nested": {"a": []}}
        if self.chance.random() < 0.3:
            told["undo_until"] = "2027-01-01T00:00:00Z"
        given = self.chance.choice((None, "thma_one", "thma_two"))
        self.answer = {"signed_license": text, "activation": told, "token": given}
        return Reply(text, told, given)

    def sign(self, **changes: Any) -> str:
        """A license signed now, that is wrong in some way at times."""
        chance = self.chance
        signed_at = self.now + chance.choice((0, 0, 0, 0, 0, -DAY, 3 * DAY, 400 * DAY))
        lease = chance.choice((30 * DAY, 30 * DAY, 60, 0))
        values = {
            "issued_at": max(signed_at, 0),
            "lease_ends_at": max(signed_at + lease, 0),
            "grace_seconds": chance.choice((14 * DAY, 14 * DAY, 0)),
            "refresh_at": chance.choice((signed_at + DAY, signed_at + DAY, signed_at + 10, signed_at + 99 * DAY, None)),
            "term_ends_at": chance.choice((None, None, signed_at + DAY)),
            **changes,
        }
        for name, wrong in (("nonce", "x" * 43), ("product", "sahifa"), ("domain", "evil.example.org")):
            if chance.random() < 0.04:
                values[name] = wrong
        vendor = chance.choice((*[FIRST] * 6, *[STANDBY] * 3, STRANGER))
        text = vendor.sign(**values)
        return edited(text) if chance.random() < 0.05 else text


class PythonSite:
    """The site with the Python client."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.file = folder / "license.json"
        self.server = server
        self.random_bytes = RandomBytes()

    def live_through(self, step: Step) -> dict[str, Any]:
        """Do the step, write the server's answer into it, and return what became of it."""
        configuration = Configuration.from_texts(
            product="jannah", server=SERVER, keys=step["keys"], domain=step["domain"], state=self.file
        )
        self.server.now, self.server.answer, self.server.sent = step["now"], None, None
        clock = lambda: step["now"]  # noqa: E731
        checker = Checker(configuration, transport=self.server, clock=clock, random_bytes=self.random_bytes)
        outcome = self._outcome(checker, step)
        step["answer"] = self.server.answer
        kept = checker.state.read()._asdict()
        return {"outcome": outcome, "verdict": checker.check().code.value, "sent": self.server.sent, "kept": kept}

    def _outcome(self, checker: Checker, step: Step) -> object:
        try:
            return self._act(checker, step)
        except (ServerRefused, AnswerRefused, KeyMalformed) as error:
            return ["refused", error.code]
        except ServerUnreachable as error:
            return ["unreachable", error.cause]

    def _act(self, checker: Checker, step: Step) -> object:
        match step["do"]:
            case "check":
                return checker.check().code.value
            case "refresh":
                return list(checker.refresh(force=step["force"]))
            case "activate":
                return activation.activate(
                    checker,
                    step["key"],
                    replaces=step["replaces"],
                    environment=Environment(step["environment"]),
                    domain=None if step["for"] is None else parse_domain(step["for"]),
                ).code.value
            case "deactivate":
                return activation.deactivate(checker).code.value
            case "start_anew":
                return activation.start_anew(checker).code.value
            case "request":
                request = offline.request_text(
                    checker.configuration, offline.new_request(checker), return_url=step["return_url"]
                )
                address = offline.portal_address(checker.configuration, request)
                return [request, address, offline.can_return_to(checker.configuration, step["return_url"] or "")]
        pending = [Pending(*each) for each in step["pending"]]
        answered = offline.take_answer(checker, step["text"], pending, pasted=step["pasted"])
        return None if answered is None else answered.nonce


def new_step(chance: random.Random, now: int, server: Server) -> Step:
    """What happens next to a site; mostly it stays on its domain, and its theme pins both keys."""
    domain = chance.choice((*[DOMAIN] * 12, "shop.example.org", "www.News.example.com", "مثال.إختبار", "shop.test"))
    keys = chance.choice((*[KEYS] * 12, KEYS[:1], KEYS[1:], [STRANGER.key.text, *KEYS]))
    step: Step = {"now": now, "domain": domain, "keys": keys}
    match chance.randrange(12):
        case 0 | 1:
            return {**step, "do": "check"}
        case 2 | 3 | 4 | 5:
            return {**step, "do": "refresh", "force": chance.random() < 0.4}
        case 6 | 7:
            key = chance.choice((LICENSE_KEY.text(), LICENSE_KEY.text(), LICENSE_KEY.symbols.lower(), "no key"))
            wish = {"for": chance.choice((None, None, None, DOMAIN)), "environment": chance.choice([*Environment])}
            return {**step, "do": "activate", "key": key, "replaces": chance.choice((None, "act_9")), **wish}
        case 8:
            return {**step, "do": chance.choice(("deactivate", "start_anew", "start_anew"))}
        case 9:
            urls = (
                None,
                f"https://{DOMAIN}/a?b",
                f"http://www.{DOMAIN}:80",
                "ftp://x.com",
                "https://مثال.إختبار/",
                "x",
            )
            return {**step, "do": "request", "return_url": chance.choice(urls)}
    name = parse_domain(domain).name
    nonce, made_at = chance.choice((None, "a" * 43, "b" * 43, "c" * 43)), now - chance.choice((0, 60, DAY - 1, DAY))
    text = server.sign(domain=name, nonce=nonce, status=chance.choice((*[Status.ACTIVE] * 9, Status.REVOKED)))
    text = chance.choice((text, text, text, f" {text[:99]}\r\n{text[99:]}\u00a0", LICENSE_KEY.text(), text[:-1], ""))
    pending = [["a" * 43, made_at], ["b" * 43, now]]
    return {**step, "do": "take_answer", "text": text, "pending": pending, "pasted": chance.random() < 0.7}


def in_php(lives: Sequence[Sequence[Step]], *, options: Sequence[str] = ()) -> list[Any]:
    asked = [{"product": "jannah", "server": SERVER, "steps": list(steps)} for steps in lives]
    return ask(asked, script="site.php", options=options)


def test_random_lives(tmp_path: Path) -> None:
    lives, became = [], []
    seen: Counter[str] = Counter()
    for number in range(LIVES):
        chance = random.Random(number)
        server = Server(chance)
        folder = tmp_path / str(number)
        site, steps, now = PythonSite(folder, server), [], NOW
        expected = []
        for _ in range(STEPS):
            now += chance.choice((0, 1, 59, 60, 3_600, DAY, DAY, 2 * DAY, 15 * DAY, 40 * DAY, -2 * DAY, -30 * DAY))
            server.now = now
            steps.append(new_step(chance, now, server))
            expected.append(site.live_through(steps[-1]))
            seen[expected[-1]["verdict"]] += 1
            seen[f"{steps[-1]['do']}: {json.dumps(expected[-1]['outcome'])[:40]}"] += 1
        lives.append(steps)
        became.append(expected)
    for steps, expected, answers in zip(lives, became, in_php(lives), strict=True):
        for step, python, php in zip(steps, expected, answers, strict=True):
            assert php["kept"].pop("typed_domain") is None
            assert php == python, step
    assert len([name for name in seen if ":" not in name]) >= 11, seen
    assert len(seen) > 60, seen


# --- what only one client can be told ---


def step(do: str, *, now: int = NOW, domain: str = DOMAIN, **more: Any) -> Step:
    return {"now": now, "domain": domain, "keys": KEYS, "do": do, **more}


def activate(
    nonce_number: int, *, domain: str = DOMAIN, aud: str = DOMAIN, vendor: Vendor = FIRST, **more: Any
) -> Step:
    """An activation that the server grants, as the ``nonce_number``-th draw of random bytes."""
    nonce = offline.encode_segment(hashlib.sha256(f"random {nonce_number}".encode()).digest())
    answer = {"signed_license": vendor.sign(domain=aud, nonce=nonce), "activation": {"id": "a"}, "token": "thma_1"}
    wish = {"key": LICENSE_KEY.text(), "replaces": None, "environment": "production", "for": None}
    return step("activate", domain=domain, answer=answer, **{**wish, **more})


def outcomes(*steps: Step, options: Sequence[str] = ()) -> list[Any]:
    (became,) = in_php([steps], options=options)
    return [each["outcome"] for each in became]


def test_one_process_asks_at_a_time() -> None:
    assert outcomes(activate(0), step("refresh", force=True, locked=True)) == ["valid", ["busy", None]]


def test_a_refresh_is_due_by_the_servers_plan() -> None:
    steps = [activate(0), step("is_due"), step("is_due", now=NOW + DAY - 1), step("is_due", now=NOW + DAY)]
    elsewhere = [
        step("is_due", now=NOW + DAY, domain="shop.example.org"),
        step("is_due", now=NOW + DAY, domain="a.test"),
    ]
    assert outcomes(step("is_due"), activate(0), *steps[1:], *elsewhere) == [
        False,
        "valid",
        False,
        False,
        True,
        False,
        False,
    ]


def test_a_clock_that_was_far_ahead_does_not_strand_the_site() -> None:
    later = {**activate(0), "now": NOW + 900 * DAY}
    assert outcomes(later, step("is_due")) == ["lease_ended", True]


def test_what_cannot_be_written_is_kept_in_memory() -> None:
    (became,) = in_php([[activate(0, full=True), step("check")]])
    assert [each["verdict"] for each in became] == ["valid", "not_activated"]


@pytest.mark.parametrize(
    "kept",
    [
        *("", "{", "[]", "null", "7", '"x"', '{"format":2}', '{"format":1,"signed_license":7}', "x" * 300_000),
        *('{"format":1,"failures":-1}', '{"format":1,"failures":1.0}', '{"format":1,"failures":9007199254740992}'),
        *('{"format":1,"activation":"x"}', '{"format":1,"token":[]}', '{"format":1,"last_success_at":"1"}', "\0"),
    ],
)
def test_what_cannot_be_read_is_an_empty_state(kept: str) -> None:
    (became,) = in_php([[step("check", kept=kept), step("refresh", force=True)]])
    assert became[0]["kept"] == {**SiteState()._asdict(), "typed_domain": None}
    assert [each["outcome"] for each in became] == ["not_activated", ["nothing_stored", None]]


def test_the_license_key_is_not_kept() -> None:
    (became,) = in_php([[activate(0)]])
    assert LICENSE_KEY.symbols[:10] not in json.dumps(became[0]["kept"]).replace("-", "")


# --- without intl ---

TYPED, AUD = "www.مثال.Example.com", "xn--mgbh0fb.example.com"


def test_without_intl_the_domain_is_the_one_that_the_server_signed() -> None:
    (became,) = in_php([[activate(0, domain=TYPED, aud=AUD), step("check", domain=TYPED)]], options=WITHOUT_INTL)
    assert [each["verdict"] for each in became] == ["valid", "valid"]
    assert became[0]["sent"][1]["domain"] == TYPED
    assert became[1]["kept"]["typed_domain"] == TYPED


def test_without_intl_another_spelling_is_another_domain_until_it_is_asked_for() -> None:
    steps = [activate(0, domain=TYPED, aud=AUD), *(step("check", domain=each) for each in ("مثال.example.com", DOMAIN))]
    assert outcomes(*steps, options=WITHOUT_INTL) == ["valid", "wrong_domain", "wrong_domain"]


@pytest.mark.parametrize(
    "aud", ["example.com", "acme.example.com", "xn--mgbh0fb.evil.com", "a.xn--mgbh0fb.example.com", "xn--mgbh0fb"]
)
def test_without_intl_a_domain_that_cannot_be_it_is_not_believed(aud: str) -> None:
    steps = [activate(0, domain=TYPED, aud=aud), step("check", domain=TYPED)]
    assert outcomes(*steps, options=WITHOUT_INTL) == [["unreachable", "not_the_server"], "not_activated"]


def test_without_intl_a_license_of_another_domain_is_not_made_this_one_by_an_edited_state() -> None:
    (became,) = in_php([[activate(0)]])
    edited_state = json.dumps({"format": 1, **became[0]["kept"], "typed_domain": TYPED})
    assert outcomes(step("check", domain=TYPED, kept=edited_state), options=WITHOUT_INTL) == ["wrong_domain"]


def test_without_intl_a_name_in_ascii_needs_no_server_to_be_read() -> None:
    steps = [activate(0), step("check", domain="https://www.News.example.com/"), step("check", domain="a.example.org")]
    assert outcomes(*steps, options=WITHOUT_INTL) == ["valid", "valid", "wrong_domain"]


def test_without_intl_a_punycode_name_is_taken_as_the_server_signs_it() -> None:
    typed = "XN--MGBH0FB.example.com"
    assert (
        outcomes(activate(0, domain=typed, aud=AUD), step("check", domain=typed), options=WITHOUT_INTL) == ["valid"] * 2
    )
