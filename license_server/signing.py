"""The only holder of private keys: PKCS#8 files ``keys/*.pem`` of mode 0600, with a passphrase or not (protocol §4)."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from license_server.errors import HomeNotUsable
from license_server.errors.keys import (
    CannotSign,
    CurrentKeyMissing,
    KeyDamaged,
    KeyOfAnotherKind,
    KeyOpenToOthers,
    KeyUnreadable,
    PassphraseMissing,
    PassphraseWrong,
)
from license_server.home import sync_folder, write_private_file
from theme_license.base64url import encode_segment as _encode
from theme_license.public_key import PublicKey, parse_public_key

_ENCRYPTED = b"BEGIN ENCRYPTED PRIVATE KEY"


def create_key(path: Path, *, passphrase: bytes | None = None) -> PublicKey:
    """Make a new key, write its private half to ``path`` (0600, never overwriting) and return its public half."""
    private = Ed25519PrivateKey.generate()
    write_private_file(path, _pem(private, passphrase))
    return _public_half(private)


def read_public_half(path: Path, *, passphrase: bytes | None = None) -> PublicKey:
    """Return the public half of the private key in a file. Raises :class:`HomeNotUsable`."""
    return _public_half(_read(path, passphrase))


def copy_key(source: Path, target: Path, *, passphrase: bytes | None = None) -> None:
    """Write the private key of one file to another (0600, never overwriting), under the same passphrase if given."""
    write_private_file(target, _pem(_read(source, passphrase), passphrase))


def change_passphrase(path: Path, *, old: bytes | None, new: bytes | None) -> None:
    """Write a private key anew under another passphrase, or under none; the file is replaced as a whole."""
    content = _pem(_read(path, old), new)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write_private_file(beside, content)
    beside.replace(path)
    sync_folder(path.parent)


class Signer:
    """Signs with the keys in a folder; each file is read once and its key object is reused."""

    def __init__(self, folder: Path, *, passphrase: bytes | None = None) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Signer({str(self._folder)!r})"

    def has(self, key_id: str) -> bool:
        """Return whether the private half of the key is in the folder; looks again for a key it does not know."""
        if key_id not in self._keys:
            with self._lock:
                self._keys = _read_folder(self._folder, self._passphrase)
        return key_id in self._keys

    def signing(self, key_id: str) -> Callable[[bytes], bytes]:
        """Return the function that signs with the key. Raises :class:`CannotSign` when it is not here."""
        try:
            if not self.has(key_id):
                raise CurrentKeyMissing(folder=self._folder)
        except HomeNotUsable as error:
            raise CannotSign(cause=error) from error
        return self._keys[key_id].sign


def _read_folder(folder: Path, passphrase: bytes | None) -> dict[str, Ed25519PrivateKey]:
    keys = {}
    for path in sorted(folder.glob("*.pem")):
        private = _read(path, passphrase)
        keys[_public_half(private).key_id] = private
    return keys


def _read(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise KeyOpenToOthers(path=path)
        content = path.read_bytes()
    except OSError as error:
        raise KeyUnreadable(path=path, why=str(error.strerror)) from error
    is_encrypted = _ENCRYPTED in content
    if is_encrypted and passphrase is None:
        raise PassphraseMissing(path=path)
    try:
        private = load_pem_private_key(content, password=passphrase if is_encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise (PassphraseWrong(path=path) if is_encrypted else KeyDamaged(path=path)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyOfAnotherKind(path=path)
    return private


def _pem(private: Ed25519PrivateKey, passphrase: bytes | None) -> bytes:
    encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _public_half(private: Ed25519PrivateKey) -> PublicKey:
    return parse_public_key(_encode(private.public_key().public_bytes_raw()))
