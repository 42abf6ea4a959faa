"""Concurrent calls of many threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import grpc
import pytest

import tallystick
from tallystick import coalescing, sync_lane
from tallystick.coalescing import HELD_UP_MAX_S, LONE_MAX
from tallystick.errors import InvalidRequest, LedgerUnavailable, TallystickError
from tests.client.fake_service import Refusal
from tests.waiting import PATIENCE_S, until

USD = 10**9
N = 32


@pytest.fixture
def pool():
    """Threads that wait for work."""
    with ThreadPoolExecutor(N) as pool:
        barrier = threading.Barrier(N)
        list(pool.map(lambda _: barrier.wait(), range(N)))
        yield pool


@pytest.fixture
def client(make_client):
    """A client of the fake that knows the units, and waits for answers longer than any test."""
    client = make_client(timeout=3 * PATIENCE_S)
    client.get_partition("acme/scout")
    return client


def outcome(call):
    """What a call returned, or raised."""
    try:
        return call()
    except TallystickError as error:
        return error


def charge(client, cents=1):
    """The smallest call."""
    return client.charge("acme/scout", f"{cents / 100:.2f} USD")


@pytest.fixture
def patient(monkeypatch):
    """Whoever waits is held up for as long as it takes: nothing leaves before its turn, however late threads are."""
    for module in (coalescing, sync_lane):
        monkeypatch.setattr(module, "HELD_UP_MAX_S", 10 * PATIENCE_S)


@contextmanager
def full_lane(service, client, pool):
    """Inside, as many calls are under way as go by themselves: holds that the ledger does not answer."""
    with service.holding_up("Reserve"):
        slow = [pool.submit(outcome, lambda: client.reserve("acme/scout", "1 USD")) for _ in range(LONE_MAX)]
        until(lambda: service.alone("Reserve") == LONE_MAX)
        (lane,) = client.transport._lanes.values()
        yield lane
    for one in slow:
        one.result()


def together(service, client, pool, calls):
    """What becomes of calls that wait together for a full lane, and leave it as one batch."""
    with full_lane(service, client, pool) as lane:
        waiting = [pool.submit(call) for call in calls]
        until(lambda: len(lane.waiting) == len(calls))
    return [one.result() for one in waiting]


def at_rest(client):
    """Nothing is under way, and nothing waits."""
    (lane,) = client.transport._lanes.values()
    return (lane.under_way, lane.carried, len(lane.waiting)) == (0, 0, 0)


def test_join__lone(service, client):
    """One call after another: each goes by itself, as it always did."""
    for _ in range(5):
        client.commit(client.reserve("acme/scout", "0.25 USD"), "0.12 USD")

    assert [name for name, _ in service.calls[2:]] == ["Reserve", "Commit"] * 5
    assert at_rest(client)


def test_join__many(service, client, pool, patient):
    """Many at a time leave together, and each thread has its own answer."""
    several = N - LONE_MAX

    answers = together(service, client, pool, [lambda i=i: charge(client, i + 1) for i in range(several)])

    assert [one.amounts[0].parts for one in answers] == [(i + 1) * USD // 100 for i in range(several)]
    assert (service.alone("Charge"), service.batches()) == (0, [several])
    assert at_rest(client)


def test_join__blocks(service, client, pool, patient):
    """Blocks in many threads: each is settled, and together they cost fewer RPCs than they have calls."""
    scout = client.agent("acme/scout")
    blocks = N - LONE_MAX

    def work():
        for _ in range(5):
            with scout.reserve("0.01 USD") as hold:
                hold.commit("0.005 USD")

    together(service, client, pool, [work] * blocks)

    assert service.usd() == (12 * USD - 5 * blocks * 5_000_000, 3 * USD, 5 * blocks * 5_000_000)
    assert sum(service.batches()) >= blocks
    assert len(service.calls) < 10 * blocks
    assert at_rest(client)


def test_join__not_wanted(service, make_client, pool):
    """`coalesce=False`: each call by itself."""
    client = make_client(coalesce=False)

    list(pool.map(lambda _: charge(client), range(N)))

    assert service.alone("Charge") == N


def test_join__held_up(service, client, pool):
    """A call that is not answered holds the others up for a moment only."""
    with full_lane(service, client, pool):
        begin = time.monotonic()
        list(pool.map(lambda _: charge(client), range(8)))
        took = time.monotonic() - begin

    assert HELD_UP_MAX_S / 2 < took < PATIENCE_S
    assert at_rest(client)


def test_join__deadline(service, make_client, pool):
    """Each call has its own deadline, whether it waits, travels or leads, and the error it would have by itself."""
    client = make_client(retry_for=0)
    client.get_partition("acme/scout")
    client.transport.target = replace(client.transport.target, timeout_s=0.3)
    begin = time.monotonic()

    def work(_):
        error = outcome(lambda: client.reserve("acme/scout", "0.01 USD"))
        return error, time.monotonic() - begin

    with service.holding_up("Reserve", "BatchExecute"):
        done = list(pool.map(work, range(8)))

    assert {type(error) for error, _ in done} == {LedgerUnavailable}
    assert all("Deadline Exceeded" in str(error) for error, _ in done)
    assert all(took > 0.25 for _, took in done)
    assert len({error.request_id for error, _ in done}) == 8
    assert at_rest(client)


def test_join__deadline_while_waiting(service, make_client, pool, patient):
    """A call whose deadline passes before it can leave is not sent."""
    client = make_client(timeout=0.02, retry_for=0)
    client._known.scales["acme"] = {"USD": 9}
    client.transport._open(tallystick.methods.CHARGE)
    client.transport._lane("acme").under_way = LONE_MAX  # as if so many were under way

    done = list(pool.map(lambda _: outcome(lambda: charge(client)), range(3)))

    assert {type(one) for one in done} == {LedgerUnavailable}
    assert service.charges == []


def test_join__reply_lost(service, client, pool, patient):
    """A batch whose reply is lost: each call asks again by its own id, and has one effect."""
    service.drop["BatchExecute"] = 1

    answers = together(service, client, pool, [lambda: charge(client)] * 8)

    assert [one.receipt.replayed for one in answers] == [True] * 8
    assert len({one.request_id for one in service.charges}) == len(service.charges) == 8


def test_join__outage(service, client, pool):
    """The ledger goes away under load and comes back: every call is answered, and has one effect."""

    def work(_):
        for _ in range(10):
            charge(client)

    busy = [pool.submit(work, i) for i in range(8)]
    until(lambda: len(service.charges) >= 20)
    service.stop()
    time.sleep(0.1)
    service.start()
    for one in busy:
        one.result()

    assert service.usd()[2] == 80 * USD // 100
    assert len({one.request_id for one in service.charges}) == len(service.charges) == 80
    assert at_rest(client)


@pytest.mark.parametrize("how", ["unknown", "refused"])
def test_join__no_batches(service, client, pool, patient, how):
    """Where the ledger takes no batch, each call goes by itself."""
    if how == "unknown":
        service.unknown = {"BatchExecute"}
    else:
        service.refuse["BatchExecute"] = Refusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")

    together(service, client, pool, [lambda: charge(client)] * 8)

    assert len(service.charges) == 8
    assert client.transport._coalesces == (how == "refused")
    assert at_rest(client)


def test_join__interrupted_leader(service, client, pool, patient, monkeypatch):
    """An interrupt in the thread that carries a batch is its own; the others ask by themselves."""
    send = client.transport._send
    interrupted: list[int] = []

    def interrupt(batch, timeout_s):
        if not interrupted:
            interrupted.append(len(batch.items))
            raise KeyboardInterrupt
        return send(batch, timeout_s)

    monkeypatch.setattr(client.transport, "_send", interrupt)

    def work():
        try:
            return charge(client)
        except KeyboardInterrupt:
            return None

    done = together(service, client, pool, [work] * 8)

    assert done.count(None) == 1
    assert len(service.charges) == 7
    assert at_rest(client)


def test_abandon__before_leading(service, client):
    """Who is interrupted when it was its turn leaves nobody behind."""
    client.transport._open(tallystick.methods.CHARGE)
    lane = client.transport._lane("acme")

    class Interrupted(Exception):
        pass

    def interrupt(call):
        raise Interrupted

    lane._wait = interrupt
    lane.under_way = lane.carried = LONE_MAX
    with pytest.raises(Interrupted):
        charge(client)
    lane.free(LONE_MAX)
    lane.under_way = 0
    del lane._wait

    assert charge(client).amounts[0].parts == USD // 100
    assert at_rest(client)


def test_join__closed(service, client, pool, patient):
    """Closing the client ends what waits, with a word that says so."""
    with full_lane(service, client, pool) as lane:
        waiting = [pool.submit(outcome, lambda: charge(client)) for _ in range(4)]
        until(lambda: len(lane.waiting) == 4)
        client.transport.close()
        done = [one.result() for one in waiting]

    assert {type(one) for one in done} == {tallystick.ClientClosed}


def test_join__real_ledger(ledger, pool):
    """Refusals and answers from many threads are each caller's own."""
    client = ledger.make_client()
    client.get_partition("acme/team")

    def work(i):
        match i % 4:
            case 0:
                return outcome(lambda: client.reserve("acme/team/one", "1000 USD"))
            case 1:
                return outcome(lambda: client.reserve("acme/team/two", "1 USD", tool="no blanks"))
            case _:
                return outcome(lambda: client.charge("acme/team/one", f"{(i + 1) / 100:.2f} USD"))

    done = list(pool.map(work, range(4 * N)))

    for i, one in enumerate(done):
        match i % 4:
            case 0:
                assert (type(one), one.partition) == (tallystick.BudgetExhausted, "acme/team/one")
            case 1:
                assert (type(one), list(one.violations)) == (InvalidRequest, ["tool"])
            case _:
                assert one.amounts[0].parts == (i + 1) * USD // 100
    assert at_rest(client)
