"""May a license be active on this domain? (protocol §5)"""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from theme_license.domain import Decision, Domain

DENY_PUBLIC_SUFFIX = "deny:public_suffix"


def decide(domain: Domain) -> str:
    """Return the server's decision on a canonical domain: the client's, or ``deny:public_suffix``."""
    if domain.decision is Decision.SITE and _suffixes().is_public(domain.name):
        return DENY_PUBLIC_SUFFIX
    return domain.decision.value


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # Names that companies listed for cookies, such as github.io, are sites; only the ICANN section counts.
    return PublicSuffixList(only_icann=True)


def denial(domain: Domain, *, allowed: bool) -> str | None:
    """Return why no license may be activated on ``domain``, or None; ``allowed`` is the vendor's own exception."""
    decision = decide(domain)
    if decision == Decision.SITE or (allowed and decision.startswith("deny:")):
        return None
    return "development" if decision == Decision.DEV else decision.removeprefix("deny:")
