from dataclasses import replace

from ledger.storage.chain import seal_of
from tests.storage.world import START, Scribe, commit, founding, reserve, uuid7


def test_assemble__what_changed():
    """A batch has every record that changed, once, as it is afterwards, and the head that it leaves."""
    scribe = Scribe()
    before = scribe.decide(*founding()).head

    batch = scribe.decide(reserve("acme/team/a0", number=1), commit(1, 3), reserve("acme/team/a1", number=2, ttl=9))

    book = scribe.book
    assert batch.settings is None
    assert batch.partitions == ()
    a0, a1 = (book.ids[f"acme/team/a{number}"] for number in (0, 1))
    assert dict(batch.balances) == {(pid, "USD"): book.balances[pid, "USD"] for pid in (a0, a1)}
    assert {one.reservation_id: one for one in batch.reservations} == book.reservations
    seal = seal_of("acme", before, batch.entries)
    due = book.reservations[uuid7(2)].expires_at
    expected = replace(before, position=before.position + 3, at=START + 1, chain=seal.chain, next_due=due)
    assert (batch.expected, batch.seal, batch.head) == (before, seal, expected)


def test_assemble__nothing():
    """A batch without entries leaves the head as it is and only asks."""
    scribe = Scribe()
    head = scribe.decide(*founding()).head

    batch = scribe.decide(probes=[("local", uuid7(1))])

    assert (batch.expected, batch.head, batch.seal, batch.entries) == (head, head, None, ())
    assert batch.probes == (("local", uuid7(1)),)


def test_assemble__creation():
    """The first batch brings the settings and every partition."""
    scribe = Scribe()

    batch = scribe.decide(*founding(agents=1))

    assert batch.settings == scribe.book.organization
    assert [partition.path for partition in batch.partitions] == ["acme", "acme/team", "acme/team/a0"]
    assert batch.expected.position == 0
