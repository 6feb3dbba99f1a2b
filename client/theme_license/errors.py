"""Every fault this package can name, under one root, each with a code that never changes.

Catch :class:`ThemeLicenseError` to catch them all; compare ``code``, never the text.
"""

from collections.abc import Mapping


class ThemeLicenseError(Exception):
    """The root of every error that this package raises on purpose."""

    code: str = "theme_license_error"


class DomainRefused(ThemeLicenseError):
    """A text that names no domain (protocol §5); ``reason`` says which rule refused it."""

    code = "domain_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a domain name: {reason}")
        self.reason = reason


class KeyMalformed(ThemeLicenseError):
    """A text that is no license key: wrong characters, wrong length or wrong check symbols (protocol §1)."""

    code = "key_malformed"


class LicenseRefused(ThemeLicenseError):
    """A text that is no trustworthy signed license (protocol §2); ``code`` is the verdict's."""


class MalformedLicense(LicenseRefused):
    """The text does not have the one form a signed license may have."""

    code = "malformed"


class UnknownKey(LicenseRefused):
    """The license names a signing key that the theme does not pin."""

    code = "unknown_key"


class BadSignature(LicenseRefused):
    """The signature does not match: the text was altered or never signed by the vendor."""

    code = "bad_signature"


class LicenseTooLong(ThemeLicenseError):
    """A license that would be longer, signed, than any client reads (protocol §2); raised where it is made."""

    code = "license_too_long"


class UnusablePublicKey(ThemeLicenseError):
    """A text that is no Ed25519 public key fit to be pinned (protocol §4)."""

    code = "public_key_unusable"


class ConfigurationError(ThemeLicenseError):
    """The theme's developer configured the client wrongly; the text says what to write instead."""

    code = "configuration_invalid"


class ServerRefused(ThemeLicenseError):
    """The license server understood the request and refused it with a problem (RFC 9457, protocol §6).

    ``code`` is the problem's stable code, ``status`` the HTTP status, ``problem`` the body's members.
    """

    def __init__(self, code: str, *, status: int, problem: Mapping[str, object]) -> None:
        super().__init__(f"the license server refused: {code}")
        self.code = code
        self.status = status
        self.problem = problem


class ServerUnreachable(ThemeLicenseError):
    """No answer of the license server arrived; ``cause`` is a stable word for what stood in the way.

    One of ``dns``, ``refused``, ``tls``, ``clock`` (a certificate that is not valid at this machine's time),
    ``timeout``, ``redirect``, ``not_the_server``, ``server_error``, ``no_reply``.
    It never says anything about the license: could not ask is not "not valid".
    """

    code = "server_unreachable"

    def __init__(self, cause: str) -> None:
        super().__init__(f"the license server could not be reached: {cause}")
        self.cause = cause


class AnswerRefused(ThemeLicenseError):
    """A text brought back from the vendor's portal that this site does not take (protocol §8); nothing has changed.

    ``code`` is one of ``answer_is_a_key``, ``answer_malformed``, ``answer_bad_signature``, ``answer_unknown_key``,
    ``answer_retired_key``, ``answer_wrong_product``, ``answer_wrong_domain``, ``answer_not_active``, ``answer_over``,
    ``answer_used``, ``answer_old``, ``answer_must_be_pasted``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the answer is not taken: {code}")
        self.code = code
