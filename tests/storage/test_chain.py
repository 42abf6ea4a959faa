import hashlib
from dataclasses import replace

import pytest

from ledger.storage.chain import chain_of, merkle_root, seal_of
from ledger.storage.codec import store_entry
from ledger.storage.store import Head, Seal
from tests.storage.world import START, Scribe, founding

PREVIOUS = Head(position=0, chain=bytes(range(32)))


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def test_merkle_root__shape():
    """Leaves and nodes are hashed apart, and an odd one goes up as it is."""
    one, two, three = (sha(bytes([number])) for number in range(3))
    leaves = [sha(b"\x00" + digest) for digest in (one, two, three)]

    assert merkle_root([one]) == leaves[0]
    assert merkle_root([one, two]) == sha(b"\x01" + leaves[0] + leaves[1])
    assert merkle_root([one, two, three]) == sha(b"\x01" + sha(b"\x01" + leaves[0] + leaves[1]) + leaves[2])


def test_merkle_root__a_node_is_no_leaf():
    """The digests of a tree's inner nodes do not make the same root as its leaves."""
    digests = [sha(bytes([number])) for number in range(4)]
    inner = [merkle_root(digests[:2]), merkle_root(digests[2:])]

    assert merkle_root(inner) != merkle_root(digests)


@pytest.mark.parametrize("count", range(1, 10))
def test_merkle_root__every_leaf_and_its_place_count(count: int):
    """Changing, dropping, doubling or exchanging leaves changes the root."""
    digests = [sha(bytes([number])) for number in range(count)]
    roots = [merkle_root(digests), merkle_root([*digests, digests[-1]])]
    for place in range(count):
        roots.append(merkle_root([*digests[:place], sha(b"x"), *digests[place + 1 :]]))
        if count > 1:
            roots.append(merkle_root(digests[:place] + digests[place + 1 :]))
        if place:
            roots.append(
                merkle_root([*digests[: place - 1], digests[place], digests[place - 1], *digests[place + 1 :]])
            )

    assert len(set(roots)) == len(roots)


def test_seal_of__covers_the_batch():
    """A seal names the batch's positions, time and format, and follows from the one before."""
    batch = Scribe().decide(*founding())

    seal = seal_of("acme", PREVIOUS, batch.entries)

    last, root = len(batch.entries), merkle_root(stored.digest for stored in batch.entries)
    assert seal == Seal(1, last, START, 1, root, chain_of("acme", PREVIOUS.chain, 1, last, START, 1, root))


def test_seal_of__any_bit_of_an_entry():
    """Changing any single bit of an entry's bytes changes the seal."""
    batch = Scribe().decide(*founding()[:2])
    right = seal_of("acme", PREVIOUS, batch.entries)
    for place, stored in enumerate(batch.entries):
        for bit in range(len(stored.body) * 8):
            body = bytearray(stored.body)
            body[bit // 8] ^= 1 << bit % 8
            spoiled = replace(stored, body=bytes(body), digest=sha(bytes(body)))
            entries = [*batch.entries[:place], spoiled, *batch.entries[place + 1 :]]

            assert seal_of("acme", PREVIOUS, entries).chain != right.chain


def test_chain_of__any_part():
    """Every part is covered: another organization, previous seal, position, time, format or root is another seal."""
    root = sha(b"root")
    right = ("acme", PREVIOUS.chain, 1, 2, START, 1, root)
    others = [
        ("acmf", PREVIOUS.chain, 1, 2, START, 1, root),
        ("acme", b"", 1, 2, START, 1, root),
        ("acme", sha(b"other"), 1, 2, START, 1, root),
        ("acme", PREVIOUS.chain, 2, 2, START, 1, root),
        ("acme", PREVIOUS.chain, 1, 3, START, 1, root),
        ("acme", PREVIOUS.chain, 1, 2, START + 1, 1, root),
        ("acme", PREVIOUS.chain, 1, 2, START, 2, root),
        ("acme", PREVIOUS.chain, 1, 2, START, 1, sha(b"other")),
    ]

    seals = {chain_of(*parts) for parts in (right, *others)}

    assert len(seals) == len(others) + 1


def test_chain_of__parts_do_not_run_together():
    """Bytes moved from one part into the next make another seal."""
    assert chain_of("acme", b"x" * 32, 1, 1, 1, 1, bytes(32)) != chain_of("acmex", b"x" * 31, 1, 1, 1, 1, bytes(32))


def test_seal_of__erased_text():
    """Erasing a text leaves the seal as it is."""
    batch = Scribe().decide(*founding())
    erased = [replace(stored, texts="") for stored in batch.entries]

    assert seal_of("acme", PREVIOUS, erased) == seal_of("acme", PREVIOUS, batch.entries)


def test_seal_of__same_for_the_same_entries():
    """Encoding the same entries again gives the same seal."""
    batch = Scribe().decide(*founding())
    again = [store_entry(stored.entry) for stored in batch.entries]

    assert seal_of("acme", Head(), again) == batch.seal
