"""The only holder of private keys: PKCS#8 files ``keys/*.pem`` of mode 0600 (protocol §4)."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from license_server.errors import HomeNotUsable, ServerUnavailable
from license_server.home import write_private_file
from theme_license.wire import PublicKey, parse_public_key
from theme_license.wire import encode_segment as _encode


def create_key(path: Path) -> PublicKey:
    """Make a new key, write its private half to ``path`` (0600, never overwriting) and return its public half."""
    private = Ed25519PrivateKey.generate()
    write_private_file(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return _public_half(private)


class Signer:
    """Signs with the keys in a folder; each file is read once and its key object is reused."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Signer({str(self._folder)!r})"

    def has(self, key_id: str) -> bool:
        """Return whether the private half of the key is in the folder; looks again for a key it does not know."""
        if key_id not in self._keys:
            with self._lock:
                self._keys = _read_folder(self._folder)
        return key_id in self._keys

    def signing(self, key_id: str) -> Callable[[bytes], bytes]:
        """Return the function that signs with the key. Raises :class:`ServerUnavailable` when it is not here."""
        if not self.has(key_id):
            raise ServerUnavailable(
                f"the private half of the signing key in use is not in {self._folder}",
                next_step="put the key's .pem file there with mode 0600",
            )
        return self._keys[key_id].sign


def _read_folder(folder: Path) -> dict[str, Ed25519PrivateKey]:
    keys = {}
    for path in sorted(folder.glob("*.pem")):
        private = _read(path)
        keys[_public_half(private).key_id] = private
    return keys


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise HomeNotUsable(
                f"the signing key {path} can be read by others", next_step=f"chmod 600 {path}, and consider it leaked"
            )
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise HomeNotUsable(
            f"the signing key {path} cannot be read: {error.strerror}", next_step="give this user the right to read it"
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HomeNotUsable(
            f"{path} is not a private key in PKCS#8 without a passphrase", next_step="restore it from the backup"
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise HomeNotUsable(f"{path} is not an Ed25519 key", next_step="restore it from the backup")
    return private


def _public_half(private: Ed25519PrivateKey) -> PublicKey:
    return parse_public_key(_encode(private.public_key().public_bytes_raw()))
