"""What can a site's owner do with a license here? Activate it, move it here, give it back."""

from .checker import Checker
from .errors import ServerRefused, ServerUnreachable
from .license_key import parse_license_key
from .signed_license import Environment, Verdict

LOCK_WAIT_SECONDS = 12.0


def activate(
    checker: Checker,
    key_text: str,
    *,
    replaces: str | None = None,
    environment: Environment = Environment.PRODUCTION,
) -> Verdict:
    """Activate the license whose key ``key_text`` holds on this site's domain and return the new verdict.

    ``replaces`` is the id of the activation to move here. Raises :class:`KeyMalformed` before any call,
    :class:`ServerRefused` or :class:`ServerUnreachable` after it; then nothing has changed.
    """
    key = parse_license_key(key_text)
    nonce = checker.new_nonce()
    body: dict[str, object] = {
        "license_key": key.text(),
        "product": checker.configuration.product,
        "domain": checker.configuration.domain.name,
        "nonce": nonce,
        "environment": environment.value,
    }
    if replaces is not None:
        body["replaces"] = replaces
    with checker.state.lock(wait_seconds=LOCK_WAIT_SECONDS):
        reply = checker.transport.send("activate", body)
        if not checker.accept(reply, nonce=nonce):
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
