"""Concurrent calls of one event loop."""

import asyncio
import random
import re
import sys
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import grpc
import pytest

import tallystick
from tallystick import async_lane, coalescing, requests
from tallystick.amounts import Amount
from tallystick.coalescing import HELD_UP_MAX_S, LONE_MAX, pack
from tallystick.errors import InvalidRequest, LedgerUnavailable, TallystickError
from tallystick.ids import uuid7
from tests.client.fake_service import Refusal
from tests.waiting import PATIENCE_S, until_async

USD = 10**9
N = 64


async def outcome(call):
    """What a call returned, or raised."""
    try:
        return await call
    except TallystickError as error:
        return error


@pytest.fixture
def patient(monkeypatch):
    """Whoever waits is held up for as long as it takes: nothing leaves before its turn, however late the loop is."""
    for module in (coalescing, async_lane):
        monkeypatch.setattr(module, "HELD_UP_MAX_S", 10 * PATIENCE_S)


@asynccontextmanager
async def full_lane(service, client):
    """Inside, as many calls are under way as go by themselves: holds that the ledger does not answer."""
    await client.get_partition("acme/scout")
    client.transport.target = replace(client.transport.target, timeout_s=3 * PATIENCE_S)
    slow = []
    with service.holding_up("Reserve"):
        for _ in range(LONE_MAX):
            slow.append(asyncio.create_task(client.reserve("acme/scout", "1 USD")))
            await until_async(lambda: service.alone("Reserve") == len(slow))
        yield slow
    await asyncio.gather(*slow)


async def test_join__lone(service, async_client):
    """One call after another: each goes by itself, as it always did."""
    for _ in range(5):
        held = await async_client.reserve("acme/scout", "0.25 USD")
        await async_client.commit(held, "0.12 USD")

    assert [name for name, _ in service.calls] == ["GetOrganization", *["Reserve", "Commit"] * 5]


async def test_join__few(service, async_client):
    """A second and a third call do not wait for the first."""
    async with full_lane(service, async_client):
        pass

    assert (service.alone("Reserve"), service.batches()) == (LONE_MAX, [])


async def test_join__many(service, async_client, patient):
    """Many at a time leave together: far fewer RPCs than calls, and each call has its own answer."""
    await async_client.get_partition("acme/scout")

    answers = await asyncio.gather(*(async_client.charge("acme/scout", f"{(i + 1) / 100:.2f} USD") for i in range(N)))

    assert [one.amounts for one in answers] == [(Amount("USD", (i + 1) * USD // 100, 9),) for i in range(N)]
    assert len({one.receipt.position for one in answers}) == N
    assert service.alone("Charge") + service.count("BatchExecute") <= N // 8
    assert sum(service.batches()) + service.alone("Charge") == service.count("Charge") == N


async def test_join__holds(service, async_client, patient):
    """Blocks at the same time: a round of all of them costs a few RPCs."""
    scout = async_client.agent("acme/scout")
    await async_client.get_partition("acme/scout")

    async def work():
        async with scout.reserve("0.01 USD") as hold:
            await hold.commit("0.005 USD")

    await asyncio.gather(*(work() for _ in range(N)))

    assert service.usd() == (15 * USD - N * 5_000_000, 0, N * 5_000_000)
    assert len(service.calls) <= 10  # of 128 by themselves


async def test_join__cost(service, async_client, patient):
    """What a call costs the client, as the number of functions called: a bound that only grows on purpose."""
    scout = async_client.agent("acme/scout")
    await async_client.get_partition("acme/scout")
    called = 0

    def count(frame, event, argument):
        nonlocal called
        called += event == "call"

    async def work():
        for _ in range(5):
            async with scout.reserve("0.01 USD") as hold:
                await hold.commit("0.005 USD")

    await asyncio.gather(*(work() for _ in range(N)))
    sys.setprofile(count)
    try:
        await asyncio.gather(*(work() for _ in range(N)))
    finally:
        sys.setprofile(None)

    assert called / (N * 10) < 110
    assert len(service.calls) / (2 * N * 10) < 0.1


async def test_join__not_wanted(service):
    """`coalesce=False`: each call by itself."""
    async with tallystick.AsyncClient(service.address, coalesce=False) as client:
        await asyncio.gather(*(client.charge("acme/scout", "0.01 USD") for _ in range(8)))

    assert service.alone("Charge") == 8


async def test_join__one_organization_a_batch(service, async_client):
    """Batches are of one organization; an organization's calls do not wait for those of another."""
    for name in ("acme", "other"):
        async_client._known.scales[name] = {"USD": 9}

    await asyncio.gather(
        *(outcome(async_client.charge(f"{name}/scout", "0.01 USD")) for _ in range(8) for name in ("acme", "other"))
    )

    assert {batch.organization for batch in service.requests("BatchExecute")} == {"acme", "other"}
    for batch in service.requests("BatchExecute"):
        assert {item.charge.partition for item in batch.items} == {f"{batch.organization}/scout"}


async def test_join__dry_runs(service, async_client):
    """What has no effect has no name to repeat it by, and goes by itself."""
    await asyncio.gather(*(async_client.charge("acme/scout", "0.01 USD", validate_only=True) for _ in range(8)))

    assert service.alone("Charge") == 8


async def test_join__held_up(service, async_client):
    """A call that is not answered holds the others up for a moment only."""
    async with full_lane(service, async_client):
        begin = time.monotonic()
        await asyncio.gather(*(async_client.charge("acme/scout", "0.01 USD") for _ in range(8)))
        took = time.monotonic() - begin

    assert HELD_UP_MAX_S / 2 < took < PATIENCE_S
    assert service.batches() == [8]


async def test_join__cancelled_while_waiting(service, async_client):
    """A call that is cancelled while it waits is never sent."""
    async with full_lane(service, async_client):
        waiting = [asyncio.create_task(async_client.charge("acme/scout", f"0.0{i} USD")) for i in (1, 2, 3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        done = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(done[1], asyncio.CancelledError)
    assert sorted(charge.amounts[0].parts for charge in service.charges) == [USD // 100, 3 * USD // 100]


async def test_join__cancelled_after_sending(service, async_client):
    """A call that is cancelled while it travels takes nothing from those that travel with it."""
    async with full_lane(service, async_client):
        sent = [asyncio.create_task(async_client.charge("acme/scout", f"0.0{i} USD")) for i in (1, 2, 3)]
        with service.holding_up("BatchExecute"):
            await until_async(lambda: service.count("BatchExecute"))
            sent[1].cancel()
        done = await asyncio.gather(*sent, return_exceptions=True)

    assert isinstance(done[1], asyncio.CancelledError)
    assert [one.amounts[0].parts for one in done if isinstance(one, tallystick.Charge)] == [USD // 100, 3 * USD // 100]


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.01, 0.05, 0.06])
async def test_join__cancelled_at_its_turn(service, async_client, after_s):
    """Whenever a call is cancelled, the lane goes on."""
    await async_client.get_partition("acme/scout")
    service.stall_s["Reserve"] = 0.05
    slow = [asyncio.create_task(async_client.reserve("acme/scout", "1 USD")) for _ in range(LONE_MAX)]
    one = asyncio.create_task(async_client.charge("acme/scout", "0.01 USD"))
    await asyncio.sleep(after_s)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    await asyncio.gather(*slow)
    service.stall_s.clear()
    for _ in range(3):
        await async_client.charge("acme/scout", "0.01 USD")

    (lane,) = next(iter(async_client.transport._channels.values()))._lanes.values()
    assert (lane.under_way, lane.carried, list(lane.waiting)) == (0, 0, [])


async def test_join__deadline(service):
    """Each call has its own deadline, whether it waits or travels, and the error it would have had by itself."""
    async with tallystick.AsyncClient(service.address, retry_for=0) as client:
        await client.get_partition("acme/scout")
        client.transport.target = replace(client.transport.target, timeout_s=0.3)
        begin = time.monotonic()
        took = []

        async def work():
            with pytest.raises(LedgerUnavailable, match="Deadline Exceeded") as caught:
                await client.reserve("acme/scout", "0.01 USD")
            took.append(time.monotonic() - begin)
            return caught.value

        with service.holding_up("Reserve", "BatchExecute"):
            errors = await asyncio.gather(*(work() for _ in range(8)))

    assert all(one > 0.25 for one in took)
    assert {(one.address, one.attempts) for one in errors} == {(service.address, 1)}
    assert len({one.request_id for one in errors}) == 8


async def test_join__deadline_while_waiting(service, patient):
    """A call whose deadline passes before it can leave is not sent."""
    async with tallystick.AsyncClient(service.address, timeout=0.02, retry_for=0) as client:
        client._known.scales["acme"] = {"USD": 9}
        service.stall_s["Reserve"] = 0.2
        slow = asyncio.create_task(outcome(client.reserve("acme/scout", "1 USD")))
        await asyncio.sleep(0)
        lane = next(iter(client.transport._channels.values())).lane("acme")
        lane.under_way += LONE_MAX  # as if more were under way
        waited = await asyncio.gather(*(outcome(client.charge("acme/scout", "1 USD")) for _ in range(3)))
        await slow

    assert all(isinstance(one, LedgerUnavailable) for one in waited)
    assert service.charges == []


async def test_join__reply_lost(service, async_client):
    """A batch whose reply is lost: each call asks again by its own id, and has one effect."""
    await async_client.get_partition("acme/scout")
    service.drop["BatchExecute"] = 2

    answers = await asyncio.gather(*(async_client.charge("acme/scout", "0.01 USD") for _ in range(16)))

    assert service.usd()[2] == 16 * USD // 100
    assert sum(one.receipt.replayed for one in answers) >= 8
    assert len({charge.request_id for charge in service.charges}) == len(service.charges) == 16


async def test_join__outage(service, async_client):
    """The ledger goes away under load and comes back: every call is answered, and has one effect."""
    await async_client.get_partition("acme/scout")
    done = []

    async def work():
        for _ in range(10):
            await async_client.charge("acme/scout", "0.001 USD")
            done.append(1)

    workers = [asyncio.create_task(work()) for _ in range(16)]
    await until_async(lambda: len(done) >= 40)
    await asyncio.to_thread(service.stop)
    await asyncio.sleep(0.1)
    await asyncio.to_thread(service.start)
    await asyncio.gather(*workers)

    assert len(done) == 160
    assert service.usd()[2] == 160 * USD // 1000
    assert len({charge.request_id for charge in service.charges}) == len(service.charges) == 160


async def test_join__server_without_batches(service, async_client):
    """A ledger that knows no batches is asked for one only once."""
    service.unknown = {"BatchExecute"}
    await async_client.get_partition("acme/scout")

    for _ in range(2):
        await asyncio.gather(*(async_client.charge("acme/scout", "0.01 USD") for _ in range(8)))

    assert len(service.charges) == 16
    assert not next(iter(async_client.transport._channels.values())).coalesces


async def test_join__whole_batch_refused(service, async_client):
    """Where the batch as such is refused, each call is told alone."""
    service.refuse["BatchExecute"] = Refusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST")
    await async_client.get_partition("acme/scout")

    answers = await asyncio.gather(*(async_client.charge("acme/scout", "0.01 USD") for _ in range(8)))

    assert len(answers) == service.alone("Charge") == 8


async def test_join__closed(service, async_client, patient):
    """Closing the client ends what waits, with a word that says so."""
    async with full_lane(service, async_client) as slow:
        waiting = [asyncio.create_task(async_client.charge("acme/scout", "0.01 USD")) for _ in range(4)]
        await asyncio.sleep(0)
        await async_client.transport.close()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*slow, return_exceptions=True)
        slow.clear()

    assert {type(one) for one in done} == {tallystick.ClientClosed}


def test_join__several_loops(service):
    """Loops on several threads share a client, and each has lanes of its own."""
    client = tallystick.AsyncClient(service.address)
    client._known.scales["acme"] = {"USD": 9}

    async def work():
        await asyncio.gather(*(client.charge("acme/scout", "0.01 USD") for _ in range(16)))

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(work())

    assert service.usd()[2] == 64 * USD // 100
    assert sum(service.batches()) >= 48


# ------------------------------------------------------------------------------------------------------ the real ledger


async def _open(client):
    return await client.reserve("acme/team/one", "1 USD")


async def _resolved(client):
    held = await _open(client)
    await client.commit(held, "0.5 USD")
    return held


async def _parts(client):
    held = await _open(client)
    await client.settle_part(held, "0.5 USD")
    return held


async def _both_units(client):
    return await client.reserve("acme/team/one", "1 USD", "10 tokens")


async def _nothing(client):
    return None


REFUSED = {
    "BUDGET_EXHAUSTED": (_nothing, lambda held: requests.reserve("acme/team/one", "1000 USD")),
    "PARTITION_NOT_FOUND": (_nothing, lambda held: requests.reserve("acme/team/nobody", "1 USD")),
    "RESERVATION_NOT_FOUND": (_nothing, lambda held: requests.commit(uuid7(), organization="acme")),
    "RESERVATION_RESOLVED": (_resolved, lambda held: requests.commit(held, "0.7 USD")),
    "RESERVATION_RESOLVED release": (_resolved, requests.release),
    "RESERVATION_RESOLVED extend": (_resolved, lambda held: requests.extend(held, held.expire_time)),
    "RESERVATION_OPEN": (_open, lambda held: requests.charge("acme/team/one", "1 USD", reservation=held)),
    "ACTUAL_IMPLAUSIBLE": (_open, lambda held: requests.commit(held, "500 USD")),
    "ACTUAL_BELOW_SETTLED": (_parts, lambda held: requests.commit(held, "0.1 USD")),
    "ACTUAL_INCOMPLETE": (_both_units, lambda held: requests.commit(held, "1 USD")),
    "REFUND_EXCEEDS_CHARGED": (_resolved, lambda held: requests.refund(held, "3 USD")),
    "RESERVATION_ID_TAKEN": (
        _open,
        lambda held: requests.reserve("acme/team/one", "1 USD", reservation_id=held.reservation_id),
    ),
    "REQUEST_ID_IN_FUTURE": (
        _nothing,
        lambda held: requests.reserve("acme/team/one", "1 USD", request_id="ffffffff-0000-7000-8000-000000000000"),
    ),
    "INVALID_REQUEST": (_nothing, lambda held: requests.reserve("acme/team/one", "1 USD", tool="no blanks")),
    "INVALID_REQUEST id": (_nothing, lambda held: requests.reserve("acme/team/one", "1 USD", request_id="x")),
    "INVALID_REQUEST zero": (_nothing, lambda held: requests.reserve("acme/team/one", "0 USD")),
    "PARTITION_EXISTS": (_nothing, lambda held: requests.create_partition("acme/team/one", kind="AGENT")),
    "PARENT_IS_AGENT": (_nothing, lambda held: requests.create_partition("acme/team/one/x", kind="AGENT")),
    "CHILDREN_OPEN": (_nothing, lambda held: requests.close_partition("acme/team")),
    "ETAG_MISMATCH": (
        _nothing,
        lambda held: requests.update_partition("acme/team", etag="999999", display_name="x"),
    ),
    "BUDGET_EXHAUSTED allocate": (_nothing, lambda held: requests.allocate("acme/team/one", "1000 USD")),
    "BUDGET_EXHAUSTED defund": (_nothing, lambda held: requests.defund("acme", "1000 USD")),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_join__refused_alike(ledger, monkeypatch, case):
    """A refusal is the same exception with the same words and numbers, by itself and among others."""
    prepare, ask = REFUSED[case]
    packed = []

    def note(organization, calls):
        packed.append(calls)
        return pack(organization, calls)

    monkeypatch.setattr(async_lane, "pack", note)
    alone = tallystick.AsyncClient(ledger.address, coalesce=False)
    among = tallystick.AsyncClient(ledger.address)
    for client in (alone, among):
        await client.get_partition("acme/team")

    single = await outcome(alone.perform(ask(await prepare(alone))))
    asked = ask(await prepare(among))
    others = [among.charge("acme/team/two", "0.01 USD") for _ in range(5)]
    _, _, together, *_ = await asyncio.gather(*others[:2], outcome(among.perform(asked)), *others[2:])

    assert isinstance(single, TallystickError)
    assert case.split(" ")[0] == single.reason
    assert told(together) == told(single)
    assert together.request_id == asked.request_id
    sent = asked.build(among._known.scales["acme"])
    assert [call.message == sent for call in packed[0]] == [False, True, False, False, False]
    assert not isinstance(single, InvalidRequest) or single.violations == together.violations
    for client in (alone, among):
        await client.close()


async def test_join__replayed_alike(ledger):
    """A repeat is marked so, and its refusals, too, in a batch as by itself; a held that ended is not worked under."""
    async with tallystick.AsyncClient(ledger.address) as client:
        held = await client.reserve("acme/team/one", "1 USD", request_id=(first := uuid7()))
        await client.release(held, request_id=(second := uuid7()))
        with pytest.raises(tallystick.ReservationResolved):
            await client.commit(held, "1 USD", request_id=(third := uuid7()))
        *_, ended, released, refused, reused = await asyncio.gather(
            *(client.charge("acme/team/two", "0.01 USD") for _ in range(3)),
            outcome(client.reserve("acme/team/one", "1 USD", request_id=first)),
            outcome(client.release(held, request_id=second)),
            outcome(client.commit(held, "1 USD", request_id=third)),
            outcome(client.commit(held, "2 USD", request_id=third)),
        )

    assert isinstance(ended, tallystick.HoldEnded)
    assert ended.reservation is not None
    assert ended.reservation.reservation_id == held.reservation_id
    assert released.receipt.replayed
    assert (type(refused), refused.bound, refused.replayed) == (tallystick.ReservationResolved, True, True)
    assert isinstance(reused, tallystick.RequestIdReused)


async def test_join__culprit_alone(ledger):
    """Malformed calls fail by themselves; what would have travelled with them arrives."""
    async with tallystick.AsyncClient(ledger.address) as client:
        await client.get_partition("acme/team")
        done = await asyncio.gather(
            *(
                outcome(client.reserve("acme/team/one", "1 USD", tool="no blanks" if i % 10 == 5 else "search"))
                for i in range(40)
            )
        )

    assert [type(one) for one in done] == [InvalidRequest if i % 10 == 5 else tallystick.Held for i in range(40)]


async def test_join__at_random(ledger):
    """Whatever is asked at the same time, each caller has the outcome of what it asked, and the books agree."""
    chance = random.Random(7)
    spent = dict.fromkeys(("acme/team/one", "acme/team/two"), 0)
    refused = 0

    async with tallystick.AsyncClient(ledger.address) as client:

        async def work(name):
            nonlocal refused
            for _ in range(20):
                match chance.randrange(5):
                    case 0:
                        done = await outcome(client.reserve(name, "1000 USD"))
                        assert (type(done), done.partition) == (tallystick.BudgetExhausted, name)
                        refused += 1
                    case 1:
                        held = await client.reserve(name, "0.01 USD", request_id=(named := uuid7()))
                        again = await client.reserve(name, "0.01 USD", request_id=named)
                        assert (again.reservation_id, again.receipt.replayed) == (held.reservation_id, True)
                        released = await client.release(held)
                        assert (released.reservation_id, released.state) == (held.reservation_id, "RELEASED")
                    case 2:
                        cents = chance.randrange(1, 5)
                        charged = await client.charge(name, f"0.0{cents} USD")
                        assert charged.amounts[0].parts == cents * USD // 100
                        spent[name] += cents
                    case _:
                        cents = chance.randrange(1, 5)
                        async with client.agent(name).reserve("0.05 USD") as hold:
                            settled = await hold.commit(f"0.0{cents} USD")
                        assert settled is not None
                        assert settled.reservation_id == hold.reservation_id
                        assert settled.units["USD"].actual * 100 == cents
                        spent[name] += cents

        await asyncio.gather(*(work(name) for name in spent for _ in range(20)))
        for name, cents in spent.items():
            own = (await client.get_partition(name)).own["USD"]
            assert (own.spent, own.reserved) == (Decimal(cents) / 100, Decimal(0))

    assert refused > 100


def told(error):
    """All that an exception says, without the ids and times of one run."""
    if not isinstance(error, TallystickError):
        return error
    facts = {name: value for name, value in vars(error).items() if name not in {"request_id", "position"}}
    text = f"{type(error).__name__} {error} {facts} {getattr(error, 'position', 0) > 0}"
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", "ID", text)
    text = re.sub(r"datetime\.datetime\([^)]*\)|\d{4}-\d\d-\d\dT[0-9:+.]*", "TIME", text)
    return re.sub(r"position=\d+|Decimal\('99[^']*'\)|9\d\.\d+", "N", text)
