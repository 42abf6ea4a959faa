"""Who does which piece of work. A reservation claims work by `claim=`; a commit marks it done."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick import governance_readings, methods
from tallystick.governance import Claim, ClaimState
from tallystick.requests.describe import (
    Listing,
    Request,
    Scales,
    Seconds,
    duration,
    name_request,
    organization_of,
    wire_name,
)
from tallystick.v1 import claims_pb2


def assign_work(
    scope: str,
    key: str,
    partition: str,
    *,
    ttl: Seconds | None = None,
    note: str = "",
    request_id: str = "",
    validate_only: bool = False,
) -> Request[Claim]:
    """Give a piece of work to one partition beforehand: others cannot claim it.

    Args:
        scope: Path of the partition whose subtree it binds.
        key: Names the work within the scope: 1 to 200 characters.
        partition: Path of the partition that may claim it, in the scope.
        ttl: How long the assignment lasts; 24 hours where absent, at most 400 days.
        note: Free text for people, kept in the journal.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    request_id = name_request(request_id, validate_only=validate_only)
    message = claims_pb2.AssignWorkRequest(
        scope=scope,
        key=key,
        partition=partition,
        ttl=None if ttl is None else duration(ttl),
        note=note,
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(methods.ASSIGN_WORK, organization_of(scope), lambda _: message, _changed, request_id)


def unassign_work(
    scope: str, key: str, *, note: str = "", request_id: str = "", validate_only: bool = False
) -> Request[Claim]:
    """Take an assignment or a done mark back; a live claim stays."""
    request_id = name_request(request_id, validate_only=validate_only)
    message = claims_pb2.UnassignWorkRequest(
        scope=scope, key=key, note=note, request_id=request_id, validate_only=validate_only
    )
    return Request(methods.UNASSIGN_WORK, organization_of(scope), lambda _: message, _changed, request_id)


def claim(scope: str, key: str) -> Request[Claim]:
    """Show one piece of work; its state is `None` where nobody has, had or was given it.

    What is due to end but has not ended yet is shown as it was, with no time left.
    """
    return Request(
        methods.GET_CLAIM,
        organization_of(scope),
        lambda _: claims_pb2.GetClaimRequest(scope=scope, key=key),
        lambda answer, _: governance_readings.claim(
            answer.claim, time_left=answer.time_left if answer.HasField("time_left") else None
        ),
    )


def claims(
    scope: str, *, states: Iterable[ClaimState | str] = (), key_prefix: str = "", page_size: int = 0
) -> Listing[Claim]:
    """List the work of a scope, by key.

    Args:
        scope: Path of the partition whose subtree it binds.
        states: Only these; all where empty.
        key_prefix: Only keys that begin so.
        page_size: How many to fetch at once, at most 1000; 100 where 0.
    """
    names = [wire_name(ClaimState, state, "CLAIM_STATE", "state of a claim") for state in states]
    return Listing(
        methods.LIST_CLAIMS,
        organization_of(scope),
        lambda token: claims_pb2.ListClaimsRequest(
            scope=scope, states=names, key_prefix=key_prefix, page_size=page_size, page_token=token
        ),
        lambda answer, _: [governance_readings.claim(one) for one in answer.claims],
    )


def _changed(answer: claims_pb2.ClaimResponse, _: Scales) -> Claim:
    return governance_readings.claim(answer.claim, answer.receipt)
