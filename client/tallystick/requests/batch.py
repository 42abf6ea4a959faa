"""Many commands in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tallystick import methods
from tallystick.errors import TallystickError
from tallystick.requests.describe import Request, Scales, name_request
from tallystick.v1 import batch_pb2

_OUTCOME_OF = {"commit": "settlement", "settle_part": "settlement", "release": "settlement", "expire": "settlement"} | {
    "refund": "settlement",
    "fund": "move",
    "defund": "move",
    "allocate": "move",
    "reclaim": "move",
}
"""The field of a result, where it has another name than the item's."""

ReadError = Callable[[Any, Scales, str], TallystickError]


def batch(
    organization: str,
    items: Sequence[Request[Any]],
    *,
    read_error: ReadError,
    atomic: bool = False,
    request_id: str = "",
    validate_only: bool = False,
) -> Request[list[Any]]:
    """Decide many commands of one organization in order.

    Not atomic: each item is the same command as its own call, with its own request id and outcome. Atomic: all take
    effect, or none.

    Args:
        organization: Which every item is about.
        items: 1 to 500 descriptions, made by `tallystick.requests`.
        read_error: Makes the exception of an item's status.
        atomic: All items take effect, or none.
        request_id: Atomic only: names the whole group; made here where absent.
        validate_only: Atomic only: decide and answer, without effect.

    Returns:
        For each item its result, or the exception that its own call would have raised.
    """
    for item in items:
        if not item.item:
            raise ValueError(f"{item.method.name} cannot be an item of a batch")
    if (request_id or validate_only) and not atomic:
        raise ValueError("outside a group each item has its own request_id and validate_only")
    group_id = name_request(request_id, validate_only=validate_only) if atomic else ""

    def build(scales: Scales) -> batch_pb2.BatchExecuteRequest:
        message = batch_pb2.BatchExecuteRequest(
            organization=organization, atomic=atomic, request_id=group_id, validate_only=validate_only
        )
        for item in items:
            command: Any = item.build(scales)
            if atomic:
                command.ClearField("request_id")
            message.items.append(batch_pb2.BatchItem(**{item.item: command}))
        return message

    def read(answer: batch_pb2.BatchExecuteResponse, scales: Scales) -> list[Any]:
        outcomes: list[Any] = []
        for item, result in zip(items, answer.results, strict=True):
            if result.WhichOneof("outcome") == "error":
                outcomes.append(read_error(result.error, scales, item.request_id))
            else:
                outcomes.append(item.read(getattr(result, _OUTCOME_OF.get(item.item, item.item)), scales))
        return outcomes

    # Every item of a group or of a loose batch may be repeated: each effect has its key.
    return Request(methods.BATCH_EXECUTE, organization, build, read, group_id or items[0].request_id)
