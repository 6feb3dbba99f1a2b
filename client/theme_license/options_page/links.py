"""Which of the product's links may an owner be shown? An answer that nobody signed may hold anything."""

from collections.abc import Mapping
from urllib.parse import urlsplit

LINKS = ("renew", "buy", "support", "find_key", "portal")


def shown_links(source: Mapping[str, object]) -> Mapping[str, str]:
    """Return the links of the product that may be shown: known names, https only."""
    links = source.get("links")
    if not isinstance(links, dict):
        return {}
    return {name: url for name in LINKS if isinstance(url := links.get(name), str) and _is_https(url)}


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # "https://["
        return False
    return parts.scheme == "https" and bool(parts.netloc)
