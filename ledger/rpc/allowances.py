"""The servicer of allowances: what fills whom. Setting and ending one are commands, see `calls`."""

from typing import Final

from ledger.core.allowances import Allowance
from ledger.core.book import Book
from ledger.core.paths import organization_of, tree_key
from ledger.rpc import resources
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Submitter
from ledger.rpc.reading import patiently
from tallystick.v1 import allowances_pb2

LISTED_MAX: Final = 10_000
"""Allowances that one answer has."""


class Allowances:
    """Says what fills whom."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    async def ListAllowances(
        self, message: allowances_pb2.ListAllowancesRequest, call: Call
    ) -> allowances_pb2.ListAllowancesResponse:
        """Those of a partition and of all below it, in the order of the tree, of each partition by unit."""

        def question(book: Book) -> allowances_pb2.ListAllowancesResponse:
            top = find(book, message.partition).partition_id
            found: list[Allowance] = [
                one
                for one in book.standing[Allowance].values()
                if not one.deleted and top in book.lineage[one.partition_id]
            ]
            found.sort(key=lambda one: (tree_key(book.path(one.partition_id)), one.unit))
            return allowances_pb2.ListAllowancesResponse(
                allowances=[resources.allowance(one, book.path(one.partition_id)) for one in found[:LISTED_MAX]],
                position=book.position,
            )

        name = organization_of(message.partition)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)
