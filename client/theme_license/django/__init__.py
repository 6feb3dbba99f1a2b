"""How does a Django site carry the license? Four settings, one line of URLs, and ``check()``."""

from ..checker import Checker
from ..signed_license import Verdict

__all__ = ["check", "checker"]


def check() -> Verdict:
    """Return the verdict on the site's domain. Never raises once the site has started, never touches the network.

    When it is time to ask the server, a background thread of this process does so.
    """
    return checker().check()


def checker() -> Checker:
    """Return what checks this site; made when Django starts, from ``settings.THEME_LICENSE``."""
    from .apps import current_checker

    return current_checker()
