"""The chain: each batch seals what came before it and everything it adds, so that a changed row is found.

Everything hashed is length-prefixed or of fixed length, and every use of the hash has a word or byte of its own in
front, so that no two meanings share an input. Whoever has the bodies of the entries and the seals can recompute the
chain without a database.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from ledger.storage.codec import coder_of
from ledger.storage.store import Head, Seal, StoredEntry

_SEAL: Final = b"tallystick seal"
LEAF: Final = b"\x00"
"""In front of a digest, where a leaf is hashed."""
NODE: Final = b"\x01"
"""In front of two hashes, where they are joined."""


def seal_of(organization: str, expected: Head, entries: Sequence[StoredEntry]) -> Seal:
    """The seal of a batch that follows a head.

    Args:
        organization: Whose journal.
        expected: The head before the batch.
        entries: The batch's, at least one, in order and of one time.

    Source: R48.
    """
    first, last, at = entries[0].entry.position, entries[-1].entry.position, entries[0].entry.at
    newest = max(coder_of(stored.entry.event).format for stored in entries)
    root = merkle_root(stored.digest for stored in entries)
    return Seal(first, last, at, newest, root, chain_of(organization, expected.chain, first, last, at, newest, root))


def chain_of(organization: str, previous: bytes, first: int, last: int, at: int, newest: int, root: bytes) -> bytes:
    """The hash that a seal adds to the chain.

    Args:
        organization: Whose journal.
        previous: The seal before; empty for the first.
        first: Position of the batch's first entry.
        last: Position of its last.
        at: The batch's time, microseconds since 1970.
        newest: The newest format among its entries.
        root: Merkle root of their digests.
    """
    numbers = [number.to_bytes(8, "big", signed=True) for number in (newest, first, last, at)]
    sealing = hashlib.sha256()
    for part in (_SEAL, organization.encode(), previous, *numbers, root):
        sealing.update(len(part).to_bytes(8, "big"))
        sealing.update(part)
    return sealing.digest()


def merkle_root(digests: Iterable[bytes]) -> bytes:
    """The root of a binary hash tree over digests; an odd one goes up as it is (the tree of RFC 9162, section 2.1)."""
    sha256 = hashlib.sha256
    level = [sha256(LEAF + digest).digest() for digest in digests]
    assert level, "a batch has entries"
    while len(level) > 1:
        pairs = [sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[2 * len(pairs) :]
    return level[0]
