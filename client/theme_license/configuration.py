"""What did the theme's developer write? Checked once at boot, so that nothing of it can fail later."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from .domain import Domain, parse_domain
from .errors import ConfigurationError, DomainRefused, UnusablePublicKey
from .pinned_keys import PinnedKeys
from .state import FilePath

_PRODUCT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_SERVER = re.compile(r"(https?)://([^/?#@\s]+)(/[^?#\s]*)?")


class Configuration(NamedTuple):
    """What one site checks: a product on a domain, by these keys, with this server and this state file."""

    product: str
    server: str
    pinned: PinnedKeys
    domain: Domain
    state: FilePath

    @classmethod
    def from_texts(
        cls, *, product: str, server: str, keys: Sequence[str], domain: str, state: FilePath
    ) -> "Configuration":
        """Return the checked configuration. Raises :class:`ConfigurationError` with what to write instead."""
        if not isinstance(product, str) or not _PRODUCT.fullmatch(product):
            raise ConfigurationError('product must be the name on the license server, like "jannah"')
        if not isinstance(domain, str):
            raise ConfigurationError('domain must be the site\'s own domain, like "news.example.com"')
        try:
            parsed = parse_domain(domain)
        except DomainRefused as error:
            raise ConfigurationError(
                f'domain must be the site\'s own domain, like "news.example.com"; this one is refused: {error.reason}'
            ) from error
        return cls(product, _check_server(server), _check_keys(keys), parsed, state)


def _check_keys(keys: Sequence[str]) -> PinnedKeys:
    if isinstance(keys, str) or not all(isinstance(key, str) for key in keys):
        raise ConfigurationError("keys must be a list of the license server's public keys, the signing one first")
    try:
        return PinnedKeys.parse(keys)
    except UnusablePublicKey as error:
        raise ConfigurationError(f"keys cannot be used: {error}") from error


def _check_server(server: str) -> str:
    match = _SERVER.fullmatch(server) if isinstance(server, str) else None
    if match is None:
        raise ConfigurationError('server must be the license server\'s address, like "https://licenses.example.com"')
    try:
        host = parse_domain(match[2])
    except DomainRefused as error:
        raise ConfigurationError(f"server names no host that can be asked: {error.reason}") from error
    if match[1] == "http" and not host.is_development:
        raise ConfigurationError("server must begin with https://; plain http is for development names only")
    return server.rstrip("/")
