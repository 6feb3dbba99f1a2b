"""Is this site licensed, and what has changed at the vendor? The theme's two verbs: check and refresh (protocol §7).

``check`` never raises, never blocks and never touches the network; ``refresh`` does all of that and changes nothing
unless the vendor signed the change for this very question.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from .base64url import encode_segment
from .configuration import Configuration
from .errors import LicenseRefused, ServerRefused, ServerUnreachable
from .signed_license import SignedLicense, Status, Verdict, VerdictCode, judge
from .state import SiteState, Stamp, StateFile
from .wire import decode_signed_license

if TYPE_CHECKING:
    import threading

    from .transport import Reply, Transport

LOOK_AGAIN_SECONDS = 1
RETRY_SECONDS = (60, 600, 6_000)
RETRY_DAILY_SECONDS = 86_400
RETRY_JITTER = 0.2
LONGEST_PLAN_SECONDS = 8 * 86_400
NEVER = 2**53 - 1
NONCE_BYTES = 32


class RefreshOutcome(NamedTuple):
    """How a refresh ended; ``detail`` is the cause or the problem's code, where there is one.

    ``name`` is one of ``refreshed``, ``not_due``, ``nothing_stored``, ``another_domain`` (what is stored was validated
    for another), ``busy`` (another process is asking), ``unreachable``, ``refused``, ``ignored`` (an answer that proved
    nothing).
    """

    name: str
    detail: str | None = None


class _Stored(NamedTuple):
    """What the state file held when it was last looked at: a license whose signature holds, or why there is none."""

    text: str | None
    license: SignedLicense | None
    refusal: VerdictCode


class _Remembered(NamedTuple):
    verdict: Verdict
    since: float
    until: float


class Checker:
    """Checks and refreshes the license of one site. Give ``clock`` in seconds since 1970-01-01 UTC."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        transport: "Transport | None" = None,
        clock: Callable[[], float] = time.time,
        random_bytes: Callable[[int], bytes] = os.urandom,
        refresh_in_background: bool = False,
    ) -> None:
        self.configuration = configuration
        self.state = StateFile(configuration.state)
        self._transport = transport
        self._clock = clock
        self._random_bytes = random_bytes
        self._refresh_in_background = refresh_in_background
        self._remembered: _Remembered | None = None
        self._stamp: Stamp | None = None
        self._kept = SiteState()
        self._stored = _Stored(None, None, VerdictCode.NOT_ACTIVATED)
        self._thread: threading.Thread | None = None
        self._thread_process = 0

    def check(self) -> Verdict:
        """Return the verdict on this site's domain, now. Never raises, never blocks, never touches the network."""
        now = self._clock()
        remembered = self._remembered
        if remembered is not None and remembered.since <= now < remembered.until:
            return remembered.verdict
        try:
            return self._check_again(now)
        except Exception:  # a theme must stand whatever happens here
            return Verdict(VerdictCode.NOT_ACTIVATED, None, self.configuration.domain.name)

    def refresh(self, *, force: bool = False) -> RefreshOutcome:
        """Ask the server what has become of this activation, if it is time to or ``force``. Never raises.

        One process of a site asks at a time; the others are told ``busy``.
        """
        with self.state.lock() as held:
            if not held:
                return RefreshOutcome("busy")
            state = self.state.read()
            if state.token is None:
                return RefreshOutcome("nothing_stored")
            stored = self.stored_license()
            if stored is not None and stored.domain != self.configuration.domain.name:
                return RefreshOutcome("another_domain")  # the token proves nothing on this one
            if not force and not self._is_due(state):
                return RefreshOutcome("not_due")
            nonce = self.new_nonce()
            body = {"domain": self.configuration.domain.name, "nonce": nonce}
            try:
                reply = self.transport.send("refresh", body, token=state.token)
            except ServerUnreachable as error:
                self._note_failure(state, error.cause)
                return RefreshOutcome("unreachable", error.cause)
            except ServerRefused as error:
                self._note_failure(state, error.code)
                return RefreshOutcome("refused", error.code)
            if not self.accept(reply, nonce=nonce):
                self._note_failure(state, "not_the_server")
                return RefreshOutcome("ignored", "not_the_server")
            return RefreshOutcome("refreshed")

    def accept(self, reply: "Reply", *, nonce: str, domain: str | None = None) -> bool:
        """Keep the answer if the vendor signed it, for this nonce, product and domain; return whether it was kept.

        ``domain`` is the site's own unless it is told. An answer signed by a key that is pinned before the stored
        license's key is not kept (protocol §4).
        """
        try:
            license, key_id = decode_signed_license(reply.signed_license, self.configuration.pinned)
        except LicenseRefused:
            return False
        wanted = (self.configuration.product, domain or self.configuration.domain.name, nonce)
        if (license.product, license.domain, license.nonce) != wanted or self.is_below_floor(key_id):
            return False
        # A release that the owner can still undo does not end the asking (protocol §6).
        is_over = license.status is Status.RELEASED and "undo_until" not in reply.activation
        token = None if is_over else reply.token or self.state.read().token
        self.keep(license, reply.signed_license, token=token, activation=reply.activation)
        return True

    def keep(
        self, license: SignedLicense, text: str, *, token: str | None, activation: Mapping[str, object] | None
    ) -> None:
        """Store ``text``, the signed license that was proved to be ``license``, with what came with it."""
        now = self.now()
        self.state.write(
            SiteState(
                signed_license=text,
                token=token,
                activation=None if activation is None else _for_the_card(activation),
                next_attempt_at=_next_attempt_at(license, now),
                last_success_at=now,
            )
        )
        self.forget()

    def is_below_floor(self, key_id: str) -> bool:
        """Return whether the key is pinned before the one that signed the stored license (protocol §4)."""
        stored = self._stored_with_key_id()
        if stored is None:
            return False
        position, floor = (self.configuration.pinned.position(each) for each in (key_id, stored[1]))
        return position is not None and floor is not None and position < floor

    def stored_license(self) -> SignedLicense | None:
        """Return what is stored and proved to be the vendor's, for whatever domain; None where there is no such."""
        stored = self._stored_with_key_id()
        return None if stored is None else stored[0]

    def forget(self) -> None:
        """Look at the state file again at the next check, even within the same second."""
        self._remembered = None
        self._stamp = None

    def new_nonce(self) -> str:
        """Return 32 fresh random bytes as 43 characters, for one request."""
        return encode_segment(self._random_bytes(NONCE_BYTES))

    @property
    def transport(self) -> "Transport":
        """What carries requests; made when first needed."""
        if self._transport is None:
            from . import __version__
            from .transport import HttpTransport

            self._transport = HttpTransport(self.configuration.server, user_agent=f"theme-license/{__version__}")
        return self._transport

    def now(self) -> int:
        """Return the clock's whole seconds."""
        return int(self._clock())

    def _check_again(self, now: float) -> Verdict:
        domain = self.configuration.domain
        if domain.is_development:
            verdict = Verdict(VerdictCode.DEVELOPMENT, None, domain.name)
            self._remembered = _Remembered(verdict, now, now + LOOK_AGAIN_SECONDS)
            return verdict
        self._look_at_state()
        stored = self._stored
        if stored.license is None:
            verdict, until = Verdict(stored.refusal, None, domain.name), now + LOOK_AGAIN_SECONDS
        else:
            verdict = judge(stored.license, product=self.configuration.product, domain=domain.name, now=int(now))
            until = min(now + LOOK_AGAIN_SECONDS, _next_boundary(stored.license, now))
        self._remembered = _Remembered(verdict, now, until)
        is_asking = self._refresh_in_background and self._kept.token is not None
        if is_asking and verdict.code is not VerdictCode.WRONG_DOMAIN and self._is_due(self._kept):
            self._start_refresh()
        return verdict

    def _look_at_state(self) -> None:
        """Bring what is remembered of the state file up to date; a signature is verified once per text."""
        stamp = self.state.stamp()
        if stamp is not None and stamp == self._stamp:
            return
        self._kept = self.state.read()
        text = self._kept.signed_license
        if text is None:
            self._stored = _Stored(None, None, VerdictCode.NOT_ACTIVATED)
        elif text != self._stored.text:
            try:
                license, _ = decode_signed_license(text, self.configuration.pinned)
                self._stored = _Stored(text, license, VerdictCode.VALID)
            except LicenseRefused as error:
                self._stored = _Stored(text, None, VerdictCode(error.code))
        # An empty state may be a file that could not be opened for a moment: that is not remembered.
        self._stamp = None if text is None else stamp

    def _stored_with_key_id(self) -> tuple[SignedLicense, str] | None:
        text = self.state.read().signed_license
        try:
            return None if text is None else decode_signed_license(text, self.configuration.pinned)
        except LicenseRefused:
            return None

    def _is_due(self, state: SiteState) -> bool:
        # A plan further ahead than any that is ever made was made by a clock that was wrong.
        now = self.now()
        if state.next_attempt_at == NEVER:
            return False
        return now >= state.next_attempt_at or state.next_attempt_at > now + LONGEST_PLAN_SECONDS

    def _note_failure(self, state: SiteState, cause: str) -> None:
        steps = (*RETRY_SECONDS, RETRY_DAILY_SECONDS)
        wait = steps[min(state.failures, len(steps) - 1)]
        chance = int.from_bytes(self._random_bytes(2), "big") / 65_535
        wait += int(wait * RETRY_JITTER * (2 * chance - 1))
        self.state.write(
            state._replace(failures=state.failures + 1, last_failure=cause, next_attempt_at=self.now() + wait)
        )

    def _start_refresh(self) -> None:
        """Start the one background thread of this process, unless it runs; a forked child starts its own."""
        import threading

        if self._thread is not None and self._thread_process == os.getpid() and self._thread.is_alive():
            return
        self._thread_process = os.getpid()
        self._thread = threading.Thread(target=self.refresh, name="theme-license-refresh", daemon=True)
        with contextlib.suppress(RuntimeError):  # a host that allows no more threads must not cost the site its verdict
            self._thread.start()


def _for_the_card(activation: Mapping[str, object]) -> dict[str, object]:
    """Return the plain values of the server's unproved words: what is nested too deep could not be read again."""
    kept: dict[str, object] = {name: value for name, value in activation.items() if isinstance(value, str | int)}
    links = activation.get("links")
    if isinstance(links, dict):
        kept["links"] = {name: link for name, link in links.items() if isinstance(link, str)}
    return kept


def _next_boundary(license: SignedLicense, now: float) -> float:
    """Return the next moment at which the verdict may change by the clock alone."""
    lease_end = license.lease_ends_at
    term_end = NEVER if license.term_ends_at is None else license.term_ends_at
    moments = (lease_end, lease_end + license.grace_seconds, term_end)
    return min((moment for moment in moments if moment > now), default=NEVER)


def _next_attempt_at(license: SignedLicense, now: int) -> int:
    """Return when to ask again by this machine's clock: as long from now as the server meant from its own."""
    if license.refresh_at is None:
        return NEVER
    wait = license.refresh_at - license.issued_at
    return now + min(max(wait, RETRY_SECONDS[0]), LONGEST_PLAN_SECONDS)
