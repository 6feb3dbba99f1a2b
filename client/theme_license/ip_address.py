"""Which IP address does a host name spell, and is it private, public or special? (protocol §5)

The ranges are the IANA special-purpose address registries (RFC 6890), held here because what the standard library
calls global differs between Python releases, and the answer must not.
"""

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

Scope = Literal["private", "public", "special"]

_PRIVATE_IPV4 = tuple(map(IPv4Network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers
            "169.254.0.0/16",  # link-local
            "192.0.0.0/24",
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_PRIVATE_IPV6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))
_GLOBAL_UNICAST_IPV6 = tuple(map(IPv6Network, ("2000::/3", "64:ff9b::/96")))
_SPECIAL_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
)


def parse_ipv4(text: str) -> IPv4Address | None:
    """Return the address that four decimal numbers spell; None for every other spelling (octal, hex, short)."""
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def parse_ipv6(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that ``text``, without brackets, spells (RFC 4291); an IPv4-mapped one becomes IPv4."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    return address.ipv4_mapped or address


def scope(address: IPv4Address | IPv6Address) -> Scope:
    """Say who can reach ``address``: a developer's own machine or network, everybody, or nobody in the usual way."""
    if isinstance(address, IPv4Address):
        if any(address in network for network in _PRIVATE_IPV4):
            return "private"
        return "special" if any(address in network for network in _SPECIAL_IPV4) else "public"
    if any(address in network for network in _PRIVATE_IPV6):
        return "private"
    reachable = any(address in network for network in _GLOBAL_UNICAST_IPV6)
    return "public" if reachable and not any(address in network for network in _SPECIAL_IPV6) else "special"
