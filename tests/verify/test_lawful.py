from dataclasses import replace

import pytest

from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.book import Book
from ledger.core.journal import Entry, Posting, Role
from ledger.core.reservations import Basis, ReservationState, ReservedUnit
from ledger.core.texts import Text
from ledger.verify.lawful import named, offences
from tests.builders import START, reservation_id
from tests.core.lockstep import Lockstep
from tests.strategies import KINDS, Seeded
from tests.verify.journal import something_of_everything

ONE = reservation_id(1)
AVAILABLE, RESERVED, SPENT, ISSUED = Role


def entry(event, *legs, at=START):
    """An entry with legs of (partition, role, amount, balance)."""
    postings = tuple(Posting(pid, "USD", role, amount, balance, 1) for pid, role, amount, balance in legs)
    return Entry(9, at, "ann", "", b"", 0, event, postings)


@pytest.fixture
def book():
    """A book that has reservation 1: 12 held on partition 4, open, due an hour after the start."""
    book = Book("acme")
    line = ReservedUnit("USD", held=12, remaining=12)
    (opened,) = (
        stored.entry
        for batch in something_of_everything().batches
        for stored in batch.entries
        if isinstance(stored.entry.event, ev.ReservationOpened) and stored.entry.event.reservation_id == ONE
    )
    for batch in something_of_everything().batches:
        for stored in batch.entries:
            if stored.entry.position <= opened.position:
                book.apply(stored.entry)
    book.put_reservation(replace(book.reservations[ONE], units=(line,), partition_id=4, expires_at=START + 3600))
    return book


def judged(book, entry, **after):
    """What is said against an entry that leaves reservation 1 like this."""
    before = book.reservations[ONE]
    if after:
        book.put_reservation(replace(before, **after))
    return [offence.partition(":")[0] for offence in offences(book, entry, before)]


def test_offences__everything_the_service_writes_is_lawful():
    """A journal of every kind of event has nothing against it."""
    writer, book = something_of_everything(), Book("acme")
    said: list[str] = []
    for batch in writer.batches:
        for stored in batch.entries:
            before = book.reservations.get(named(stored.entry))
            book.apply(stored.entry)
            said += offences(book, stored.entry, before)

    assert said == []


@pytest.mark.parametrize("seed", range(8))
def test_offences__random_journals_are_lawful(seed):
    """Whatever is asked in whatever order, there is nothing against what the rules wrote."""
    choose, steps = Seeded(seed), Lockstep()
    steps.begin(choose)
    for _ in range(60):
        steps.step(choose, choose.pick(list(KINDS)))
    book = Book("acme")
    said: list[str] = []

    for one in steps.journal:
        before = book.reservations.get(named(one))
        book.apply(one)
        said += offences(book, one, before)

    assert (book.position, said) == (steps.book.position, [])


def test_offences__unbalanced(book):
    """R3: legs that do not sum to zero."""
    lone = entry(ev.RequestIdsPruned(0), (4, SPENT, 5, 5))

    assert judged(book, lone) == ["entry 9"]


def test_offences__debt(book):
    """I2: only recorded costs, and what a close hands up, take what is available below zero."""
    legs = ((4, AVAILABLE, -5, -1), (4, SPENT, 5, 5))
    refused = entry(ev.RequestRefused("X", "acme", "", None, None, "", "", None), *legs)
    cost = entry(ev.Charged(4, "acme/a", (Amount("USD", 5),), "", (), Basis.MEASURED, "", "", Text()), *legs)

    assert (judged(book, refused), judged(book, cost)) == (["I2"], [])


def test_offences__move_of_another_amount(book):
    """R11, R12: the legs of a move are those that its event states."""
    legs = ((1, ISSUED, -5, -5), (1, AVAILABLE, 5, 5))

    assert judged(book, entry(ev.Funded(1, "acme", "USD", 5, Text()), *legs)) == []
    assert judged(book, entry(ev.Funded(1, "acme", "USD", 6, Text()), *legs)) == ["R11, R12"]
    assert judged(book, entry(ev.Allocated(1, 4, "acme/a", "USD", 5, Text()), *legs)) == ["R11, R12"]


def test_offences__charge_of_another_amount(book):
    """R28: a charge without a reservation moves what it states."""
    event = ev.Charged(4, "acme/a", (Amount("USD", 6),), "", (), Basis.MEASURED, "", "", Text())

    assert judged(book, entry(event, (4, AVAILABLE, -5, 5), (4, SPENT, 5, 5))) == ["R28"]


def test_offences__life(book):
    """R15: a step that the table does not have."""
    line = ReservedUnit("USD", held=12)
    released = entry(ev.ReservationReleased(ONE, 4, "acme/a", (line,)), (4, RESERVED, -12, 0), (4, AVAILABLE, 12, 20))

    assert judged(book, released, state=ReservationState.RELEASED, units=(line,)) == []
    assert judged(book, released, state=ReservationState.RELEASED, units=(line,)) == ["R15", "I3, I4"]


def test_offences__time(book):
    """I13: no hold ends by time before its instant, and none is used at or after it."""
    line = ReservedUnit("USD", held=12)
    legs = ((4, RESERVED, -12, 0), (4, AVAILABLE, 12, 20))
    expired = ev.ReservationExpired(ONE, 4, "acme/a", (line,), early=False, note=Text())
    extended = ev.ReservationExtended(ONE, 4, "acme/a", START + 9000, cut=False)

    assert judged(book, entry(extended, at=START + 3600)) == ["I13"]
    assert judged(book, entry(expired, *legs, at=START), state=ReservationState.EXPIRED, units=(line,)) == ["I13"]


def test_offences__facts(book):
    """R30, I3: lines add up, and what is resolved holds nothing."""
    part = entry(ev.PartSettled(ONE, 4, "acme/a", ReservationState.OPEN, (), Basis.MEASURED))
    wrong = ReservedUnit("USD", held=12, remaining=12, settled=1, refunds=1)

    assert judged(book, part, units=(wrong,)) == ["R30"]
    assert judged(book, part, state=ReservationState.EXPIRED) == ["R15", "R30", "I3"]


def test_offences__legs_and_lines(book):
    """I3, I4: what the accounts move by is what the reservation's lines change by."""
    line = ReservedUnit("USD", held=12, remaining=7, settled=5)
    event = ev.PartSettled(ONE, 4, "acme/a", ReservationState.OPEN, (line,), Basis.MEASURED)

    assert judged(book, entry(event, (4, RESERVED, -4, 8), (4, SPENT, 4, 4)), units=(line,)) == ["I3, I4"]


def test_offences__never_opened(book):
    """An event about a reservation that no entry opened, or one that is opened twice."""
    unknown = entry(ev.ReservationReleased(reservation_id(99), 4, "acme/a", ()))
    again = entry(ev.ReservationOpened(ONE, 4, "acme/a", (), START, False, "", "", ()))

    assert list(offences(book, unknown, None)) == [f"reservation {reservation_id(99)} was never opened"]
    assert judged(book, again) == ["R42"]


def test_named__part_of_a_life():
    """An entry that only mentions a reservation is no step of its life."""
    done = ev.WorkDone(1, "acme", "job", 3, "acme/a", "r-1", "", 9)
    decided = ev.EscalatedReserveDecided(7, 3, "acme/a", "r-1", "")
    released = ev.ReservationReleased("r-1", 3, "acme/a", ())

    entries = [Entry(9, 1, "ann", "", b"", 0, event, ()) for event in (done, decided, released)]

    assert [named(entry) for entry in entries] == ["", "", "r-1"]
