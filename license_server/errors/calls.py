"""What a call of the API, or of the portal, is refused for in particular."""

from license_server.errors import (
    LicenseNotFound,
    NoActivationsLeft,
    NotFound,
    RequestInvalid,
    TokenInvalid,
    UndoOver,
    with_members,
)
from license_server.records import Activation


class BodyEmpty(RequestInvalid):
    """There is no body."""

    default_detail = "The body is empty. Send one JSON object."


class BodyCutOff(RequestInvalid):
    """The body ended before it was whole."""

    default_detail = "The body did not arrive whole. Send it again."


@with_members
class BodyNotStrictJson(RequestInvalid):
    """The body is not one JSON object that every reader understands alike; ``flaw`` goes on from "The body"."""

    flaw: str

    def __str__(self) -> str:
        return f"The body {self.flaw}"


@with_members
class MembersInvalid(RequestInvalid):
    """Members are missing, of another type or out of their range: each with what is wrong with it."""

    flaws: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        told = "; ".join(f"{member}: {flaw}" for member, flaw in self.flaws)
        return f"Correct these members and send the request again: {told}."


class ReplacesNothing(RequestInvalid):
    """What should be moved is no activation of the license."""

    default_detail = (
        "The member replaces names no activation of this license. Leave it out, or send one of those listed "
        "in the answer no_activations_left."
    )


class OnlyByMove(NoActivationsLeft):
    """A place could be had by a move, which the caller did not want; ``holding`` are those that places are held for."""

    default_detail = (
        "Every place of this license that is not in use is held for a domain that left it, and this request forbids "
        "a move. Activate on the theme options page, or wait until the first of the places listed here is free."
    )


LOST = "activation_lost"
"""What calls are counted as whose token is genuine while the database knows nothing of it."""


class TokenDead(TokenInvalid):
    """The token is genuine, and its domain was released and activated again since."""

    default_detail = (
        "This activation token is of an earlier activation of this domain. Activate the domain again with its "
        "license key."
    )


class ActivationLost(TokenInvalid):
    """The token is genuine, and the activation that it was given for is gone."""

    counted_as = LOST
    default_detail = (
        "This server has lost the activation of this token. Activate the domain again with its license key."
    )


class LicenseLost(LicenseNotFound):
    """The token is genuine, and the license that it was given for is gone."""

    counted_as = LOST

    default_detail = (
        "This server has lost the license of this activation. Ask the vendor's support for a new license key."
    )


@with_members
class DomainInUseAgain(UndoOver):
    """Another activation is on the domain whose release should be taken back."""

    domain: str

    def __str__(self) -> str:
        return f"{self.domain} is in use again, by another activation. There is nothing to take back."


class ActivationOfAnother(NotFound):
    """The license has no such activation, whether or not another has it."""

    default_detail = "this license has no such activation"


@with_members
class ActivationNotInUse(NotFound):
    """The activation is released, so there is nothing to ask about its release."""

    activation: Activation

    def __str__(self) -> str:
        return f"{self.activation.id} is released"
