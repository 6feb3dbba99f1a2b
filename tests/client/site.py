"""What the tests of the site side stand on: the gallery's vendor who signs, server that answers as told, and clock."""

import re

from demo.gallery.scripted import DAY, DOMAIN, LICENSE_KEY, LINKS, NOW, Clock, ScriptedTransport, Site, Vendor, edited

__all__ = [
    "DAY",
    "DOMAIN",
    "LICENSE_KEY",
    "LINKS",
    "NOW",
    "Clock",
    "ScriptedTransport",
    "Site",
    "Vendor",
    "edited",
    "token_in",
]


def token_in(html: str, field: str = "csrf_token") -> str:
    """Return the token that the first form of a page carries."""
    match = re.search(rf'name="{field}" value="([^"]+)"', html)
    assert match is not None
    return match[1]
