"""Who counts as one caller, and for how long? (protocol §6, Limits)"""

from ipaddress import IPv6Address, ip_address

FAILURE_WINDOW = 600
KEY_WINDOW = 3_600


def address_group(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 of an IPv6 address (mapped ones are IPv4)."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
