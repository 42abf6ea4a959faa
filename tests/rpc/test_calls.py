import asyncio
import io
import json
from typing import Any

import grpc
import pytest

from ledger.core import commands as cmd
from ledger.core import faults
from ledger.observe import logs
from ledger.rpc.answers import ANSWERS
from ledger.rpc.calls import Calls
from ledger.rpc.form import Form
from ledger.rpc.gate import Gate
from ledger.rpc.identity import everybody_is_local
from ledger.rpc.server import Options, Server
from ledger.rpc.server_info import Facts
from ledger.rpc.status import REASON_BY_FAULT, STATUS_BY_OTHER_REASON
from tests.rpc.world import SCOUT, Failed, Wire, new_id, usd
from tests.waiting import PATIENCE_S, until_async


class Stub:
    """A submitter that does what a test says: raises, or waits for an event or so many seconds."""

    def __init__(self, does: Any) -> None:
        self.does = does
        self.reached = False
        self.cancelled = asyncio.Event()

    async def submit_unread(self, unread: Any) -> bytes:
        self.reached = True
        unread.read()
        if isinstance(self.does, BaseException):
            raise self.does
        try:
            await (self.does.wait() if isinstance(self.does, asyncio.Event) else asyncio.sleep(self.does))
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return b""


class Stubbed:
    """A server over a stub, for the length of a block."""

    def __init__(self, does: Any, level: logs.Level = "info", **options: Any) -> None:
        self.stub = Stub(does)
        submitter: Any = self.stub
        facts = Facts("1", "stub", "none", 1)
        self.server = Server(submitter, submitter, facts, Options(**options), logs.CallLog(level), reports=submitter)

    async def __aenter__(self) -> tuple[Wire, Stub]:
        await self.server.start()
        self.wire = Wire(self.server.address)
        return self.wire, self.stub

    async def __aexit__(self, *_: object) -> None:
        await self.wire.channel.close()
        await self.server.stop(0)


async def given_up(wire: Wire, stub: Any, partition: str) -> Failed:
    """How a call ends whose deadline passes while the service works on it: a later one until it gets that far."""
    seconds = 0.1
    while True:
        error = await wire.fails("Reserve", seconds=seconds, partition=partition, amounts=[usd(1)])
        if stub.reached:
            return error
        seconds *= 2


@pytest.fixture
def logged():
    """The lines that are logged, as JSON."""
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure()


@pytest.mark.parametrize("kind", [*REASON_BY_FAULT, faults.OutcomeUnknown])
async def test_handle__faults(kind, logged):
    """Every fault arrives as its status and reason with a time to repeat, and is logged with its own words."""
    async with Stubbed(kind("the disk is full")) as (wire, _):
        error = await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])

    assert error.code is STATUS_BY_OTHER_REASON[error.reason]
    assert error.kinds == ("ErrorInfo", "RetryInfo")
    line = next(line for line in logged() if line["event"] == "faulted")
    assert line["level"] == "warning"
    assert (line["method"], line["organization"], line["reason"]) == ("Reserve", "acme", error.reason)
    assert line["code"] == error.code.name
    assert line["cause"] == f"{kind.__name__}: the disk is full"


async def test_handle__a_bug(logged):
    """A bug is INTERNAL with a neutral sentence; the log has the traceback, the wire has not."""
    async with Stubbed(ZeroDivisionError("secret")) as (wire, _):
        error = await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])

    assert (error.code, error.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "secret" not in error.message
    line = next(line for line in logged() if line["event"] == "failed")
    assert line["level"] == "error"
    assert "ZeroDivisionError" in json.dumps(line["exception"])


async def test_handle__a_caller_that_is_gone(logged):
    """When the caller's deadline passes, the command is cancelled where it waits, so that it is not decided."""
    async with Stubbed(10 * PATIENCE_S) as (wire, stub):
        error = await given_up(wire, stub, SCOUT)
        await asyncio.wait_for(stub.cancelled.wait(), PATIENCE_S)
        await until_async(lambda: "caller_gone" in [line["event"] for line in logged()])

    assert error.code is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("seconds", [None, PATIENCE_S])
async def test_handle__the_service_has_a_limit_of_its_own(seconds):
    """A call without a deadline, or with a longer one, ends at the service's limit and may be repeated."""
    async with Stubbed(10 * PATIENCE_S, deadline_max_seconds=0.1) as (wire, stub):
        with pytest.raises(Failed) as error:
            await wire.call("Reserve", seconds, partition=SCOUT, amounts=[usd(1)])
        assert stub.cancelled.is_set()

    assert (error.value.code, error.value.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_PASSED")


async def test_handle__one_line_for_each_call(logged):
    """At debug every call is a line; refusals and malformed requests are lines at info, without free text."""
    async with Stubbed(0.0, level="debug") as (wire, _):
        await wire.call("GetServerInfo")
        await wire.fails("ClosePartition", partition="?", note="a secret")
        await wire.fails("UpdatePartition", partition=SCOUT, etag="1", update_mask={"paths": ["x"]}, display_name="Al")

    lines = logged()
    assert [(line["event"], line["level"], line["method"]) for line in lines] == [
        ("answered", "debug", "GetServerInfo"),
        ("refused", "info", "ClosePartition"),
        ("refused", "info", "UpdatePartition"),
    ]
    assert (lines[2]["organization"], lines[2]["reason"]) == ("acme", "INVALID_REQUEST")
    assert lines[2]["request_id"]
    assert all("ms" in line for line in lines)
    assert not {"a secret", "Al"} & {value for line in lines for value in line.values()}


async def test_handle__counts_open_calls():
    """The gate knows how many calls are open, whatever becomes of them."""
    go_on = asyncio.Event()
    stubbed = Stubbed(go_on)
    async with stubbed as (wire, stub):
        call = asyncio.create_task(wire.call("Fund", organization="acme", amount=usd(1)))
        await until_async(lambda: stub.reached)
        during = stubbed.server._gate.open_calls
        go_on.set()
        await call

    assert (during, stubbed.server._gate.open_calls) == (1, 0)


def test_calls__are_made_for_every_method():
    """A handler takes raw bytes, so that whatever is wrong with them is answered in one place."""
    from tests.rpc.world import METHODS

    calls = Calls(Form(1000), everybody_is_local, Gate(100), logs.CallLog(), 1, lambda: 0)
    nobody: Any = None
    for _, method in METHODS.values():
        for handler in (calls.handler(method, nobody), calls.command(method, nobody), calls.stream(method, nobody)):
            assert handler.request_deserializer is None
            assert handler.response_serializer is None


async def test_handle__somebody_elses_timeout_is_a_bug(logged):
    """A timeout that is not the call's own is no deadline that passed."""
    async with Stubbed(TimeoutError()) as (wire, _):
        error = await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)], seconds=None)

    assert error.reason == "INTERNAL"


BAD_FORM: dict[str, Any] = {"partition": SCOUT, "amounts": [usd(1)], "tool": "No Tool"}
NO_ID: dict[str, Any] = {"partition": SCOUT, "amounts": [usd(1)], "request_id": ""}


@pytest.mark.parametrize(("request_", "reason"), [(BAD_FORM, "INVALID_REQUEST"), (NO_ID, "SHUTTING_DOWN")])
async def test_command__malformed_and_not_let_in(acme: Wire, service, request_, reason):
    """Who breaks the rules of the proto is told so before he is told that the process goes down."""
    service.server._gate.draining = True

    assert (await acme.fails("Reserve", **request_)).reason == reason


@pytest.mark.parametrize("request_", [BAD_FORM, NO_ID])
async def test_command__malformed_and_no_room(request_):
    """Whose request is malformed in any way is told so before he is told that too many wait."""

    class Full:
        def submit_unread(self, unread: Any) -> Any:
            raise faults.Overloaded("9 commands are waiting; nothing was executed")

    stubbed = Stubbed(0)
    full: Any = Full()
    stubbed.server._submitter = full
    async with stubbed as (wire, _):
        well = await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])
        malformed = await wire.fails("Reserve", **request_)

    assert (well.reason, malformed.reason) == ("OVERLOADED", "INVALID_REQUEST")


async def test_command__malformed_among_others(acme: Wire, service, logged):
    """Malformed requests cost the others of their batch nothing, and what is malformed in them is not logged."""
    before = await acme.call("GetPartition", partition=SCOUT)

    errors = await asyncio.gather(
        acme.fails("Reserve", **BAD_FORM),
        acme.fails("Reserve", **NO_ID),
        acme.fails("Reserve", partition="acme/No Name", amounts=[usd(1)]),
        acme.fails("Reserve", partition="nobody/No Name", amounts=[usd(1)]),
        *(acme.call("Reserve", partition=SCOUT, amounts=[usd(1)]) for _ in range(3)),
    )

    fields = [[*error.violations] for error in errors[:4]]
    assert fields == [["tool"], ["request_id"], ["partition"], ["partition"]]
    assert [answer.partition for answer in errors[4:]] == [SCOUT] * 3
    after = await acme.call("GetPartition", partition=SCOUT)
    assert after.position == before.position + 3
    assert not any(word in str(logged()) for word in ("No Name", "No Tool"))
    assert [*service.sequencers._open] == ["acme"]


async def test_command__a_bug_in_an_answer(acme: Wire, monkeypatch, logged):
    """An answer that cannot be made is its caller's bug alone; what was decided stands."""
    made = ANSWERS[cmd.Release]

    def broken(name: str, accepted: Any, now: int) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(ANSWERS, cmd.Release, broken)
    held = await acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])
    release = {"organization": "acme", "reservation_id": held.reservation_id, "request_id": new_id()}

    error, other = await asyncio.gather(
        acme.fails("Release", **release), acme.call("Reserve", partition=SCOUT, amounts=[usd(1)])
    )

    assert (error.reason, other.partition) == ("INTERNAL", SCOUT)
    assert "ZeroDivisionError" in str(next(line for line in logged() if line["event"] == "failed")["exception"])
    monkeypatch.setitem(ANSWERS, cmd.Release, made)
    assert (await acme.call("Release", **release)).receipt.replayed


@pytest.mark.parametrize(("partition", "organization"), [(SCOUT, "acme"), ("acme/No Name", None)])
async def test_command__gone_before_it_was_read(logged, partition, organization):
    """Of a caller that is gone before his request was read, the log says whose it was only where it is well-formed."""

    class Never:
        reached = False

        def submit_unread(self, unread: Any) -> Any:
            self.reached = True
            return asyncio.get_running_loop().create_future()

    def gone() -> list[dict[str, Any]]:
        return [line for line in logged() if line["event"] == "caller_gone"]

    stubbed = Stubbed(0)
    never: Any = Never()
    stubbed.server._submitter = never
    async with stubbed as (wire, _):
        await given_up(wire, never, partition)
        await until_async(gone)

    line = gone()[0]
    assert line.get("organization") == organization


async def test_stream__a_bug_is_answered(logged, monkeypatch: pytest.MonkeyPatch):
    """What goes wrong in a stream is answered and logged as in any call."""

    async def follow(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ledger.rpc.watching.Watchers.follow", follow)
    async with Stubbed(0) as (wire, _), wire.watching() as following:
        error = await following.fails()

    assert (error.code, error.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")


async def test_stream__is_no_open_call(acme: Wire, service: Any):
    """Those who follow journals take no room from calls, and draining does not wait for them."""
    async with acme.watching() as following:
        await following.read()

        assert service.server._gate.open_calls == 0
