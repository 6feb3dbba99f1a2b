"""Who counts as one caller, how often may a key call, and for how long is that counted? (protocol §6, Limits)"""

import re
from ipaddress import IPv6Address, ip_address

FAILURE_WINDOW = 600
KEY_WINDOW = 3_600

_WITH_PORT = re.compile(r"(?:\[([^]]*)\]|([^:]*))(?::[0-9]{1,5})?")


def address_group(address: str) -> str | None:
    """Return what counts as one caller: an IPv4 address, or the /64 of an IPv6 address (mapped ones are IPv4).

    A port behind the address, as some proxies append it, does not matter. None: the text names no address.
    """
    found = _WITH_PORT.fullmatch(address)
    host = address if found is None else found[1] or found[2] or ""
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def calls_allowed(calls_per_key: int, *, domains: int) -> int:
    """Return how many calls that count a key has in its window: as many more as its license has domains."""
    return calls_per_key + domains
