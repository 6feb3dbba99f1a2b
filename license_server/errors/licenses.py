"""What can be wrong with a license or an activation that the vendor names, and what their state forbids."""

from license_server.audit_actions import AuditAction
from license_server.errors import (
    InputInvalid,
    LicenseKeyMalformed,
    NotFound,
    Refused,
    ServerUnavailable,
    with_members,
)
from license_server.records import Activation, License, Plan


@with_members
class LicenseUnknown(NotFound):
    """No license has this id; None where what was typed is no id, for then it may be a license key."""

    license_id: str | None

    def __str__(self) -> str:
        return f"there is no license {self.license_id or 'of that id'}"


class KeyUnknown(NotFound):
    """No license has this key."""

    default_detail = "no license has this key"


class TypedKeyMalformed(LicenseKeyMalformed):
    """What was read where a license key should stand is none."""

    default_detail = "what stands on standard input is not a license key: at least one character is mistyped"


@with_members
class DomainUnused(NotFound):
    """No license is in use on the domain."""

    domain: str

    def __str__(self) -> str:
        return f"no license is in use on {self.domain}"


@with_members
class ActivationUnknown(NotFound):
    """No activation has this id; None where what was typed is no id, for then it may be a license key."""

    activation_id: str | None

    def __str__(self) -> str:
        return f"there is no activation {self.activation_id or 'of that id'}"


@with_members
class NotADomain(InputInvalid):
    """The text names no domain; ``reason`` says which rule refused it."""

    reason: str

    def __str__(self) -> str:
        return f"this is not a domain name ({self.reason})"


@with_members
class ExceptionNotNeeded(InputInvalid):
    """An exception was asked for a domain that any license may be in use on."""

    domain: str

    def __str__(self) -> str:
        return f"{self.domain} needs no exception: only a public suffix, a public IP address or a special-use name does"


@with_members
class LicenseIsRevoked(Refused):
    """The license is revoked, and nothing brings it back."""

    license: License

    def __str__(self) -> str:
        return f"{self.license.id} is revoked, which is for good"


@with_members
class StatusForbids(Refused):
    """The license's status is none that it can be suspended, reinstated or revoked from."""

    license: License
    action: AuditAction

    def __str__(self) -> str:
        done = f"{self.action.removesuffix('e')}ed"
        return f"{self.license.id} is {self.license.status}, so it cannot be {done}; nothing was changed"


@with_members
class TermEndless(Refused):
    """The license has no end that could be put off."""

    license: License

    def __str__(self) -> str:
        return f"{self.license.id} has no end"


@with_members
class PlanOfAnotherProduct(Refused):
    """A license stays with its product."""

    license: License
    plan: Plan

    def __str__(self) -> str:
        return f"{self.license.id} is for {self.license.plan.product}, and {self.plan.product} is another product"


@with_members
class PlanUnchanged(Refused):
    """The license is on this plan, as the plan is now."""

    license: License
    plan: Plan

    def __str__(self) -> str:
        return f"{self.license.id} is on the plan {self.plan.product}/{self.plan.slug} already; nothing was changed"


@with_members
class PlanTooSmall(Refused):
    """The license is in use on more domains, or has more test copies in use, than the plan has places for."""

    license: License
    plan: Plan

    def __str__(self) -> str:
        license, plan = self.license, self.plan
        if license.used > plan.domains:
            told = f"{license.id} is in use on {license.used} domains"
            places = plan.domains
        else:
            told = f"{license.id} has {license.staging_used} places for test copies in use"
            places = plan.staging_domains
        return f"{told} and {plan.product}/{plan.slug} has {places}; nothing was changed"


@with_members
class AlreadyReleased(Refused):
    """The activation is released, and nothing holds its place."""

    activation: Activation

    def __str__(self) -> str:
        return f"{self.activation.id} is released already; nothing was changed"


@with_members
class NotSignedByStatus(Refused):
    """The license is suspended or revoked, so no offline license is signed."""

    license: License

    def __str__(self) -> str:
        return f"{self.license.id} is {self.license.status}; nothing was signed"


@with_members
class NotSignedAfterTerm(Refused):
    """The term of the license is over, so no offline license is signed."""

    license: License

    def __str__(self) -> str:
        return f"the term of {self.license.id} is over; nothing was signed"


@with_members
class NotSignedForDomain(Refused):
    """No license may be in use on the domain, so no offline license is signed; ``reason`` says why."""

    license: License
    domain: str
    reason: str

    def __str__(self) -> str:
        return f"{self.domain} takes no license ({self.reason}); nothing was signed"


@with_members
class NotSignedWithoutPlace(Refused):
    """Every place of the license is in use, so no offline license is signed."""

    license: License

    def __str__(self) -> str:
        return f"{self.license.id} is in use on {self.license.used} of {self.license.domain_limit}; nothing was signed"


@with_members
class CounterOutOfBounds(ServerUnavailable):
    """A change would take a license's counter past its limit or below nought: a fault, so nothing was changed."""

    license_id: str

    def __str__(self) -> str:
        return f"a counter of {self.license_id} would leave its bounds"


@with_members
class ChangedUnderLock(ServerUnavailable):
    """A license's row is not what was locked: a fault, so nothing was changed."""

    license_id: str

    def __str__(self) -> str:
        return f"the row of {self.license_id} changed under its lock"
