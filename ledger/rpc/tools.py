"""The servicer of tools: the catalogue and the lists as they stand. What changes them is a command, see `calls`."""

from ledger.core.book import Book
from ledger.core.paths import organization_of
from ledger.core.tools import Tool, ToolRules
from ledger.rpc import resources
from ledger.rpc.calls import Call
from ledger.rpc.partitions import find
from ledger.rpc.ports import Submitter
from ledger.rpc.reading import patiently
from tallystick.v1 import tools_pb2


class Tools:
    """Says which tools there are, and who may use them."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    async def ListTools(self, message: tools_pb2.ListToolsRequest, call: Call) -> tools_pb2.ListToolsResponse:
        """The catalogue by name, at a position; what was taken out of it is left out."""
        name = message.organization

        def question(book: Book) -> tools_pb2.ListToolsResponse:
            find(book, name)
            tools = sorted(book.standing[Tool].values(), key=lambda tool: tool.name)
            return tools_pb2.ListToolsResponse(
                tools=[resources.tool(tool) for tool in tools if not tool.deleted], position=book.position
            )

        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)

    async def GetToolRules(self, message: tools_pb2.GetToolRulesRequest, call: Call) -> tools_pb2.GetToolRulesResponse:
        """The lists that bind a partition, from the root downwards; its own last, also where it has none."""

        def question(book: Book) -> tools_pb2.GetToolRulesResponse:
            own, *above = book.lineage[find(book, message.partition).partition_id]
            lists = book.standing[ToolRules]
            binding = [pid for pid in reversed(above) if pid in lists]
            return tools_pb2.GetToolRulesResponse(
                rules=[resources.tool_rules(lists.get(pid), book.path(pid)) for pid in (*binding, own)],
                position=book.position,
            )

        name = organization_of(message.partition)
        return await patiently(lambda: self._submitter.read(name, question, message.min_position), call.seconds)
