"""The servicer of batches: many commands in one call, each on its own or all together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from google.rpc import status_pb2

from ledger.core.commands import Group, Request, Single
from ledger.core.outcomes import Accepted, Reason, Rejected
from ledger.observe.logs import CallLog
from ledger.rpc import answers
from ledger.rpc.calls import Call
from ledger.rpc.deciding import Decider
from ledger.rpc.problems import InvalidRequest, Refused, Violation
from ledger.rpc.requests import COMMANDS, fingerprint_of, organization_in, to_request
from ledger.rpc.status import status_of
from tallystick.v1 import batch_pb2


class Batches:
    """Executes many commands of one organization."""

    def __init__(self, decider: Decider, log: CallLog, clock: Callable[[], int]) -> None:
        self._decider = decider
        self._log = log
        self._clock = clock

    async def BatchExecute(self, message: batch_pb2.BatchExecuteRequest, call: Call) -> batch_pb2.BatchExecuteResponse:
        """Each item took effect, or none of a group; or its result says why not."""
        if message.atomic:
            return await self._group(_group_of(message, call.principal))
        requests = _items_of(message, call.principal)
        outcomes = await self._decider.decide_all(requests)
        return self._response(
            message.organization,
            zip([request.command for request in requests], outcomes, strict=True),
        )

    async def _group(self, request: Request) -> batch_pb2.BatchExecuteResponse:
        assert isinstance(request.command, Group), "it was made so"
        items = request.command.items
        outcomes: Sequence[Accepted | Exception]
        try:
            accepted = await self._decider.decide(request)
        except Refused as refusal:
            outcomes = _refused_items(refusal, len(items))
        else:
            outcomes = [
                replace(accepted, entries=tuple(entry for entry in accepted.entries if entry.item == place))
                for place in range(len(items))
            ]
        return self._response(request.organization, zip(items, outcomes, strict=True))

    def _response(
        self, organization: str, outcomes: Iterable[tuple[Any, Accepted | Exception]]
    ) -> batch_pb2.BatchExecuteResponse:
        now = self._clock()
        response = batch_pb2.BatchExecuteResponse()
        for place, (command, outcome) in enumerate(outcomes):
            result = response.results.add()
            if isinstance(outcome, Accepted):
                answers.fill_result(result, organization, command, outcome, now)
            else:
                result.error.CopyFrom(self._error(outcome, place))
        return response

    def _error(self, error: Exception, place: int) -> status_pb2.Status:
        _, reason, status = status_of(error)
        self._log.item(place, reason, status.message, error)
        return status


def _items_of(message: batch_pb2.BatchExecuteRequest, principal: str) -> list[Request]:
    """Each item as the request of its own call."""
    if message.request_id:
        raise InvalidRequest(Violation("request_id", "is for atomic groups; here each item has its own"))
    if message.validate_only:
        raise InvalidRequest(Violation("validate_only", "is for atomic groups; here each item has its own"))
    make = partial(to_request, principal=principal)
    return [_made(message, place, name, item, make) for place, name, item in _named(message)]


def _group_of(message: batch_pb2.BatchExecuteRequest, principal: str) -> Request:
    """All items as one request."""
    if not message.request_id and not message.validate_only:
        raise InvalidRequest(Violation("request_id", "is required, unless validate_only"))
    commands: list[Single] = []
    for place, name, item in _named(message):
        for field in ("request_id", "validate_only"):
            if getattr(item, field):
                raise InvalidRequest(Violation(f"items[{place}].{name}.{field}", "is the group's, not its items'"))
        commands.append(_made(message, place, name, item, _command_of))
    return Request(
        organization=message.organization,
        principal=principal,
        request_id=message.request_id,
        fingerprint=fingerprint_of(message),
        command=Group(tuple(commands)),
        validate_only=message.validate_only,
    )


def _command_of(item: Any) -> Single:  # noqa: ANN401
    return COMMANDS[type(item)](item)


def _named(message: batch_pb2.BatchExecuteRequest) -> list[tuple[int, str, Any]]:
    """Each item's place, the name of its command, and its command."""
    found = []
    for place, item in enumerate(message.items):
        name = item.WhichOneof("command")
        assert name is not None, "the form was checked"
        found.append((place, name, getattr(item, name)))
    return found


def _made(
    message: batch_pb2.BatchExecuteRequest,
    place: int,
    name: str,
    item: Any,  # noqa: ANN401
    make: Callable[[Any], Any],
) -> Any:  # noqa: ANN401
    if organization_in(item) != message.organization:
        field = "partition" if hasattr(item, "partition") else "organization"
        where = f"items[{place}].{name}.{field}"
        raise InvalidRequest(Violation(where, f"is not of the batch's organization, {message.organization}"))
    try:
        return make(item)
    except InvalidRequest as error:
        raise error.inside(f"items[{place}].{name}") from None


def _refused_items(refusal: Refused, count: int) -> list[Accepted | Exception]:
    """The culprit has its own reason, the others shared its group; a refusal of the whole is raised. Source: R44."""
    rejected = refusal.rejected
    culprit = 0 if rejected.reason is Reason.HOLD_ENDED and count == 1 else rejected.culprit
    if culprit is None:
        raise refusal
    shared = Rejected(Reason.GROUP_REFUSED, culprit=culprit, position=rejected.position, replayed=rejected.replayed)
    found: list[Accepted | Exception] = [Refused(refusal.organization, shared) for _ in range(count)]
    found[culprit] = refusal
    return found
