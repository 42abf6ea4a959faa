"""The servicer of claims: who does which work, and what is done. Claiming it is part of a reservation, see `calls`."""

import heapq
from collections.abc import Callable, Iterator

from ledger.core.book import Book
from ledger.core.claiming import live
from ledger.core.claims import Claim, claim_key
from ledger.core.paths import organization_of
from ledger.rpc import resources, tokens, values
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Submitter
from ledger.rpc.reading import PAGE_SIZE_DEFAULT, page, patiently
from tallystick.v1 import claims_pb2


class Claims:
    """Says who does which work."""

    def __init__(self, submitter: Submitter, clock: Callable[[], int]) -> None:
        self._submitter = submitter
        self._clock = clock

    async def GetClaim(self, message: claims_pb2.GetClaimRequest, call: Call) -> claims_pb2.GetClaimResponse:
        """What has become of a piece of work, at a position; also of one that nobody ever named.

        What is due to end reads as it was, with no time left.
        """
        key = values.work_key(message.key, "key")

        def question(book: Book) -> claims_pb2.GetClaimResponse:
            scope_id = find(book, message.scope).partition_id
            claim = live(book, claim_key(scope_id, key))
            wire = claims_pb2.Claim(scope=message.scope, key=key) if claim is None else resources.claim(book, claim)
            answer = claims_pb2.GetClaimResponse(claim=wire, position=book.position)
            if claim is not None and (ends_at := resources.claim_ends(book, claim) or claim.assigned_until):
                values.set_time(answer.time_left, max(0, ends_at - self._clock()))
            return answer

        name = organization_of(message.scope)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)

    async def ListClaims(self, message: claims_pb2.ListClaimsRequest, call: Call) -> claims_pb2.ListClaimsResponse:
        """The work of a scope that somebody has, has done or was given, by key."""
        values.work_key(message.key_prefix, "key_prefix")
        place = tokens.place(message, str, paths=False)

        def question(book: Book) -> claims_pb2.ListClaimsResponse:
            scope_id = find(book, message.scope).partition_id
            incarnation = book.organization.incarnation if book.organization else 0
            if place is not None:
                place.check(incarnation)
            size = message.page_size or PAGE_SIZE_DEFAULT
            fitting = _fitting(book, scope_id, message, str(place.after) if place else "")
            found = heapq.nsmallest(size + 1, fitting, key=lambda claim: claim.name)
            taken, more = page((resources.claim(book, claim) for claim in found), size)
            return claims_pb2.ListClaimsResponse(
                claims=taken,
                next_page_token=tokens.token(message, taken[-1].key, incarnation) if more else "",
                position=book.position,
            )

        name = organization_of(message.scope)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)


def _fitting(book: Book, scope_id: int, message: claims_pb2.ListClaimsRequest, after: str) -> Iterator[Claim]:
    """What a list shows from some place on. All claims are looked through, which costs those who claim nothing."""
    states = frozenset(message.states)
    claim: Claim
    for claim in book.standing[Claim].values():
        if claim.partition_id != scope_id or claim.ended or claim.name <= after:
            continue
        if claim.name.startswith(message.key_prefix) and (not states or resources.claim_state(claim) in states):
            yield claim
