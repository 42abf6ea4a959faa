import hashlib

from ledger.storage.chain import chain_of, merkle_root
from ledger.verify.findings import Report, Sink
from ledger.verify.sealing import Sealing

DIGESTS = {position: hashlib.sha256(bytes([position])).digest() for position in range(1, 7)}
BATCHES = [(1, 2, 10), (3, 3, 11), (4, 6, 15)]


def chained():
    """Rows of `seals` for the batches above."""
    rows, chain = [], b""
    for first, last, at in BATCHES:
        root = merkle_root(DIGESTS[position] for position in range(first, last + 1))
        chain = chain_of("acme", chain, first, last, at, 1, root)
        rows.append(("acme", last, first, at, 1, root, chain))
    return rows


def walked(rows, times=None, positions=range(1, 7)):
    """What walking the seals along the entries finds."""
    report = Report("x")
    sealing = Sealing("acme", iter(rows), Sink(report))
    at = {position: time for first, last, time in BATCHES for position in range(first, last + 1)} | (times or {})
    for position in positions:
        sealing.entry(position, at[position], DIGESTS[position], 1)
    sealing.end()
    return [(finding.kind.value, finding.position) for finding in report.findings], sealing


def test_entry__chain_holds():
    """R48: every seal is recomputed from the digests of its entries and the seal before."""
    found, sealing = walked(chained())

    assert found == []
    assert (sealing.position, sealing.at, sealing.chain, sealing.count) == (6, 15, chained()[-1][6], 3)


def test_entry__damage_does_not_run_on():
    """The next seal is computed on what is there: an altered one contradicts itself and its successor, no more."""
    rows = chained()
    rows[1] = (*rows[1][:6], b"\0" * 32)

    rows.append(("acme", 7, 7, 20, 1, b"r", b"c"))

    assert walked(rows)[0] == [("SEAL_ALTERED", 3), ("SEAL_ALTERED", 6), ("SEAL_EXTRA", None)]


def test_entry__seal_gone():
    """Without a seal the next one does not fit its entries."""
    rows = chained()

    assert walked([rows[0], rows[2]])[0] == [("SEAL_ALTERED", 6)]
    assert walked(rows[:2])[0] == [("SEAL_MISSING", 6)]


def test_entry__seal_too_many():
    """A seal without entries is found, also beyond the journal's end."""
    rows = [*chained(), ("acme", 9, 7, 20, 1, b"r", b"c")]

    assert walked(rows)[0] == [("SEAL_EXTRA", None)]


def test_entry__entries_gone():
    """Seals of entries that are gone are found, wherever the entries were."""
    assert walked(chained(), positions=[1, 2, 4, 5, 6])[0] == [("SEAL_EXTRA", None)]
    assert walked(chained(), positions=[])[0] == [("SEAL_EXTRA", None)] * 3


def test_entry__times():
    """R4: the entries of one batch share one time, and batch times strictly increase."""
    assert walked(chained(), times={2: 12})[0] == [("SEAL_ALTERED", 2)]
    rows = chained()
    early = chain_of("acme", rows[0][6], 3, 3, 10, 1, rows[1][5])

    found = walked([rows[0], ("acme", 3, 3, 10, 1, rows[1][5], early)], times={3: 10}, positions=[1, 2, 3])[0]

    assert found == [("TIME_NOT_INCREASING", 3)]
