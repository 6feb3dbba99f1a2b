"""What is the one canonical name of the domain somebody typed, and what may stand on it? (protocol §5)

The only place where text becomes a domain. Nothing here asks the network, the clock or the public suffix list.
"""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from .errors import DomainRefused

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

MAX_INPUT_LENGTH = 1_024
MAX_NAME_LENGTH = 253
MAX_LABELS = 10
MAX_PORT = 65_535

_DEVELOPMENT_ENDINGS = frozenset({"localhost", "test", "example", "invalid", "local", "internal"})
_SPECIAL_USE_ENDINGS = frozenset({"onion", "alt", "arpa"})

_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME = re.compile(r"([^/?#]*?)://")
_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::(.*))?", re.DOTALL)
_IPV6_CHARACTERS = re.compile(r"[0-9A-Fa-f:.]+")


class Decision(StrEnum):
    """What a canonical domain is to a license, as far as its name alone tells."""

    SITE = "site"
    DEV = "dev"
    DENY_PUBLIC_IP = "deny:public_ip"
    DENY_SPECIAL_IP = "deny:special_ip"
    DENY_SPECIAL_USE = "deny:special_use"


class Domain(NamedTuple):
    """A canonical domain: lower-case ASCII without ``www.``, or an IP address (IPv6 in brackets)."""

    name: str
    decision: Decision

    @property
    def is_development(self) -> bool:
        """Whether the name is one that is used for development only and needs no license."""
        return self.decision is Decision.DEV

    def __str__(self) -> str:
        return self.name


_DECISION_BY_SCOPE = {
    "private": Decision.DEV,
    "public": Decision.DENY_PUBLIC_IP,
    "special": Decision.DENY_SPECIAL_IP,
}


def parse_domain(text: str) -> Domain:
    """Read a domain name, host or http(s) address as a person would paste it (protocol §5).

    The result parses to itself. Raises :class:`DomainRefused` whose ``reason`` names the rule. A denied name
    (an address, a special-use name) is returned with its decision; public suffixes are the server's to deny.
    """
    host, bracketed = _cut_host(text)
    if bracketed or (host.count(":") > 1 and _IPV6_CHARACTERS.fullmatch(host)):
        return _parse_ipv6(host)
    name = _canonical_name(host)
    if _ends_in_number(name):
        return _parse_ipv4(name)
    labels = name.split(".")
    if len(labels) > MAX_LABELS:
        raise DomainRefused("too_many_labels")
    while labels[0] == "www" and len(labels) > 2:
        del labels[0]
    if len(labels) == 1 and labels[0] != "localhost":
        raise DomainRefused("not_fqdn")
    return Domain(".".join(labels), _decide_by_ending(labels[-1]))


def display_name(name: str) -> str:
    """Return the canonical ``name`` as people write it: ``xn--`` labels in their own script. Never raises."""
    if "xn--" not in name:
        return name
    import idna

    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def _cut_host(text: str) -> tuple[str, bool]:
    """Return what stands where the host stands, and whether it stood in brackets; scheme, port and path are gone."""
    if len(text) > MAX_INPUT_LENGTH:
        raise DomainRefused("too_long")
    text = text.strip(" \t\r\n")
    if not text:
        raise DomainRefused("empty")
    if any(_is_refused_character(character) for character in text):
        raise DomainRefused("bad_character")
    if scheme := _SCHEME.match(text):
        if scheme[1].lower() not in ("http", "https"):
            raise DomainRefused("bad_scheme")
        text = text[scheme.end() :]
    host = re.split("[/?#]", text, maxsplit=1)[0]
    if not host:
        raise DomainRefused("empty")
    if host.startswith("["):
        if (match := _BRACKETED.fullmatch(host)) is None:
            raise DomainRefused("bad_ip")
        _check_port(match[2])
        return match[1], True
    if ":" in host and not (host.count(":") > 1 and _IPV6_CHARACTERS.fullmatch(host)):
        host, _, port = host.partition(":")
        _check_port(port)
        if not host:
            raise DomainRefused("empty")
    return host, False


def _is_refused_character(character: str) -> bool:
    if "!" <= character <= "~":
        return character in "\\@%"
    # Controls (C0, DEL, C1), white space of every script, and lone surrogates, which no encoding can carry.
    return character <= " " or "\x7f" <= character <= "\x9f" or character.isspace() or "\ud800" <= character <= "\udfff"


def _check_port(port: str | None) -> None:
    if port is None:
        return
    if not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= MAX_PORT:
        raise DomainRefused("bad_port")


def _canonical_name(host: str) -> str:
    """Return ``host`` as lower-case A-labels without its root dot."""
    lowered = host.lower() if host.isascii() else host
    # A plain ASCII name needs none of the tables of UTS #46, which take a process 35 ms to load.
    name = lowered.removesuffix(".") if _PLAIN_NAME.fullmatch(lowered) else _to_ascii(host)
    if len(name) > MAX_NAME_LENGTH:
        raise DomainRefused("not_idna2008")
    return name


def _to_ascii(host: str) -> str:
    import idna

    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode("ascii").removesuffix(".")
        _check_bidi(name)
    except (idna.IDNAError, ValueError) as error:
        raise DomainRefused("not_idna2008") from error
    return name


def _check_bidi(name: str) -> None:
    """Hold every label to the Bidi rule where one label is right-to-left (RFC 5893 section 2).

    ``idna`` looks at one label at a time and so lets ``0a.א`` pass, which browsers refuse.
    """
    import unicodedata

    import idna

    labels = [idna.ulabel(label) for label in name.split(".")]
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for label in labels for character in label):
        for label in labels:
            idna.check_bidi(label, check_ltr=True)


def _ends_in_number(name: str) -> bool:
    """Whether browsers would read ``name`` as an IPv4 address (WHATWG URL, "ends in a number checker")."""
    return _NUMBER_LABEL.fullmatch(name.rpartition(".")[2]) is not None


def _decide_by_ending(top_label: str) -> Decision:
    if top_label in _DEVELOPMENT_ENDINGS:
        return Decision.DEV
    if top_label in _SPECIAL_USE_ENDINGS:
        return Decision.DENY_SPECIAL_USE
    return Decision.SITE


def _parse_ipv4(name: str) -> Domain:
    from . import ip_address

    return _address_domain(ip_address.parse_ipv4(name))


def _parse_ipv6(text: str) -> Domain:
    from . import ip_address

    return _address_domain(ip_address.parse_ipv6(text))


def _address_domain(address: "IPv4Address | IPv6Address | None") -> Domain:
    from . import ip_address

    if address is None:
        raise DomainRefused("bad_ip")
    name = str(address) if address.version == 4 else f"[{address.compressed}]"
    return Domain(name, _DECISION_BY_SCOPE[ip_address.scope(address)])
