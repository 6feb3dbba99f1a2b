"""Where does the answer to a site's request go? Back to the address that it named, by the browser (protocol §8)."""

from urllib.parse import urlsplit

MEMBER = "signed_license"


def origin(return_url: str) -> str:
    """Return the origin of a checked address as a source of a content security policy."""
    parts = urlsplit(return_url)
    if parts.netloc.startswith("["):
        return f"{parts.scheme}:"  # such a policy has no word for an IPv6 address
    return f"{parts.scheme}://{parts.netloc}"


def with_answer(return_url: str, signed_license: str) -> str:
    """Return the address with the signed license in its query, after what was in it."""
    parts = urlsplit(return_url)
    added = f"{MEMBER}={signed_license}"  # base64url and dots, which need no escaping
    return parts._replace(query=f"{parts.query}&{added}" if parts.query else added).geturl()
