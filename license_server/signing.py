"""The only holder of private keys: PKCS#8 files ``keys/*.pem``, with a passphrase or not (protocol §4).

They are written with mode 0600, and read where only their owner and its group read them.
"""

from collections.abc import Callable
from pathlib import Path
from stat import S_IMODE
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
from license_server.home import replace_private_file, write_private_file
from license_server.ownership import is_open_to_others, is_read_only
from theme_license.base64url import encode_segment as _encode
from theme_license.public_key import PublicKey, parse_public_key

_ENCRYPTED = b"BEGIN ENCRYPTED PRIVATE KEY"


def create_key(path: Path, *, passphrase: bytes | None = None) -> PublicKey:
    """Make a new key, write its private half to ``path`` (0600, never overwriting) and return its public half."""
    private = Ed25519PrivateKey.generate()
    write_private_file(path, _pem(private, passphrase))
    return _public_half(private)


def read_public_half(path: Path, *, passphrase: bytes | None = None) -> PublicKey:
    """Return the public half of the private key in a file of the home. Raises :class:`HomeNotUsable`."""
    return _public_half(_read(path, passphrase))


class BroughtKey:
    """The private key in a file outside of the home, such as on a stick whose files all have one mode."""

    def __init__(self, path: Path, *, passphrase: bytes | None = None) -> None:
        """Read the file, whoever else may. Raises :class:`HomeNotUsable`."""
        self._private = _read(path, passphrase, is_private=False)
        self._passphrase = passphrase
        self.public = _public_half(self._private)

    def write(self, target: Path) -> None:
        """Write the key to ``target`` (0600, never overwriting), under the same passphrase if there is one."""
        write_private_file(target, _pem(self._private, self._passphrase))


def change_passphrase(path: Path, *, old: bytes | None, new: bytes | None) -> None:
    """Write a private key anew under another passphrase, or under none; the file is replaced as a whole."""
    replace_private_file(path, _pem(_read(path, old), new))


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


def _read(path: Path, passphrase: bytes | None, *, is_private: bool = True) -> Ed25519PrivateKey:
    try:
        mode = path.stat().st_mode
        if is_private and is_open_to_others(mode):
            raise KeyOpenToOthers(path=path, mode=S_IMODE(mode), read_only=is_read_only(path))
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
