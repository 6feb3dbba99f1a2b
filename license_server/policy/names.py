"""What may a vendor call a product or a plan?"""

import re

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_slug(text: str) -> bool:
    """Return whether ``text`` may name a product or a plan: lower-case letters, digits, inner dashes, up to 63."""
    return _SLUG.fullmatch(text) is not None
