"""Deciding a batch on a book."""

import pytest

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.allowances import Allowance
from ledger.core.book import Book
from ledger.core.calendars import Period, Weekday
from ledger.core.noting import Unreported
from ledger.core.outcomes import Accepted, Known, Rejected
from ledger.sequencer.decision import decide_batch, keys_of, lacks, missing
from ledger.sequencer.pending import Pending
from ledger.sequencer.zones import calendar_of
from ledger.storage.store import Head
from tests.builders import (
    agent,
    allocate,
    allowance,
    approve,
    cap,
    carrying,
    create_organization,
    escalate,
    fund,
)
from tests.sequencer.world import SECOND, START, commit, founding, request, request_id, reserve


@pytest.fixture
async def book() -> Book:
    """Acme with its team and two agents of 15 each."""
    made = Book("acme")
    decide_batch(made, Head(), [Pending(request(command)) for command in founding()], START, 1000)
    made.keep()
    return made


def head_of(book: Book) -> Head:
    """A head that stands where the book does."""
    return Head(book.position, book.at, b"x" * 32)


async def test_decide_batch__one_time_for_all(book):
    """R4, R37: the entries of a batch share one time, later than the last, also where the clock stands still."""
    waiting = [Pending(request(reserve("acme/team/a0", 1))) for _ in range(3)]

    decision = decide_batch(book, head_of(book), waiting, START - 5, 1000)

    assert {stored.entry.at for stored in decision.batch.entries} == {START + 1}
    assert [stored.entry.position for stored in decision.batch.entries] == [9, 10, 11]


async def test_decide_batch__time_first(book):
    """R36: what is due stands before the first command's entry."""
    decide_batch(book, head_of(book), [Pending(request(reserve("acme/team/a0", 12, ttl=1)))], START, 1000)

    decision = decide_batch(
        book, head_of(book), [Pending(request(reserve("acme/team/a0", 12)))], START + 2 * SECOND, 1000
    )

    kinds = [type(stored.entry.event) for stored in decision.batch.entries]
    assert kinds == [ev.ReservationExpired, ev.ReservationOpened]


async def test_decide_batch__too_much_is_due(book):
    """R36: where time alone fills the batch no command is decided."""
    waiting = [Pending(request(reserve("acme/team/a0", 1, ttl=1))) for _ in range(3)]
    decide_batch(book, head_of(book), waiting, START, 1000)

    decision = decide_batch(book, head_of(book), [Pending(request(reserve("acme/team/a0", 15)))], START + 2 * SECOND, 2)

    assert (len(decision.batch.entries), decision.outcomes, decision.more_due) == (2, [], True)


async def test_decide_batch__what_is_probed(book):
    """R82: a refused reserve holds only if its id is new, also where it is told of; what wrote its own is not."""
    refused, accepted = Pending(request(reserve("acme/team/a0", 99))), Pending(request(reserve("acme/team/a0", 1)))

    decision = decide_batch(book, head_of(book), [refused, accepted], START, 1000)

    kinds = [type(stored.entry.event) for stored in decision.batch.entries]
    assert kinds == [ev.RefusalsNoted, ev.ReservationOpened]
    assert decision.probed == {("local", refused.request.request_id): [refused]}
    assert decision.batch.probes == (("local", refused.request.request_id),)
    assert decision.unsure


async def test_decide_batch__known_beforehand(book):
    """Where the ids have been looked up nothing is probed, and a known one is repeated."""
    first = Pending(request(reserve("acme/team/a0", 1)))
    written = decide_batch(book, head_of(book), [first], START, 1000).batch.entries[0].entry
    known = {("local", first.request.request_id): Known(first.request.fingerprint, (written,))}

    decision = decide_batch(book, head_of(book), [Pending(first.request)], START, 1000, known)

    assert decision.outcomes[0][1] == Accepted((written,), replayed=True)
    assert (decision.probed, decision.batch.entries) == ({}, ())


async def test_decide_batch__caller_gone(book):
    """A command whose caller has gone is not decided."""
    gone = Pending(request(reserve("acme/team/a0", 1)))
    gone.reply.cancel()

    assert decide_batch(book, head_of(book), [gone], START, 1000).outcomes == []


async def test_keys_of__each_once(book):
    """Copies of a request are looked up once; the service's own commands have no id."""
    one = request(reserve("acme/team/a0", 1))
    own = request(reserve("acme/team/a0", 1), rid="")

    assert keys_of(book, [Pending(one), Pending(one), Pending(own)]) == [("local", one.request_id)]


async def test_missing__named_and_not_kept(book):
    """Only reservations that the book does not keep are fetched."""
    hold = reserve("acme/team/a0", 1)
    decide_batch(book, head_of(book), [Pending(request(hold))], START, 1000)
    elsewhere = request_id()

    named = [Pending(request(commit(hold.reservation_id, 1))), Pending(request(commit(elsewhere, 1)))]

    assert missing(book, named) == [elsewhere]


async def test_decide_batch__explains_to_whom_it_concerns(book):
    """R81: a refusal leaves with what stands beside it."""
    decision = decide_batch(book, head_of(book), [Pending(request(reserve("acme/team/a0", 99)))], START, 1000)

    ((_, outcome),) = decision.outcomes
    assert isinstance(outcome, Rejected)
    assert (outcome.circumstances.scale, outcome.circumstances.fits) == (9, 15)


async def test_decide_batch__in_the_zone_that_holds():
    """R52: what comes in one batch with the beginning of its organization, or a new zone, is decided in that zone."""
    book, at = Book("acme"), START + 8 * 3600 * SECOND
    begun: list[cmd.Single] = [cap("acme", 9, period=Period.DAY), reserve("acme/a", 1)]
    commands: list[cmd.Single] = [
        create_organization(zone="Asia/Tokyo"),
        agent("acme/a"),
        fund(9),
        allocate("acme/a", 9),
        *begun,
    ]
    moved: list[cmd.Single] = [cmd.UpdateOrganization(1, "Europe/Berlin", None, None), allowance("acme/a", 9)]

    decision = decide_batch(book, Head(), [Pending(request(one)) for one in (*commands, *moved)], at, 1000)

    assert all(isinstance(outcome, Accepted) for _, outcome in decision.outcomes)
    (window,) = [window for stored in decision.batch.entries for window in stored.entry.windows]
    (filled,) = book.standing[Allowance].values()
    assert window[3:] == calendar_of("Asia/Tokyo")(Period.DAY, Weekday.MONDAY, at)
    assert filled.next_at == calendar_of("Europe/Berlin")(Period.DAY, Weekday.MONDAY, at).ends_at


async def test_lacks__what_an_escalation_carries(book):
    """R70: a request id that is carried is looked up, when it is asked for and when that is decided."""
    refused = reserve("acme/team/a0", 99)
    carried = carrying(refused, request_id(START))
    asked = [Pending(request(escalate("acme/team/a0", 1, carried=carried)))]
    plain = [Pending(request(escalate("acme/team/a0", 1)))]

    before = lacks(book, asked), lacks(book, plain)
    decide_batch(book, head_of(book), [*asked, *plain], START, 1000)
    deciding = [lacks(book, [Pending(request(approve(book.position - place)))]) for place in (1, 0)]

    assert before == (True, False)
    assert deciding == [True, False]


async def test_decide_batch__counts_refusals_when_it_stands(book):
    """R82: deciding counts for the batch's future, not for a process that may have to decide it again."""
    unreported = Unreported()
    waiting = [Pending(request(reserve("acme/team/a0", 99))) for _ in range(3)]

    decisions = []
    for _ in range(2):
        decisions.append(decide_batch(book, head_of(book), waiting, START, 1000, unreported=unreported))
        book.rollback(decisions[-1].mark)

    assert not unreported.counts
    assert [list(decision.unreported.counts.values()) for decision in decisions] == [[2], [2]]
