"""Blocks that hold budget, and what becomes of it."""

# ruff: noqa: PT012  (what is tried is a whole block)

import threading
import time
from contextlib import suppress
from decimal import Decimal

import grpc
import pytest

import tallystick
from tallystick.results import Basis, ReservationState
from tests.client.fake_service import COMMITTED, OPEN, RELEASED, Refusal
from tests.waiting import PATIENCE_S, until

USD = 10**9


def answers(client):
    """Whether the client finds the ledger."""
    with suppress(tallystick.LedgerUnavailable):
        return client.server_info()


class HttpError(Exception):
    def __init__(self, status_code: int) -> None:
        super().__init__(status_code)
        self.status_code = status_code


def test_hold__commits_what_it_did_cost(service, scout):
    """Held while the block works; afterwards only the cost is gone."""
    with scout.reserve("0.25 USD", tool="web_search", workflow_id="w-1", labels={"a": "b"}) as hold:
        during = service.usd()
        settlement = hold.commit("0.12 USD")

    assert during == (15 * USD - USD // 4, USD // 4, 0)
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)
    assert settlement == hold.settlement
    assert settlement.state is ReservationState.COMMITTED
    assert settlement.basis is Basis.MEASURED
    assert settlement.units["USD"].actual == Decimal("0.12")
    (request,) = service.requests("Reserve")
    assert (request.tool, request.workflow_id, dict(request.labels)) == ("web_search", "w-1", {"a": "b"})
    assert service.count("Commit") == 1


def test_hold__nothing_said(service, scout):
    """A normal exit without a commit commits the whole hold, as an estimate."""
    with scout.reserve("0.25 USD") as hold:
        pass

    assert service.usd() == (15 * USD - USD // 4, 0, USD // 4)
    assert hold.settlement.basis is Basis.ESTIMATED


def test_hold__exception_leaves_the_outcome_unknown(service, scout):
    """After an exception without parts nothing is settled: the hold lapses, and a late commit still counts."""
    with pytest.raises(RuntimeError, match="broken"), scout.reserve("0.25 USD") as hold:
        raise RuntimeError("broken")

    assert service.only().message.state == OPEN
    service.all_end()
    assert service.usd() == (15 * USD, 0, 0)
    assert hold.commit("0.10 USD").state is ReservationState.COMMITTED_LATE


def test_hold__exception_commits_the_parts(service, scout):
    """What was settled before an exception is what the work did cost."""
    with pytest.raises(KeyboardInterrupt), scout.reserve("0.25 USD, 100 tokens") as hold:
        hold.settle_part("0.10 USD")
        hold.settle_part("0.05 USD")
        raise KeyboardInterrupt

    assert service.usd() == (15 * USD - 150_000_000, 0, 150_000_000)
    assert service.only().message.state == COMMITTED
    assert hold.settlement.basis is Basis.MEASURED
    assert service.requests("Commit")[0].actual[1].parts == 0


def test_hold__exception_before_any_work(service, scout):
    """Connection refused means that nothing was done: the hold is released at once."""
    with pytest.raises(ConnectionRefusedError), scout.reserve("0.25 USD"):
        raise ConnectionRefusedError

    assert service.only().message.state == RELEASED
    assert service.usd() == (15 * USD, 0, 0)


@pytest.mark.parametrize(("status", "state"), [(429, RELEASED), (404, RELEASED), (500, OPEN), (408, OPEN)])
def test_hold__http_status(service, scout, status, state):
    """An answer by which a service says that it did nothing releases; any other leaves the outcome unknown."""
    with pytest.raises(HttpError), scout.reserve("0.25 USD"):
        raise HttpError(status)

    assert service.only().message.state == state


def test_hold__release_on_with_parts(service, scout):
    """Parts are work: then even a refused connection does not release."""
    with pytest.raises(ConnectionRefusedError), scout.reserve("0.25 USD") as hold:
        hold.settle_part("0.01 USD")
        raise ConnectionRefusedError

    assert service.usd() == (15 * USD - USD // 100, 0, USD // 100)


def test_hold__release_on_of_the_caller(service, scout):
    """The caller may say which exceptions come before any work."""
    with pytest.raises(ZeroDivisionError), scout.reserve("0.25 USD", release_on=ZeroDivisionError):
        raise ZeroDivisionError

    assert service.only().message.state == RELEASED


def test_hold__released(service, scout):
    """The block may say itself that no work happened."""
    with scout.reserve("0.25 USD") as hold:
        hold.release()

    assert service.only().message.state == RELEASED
    assert service.count("Commit") == 0


@pytest.mark.parametrize("cost", [0.12, "0.12 EUR", "12 tokens", "nothing", "-1 USD", None])
def test_commit__cost_that_cannot_be_read(service, scout, cost):
    """A float or a wrong unit commits the whole hold, as an estimate, and is an error after that."""
    with pytest.raises(tallystick.CostUnreadable) as caught, scout.reserve("0.25 USD") as hold:
        hold.commit(cost)

    assert caught.value.__cause__ is not None
    assert service.usd() == (15 * USD - USD // 4, 0, USD // 4)
    assert hold.settlement.basis is Basis.ESTIMATED


def test_settle_part__cost_that_cannot_be_read(service, scout):
    """A part that cannot be read is a cost too: the whole hold is committed."""
    with pytest.raises(tallystick.CostUnreadable), scout.reserve("0.25 USD") as hold:
        hold.settle_part("0.01 USD")
        hold.settle_part(0.01)

    assert service.usd() == (15 * USD - USD // 4, 0, USD // 4)


def test_commit__lacks_a_unit(service, scout):
    """A cost that says nothing of one of the hold's units cannot be read."""
    with pytest.raises(tallystick.CostUnreadable, match="tokens"), scout.reserve("0.25 USD, 10 tokens") as hold:
        hold.commit("0.1 USD")

    assert service.only().message.state == COMMITTED


def test_hold__parts_beyond_the_hold(service, scout):
    """Where the parts come to more than was held, a normal exit commits the parts."""
    with scout.reserve("0.25 USD, 10 tokens") as hold:
        hold.settle_part("0.40 USD")

    assert service.usd() == (15 * USD - 400_000_000, 0, 400_000_000)
    assert {one.unit: one.parts for one in service.requests("Commit")[0].actual} == {"USD": 400_000_000, "tokens": 10}


def test_commit__bare_decimal(service, scout):
    """A number alone means the hold's only unit."""
    with scout.reserve("0.25 USD") as hold:
        hold.commit(Decimal("0.12"))

    assert service.usd()[2] == 120_000_000


def test_commit__implausible(service, scout, client):
    """An implausible cost is refused and handed back; confirmed, it is recorded and forgotten."""
    with scout.reserve("0.01 USD") as hold:
        with pytest.raises(tallystick.ActualImplausible) as caught:
            hold.commit("2 USD")
        handed_back = client.undelivered
        hold.commit("2 USD", confirm_implausible=True)

    assert caught.value.reservation is not None
    assert caught.value.reservation.reservation_id == hold.reservation_id
    assert [one.refusal for one in handed_back] == [caught.value]
    assert client.undelivered == []
    assert service.usd() == (13 * USD, 0, 2 * USD)


def test_commit__request_id(service, scout):
    """What a block says may be named by the caller, as every call that has an effect."""
    part, commit = tallystick.uuid7(), tallystick.uuid7()
    with scout.reserve("0.01 USD") as hold:
        hold.settle_part("0.01 USD", request_id=part)
        hold.commit("0.01 USD", request_id=commit)

    assert service.requests("SettlePart")[0].request_id == part
    assert service.requests("Commit")[0].request_id == commit


def test_hold__interrupted_in_an_outage(service, make_client):
    """Who interrupts a block is not kept waiting for a ledger that does not answer."""
    client = make_client(retry_for=3 * PATIENCE_S)

    def work():
        with client.agent("acme/scout").reserve("0.25 USD") as hold:
            hold.settle_part("0.01 USD")
            service.stop()
            raise KeyboardInterrupt

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work()

    assert time.monotonic() - begin < PATIENCE_S
    service.start()
    until(lambda: not client.undelivered)
    assert service.usd() == (15 * USD - 10_000_000, 0, 10_000_000)


def test_commit__client_closed(service, make_client, caplog):
    """With its client closed a block is told so, and its cost is handed back and in the log."""
    client = make_client()
    with client.agent("acme/scout").reserve("0.25 USD") as hold:
        client.close()
        with pytest.raises(tallystick.ClientClosed):
            hold.commit("0.12 USD")

    assert [one.reservation_id for one in client.undelivered] == [hold.reservation_id]
    assert "parts: 120000000" in caplog.text
    assert service.usd()[2] == 0


def test_commit__twice(scout):
    """A hold is settled once."""
    with scout.reserve("0.01 USD") as hold:
        hold.commit("0.01 USD")
        with pytest.raises(RuntimeError, match="settled already"):
            hold.commit("0.01 USD")


def test_hold__entered_twice(scout):
    """A hold is for one block."""
    hold = scout.reserve("0.01 USD")
    with hold:
        pass

    with pytest.raises(RuntimeError, match="one block"), hold:
        pass


def test_hold__refused(scout):
    """A refusal carries the numbers, and nothing of the block runs."""
    with pytest.raises(tallystick.BudgetExhausted) as caught, scout.reserve("16 USD"):
        pytest.fail("ran without budget")

    refusal = caught.value
    assert (refusal.partition, refusal.ask, refusal.unit) == ("acme/scout", "acme", "USD")
    assert (str(refusal.needed), str(refusal.available)) == ("16 USD", "15 USD")


def test_hold__lost_replies(service, scout):
    """A lost reply is asked for again with the same request id: one hold, one cost."""
    service.drop.update(Reserve=2, Commit=2)

    with scout.reserve("0.25 USD") as hold:
        hold.commit("0.12 USD")

    for name in ("Reserve", "Commit"):
        assert len({request.request_id for request in service.requests(name)}) == 1
        assert service.count(name) == 3
    assert hold.reserved.receipt.replayed
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)


def test_hold__replayed_and_ended(scout):
    """A step whose hold has ended is not worked on again; its outcome is in the error."""
    step = tallystick.uuid7()
    with scout.reserve("0.25 USD", request_id=step) as hold:
        hold.commit("0.12 USD")

    with pytest.raises(tallystick.HoldEnded) as caught, scout.reserve("0.25 USD", request_id=step):
        pytest.fail("the work ran twice")

    assert caught.value.reservation is not None
    assert caught.value.reservation.state is ReservationState.COMMITTED


def test_hold__kept_while_the_block_works(service, scout):
    """A block may last longer than the time to live; afterwards the hold is left alone."""
    service.grace_s = 10 * PATIENCE_S
    with scout.reserve("0.25 USD", ttl=0.1) as hold:
        during = service.only()
        until(lambda: during.extended >= 2)
        assert during.message.state == OPEN
    with scout.reserve("0.25 USD", ttl=0.1) as other:
        until(lambda: service.reservations[other.reservation_id].extended >= 1)  # one of the first may be under way
        asked = len(service.requests("Extend"))
        until(lambda: service.reservations[other.reservation_id].extended >= 3)

    assert during.message.state == COMMITTED
    assert hold.reservation_id not in {request.reservation_id for request in service.requests("Extend")[asked:]}


def test_hold__ledger_stops_before_the_commit(service, make_client):
    """Where the ledger does not answer, the block ends without an error and the settlement is delivered later."""
    client = make_client(retry_for=0.2)
    with client.agent("acme/scout").reserve("0.25 USD") as hold:
        service.stop()
        assert hold.commit("0.12 USD") is None

    assert [one.reservation_id for one in client.undelivered] == [hold.reservation_id]
    service.start()
    until(lambda: not client.undelivered)
    assert service.usd() == (15 * USD - 120_000_000, 0, 120_000_000)


def test_hold__settlement_refused_in_an_exception(service, scout, client):
    """A refusal at the end of a failed block does not hide the failure; the settlement is handed back."""
    service.refuse["Commit"] = Refusal(grpc.StatusCode.FAILED_PRECONDITION, "RESERVATION_RESOLVED")

    with pytest.raises(ValueError, match="the tool") as caught, scout.reserve("0.25 USD") as hold:
        hold.settle_part("0.01 USD")
        raise ValueError("the tool")

    assert "could not be settled" in caught.value.__notes__[0]
    assert [one.method.name for one in client.take_refused()] == ["Commit"]
    assert client.undelivered == []


def test_hold__outage_denied(service, make_client):
    """By default nothing runs where the ledger does not answer."""
    client = make_client(retry_for=0.1)
    service.stop()

    with pytest.raises(tallystick.LedgerUnavailable) as caught, client.agent("acme/scout").reserve("1 USD"):
        pytest.fail("ran without a ledger")

    assert caught.value.address == service.address


def test_hold__outage_allowed(service, make_client):
    """In an outage blocks run up to the local limit, and are charged when the ledger answers."""
    client = make_client(retry_for=0.05, on_outage="allow", outage_limit="1 USD")
    scout = client.agent("acme/scout", tool="search")
    service.stop()

    with scout.reserve("0.6 USD") as hold:
        assert hold.in_outage
        hold.commit("0.5 USD")
    with scout.reserve("0.5 USD"):
        pass
    with pytest.raises(tallystick.LedgerUnavailable), scout.reserve("0.1 USD"):
        pytest.fail("beyond the limit")
    service.start()
    until(lambda: not client.undelivered)

    assert service.usd() == (14 * USD, 0, USD)
    assert [(one.amounts[0].parts, one.basis, one.tool) for one in service.charges] == [
        (USD // 2, 0, "search"),
        (USD // 2, 2, "search"),
    ]
    until(lambda: answers(client))
    with scout.reserve("0.6 USD") as hold:
        assert not hold.in_outage


def test_hold__outage_failed(service, make_client):
    """Work that failed in an outage leaves nothing to charge, and gives its share of the limit back."""
    client = make_client(retry_for=0.05, on_outage="allow", outage_limit="1 USD")
    service.stop()

    for _ in range(3):
        with pytest.raises(ValueError, match="tool"), client.agent("acme/scout").reserve("0.9 USD"):
            raise ValueError("tool")

    assert client.undelivered == []


def test_hold__threads(service, scout):
    """One client serves many threads."""

    def work() -> None:
        for _ in range(10):
            with scout.reserve("0.01 USD") as hold:
                hold.commit("0.005 USD")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert service.usd() == (15 * USD - 400_000_000, 0, 400_000_000)


# ------------------------------------------------------------------------------------------------------- asynchronous


# ----------------------------------------------------------------------------------------------------------------- work


def test_claim__held_with_the_budget(service, client, scout):
    """Whoever has the work has the budget; others hear who, and until when."""
    other = client.agent("acme/scout")

    with scout.claim("report-7", "0.50 USD", ttl=30) as work:
        assert work.claim == tallystick.WorkClaim("acme", "report-7")
        with pytest.raises(tallystick.WorkClaimed) as caught, other.claim("report-7", "0.50 USD"):
            pytest.fail("two at once")
        assert service.usd()[1] == USD // 2
        work.release()

    assert (caught.value.holder, caught.value.claim_reservation_id) == ("acme/scout", work.reservation_id)
    assert caught.value.end_time is not None
    assert service.claims == {}


def test_claim__done(service, scout):
    """What is done is done once: others get the result."""
    with scout.claim("report-7", "0.50 USD", scope="acme") as work:
        settled = work.done("s3://reports/7", "0.20 USD")

    with pytest.raises(tallystick.WorkDone) as caught, scout.claim("report-7", "0.50 USD"):
        pytest.fail("done twice")

    assert settled.units["USD"].actual == Decimal("0.20")
    assert (caught.value.result, caught.value.holder) == ("s3://reports/7", "acme/scout")


def test_claim__nothing_said(service, scout):
    """A normal exit commits the hold as an estimate, and does not say that the work is done."""
    with scout.claim("report-7", "0.50 USD") as work:
        pass

    (commit,) = service.requests("Commit")
    assert (commit.done, work.settlement.basis) == (False, Basis.ESTIMATED)
    assert service.claims == {}


def test_claim__done_beforehand(service, scout):
    """Unless it was said beforehand that leaving means done; a commit may say otherwise."""
    with scout.claim("a", "0.50 USD", done=True):
        pass
    with scout.claim("b", "0.50 USD", done=True) as work:
        work.commit("0.10 USD")
    with scout.claim("c", "0.50 USD", done=True) as work:
        work.commit("0.10 USD", done=False)
    with scout.claim("d", "0.50 USD") as work:
        work.commit("0.10 USD", result="there", done_ttl=3600)
    with pytest.raises(RuntimeError), scout.claim("e", "0.50 USD", done=True) as work:
        work.settle_part("0.10 USD")
        raise RuntimeError

    commits = service.requests("Commit")
    assert [one.done for one in commits] == [True, True, False, True, False]
    assert (commits[3].result, commits[3].done_ttl.seconds) == ("there", 3600)


def test_claim__cost_unreadable(service, scout):
    """The work is done, whatever can be read of its cost."""
    with pytest.raises(tallystick.CostUnreadable), scout.claim("a", "0.50 USD") as work:
        work.done("there", 0.2)

    (commit,) = service.requests("Commit")
    assert (commit.done, commit.result, len(commit.actual)) == (True, "there", 0)


def test_claim__done_late(service, scout, caplog):
    """A late commit is recorded; that it could not mark the work as done is said."""
    with pytest.raises(RuntimeError), scout.claim("a", "0.50 USD", ttl=0.2) as work:
        raise RuntimeError
    time.sleep(0.3)
    with scout.claim("a", "0.50 USD") as other:
        settled = work.done("there", "0.20 USD")
        other.done("elsewhere")

    assert settled.state is ReservationState.COMMITTED_LATE
    assert settled.done_not_marked
    assert "not marked as done" in caplog.text
    assert service.claims["acme", "a"].result == "elsewhere"


def test_done__without_work(service, scout):
    """Only work that was claimed can be done; the hold stays as it is."""
    with pytest.raises(ValueError, match="claim= says which"):
        scout.reserve("0.50 USD", done=True)
    with scout.reserve("0.50 USD") as hold:
        with pytest.raises(ValueError, match="claims no work"):
            hold.done("there")
        hold.commit("0.20 USD")

    assert service.usd()[2] == USD // 5


def test_claim__outage(service, make_client):
    """Without the ledger nobody knows who has the work, or what a tool costs: the block does not run."""
    client = make_client(on_outage="allow", outage_limit="5 USD", retry_for=0.1)
    scout = client.agent("acme/scout")
    service.stop()

    for hold in (scout.claim("a", "0.50 USD"), scout.reserve(tool="search")):
        with pytest.raises(tallystick.LedgerUnavailable), hold:
            pytest.fail("no hold")


def test_claim__through_the_outbox(service, make_client):
    """A done mark that could not be delivered at once is delivered with its result."""
    client = make_client(retry_for=0)
    service.fail["Commit"] = 1

    with client.agent("acme/scout").claim("a", "0.50 USD") as work:
        assert work.done("there", "0.20 USD") is None
    client.close()

    assert service.claims["acme", "a"].result == "there"
    assert service.usd()[2] == USD // 5


def test_reserve__estimate_of_the_catalogue(service, client, scout):
    """A tool without amounts holds what the catalogue says; a commit knows the units."""
    client.set_tool("acme", "search", "0.25 USD")

    with scout.reserve(tool="search") as hold:
        assert [str(one) for one in hold.held] == ["0.25 USD"]
        hold.commit("0.10 USD")

    assert service.usd()[2] == USD // 10
    with pytest.raises(tallystick.EstimateUnknown), scout.reserve(tool="mail"):
        pytest.fail("no hold")
    with pytest.raises(ValueError, match="at least one amount"):
        scout.reserve()


def test_hold__right_missing(service, make_client, scout):
    """A right that is missing may be given: the settlement waits for it, and is not handed back."""
    refusal = Refusal(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", partition="acme/scout", role="AGENT")

    with scout.reserve("0.50 USD") as hold:
        service.refuse["Commit"] = refusal
        assert hold.commit("0.20 USD") is None
        assert scout.client.undelivered[0].refusal is None
        del service.refuse["Commit"]
    scout.client.close()

    assert service.usd()[2] == USD // 5
