"""What can a site's owner do with a license here? Activate it, move it here, give it back, or start anew."""

from .checker import Checker
from .domain import Domain
from .errors import ServerRefused, ServerUnreachable
from .license_key import parse_license_key
from .signed_license import Environment, Verdict, VerdictCode
from .state import SiteState

LOCK_WAIT_SECONDS = 12.0


def activate(
    checker: Checker,
    key_text: str,
    *,
    replaces: str | None = None,
    environment: Environment = Environment.PRODUCTION,
    domain: Domain | None = None,
) -> Verdict:
    """Activate the license whose key ``key_text`` holds on this site's domain and return the new verdict.

    ``replaces`` is the id of the activation to move here. ``domain`` is given where the site still runs under a
    development name: the name under which it will be public, for which the license is kept. Raises
    :class:`KeyMalformed` before any call, :class:`ServerRefused` or :class:`ServerUnreachable` after it; then nothing
    has changed.
    """
    key = parse_license_key(key_text)
    nonce = checker.new_nonce()
    name = (domain or checker.configuration.domain).name
    body: dict[str, object] = {
        "license_key": key.text(),
        "product": checker.configuration.product,
        "domain": name,
        "nonce": nonce,
        "environment": environment.value,
    }
    if replaces is not None:
        body["replaces"] = replaces
    with checker.state.lock(wait_seconds=LOCK_WAIT_SECONDS):
        reply = checker.transport.send("activate", body)
        if not checker.accept(reply, nonce=nonce, domain=name):
            raise ServerUnreachable("not_the_server")
    return checker.check()


def deactivate(checker: Checker) -> Verdict:
    """Give this site's activation back, so that the license can be used elsewhere, and return the new verdict.

    Raises :class:`ServerRefused` or :class:`ServerUnreachable`; then nothing has changed. Deletes nothing.
    """
    nonce = checker.new_nonce()
    with checker.state.lock(wait_seconds=LOCK_WAIT_SECONDS):
        token = checker.state.read().token
        if token is None:
            raise ServerRefused("token_invalid", status=401, problem={})
        body = {"domain": checker.configuration.domain.name, "nonce": nonce}
        reply = checker.transport.send("deactivate", body, token=token)
        if not checker.accept(reply, nonce=nonce):
            raise ServerUnreachable("not_the_server")
    return checker.check()


def start_anew(checker: Checker) -> Verdict:
    """Forget a license that was validated for another domain, here and nowhere else, and return the new verdict.

    Nothing is sent, so the other site keeps what it has. A license for this very domain is never forgotten.
    """
    with checker.state.lock(wait_seconds=LOCK_WAIT_SECONDS):
        checker.forget()
        if checker.check().code is VerdictCode.WRONG_DOMAIN:
            checker.state.write(SiteState())
            checker.forget()
    return checker.check()
