"""Keys that sign checkpoints: Ed25519, the private one in a file that only its owner can read."""

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

PUBLIC: Final = ".pub"
"""What the name of a public key's file ends in, beside the private one."""

_HEXADECIMAL: Final = re.compile("[0-9a-f]{64}")


class KeyUnusable(Exception):
    """A key cannot be read, made, or trusted with its file's mode."""


class SigningKey:
    """A private key.

    Attributes:
        public: Its public key, 32 bytes, hexadecimal.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """See `load` and `make_key`."""
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """The key in a PEM file.

        Raises:
            KeyUnusable: There is none, it is of another kind or has a password, or others can read the file.
        """
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyUnusable(f"{path} can be read by others (mode {mode:04o}): chmod 600, or make a new key")
            key = load_pem_private_key(path.read_bytes(), None)
        except OSError as problem:
            raise KeyUnusable(f"{path} cannot be read: {problem.strerror}") from problem
        except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise KeyUnusable(f"{path} has no private key that can be used: {problem}") from problem
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{path} has a key of another kind; needed is Ed25519, as `checkpoint keygen` makes it")
        return cls(key)

    def sign(self, data: bytes) -> str:
        """The signature of some bytes, hexadecimal."""
        return self._key.sign(data).hex()


def make_key(path: Path) -> SigningKey:
    """A new key is in a file that only its owner can read, and its public key in another beside it.

    Raises:
        KeyUnusable: One of the files exists, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    beside = path.with_name(path.name + PUBLIC)
    if beside.exists():
        raise KeyUnusable(f"{beside} exists; a key replaces nothing")
    try:
        _write(path, private, 0o600)
        _write(beside, public, 0o644)
    except FileExistsError as problem:
        raise KeyUnusable(f"{problem.filename} exists; a key replaces nothing") from problem
    except OSError as problem:
        raise KeyUnusable(f"{path} cannot be written: {problem.strerror}") from problem
    return SigningKey(key)


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)


def public_key(said: str) -> str:
    """A public key, 32 bytes in hexadecimal: as it was said, or out of the PEM file that was named.

    Raises:
        KeyUnusable: It is neither.
    """
    if _HEXADECIMAL.fullmatch(said):
        return said
    try:
        key = load_pem_public_key(Path(said).read_bytes())
    except OSError as problem:
        wanted = "is no public key: neither 64 hexadecimal digits nor a PEM file"
        raise KeyUnusable(f"{said} {wanted} ({problem.strerror})") from problem
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise KeyUnusable(f"{said} is no public key, 64 hexadecimal digits or a PEM file: {problem}") from problem
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{said} has a key of another kind; needed is Ed25519")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def signed_by(public: str, signature: str, data: bytes) -> bool:
    """Whether a signature of some bytes is a key's. What is no key, or no signature, has signed nothing."""
    with contextlib.suppress(InvalidSignature, ValueError):
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), data)
        return True
    return False
