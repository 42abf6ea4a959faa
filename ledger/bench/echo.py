"""The bare echo of this machine: grpc.aio, the service's event loop, its messages, and nothing else.

It parses the same requests and builds an answer of the same size for each; there is no validation, no rule, no book and
no database. What it answers in a second is the most that a service in one Python process could.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

import grpc
import grpc.aio

from tallystick.v1 import batch_pb2, reservations_pb2, types_pb2

RESERVATION_SERVICE: Final = "tallystick.v1.ReservationService"
BATCH_SERVICE: Final = "tallystick.v1.BatchService"

_ID: Final = "01981a2e-7c3f-7d31-9a34-5b0e7c2d9f10"
_UNIT: Final = "USD"


def answer_to_reserve() -> reservations_pb2.ReserveResponse:
    """An answer as large as the service's, field by field."""
    made = reservations_pb2.ReserveResponse(
        receipt=types_pb2.Receipt(organization="w00001", position=123_456),
        reservation_id=_ID,
        partition="w00001/research/agent-00042",
        held=[types_pb2.Amount(unit=_UNIT, parts=2_500_000)],
        available=[types_pb2.Amount(unit=_UNIT, parts=10**15)],
    )
    made.receipt.time.FromMicroseconds(1_790_000_000_123_456)
    made.expire_time.FromMicroseconds(1_790_000_003_723_456)
    made.time_left.FromMicroseconds(3_599_999_876)
    made.extend_time.FromMicroseconds(1_790_000_002_123_456)
    return made


_RESERVED: Final = answer_to_reserve()


async def reserve(request: reservations_pb2.ReserveRequest, _context: object) -> reservations_pb2.ReserveResponse:
    """An answer made for this request."""
    made = reservations_pb2.ReserveResponse()
    made.CopyFrom(_RESERVED)
    made.reservation_id = request.request_id
    return made


async def batch_execute(request: batch_pb2.BatchExecuteRequest, _context: object) -> batch_pb2.BatchExecuteResponse:
    """An answer with a result made for each item."""
    made = batch_pb2.BatchExecuteResponse()
    for item in request.items:
        result = made.results.add().reserve
        result.CopyFrom(_RESERVED)
        result.reservation_id = item.reserve.request_id
    return made


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What the service takes where nothing is said: uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def serve() -> None:
    """Answer until SIGTERM, at any free port of loopback."""
    server = grpc.aio.server()
    holds = (reservations_pb2.ReserveRequest, reservations_pb2.ReserveResponse)
    batches = (batch_pb2.BatchExecuteRequest, batch_pb2.BatchExecuteResponse)
    server.add_generic_rpc_handlers(
        (
            _service(RESERVATION_SERVICE, "Reserve", reserve, *holds),
            _service(BATCH_SERVICE, "BatchExecute", batch_execute, *batches),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"listening  127.0.0.1:{port}", flush=True)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    await server.stop(0)


def _service(name: str, method: str, behaviour: Any, request: Any, answer: Any) -> grpc.GenericRpcHandler:  # noqa: ANN401
    handler: Any = grpc.unary_unary_rpc_method_handler(behaviour, request.FromString, answer.SerializeToString)
    return grpc.method_handlers_generic_handler(name, {method: handler})


def main() -> int:
    """Serve, with the garbage collector told what the service tells it."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
