import pytest

from ledger.storage import schema
from ledger.verify.findings import FindingKind
from ledger.verify.following import Follower
from ledger.verify.scratch import Scratch
from ledger.verify.snapshot import open_snapshot
from tests.verify.governance import governed_by_all
from tests.verify.journal import append, execute_sql, something_of_everything, write_sqlite


@pytest.fixture
def scratch():
    """A pad for all followers of a test."""
    pad = Scratch((schema.reservations, schema.request_ids, schema.standing))
    yield pad
    pad.close()


@pytest.fixture
def books(tmp_path):
    """A database with the first half of a journal, and what writes the rest of it."""
    writer = governed_by_all()
    first, rest = writer.batches[:20], writer.batches[20:]
    writer.batches[:] = first
    url = write_sqlite(tmp_path / "ledger.db", writer)

    def write(count):
        writer.batches[:] = [rest.pop(0) for _ in range(min(count, len(rest)))]
        append(url, writer)
        return len(rest)

    return url, write


def look(follower, url):
    """One leg; whether it was the last."""
    with open_snapshot(url) as snapshot:
        leg = follower.take(snapshot)
        follower.follow(leg, lambda: None)
        if leg.last:
            follower.compare(snapshot)
        return leg


def test_follow__batch_by_batch(books, scratch):
    """I11: however a journal grows, each look goes on where the last one ended, and tables and book agree."""
    url, write = books
    follower = Follower("acme", scratch)
    legs = [look(follower, url)]
    left = 1
    while left:
        left = write(3)
        legs.append(look(follower, url))

    assert (follower.findings, follower.differing, follower.position) == ([], [], 110)
    assert [entry[1] for leg in legs for entry in leg.entries] == list(range(1, 111))


def test_follow__in_legs(books, scratch, monkeypatch):
    """A long journal is taken a few batches at a time, and never in the middle of one."""
    monkeypatch.setattr("ledger.verify.following.SEALS_MAX", 7)
    url, _ = books
    follower = Follower("acme", scratch)

    legs = [look(follower, url)]
    while not legs[-1].last:
        legs.append(look(follower, url))

    assert [len(leg.seals) for leg in legs] == [7, 7, 6]
    assert (follower.findings, follower.differing) == ([], [])


def test_take__seals_are_missing(books, scratch, monkeypatch, tmp_path):
    """Where no seal says where to stop no more is taken than memory is good for."""
    monkeypatch.setattr("ledger.verify.following.ENTRIES_MAX", 10)
    url, _ = books
    execute_sql(tmp_path / "ledger.db", "DELETE FROM seals")

    follower = Follower("acme", scratch)
    leg = look(follower, url)

    assert (len(leg.entries), leg.last) == (10, False)
    assert [one.kind for one in follower.findings] == [FindingKind.SEAL_MISSING]


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("UPDATE balances SET available = available + 1 WHERE partition_id = 4", "balances.available"),
        ("DELETE FROM balances WHERE partition_id = 4", "balances"),
        ("UPDATE reservations SET state = 'OPEN' WHERE state = 'RELEASED'", "reservations"),
        ("UPDATE reservations SET expires_at_us = 1 WHERE state = 'OPEN'", "reservations.expires_at_us"),
        ("DELETE FROM reservations WHERE state = 'OPEN'", "reservations"),
        ("UPDATE standing SET live = 0 WHERE live", "standing"),
        ("UPDATE partitions SET closed = 1 WHERE path = 'acme'", "partitions.closed"),
        ("UPDATE heads SET next_due_us = NULL", "heads.next_due_us"),
    ],
)
def test_compare__tables_differ(sql, place, scratch, tmp_path):
    """What has not ended is compared both ways, and the row is named; put right, it is no finding any more."""
    url = write_sqlite(tmp_path / "ledger.db", governed_by_all())
    follower = Follower("acme", scratch)
    look(follower, url)
    before = (tmp_path / "ledger.db").read_bytes()
    execute_sql(tmp_path / "ledger.db", sql)

    look(follower, url)
    found = {one.place for one in follower.differing}
    (tmp_path / "ledger.db").write_bytes(before)
    look(follower, url)

    assert place in found
    assert (follower.findings, follower.differing) == ([], [])


def test_follow__altered_entry(books, scratch, tmp_path):
    """I12: what is wrong with a new entry is found when it is read, and stays found."""
    url, write = books
    follower = Follower("acme", scratch)
    look(follower, url)
    write(2)
    execute_sql(
        tmp_path / "ledger.db", f"UPDATE entries SET digest = zeroblob(32) WHERE position > {follower.position}"
    )

    look(follower, url)
    look(follower, url)

    assert {one.kind for one in follower.findings} == {FindingKind.ENTRY_ALTERED}


def test_went_back(books, scratch, tmp_path):
    """A tail that is gone, or has been written anew, is noticed by the seal that was verified."""
    url, write = books
    follower = Follower("acme", scratch)
    look(follower, url)

    def said(sql):
        execute_sql(tmp_path / "ledger.db", sql)
        with open_snapshot(url) as snapshot:
            return follower.went_back(snapshot)

    assert said("SELECT 1") == ""
    write(1)
    assert said("SELECT 1") == ""
    assert "not the one" in said(f"UPDATE seals SET chain = zeroblob(32) WHERE last_position = {follower.position}")
    assert "ends before" in said(f"DELETE FROM seals WHERE last_position >= {follower.position}")
    assert str(follower.lost("why")).startswith("SEAL_ALTERED acme: seals at position")


def test_follow__several_on_one_pad(scratch, tmp_path):
    """Followers share a scratch pad and do not meet on it."""
    url = write_sqlite(tmp_path / "ledger.db", governed_by_all(), something_of_everything("zeta"))
    followers = [Follower(name, scratch) for name in ("acme", "zeta")]

    for follower in followers:
        while not look(follower, url).last:
            pass

    assert [(one.position, one.findings, one.differing) for one in followers] == [(110, [], []), (39, [], [])]
