from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

import grpc
import pytest

from ledger.core import faults
from ledger.core.amounts import Amount
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CAPS_MAX, Cap, CapKind, CapMode
from ledger.core.commands import Fund, Group, PruneRequestIds, Request, SetRole, SetTool
from ledger.core.escalations import PENDING_MAX
from ledger.core.outcomes import Circumstances, ClaimFound, Reason, Rejected
from ledger.core.reservations import Basis, Reservation, ReservationState, ReservedUnit
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text
from ledger.core.tools import TOOLS_MAX
from ledger.rpc.problems import InvalidRequest, Refused, Violation
from ledger.rpc.status import REASON_BY_FAULT, RETRY_AFTER, STATUS_BY_OTHER_REASON, STATUS_BY_REASON, status_of
from tallystick.v1 import errors_pb2, reservations_pb2, types_pb2
from tests.rpc.world import SCOUT, USD, Failed, Wire, failed, new_id, units, usd

DAY_US: Final = 86_400 * 1_000_000


async def _reserved(wire: Wire, dollars: float = 5, **more: Any) -> str:
    answer = await wire.call("Reserve", partition=SCOUT, amounts=[usd(dollars)], **more)
    return str(answer.reservation_id)


async def _organization_not_found(wire: Wire) -> Failed:
    return await wire.fails("Fund", organization="nobody", amount=usd(1))


async def _organization_exists(wire: Wire) -> Failed:
    return await wire.fails("CreateOrganization", organization="acme", units=units("USD"))


async def _partition_not_found(wire: Wire) -> Failed:
    return await wire.fails("Reserve", partition="acme/nobody", amounts=[usd(1)])


async def _partition_exists(wire: Wire) -> Failed:
    return await wire.fails("CreatePartition", partition=SCOUT, kind="PARTITION_KIND_AGENT")


async def _partition_closed(wire: Wire) -> Failed:
    await wire.call("ClosePartition", partition=SCOUT)
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])


async def _parent_is_agent(wire: Wire) -> Failed:
    return await wire.fails("CreatePartition", partition=f"{SCOUT}/x", kind="PARTITION_KIND_AGENT")


async def _depth_exceeded(wire: Wire) -> Failed:
    path = "acme"
    for _ in range(8):
        path += "/t"
        await wire.call("CreatePartition", partition=path, kind="PARTITION_KIND_TEAM")
    return await wire.fails("CreatePartition", partition=f"{path}/t", kind="PARTITION_KIND_TEAM")


async def _children_open(wire: Wire) -> Failed:
    return await wire.fails("ClosePartition", partition="acme/research")


async def _etag_mismatch(wire: Wire) -> Failed:
    mask = {"paths": ["display_name"]}
    return await wire.fails("UpdatePartition", partition=SCOUT, etag="7", update_mask=mask)


async def _unit_unknown(wire: Wire) -> Failed:
    return await wire.fails("Reserve", partition=SCOUT, amounts=[types_pb2.Amount(unit="EUR", parts=1)])


async def _budget_exhausted(wire: Wire) -> Failed:
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(16)])


async def _amount_out_of_range(wire: Wire) -> Failed:
    most = types_pb2.Amount(unit="tokens", parts=2**63 - 1)
    return await wire.fails("Fund", organization="acme", amount=most)


async def _reservation_not_found(wire: Wire) -> Failed:
    return await wire.fails("Release", organization="acme", reservation_id=new_id())


async def _reservation_id_taken(wire: Wire) -> Failed:
    taken = await _reserved(wire)
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)], reservation_id=taken)


async def _reservation_resolved(wire: Wire) -> Failed:
    named: dict[str, Any] = {"organization": "acme", "reservation_id": await _reserved(wire)}
    await wire.call("Release", **named)
    return await wire.fails("Commit", **named)


async def _reservation_open(wire: Wire) -> Failed:
    return await wire.fails("Charge", partition=SCOUT, amounts=[usd(1)], reservation_id=await _reserved(wire))


async def _hold_ended(wire: Wire) -> Failed:
    request: dict[str, Any] = {"partition": SCOUT, "amounts": [usd(5)], "request_id": new_id()}
    held = await wire.call("Reserve", **request)
    await wire.call("Release", organization="acme", reservation_id=held.reservation_id)
    return await wire.fails("Reserve", **request)


async def _actual_implausible(wire: Wire) -> Failed:
    held = await _reserved(wire, 0.1)
    return await wire.fails("Commit", organization="acme", reservation_id=held, actual=[usd(10.5)])


async def _actual_below_settled(wire: Wire) -> Failed:
    named: dict[str, Any] = {"organization": "acme", "reservation_id": await _reserved(wire)}
    await wire.call("SettlePart", **named, amounts=[usd(2)])
    return await wire.fails("Commit", **named, actual=[usd(1)])


async def _actual_incomplete(wire: Wire) -> Failed:
    both = [usd(1), types_pb2.Amount(unit="tokens", parts=5)]
    held = await wire.call("Reserve", partition=SCOUT, amounts=both)
    return await wire.fails("Commit", organization="acme", reservation_id=held.reservation_id, actual=[usd(1)])


async def _refund_exceeds_charged(wire: Wire) -> Failed:
    named: dict[str, Any] = {"organization": "acme", "reservation_id": await _reserved(wire)}
    await wire.call("Commit", **named, actual=[usd(2)])
    return await wire.fails("Refund", **named, amounts=[usd(3)])


async def _request_id_reused(wire: Wire) -> Failed:
    request_id = new_id()
    await wire.call("Fund", organization="acme", amount=usd(1), request_id=request_id)
    return await wire.fails("Fund", organization="acme", amount=usd(2), request_id=request_id)


async def _request_id_in_future(wire: Wire) -> Failed:
    import time

    ahead = new_id(time.time_ns() // 1000 + DAY_US)
    return await wire.fails("Fund", organization="acme", amount=usd(1), request_id=ahead)


async def _group_refused(wire: Wire) -> Failed:
    good = {"reserve": reservations_pb2.ReserveRequest(partition=SCOUT, amounts=[usd(1)])}
    bad = {"reserve": reservations_pb2.ReserveRequest(partition=SCOUT, amounts=[usd(100)])}
    answer = await wire.call("BatchExecute", organization="acme", items=[good, bad], atomic=True)
    status = answer.results[0].error
    code = next(one for one in grpc.StatusCode if one.value[0] == status.code)
    return failed(code, status)


async def _partition_paused(wire: Wire) -> Failed:
    await wire.call("PausePartition", partition="acme/research", note="too fast")
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)])


async def _tool_not_allowed(wire: Wire) -> Failed:
    await wire.call("SetToolRules", partition="acme/research", denied=["sh*"], etag="0")
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)], tool="shell")


async def _tool_not_found(wire: Wire) -> Failed:
    return await wire.fails("DeleteTool", organization="acme", name="search", etag="1")


async def _estimate_unknown(wire: Wire) -> Failed:
    return await wire.fails("Reserve", partition=SCOUT, tool="search")


DAILY: Final[dict[str, Any]] = {
    "partition": "acme/research",
    "kind": "CAP_KIND_WINDOW",
    "unit": "USD",
    "limit": 5 * USD,
    "period": "PERIOD_DAY",
}


async def _cap_reached(wire: Wire) -> Failed:
    await wire.call("CreateCap", **DAILY)
    await _reserved(wire)
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(5)])


async def _cap_not_found(wire: Wire) -> Failed:
    return await wire.fails("DeleteCap", organization="acme", cap_id=99, etag="1")


async def _caps_too_many(wire: Wire) -> Failed:
    for _ in range(CAPS_MAX):
        await wire.call("CreateCap", **DAILY)
    return await wire.fails("CreateCap", **DAILY)


async def _claimed(wire: Wire) -> dict[str, Any]:
    named: dict[str, Any] = {
        "partition": SCOUT,
        "amounts": [usd(1)],
        "claim": reservations_pb2.WorkClaim(scope="acme", key="job"),
    }
    held = await wire.call("Reserve", **named)
    return named | {"reservation_id": held.reservation_id}


async def _work_claimed(wire: Wire) -> Failed:
    named = await _claimed(wire)
    del named["reservation_id"]
    return await wire.fails("Reserve", **named)


async def _work_done(wire: Wire) -> Failed:
    named = await _claimed(wire)
    settled = named.pop("reservation_id")
    await wire.call("Commit", organization="acme", reservation_id=settled, done=True, result="there")
    return await wire.fails("Reserve", **named)


async def _scope_outside(wire: Wire) -> Failed:
    claim = reservations_pb2.WorkClaim(scope="acme/research/clerk", key="job")
    return await wire.fails("Reserve", partition=SCOUT, amounts=[usd(1)], claim=claim)


async def _claim_not_found(wire: Wire) -> Failed:
    return await wire.fails("UnassignWork", scope="acme", key="job")


async def _claim_missing(wire: Wire) -> Failed:
    return await wire.fails("Commit", organization="acme", reservation_id=await _reserved(wire), done=True)


async def _asked(wire: Wire) -> dict[str, Any]:
    answer = await wire.call("RequestEscalation", partition=SCOUT, amount=usd(1), reason="more")
    return {"organization": "acme", "escalation_id": answer.escalation.escalation_id}


async def _escalations_too_many(wire: Wire) -> Failed:
    for _ in range(PENDING_MAX):
        await _asked(wire)
    return await wire.fails("RequestEscalation", partition=SCOUT, amount=usd(1))


async def _escalation_not_found(wire: Wire) -> Failed:
    return await wire.fails("DenyEscalation", organization="acme", escalation_id=99)


async def _escalation_decided(wire: Wire) -> Failed:
    named = await _asked(wire)
    await wire.call("DenyEscalation", **named)
    return await wire.fails("ApproveEscalation", **named)


async def _source_outside(wire: Wire) -> Failed:
    return await wire.fails("ApproveEscalation", **await _asked(wire), source=SCOUT)


async def _nobody_above(wire: Wire) -> Failed:
    named = await _asked(wire)
    await wire.call("ForwardEscalation", **named)
    return await wire.fails("ForwardEscalation", **named)


async def _grant_end_past(wire: Wire) -> Failed:
    return await wire.fails("ApproveEscalation", **await _asked(wire), grant_end_time={"seconds": 1})


async def _policy_not_found(wire: Wire) -> Failed:
    return await wire.fails("DeleteEscalationPolicy", partition="acme", unit="USD", etag="1")


async def _allowance_not_found(wire: Wire) -> Failed:
    return await wire.fails("DeleteAllowance", partition=SCOUT, unit="USD", etag="1")


STORIES: Final[dict[Reason, tuple[Callable[[Wire], Awaitable[Failed]], str]]] = {
    Reason.ORGANIZATION_NOT_FOUND: (_organization_not_found, "nobody: there is no such organization"),
    Reason.ORGANIZATION_EXISTS: (_organization_exists, "acme: exists, or once did"),
    Reason.PARTITION_NOT_FOUND: (_partition_not_found, "acme/nobody: there is no such partition"),
    Reason.PARTITION_EXISTS: (_partition_exists, f"{SCOUT}: exists, or once did"),
    Reason.PARTITION_CLOSED: (
        _partition_closed,
        f"{SCOUT}: is closed and admits nothing new; use another partition; ask",
    ),
    Reason.PARENT_IS_AGENT: (_parent_is_agent, f"{SCOUT}: is an agent"),
    Reason.DEPTH_EXCEEDED: (_depth_exceeded, "acme" + "/t" * 9 + ": would lie deeper than eight teams"),
    Reason.CHILDREN_OPEN: (_children_open, "acme/research: has open children"),
    Reason.ETAG_MISMATCH: (_etag_mismatch, f"{SCOUT}: somebody changed the settings"),
    Reason.UNIT_UNKNOWN: (_unit_unknown, "acme: declares no unit EUR"),
    Reason.BUDGET_EXHAUSTED: (_budget_exhausted, f"{SCOUT}: 15 of 16 USD available; coordinators of acme/research can"),
    Reason.AMOUNT_OUT_OF_RANGE: (_amount_out_of_range, "acme: an amount of tokens would leave the range"),
    Reason.RESERVATION_NOT_FOUND: (_reservation_not_found, "reservation "),
    Reason.RESERVATION_ID_TAKEN: (_reservation_id_taken, "reservation "),
    Reason.RESERVATION_RESOLVED: (_reservation_resolved, "reservation "),
    Reason.RESERVATION_OPEN: (_reservation_open, "reservation "),
    Reason.HOLD_ENDED: (_hold_ended, "reservation "),
    Reason.ACTUAL_IMPLAUSIBLE: (_actual_implausible, f"{SCOUT}: a total of 10.5 USD is more than 10, 100 times"),
    Reason.ACTUAL_BELOW_SETTLED: (_actual_below_settled, f"{SCOUT}: a total of 1 USD is less than the 2 recorded"),
    Reason.ACTUAL_INCOMPLETE: (_actual_incomplete, f"{SCOUT}: the actual does not say tokens"),
    Reason.REFUND_EXCEEDS_CHARGED: (_refund_exceeds_charged, f"{SCOUT}: 3 USD to refund, 2 charged"),
    Reason.REQUEST_ID_REUSED: (_request_id_reused, "the request id took effect with another body"),
    Reason.REQUEST_ID_IN_FUTURE: (_request_id_in_future, "the request id's time is more than ten minutes ahead"),
    Reason.GROUP_REFUSED: (_group_refused, "item 1 of the group was refused"),
    Reason.PARTITION_PAUSED: (
        _partition_paused,
        "acme/research: is paused by local since",
    ),
    Reason.TOOL_NOT_ALLOWED: (_tool_not_allowed, "acme/research: its list denies the tool shell by sh*"),
    Reason.TOOL_NOT_FOUND: (_tool_not_found, "acme: the catalogue has no tool search"),
    Reason.ESTIMATE_UNKNOWN: (_estimate_unknown, f"{SCOUT}: no amounts were given"),
    Reason.CAP_REACHED: (_cap_reached, "acme/research: "),
    Reason.CAP_NOT_FOUND: (_cap_not_found, "cap 99: there is none in acme"),
    Reason.CAPS_TOO_MANY: (_caps_too_many, "acme/research: has 20 caps already"),
    Reason.WORK_CLAIMED: (_work_claimed, "acme: "),
    Reason.WORK_DONE: (_work_done, "acme: "),
    Reason.SCOPE_OUTSIDE: (_scope_outside, f"{SCOUT}: the scope is neither this partition nor one above it"),
    Reason.CLAIM_NOT_FOUND: (_claim_not_found, "acme: nobody has done that work or was assigned it"),
    Reason.CLAIM_MISSING: (_claim_missing, "reservation "),
    Reason.ESCALATION_NOT_FOUND: (_escalation_not_found, "escalation 99: there is none of that id"),
    Reason.ESCALATION_DECIDED: (_escalation_decided, "escalation "),
    Reason.ESCALATIONS_TOO_MANY: (_escalations_too_many, f"{SCOUT}: has 100 escalations pending already"),
    Reason.SOURCE_OUTSIDE: (_source_outside, f"{SCOUT}: "),
    Reason.NOBODY_ABOVE: (_nobody_above, "escalation "),
    Reason.GRANT_END_PAST: (_grant_end_past, f"{SCOUT}: the end of the grant is not in the future"),
    Reason.POLICY_NOT_FOUND: (_policy_not_found, "acme: has no escalation policy for USD"),
    Reason.ALLOWANCE_NOT_FOUND: (_allowance_not_found, f"{SCOUT}: has no allowance for USD"),
}
RESERVATION_SHOWN: Final = {
    Reason.RESERVATION_ID_TAKEN: "RESERVATION_STATE_OPEN",
    Reason.RESERVATION_RESOLVED: "RESERVATION_STATE_RELEASED",
    Reason.RESERVATION_OPEN: "RESERVATION_STATE_OPEN",
    Reason.HOLD_ENDED: "RESERVATION_STATE_RELEASED",
    Reason.ACTUAL_IMPLAUSIBLE: "RESERVATION_STATE_OPEN",
    Reason.ACTUAL_BELOW_SETTLED: "RESERVATION_STATE_OPEN",
    Reason.ACTUAL_INCOMPLETE: "RESERVATION_STATE_OPEN",
    Reason.REFUND_EXCEEDS_CHARGED: "RESERVATION_STATE_COMMITTED",
    Reason.CLAIM_MISSING: "RESERVATION_STATE_OPEN",
}


def test_stories__are_complete():
    """Every reason has a story, these told separately."""
    apart = {Reason.REQUEST_ID_TOO_OLD, Reason.TOOLS_TOO_MANY, Reason.PERMISSION_DENIED, Reason.ESCALATION_OWN}

    assert set(Reason) == STORIES.keys() | apart


@pytest.mark.parametrize("reason", STORIES)
async def test_refused__each_reason(acme: Wire, reason):
    """Every reason arrives as its status, with one ErrorInfo, a Refusal that explains it, and a sentence for people."""
    story, sentence = STORIES[reason]

    error = await story(acme)

    assert (error.code, error.reason, error.domain) == (STATUS_BY_REASON[reason], reason, "tallystick")
    assert error.kinds == ("ErrorInfo", "Refusal")
    assert error.message.startswith(sentence)
    assert error.refusal is not None
    shown = reservations_pb2.ReservationState.Name(error.refusal.reservation.state)
    assert shown == RESERVATION_SHOWN.get(reason, "RESERVATION_STATE_UNSPECIFIED")


async def test_refused__an_id_that_is_too_old(acme: Wire, service):
    """After pruning, an id from before the cut-off is refused for good."""
    import time

    now = time.time_ns() // 1000
    await service.sequencers.submit(Request("acme", "", "", b"", PruneRequestIds(now - 30 * DAY_US)))

    error = await acme.fails("Fund", organization="acme", amount=usd(1), request_id=new_id(now - 31 * DAY_US))

    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_TOO_OLD")


async def test_refused__too_many_tools(acme: Wire, service):
    """R58: the catalogue takes 2,000 tools, and not one more."""
    tools = Group(tuple(SetTool(f"tool{number}", (), True, 0) for number in range(TOOLS_MAX)))
    await service.sequencers.submit(Request("acme", "", "", b"", tools))

    error = await acme.fails("SetTool", organization="acme", name="another", etag="0")

    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TOOLS_TOO_MANY")
    assert error.message == "acme: the catalogue has 2000 tools already; delete one first"


async def test_refused__missing_authority(acme: Wire, service):
    """R83: whoever has no role on a partition is told which one is needed, without a name or a number."""
    await service.sequencers.submit(Request("acme", "local", "", b"", SetRole("ann", SCOUT, PrincipalRole.AGENT)))
    asked = Request("acme", "ann", new_id(), b"x", Fund(Amount("USD", 5), Text()))

    code, _, status = status_of(Refused("acme", await service.sequencers.submit(asked)))

    error = failed(code, status)
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert error.metadata == {"organization": "acme", "role": "ADMIN"}
    assert error.refusal == errors_pb2.Refusal(reason="ERROR_REASON_PERMISSION_DENIED", role="ADMIN")


def test_refused__everything_that_helps():
    """R81: the cap in words, the work, when it changes, what fits, and what it is about."""
    cap = Cap(7, 2, CapKind.WINDOW, "USD", 100 * USD, Period.DAY, Weekday.MONDAY, 0, "", CapMode.ENFORCED, 1, 1)
    found = ClaimFound("acme", "report", SCOUT, "r", "s3://x")
    rejected = Rejected(Reason.CAP_REACHED, "acme", "USD", 5 * USD, 3 * USD, cap_id=7, escalation_id=9, role="ADMIN")
    stands = Circumstances(scale=9, cap=cap, claim=found, reset_at=86_400_000_000, fits=3 * USD)

    code, _, status = status_of(Refused("acme", replace(rejected, circumstances=stands)))

    error = failed(code, status)
    assert error.message == (
        "acme: cap 7 (day, 100 USD) leaves 3 of 5 USD; 3 USD would fit now; it is reset at 1970-01-02T00:00:00+00:00"
    )
    assert error.metadata["capId"] == "7"
    assert error.refusal == errors_pb2.Refusal(
        reason="ERROR_REASON_CAP_REACHED",
        partition="acme",
        unit="USD",
        needed=5 * USD,
        available=3 * USD,
        cap_id=7,
        cap="day, 100 USD",
        reset_time={"seconds": 86_400},
        claim_scope="acme",
        claim_key="report",
        claim_holder=SCOUT,
        claim_reservation_id="r",
        claim_result="s3://x",
        fits=3 * USD,
        escalation_id=9,
        role="ADMIN",
    )


async def test_refused__pause(acme: Wire):
    """R61, R81: who paused, since when, and why, at the nearest partition."""
    await acme.call("PausePartition", partition="acme", note="audit")
    await acme.call("PausePartition", partition="acme/research", note="x" * 500)
    shown = (await acme.call("GetPartition", partition="acme/research")).partition.pause

    error = await acme.fails("Reserve", partition=SCOUT, amounts=[usd(1)])

    assert error.refusal == errors_pb2.Refusal(
        reason="ERROR_REASON_PARTITION_PAUSED",
        partition="acme/research",
        ask="acme",
        pause_principal="local",
        pause_time=shown.time,
        pause_note="x" * 500,
    )
    assert error.metadata["pausePrincipal"] == "local"


async def test_refused__tool(acme: Wire):
    """R58, R59, R81: which tool, and which rule of whose list or catalogue keeps it out."""
    await acme.call("SetTool", organization="acme", name="fetch", etag="0", disabled=True)
    await acme.call("SetToolRules", partition="acme/research", allowed=["web_*"], denied=["web_paid*"], etag="0")

    refusals: dict[str, Any] = {
        tool: (await acme.fails("Reserve", partition=SCOUT, amounts=[usd(1)], tool=tool)).refusal
        for tool in ("fetch", "web_paid_1", "shell")
    }

    told = {tool: (said.partition, said.tool, said.tool_refusal, said.tool_pattern) for tool, said in refusals.items()}
    assert told == {
        "fetch": ("acme", "fetch", errors_pb2.TOOL_REFUSAL_DISABLED, ""),
        "web_paid_1": ("acme/research", "web_paid_1", errors_pb2.TOOL_REFUSAL_DENIED, "web_paid*"),
        "shell": ("acme/research", "shell", errors_pb2.TOOL_REFUSAL_NOT_LISTED, ""),
    }


async def test_refused__a_tool_of_no_catalogue(acme: Wire):
    """R60, R81: which tool the catalogue lacks, or has no estimate for."""
    unknown = await _tool_not_found(acme)
    unpriced = await _estimate_unknown(acme)

    told: list[Any] = [error.refusal for error in (unknown, unpriced)]
    assert [one.tool for one in told] == ["search", "search"]
    assert [error.metadata["tool"] for error in (unknown, unpriced)] == ["search", "search"]
    assert unpriced.message.endswith("no estimate for the tool search; state the amounts")


async def test_refused__a_move_is_told_of_moving(acme: Wire):
    """R81: whoever takes back too much is not told to reserve less, nor to ask those above for more."""
    error = await acme.fails("Reclaim", partition=SCOUT, amount=usd(16))

    assert error.message == f"{SCOUT}: 15 of 16 USD available; reclaim at most 15"
    assert error.refusal is not None
    assert (error.refusal.ask, error.refusal.fits) == ("", 15 * USD)


async def test_refused__the_numbers(acme: Wire):
    """An exhausted budget says needed, available, whom to ask, and when the next hold lapses."""
    held = await acme.call("Reserve", partition=SCOUT, amounts=[usd(12)], ttl={"seconds": 30})

    error = await acme.fails("Reserve", partition=SCOUT, amounts=[usd(4.5)])

    assert error.message.startswith(f"{SCOUT}: 3 of 4.5 USD available; the next hold lapses at 20")
    assert error.message.endswith("; coordinators of acme/research can give it more")
    assert error.metadata == {
        "organization": "acme",
        "partition": SCOUT,
        "unit": "USD",
        "needed": str(4 * USD + USD // 2),
        "available": str(3 * USD),
        "ask": "acme/research",
    }
    refusal = error.refusal
    assert refusal is not None
    assert (refusal.partition, refusal.unit, refusal.ask) == (SCOUT, "USD", "acme/research")
    assert (refusal.needed, refusal.available) == (4 * USD + USD // 2, 3 * USD)
    assert refusal.next_expire_time == held.expire_time
    assert (refusal.bound, refusal.position, refusal.replayed) == (False, 0, False)


async def test_refused__bound_and_repeated(acme: Wire):
    """A refused move is bound to its request id: a copy gets the same refusal, marked as repeated."""
    request: dict[str, Any] = {"partition": SCOUT, "amount": usd(50), "request_id": new_id()}

    first = await acme.fails("Allocate", **request)
    await acme.call("Fund", organization="acme", amount=usd(100))
    again = await acme.fails("Allocate", **request)

    assert first.refusal is not None
    assert again.refusal is not None
    assert first.refusal.bound
    assert first.refusal.position > 0
    assert again.refusal.replayed
    again.refusal.replayed = False
    assert (again.refusal, again.message) == (first.refusal, first.message)


def test_status_of__faults():
    """Every fault is listed, and says when to repeat."""
    kinds = {
        kind
        for kind in vars(faults).values()
        if isinstance(kind, type) and issubclass(kind, faults.Fault) and kind is not faults.Fault
    }

    for kind in kinds:
        code, reason, status = status_of(kind("password=secret"))
        error = failed(code, status)
        assert (error.code, error.reason) == (STATUS_BY_OTHER_REASON[reason], reason)
        assert error.kinds == ("ErrorInfo", "RetryInfo")
        assert error.retry_seconds == RETRY_AFTER[reason].total_seconds()
    assert kinds - REASON_BY_FAULT.keys() == {faults.OutcomeUnknown}
    assert "secret" not in status_of(faults.StorageUnavailable("password=secret"))[2].message


def test_status_of__a_bug():
    """A bug says nothing of itself on the wire."""
    code, reason, status = status_of(RuntimeError("table users has no column named x"))

    assert (code, reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert status.message == "the ledger failed on this call; its log has the details"
    assert failed(code, status).kinds == ("ErrorInfo",)


def test_status_of__a_malformed_request():
    """The first fields are named, and no more than fit."""
    error = InvalidRequest(*(Violation(f"items[{n}].x", "is wrong" * 50) for n in range(100)))

    code, _, status = status_of(error)

    assert len(failed(code, status).violations) == 10
    assert len(status.message) <= 800


def test_refused__work_fits_into_a_header():
    """The longest result of the longest work in the deepest scope still travels, cut if need be."""
    path, above = "/".join(["n" * 63] * 10), "/".join(["n" * 63] * 9)
    found = ClaimFound(above, "ü" * 200, path, new_id(), "ü" * 500)
    rejected = Rejected(Reason.WORK_DONE, path, ask=above, claim="2/x")

    code, _, status = status_of(Refused("n" * 63, replace(rejected, circumstances=Circumstances(9, claim=found))))

    assert status.ByteSize() < 5500
    refusal = failed(code, status).refusal
    assert refusal is not None
    assert (refusal.claim_scope, refusal.claim_holder, refusal.claim_result) == (above, path, "ü" * 100)


def test_refused__fits_into_a_header():
    """The largest reservation in the deepest partition still travels."""
    path = "/".join(["n" * 63] * 10)
    reservation = Reservation(
        reservation_id=new_id(),
        partition_id=7,
        state=ReservationState.RELEASED,
        units=tuple(ReservedUnit(f"unit_{n}", *[2**63 - 1] * 2) for n in range(16)),
        committed=(),
        basis=Basis.NONE,
        tool="t" * 100,
        workflow_id="w" * 100,
        labels=tuple((f"{n}" * 40, "v" * 100) for n in range(8)),
        principal="local",
        request_id=new_id(),
        opened_at=1,
        expires_at=2,
        resolved_at=3,
        opened_position=4,
        last_position=5,
    )
    rejected = Rejected(Reason.HOLD_ENDED, path, "USD", 1, 2, "/".join(["n" * 63] * 9), reservation.reservation_id)

    _, _, status = status_of(
        Refused("n" * 63, replace(rejected, circumstances=Circumstances(9, 1, (reservation, path))))
    )

    assert status.ByteSize() < 5500
