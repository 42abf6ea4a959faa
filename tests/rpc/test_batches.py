from typing import Any

import grpc
from google.protobuf.message import Message

from tallystick.v1 import batch_pb2, partitions_pb2, reservations_pb2
from tests.rpc.world import SCOUT, USD, Failed, Wire, failed, new_id, plain, usd


def _reserve(dollars: float, **more: Any) -> dict[str, Message]:
    return {"reserve": reservations_pb2.ReserveRequest(partition=SCOUT, amounts=[usd(dollars)], **more)}


def _error(result: batch_pb2.BatchResult) -> Failed:
    code = next(one for one in grpc.StatusCode if one.value[0] == result.error.code)
    return failed(code, result.error)


def _reasons(answer: batch_pb2.BatchExecuteResponse) -> list[str]:
    return [_error(one).reason if one.HasField("error") else one.WhichOneof("outcome") or "" for one in answer.results]


async def test_batch__each_item_for_itself(acme: Wire):
    """Not atomic: every item has its own outcome, decided in order, each seeing those before it."""
    items = [_reserve(10, request_id=new_id()), _reserve(10, request_id=new_id()), _reserve(5, request_id=new_id())]

    answer = await acme.call("BatchExecute", organization="acme", items=items, request_id="")

    assert _reasons(answer) == ["reserve", "BUDGET_EXHAUSTED", "reserve"]
    error = _error(answer.results[1])
    assert error.code is grpc.StatusCode.FAILED_PRECONDITION
    assert error.message.startswith(f"{SCOUT}: 5 of 10 USD available; the next hold lapses at 20")
    assert error.refusal is not None
    assert not error.refusal.HasField("item")


async def test_batch__an_item_is_its_own_call(acme: Wire):
    """An item and its own call with the same request id are one request: the second repeats the first's answer."""
    request: dict[str, Any] = {"partition": SCOUT, "amounts": [usd(5)], "request_id": new_id()}
    alone = await acme.call("Reserve", **request)

    answer = await acme.call(
        "BatchExecute",
        organization="acme",
        items=[{"reserve": reservations_pb2.ReserveRequest(**request)}],
        request_id="",
    )

    repeated = answer.results[0].reserve
    assert repeated.receipt.replayed
    repeated.receipt.replayed = False
    repeated.time_left.CopyFrom(alone.time_left)
    assert repeated == alone


async def test_batch__every_command(acme: Wire):
    """Every command has its place in a batch, and its own kind of answer."""
    held = (await acme.call("Reserve", partition=SCOUT, amounts=[usd(5)])).reservation_id
    named: dict[str, Any] = {"organization": "acme", "reservation_id": held}
    later = {"seconds": 4_000_000_000}
    x = "acme/research/x"
    mask = {"paths": ["display_name"]}
    wire, part = reservations_pb2, partitions_pb2
    commands: list[tuple[str, Message]] = [
        ("settle_part", wire.SettlePartRequest(**named, amounts=[usd(1)], request_id=new_id())),
        ("extend", wire.ExtendRequest(**named, expire_time=later, request_id=new_id())),
        ("commit", wire.CommitRequest(**named, actual=[usd(2)], request_id=new_id())),
        ("refund", wire.RefundRequest(**named, amounts=[usd(1)], request_id=new_id())),
        ("charge", wire.ChargeRequest(partition=SCOUT, amounts=[usd(1)], request_id=new_id())),
        ("reserve", wire.ReserveRequest(partition=SCOUT, amounts=[usd(1)], request_id=new_id())),
        (
            "create_partition",
            part.CreatePartitionRequest(partition=x, kind="PARTITION_KIND_AGENT", request_id=new_id()),
        ),
        ("update_partition", part.UpdatePartitionRequest(partition=x, etag="1", update_mask=mask, request_id=new_id())),
        ("fund", part.FundRequest(organization="acme", amount=usd(1), request_id=new_id())),
        ("defund", part.DefundRequest(organization="acme", amount=usd(1), request_id=new_id())),
        ("allocate", part.AllocateRequest(partition=x, amount=usd(1), request_id=new_id())),
        ("reclaim", part.ReclaimRequest(partition=x, amount=usd(1), request_id=new_id())),
        ("close_partition", part.ClosePartitionRequest(partition=x, request_id=new_id())),
        ("expire", wire.ExpireRequest(**named, request_id=new_id())),
        ("release", wire.ReleaseRequest(**named, request_id=new_id())),
    ]
    items = [batch_pb2.BatchItem(**{name: command}) for name, command in commands]  # type: ignore[arg-type]

    answer = await acme.call("BatchExecute", organization="acme", items=items, request_id="")

    assert _reasons(answer) == [
        *("settlement", "extend", "settlement", "settlement", "charge", "reserve"),
        *("create_partition", "update_partition", "move", "move", "move", "move", "close_partition"),
        *("RESERVATION_RESOLVED", "RESERVATION_RESOLVED"),
    ]
    assert {name for name, _ in commands} == {field.name for field in batch_pb2.BatchItem.DESCRIPTOR.fields}


async def test_group__all_or_nothing(acme: Wire):
    """Atomic: the culprit has its own reason and says which it is, the others that they shared its group."""
    items = [_reserve(10), _reserve(10), _reserve(1)]

    answer = await acme.call("BatchExecute", organization="acme", items=items, atomic=True)

    assert _reasons(answer) == ["GROUP_REFUSED", "BUDGET_EXHAUSTED", "GROUP_REFUSED"]
    refusals = [_error(one).refusal for one in answer.results]
    assert [one.item for one in refusals if one] == [1, 1, 1]
    scout = (await acme.call("GetPartition", partition=SCOUT)).partition
    assert scout.open_reservations == 0


async def test_group__takes_effect_whole(acme: Wire):
    """Atomic: one receipt position after the other, and a repeat answers the same."""
    items = [_reserve(5), {"close_partition": partitions_pb2.ClosePartitionRequest(partition=SCOUT)}]
    request: dict[str, Any] = {"organization": "acme", "items": items, "atomic": True, "request_id": new_id()}

    answer = await acme.call("BatchExecute", **request)
    again = await acme.call("BatchExecute", **request)

    first, second = answer.results
    assert second.close_partition.receipt.position == first.reserve.receipt.position + 1
    assert second.close_partition.closed[0].state == partitions_pb2.PARTITION_STATE_CLOSING
    assert [one.close_partition.receipt.replayed for one in again.results if one.HasField("close_partition")] == [True]
    assert plain(again.results[1].close_partition.closed[0]) == plain(second.close_partition.closed[0])


async def test_group__refused_as_a_whole(acme: Wire):
    """What is no single item's fault is the call's own error: the organization, the request id."""
    request: dict[str, Any] = {"organization": "acme", "atomic": True, "request_id": new_id()}
    await acme.call("BatchExecute", items=[_reserve(1)], **request)

    reused = await acme.fails("BatchExecute", items=[_reserve(2)], **request)

    assert reused.reason == "REQUEST_ID_REUSED"


async def test_group__a_dead_hold_is_not_replayed(acme: Wire):
    """A repeated group whose hold has ended says so of the item that held."""
    request: dict[str, Any] = {"organization": "acme", "atomic": True, "request_id": new_id(), "items": [_reserve(1)]}
    held = await acme.call("BatchExecute", **request)
    await acme.call("Release", organization="acme", reservation_id=held.results[0].reserve.reservation_id)

    again = await acme.call("BatchExecute", **request)

    assert _reasons(again) == ["HOLD_ENDED"]


async def test_group__dry_run(acme: Wire):
    """A group may be tried without effect and without a request id."""
    answer = await acme.call("BatchExecute", organization="acme", items=[_reserve(5)], atomic=True, validate_only=True)

    assert answer.results[0].reserve.receipt.validate_only
    assert answer.results[0].reserve.available[0].parts == 10 * USD
    assert (await acme.call("GetPartition", partition=SCOUT)).partition.open_reservations == 0


async def test_batch__what_belongs_to_whom(acme: Wire):
    """Request ids are the items' or the group's, and every item is of the batch's organization."""
    other = {"fund": partitions_pb2.FundRequest(organization="other", amount=usd(1), request_id=new_id())}
    named = {"organization": "acme"}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("request_id", {"items": [_reserve(1, request_id=new_id())], "request_id": new_id()}),
        ("validate_only", {"items": [_reserve(1, request_id=new_id())], "request_id": "", "validate_only": True}),
        ("request_id", {"items": [_reserve(1)], "request_id": "", "atomic": True}),
        ("items[0].reserve.request_id", {"items": [_reserve(1)], "request_id": ""}),
        ("items[0].reserve.request_id", {"items": [_reserve(1, request_id=new_id())], "atomic": True}),
        ("items[0].reserve.validate_only", {"items": [_reserve(1, validate_only=True)], "atomic": True}),
        ("items[0].fund.organization", {"items": [other], "request_id": ""}),
        ("items[0].reserve.amounts[1].unit", {"items": [_twice()], "request_id": ""}),
    ]

    for field, request in cases:
        error = await acme.fails("BatchExecute", **named, **request)
        assert (error.code, list(error.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


def _twice() -> dict[str, Message]:
    twice = reservations_pb2.ReserveRequest(partition=SCOUT, amounts=[usd(1), usd(2)], request_id=new_id())
    return {"reserve": twice}


async def test_batch__five_hundred_items(acme: Wire):
    """The largest batch fits into one request."""
    labels = {f"key_{n}": "v" * 100 for n in range(8)}
    items = [_reserve(0.01, request_id=new_id(), labels=labels) for _ in range(500)]

    answer = await acme.call("BatchExecute", organization="acme", items=items, request_id="")

    assert set(_reasons(answer)) == {"reserve"}
