"""What did the license server say? One request, bounded in time and size, and never believed for what it claims.

The answer's words mean nothing until its signature holds; this module only carries them. ``requests`` is imported
when a call is made, so that a theme that makes none does not pay for it.
"""

import json
import re
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .errors import ServerRefused, ServerUnreachable, ThemeLicenseError

if TYPE_CHECKING:
    import requests

DEADLINE_SECONDS = 10.0
STEP_SECONDS = 5.0
MAX_ANSWER_BYTES = 65_536

_CODE = re.compile(r"[a-z][a-z_]{1,63}")


class Reply(NamedTuple):
    """An answer of the expected shape; none of it is proved yet."""

    signed_license: str
    activation: Mapping[str, object]
    token: str | None


class Transport(Protocol):
    """Whatever carries a request of protocol §6 to the license server and brings the answer back."""

    def send(self, action: str, body: Mapping[str, object], *, token: str | None = None) -> Reply:
        """Send ``body`` to ``/v1/licenses/<action>``.

        Raises :class:`ServerRefused` for a problem of the server, :class:`ServerUnreachable` for everything else.
        """


class HttpTransport:
    """Carries requests over HTTP within ten seconds in all, whatever the other side does."""

    __slots__ = ("_deadline_seconds", "_server", "_user_agent")

    def __init__(self, server: str, *, user_agent: str, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._server = server
        self._user_agent = user_agent
        self._deadline_seconds = deadline_seconds

    def send(self, action: str, body: Mapping[str, object], *, token: str | None = None) -> Reply:
        """Do as :meth:`Transport.send` says.

        Looking a name up and reading headers have no time limit of their own that could be trusted, so the exchange
        runs in a thread that is left behind when the time is over.
        """
        outcome: list[Reply | ThemeLicenseError] = []

        def exchange() -> None:
            try:
                outcome.append(self._exchange(action, body, token))
            except ThemeLicenseError as error:
                outcome.append(error)

        thread = threading.Thread(target=exchange, name="theme-license-call", daemon=True)
        thread.start()
        thread.join(self._deadline_seconds)
        result = outcome[0] if outcome else ServerUnreachable("timeout" if thread.is_alive() else "no_reply")
        if isinstance(result, ThemeLicenseError):
            raise result
        return result

    def _exchange(self, action: str, body: Mapping[str, object], token: str | None) -> Reply:
        import requests

        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": self._user_agent}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        deadline = time.monotonic() + self._deadline_seconds
        try:
            with requests.post(
                f"{self._server}/v1/licenses/{action}",
                data=json.dumps(body).encode("ascii"),
                headers=headers,
                auth=_leave_headers_alone,
                timeout=STEP_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _read(answer, _read_body(answer, deadline))
        except requests.exceptions.SSLError as error:
            raise ServerUnreachable(_tls_cause(error)) from error
        except requests.exceptions.Timeout as error:
            raise ServerUnreachable("timeout") from error
        except requests.exceptions.ConnectionError as error:
            raise ServerUnreachable(_connection_cause(error)) from error
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise ServerUnreachable("no_reply") from error


def _leave_headers_alone(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    """Stand in for an authentication, so that a .netrc file on the host does not replace the token."""
    return request


def _tls_cause(error: Exception) -> str:
    """Return ``clock`` where the certificate is good at another time; OpenSSL's words are in a chain of causes."""
    text = repr(error)
    return "clock" if "not yet valid" in text or "has expired" in text else "tls"


def _connection_cause(error: Exception) -> str:
    """Return which part of connecting failed; requests buries it in a chain of causes."""
    text = repr(error)
    if "NameResolutionError" in text or "gaierror" in text:
        return "dns"
    if "ConnectionRefusedError" in text or "NewConnectionError" in text:
        return "refused"
    if "ReadTimeoutError" in text:  # a body that stalls
        return "timeout"
    return "no_reply"


def _read_body(answer: "requests.Response", deadline: float) -> bytes:
    body = bytearray()
    for chunk in answer.iter_content(8_192):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ServerUnreachable("not_the_server")
        if time.monotonic() > deadline:
            raise ServerUnreachable("timeout")
    return bytes(body)


def _read(answer: "requests.Response", body: bytes) -> Reply:
    if 300 <= answer.status_code < 400:
        raise ServerUnreachable("redirect")
    members = _json_object(body)
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == "application/problem+json" and answer.status_code >= 400 and members is not None:
        code = members.get("code")
        if isinstance(code, str) and _CODE.fullmatch(code):
            raise ServerRefused(code, status=answer.status_code, problem=members)
    if answer.status_code >= 500:
        raise ServerUnreachable("server_error")
    if answer.status_code not in (200, 201) or members is None:
        raise ServerUnreachable("not_the_server")
    signed_license, activation = members.get("signed_license"), members.get("activation")
    token = members.get("activation_token")
    if not isinstance(signed_license, str) or not isinstance(activation, dict) or not isinstance(token, str | None):
        raise ServerUnreachable("not_the_server")
    return Reply(signed_license, activation, token)


def _json_object(body: bytes) -> Mapping[str, object] | None:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None
