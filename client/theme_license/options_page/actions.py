"""What does each button of the card do? It reads the form, does one thing, and says where the browser goes next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .. import activation, offline
from ..checker import Checker
from ..domain import Domain, parse_domain
from ..errors import AnswerRefused, DomainRefused, ServerRefused, ServerUnreachable
from ..signed_license import Environment
from .session import PendingRequests


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A pressed button with what was typed; ``pending`` is None where the site's framework offers no session."""

    checker: Checker
    form: Mapping[str, str]
    pending: PendingRequests | None
    absolute_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it: a word for the page, another step of the page, or another address."""

    word: str | None = None
    step: str | None = None
    address: str | None = None


def act(name: str, click: Click) -> Done:
    """Do what the button ``name`` says.

    Raises :class:`KeyMalformed`, :class:`ServerRefused`, :class:`ServerUnreachable` or :class:`AnswerRefused`; then
    nothing has changed.
    """
    action = _ACTIONS.get(name)
    if action is None:
        raise ServerRefused("request_invalid", status=400, problem={})
    return action(click)


def take_returned(click: Click, text: str) -> Done:
    """Take the answer that came back through the browser. Raises :class:`AnswerRefused`."""
    return _take(click, text, pasted=False)


def public_name(form: Mapping[str, str]) -> Domain | None:
    """Return the public name that was typed on a site under a development name, None where nothing was.

    Raises :class:`ServerRefused` with a code of our own for a text that is no name.
    """
    typed = form.get("public_name", "").strip()
    if not typed:
        return None
    try:
        return parse_domain(typed)
    except DomainRefused as error:
        raise ServerRefused("public_name_refused", status=400, problem={}) from error


def _activate(click: Click) -> Done:
    activation.activate(click.checker, _key(click))
    return Done(word="activated")


def _move(click: Click) -> Done:
    domain = public_name(click.form) if click.checker.configuration.domain.is_development else None
    activation.activate(click.checker, _key(click), replaces=click.form.get("replaces") or None, domain=domain)
    return Done(word="activated" if domain is None else "prepared")


def _activate_test_copy(click: Click) -> Done:
    try:
        activation.activate(click.checker, _key(click), environment=Environment.STAGING)
    except ServerRefused as error:
        # A copy must not be offered to take the license from the site that it was made of.
        if error.code == "no_activations_left":
            raise ServerRefused("no_test_copies", status=error.status, problem={}) from error
        raise
    return Done(word="activated")


def _start_anew(click: Click) -> Done:
    activation.start_anew(click.checker)
    return Done(word="anew")


def _prepare(click: Click) -> Done:
    domain = public_name(click.form)
    if domain is None or domain.is_development:
        raise ServerRefused("public_name_refused", status=400, problem={})
    try:
        activation.activate(click.checker, _key(click), domain=domain)
    except ServerRefused as error:
        if error.code in ("domain_invalid", "domain_not_allowed"):
            raise ServerRefused("public_name_refused", status=error.status, problem={}) from error
        raise
    return Done(word="prepared")


def _check_now(click: Click) -> Done:
    outcome = click.checker.refresh(force=True)
    if outcome.name in ("unreachable", "ignored"):
        raise ServerUnreachable(outcome.detail or "no_reply")
    if outcome.name == "refused":
        raise ServerRefused(outcome.detail or "request_invalid", status=400, problem={})
    return Done(word="checked")


def _deactivate(click: Click) -> Done:
    activation.deactivate(click.checker)
    return Done(word="deactivated")


def _through_browser(click: Click) -> Done:
    configuration = click.checker.configuration
    if click.pending is None or not offline.can_return_to(configuration, click.absolute_url):
        raise ServerRefused("request_invalid", status=400, problem={})
    pending = offline.new_request(click.checker)
    click.pending.add(pending)
    request = offline.request_text(configuration, pending, return_url=click.absolute_url)
    return Done(address=offline.portal_address(configuration, request))


def _by_hand(click: Click) -> Done:
    if click.pending is None:
        raise ServerRefused("request_invalid", status=400, problem={})
    click.pending.add(offline.new_request(click.checker))
    return Done(step="offline")


def _take_pasted(click: Click) -> Done:
    return _take(click, click.form.get("answer", ""), pasted=True)


def _take(click: Click, text: str, *, pasted: bool) -> Done:
    if click.pending is None:
        raise AnswerRefused("answer_old")
    answered = offline.take_answer(click.checker, text, click.pending.all(), pasted=pasted)
    if answered is not None:
        click.pending.remove(answered)
    return Done(word="activated")


def _key(click: Click) -> str:
    return click.form.get("license_key", "")


_ACTIONS: Mapping[str, Callable[[Click], Done]] = {
    "activate": _activate,
    "move": _move,
    "test_copy": _activate_test_copy,
    "anew": _start_anew,
    "prepare": _prepare,
    "check": _check_now,
    "deactivate": _deactivate,
    "browser": _through_browser,
    "offline": _by_hand,
    "answer": _take_pasted,
}
