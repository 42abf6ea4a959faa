from ledger.storage.schema import request_ids
from ledger.verify.scratch import Scratch


def row(number, fingerprint=b"f"):
    """A row of `request_ids`."""
    return ("acme", "ann", f"id-{number}", fingerprint, number, number)


def test_take__each_row_once():
    """A row is met once; a second one with its key was not expected."""
    scratch = Scratch((request_ids,))
    scratch.put(request_ids, [row(1), row(2), row(3)])

    met = [
        scratch.take(request_ids, row(2, b"other")),
        scratch.take(request_ids, row(2)),
        scratch.take(request_ids, row(9)),
    ]

    assert met == [row(2), None, None]
    assert sorted(scratch.rest(request_ids)) == [row(1), row(3)]


def test_put__later_replaces():
    """What a record is at last is what is expected."""
    scratch = Scratch((request_ids,))
    scratch.put(request_ids, [row(1, b"before")])

    scratch.put(request_ids, [row(1, b"after")])

    assert scratch.get(request_ids, row(1)[:3]) == row(1, b"after")


def test_add__earlier_stays():
    """What may be expected once is not expected twice."""
    scratch = Scratch((request_ids,))

    assert [scratch.add(request_ids, row(1, one)) for one in (b"before", b"after")] == [True, False]
    assert scratch.get(request_ids, row(1)[:3]) == row(1, b"before")


def test_take__strange_key():
    """A damaged key is one that nobody expected, not an error."""
    scratch = Scratch((request_ids,))
    scratch.put(request_ids, [row(1)])

    assert scratch.take(request_ids, ("acme", "\udcff", 2**70, b"", 1, 1)) is None
    scratch.close()


def test_forget__one_organization():
    """What is expected of one is forgotten, and of others is not."""
    scratch = Scratch((request_ids,))
    rows = [(name, "ann", "r1", b"", 1, 1) for name in ("acme", "zeta")]
    scratch.put(request_ids, rows)

    scratch.forget("acme")

    assert list(scratch.rest(request_ids)) == [("zeta", "ann", "r1", b"", 1, 1)]
    scratch.close()
