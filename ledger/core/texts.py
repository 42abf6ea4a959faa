"""Free text that people write, which the journal covers by a salted digest so that it can be erased later."""

import hashlib
from typing import NamedTuple, Self


class Text(NamedTuple):
    """Free text with the digest that entries carry in its place.

    Attributes:
        value: The text; empty where it was erased or never given.
        salt: Hexadecimal; erased together with the text, after which the digest says nothing about it.
        digest: SHA-256 of salt and text, hexadecimal; empty for no text.
    """

    value: str = ""
    salt: str = ""
    digest: str = ""

    @classmethod
    def of(cls, value: str, salt: bytes) -> Self:
        """Cover a text by its digest. The salt is random bytes that the caller makes, 16 or more. Source: R48."""
        if not value:
            return cls()
        return cls(value, salt.hex(), digest_of(value, salt.hex()))


def digest_of(value: str, salt_hex: str) -> str:
    """The digest of a text under its salt."""
    return hashlib.sha256(bytes.fromhex(salt_hex) + value.encode()).hexdigest()
