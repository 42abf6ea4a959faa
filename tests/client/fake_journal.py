"""A journal behind a real socket, whose streams break as a test says: after so many entries, or when it stops."""

import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.rpc import error_details_pb2, status_pb2

from tallystick.v1 import journal_pb2, organizations_pb2, types_pb2

PAGE = 3
"""Entries that one answer has."""


class FakeJournal:
    """One organization, `acme`, whose odd entries are `Funded` and whose even ones are `Allocated`.

    Attributes:
        position: Where it stands; `write` moves it on.
        incarnation: Of it; a request that names another one is refused.
        breaks: After how many answers each stream breaks; the last one holds for all that follow. `None` for never.
        requests: What was asked for.
        open: How many streams are open now.
    """

    def __init__(self) -> None:
        self.position = 0
        self.incarnation = 1
        self.breaks: list[int | None] = [None]
        self.code = grpc.StatusCode.UNAVAILABLE
        self.requests: list[journal_pb2.WatchJournalRequest] = []
        self.open = 0
        self.address = ""
        self._news = threading.Condition()
        self._server: grpc.Server | None = None

    def start(self) -> None:
        self._server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        port = self._server.add_insecure_port(self.address or "127.0.0.1:0")
        self.address = self.address or f"127.0.0.1:{port}"
        self._server.start()

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            ended = server.stop(0)
            with self._news:
                self._news.notify_all()
            ended.wait()

    def write(self, count: int = 1) -> None:
        with self._news:
            self.position += count
            self._news.notify_all()

    def get_organization(self, _: object, __: object) -> organizations_pb2.Organization:
        units = [types_pb2.Unit(name="USD", scale=9)]
        return organizations_pb2.Organization(
            name="acme", units=units, position=self.position, incarnation=self.incarnation
        )

    def watch(
        self, request: journal_pb2.WatchJournalRequest, context: grpc.ServicerContext
    ) -> Iterator[journal_pb2.WatchJournalResponse]:
        self.requests.append(request)
        if request.incarnation not in {0, self.incarnation}:
            self._refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "INCARNATION_ENDED")
        breaks = self.breaks.pop(0) if len(self.breaks) > 1 else self.breaks[0]
        context.add_callback(self._wake)
        with self._news:
            self.open += 1
        try:
            after = max(0, request.from_position - 1)
            answers = 0
            while context.is_active() and self._server is not None:
                if answers == breaks:
                    self._refuse(context, self.code, "SHUTTING_DOWN")
                upto = min(after + PAGE, self.position)
                yield self._answer(request, after, upto)
                answers += 1
                after = upto
                with self._news:
                    if self.position == after and context.is_active() and self._server is not None:
                        self._news.wait(1)
        finally:
            with self._news:
                self.open -= 1

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def _answer(
        self, request: journal_pb2.WatchJournalRequest, after: int, upto: int
    ) -> journal_pb2.WatchJournalResponse:
        kinds = {position: "Funded" if position % 2 else "Allocated" for position in range(after + 1, upto + 1)}
        entries = [
            journal_pb2.Entry(position=position, kind=kind, event_json='{"path":"acme"}')
            for position, kind in kinds.items()
            if not request.kinds or kind in request.kinds
        ]
        return journal_pb2.WatchJournalResponse(
            entries=entries, position=upto, committed_position=self.position, incarnation=self.incarnation
        )

    def _refuse(self, context: Any, code: grpc.StatusCode, reason: str) -> None:
        status = status_pb2.Status(code=code.value[0], message=reason)
        packed = Packed()
        packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="tallystick"))
        status.details.append(packed)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(code, reason)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, journal: FakeJournal) -> None:
        self._journal = journal

    def service(self, handler_call_details: Any) -> Any:
        write: Callable[[Any], bytes] = lambda answer: answer.SerializeToString()  # noqa: E731
        match handler_call_details.method.rpartition("/")[2]:
            case "WatchJournal":
                read = journal_pb2.WatchJournalRequest.FromString
                return grpc.unary_stream_rpc_method_handler(self._journal.watch, read, write)
            case "GetOrganization":
                told = organizations_pb2.GetOrganizationRequest.FromString
                return grpc.unary_unary_rpc_method_handler(self._journal.get_organization, told, write)
        return None


@contextmanager
def journal_running() -> Iterator[FakeJournal]:
    """One that listens on a free port of loopback."""
    journal = FakeJournal()
    journal.start()
    try:
        yield journal
    finally:
        journal.stop()
