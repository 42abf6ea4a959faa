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
from google.protobuf import duration_pb2, timestamp_pb2

from tallystick.v1 import batch_pb2, reservations_pb2

RESERVATION_SERVICE: Final = "tallystick.v1.ReservationService"
BATCH_SERVICE: Final = "tallystick.v1.BatchService"

_UNIT: Final = "USD"


def fill(made: reservations_pb2.ReserveResponse, request_id: str) -> None:
    """An answer as large as the service's, field by field, as whoever serves has to make it."""
    made.receipt.organization = "w00001"
    made.receipt.position = 123_456
    _set(made.receipt.time, 1_790_000_000, 123_456_000)
    made.reservation_id = request_id
    made.partition = "w00001/research/agent-00042"
    made.held.add(unit=_UNIT, parts=2_500_000)
    made.available.add(unit=_UNIT, parts=10**15)
    _set(made.expire_time, 1_790_000_003, 723_456_000)
    _set(made.time_left, 3_599, 999_876_000)
    _set(made.extend_time, 1_790_000_002, 123_456_000)


def _set(time: timestamp_pb2.Timestamp | duration_pb2.Duration, seconds: int, nanos: int) -> None:
    time.seconds, time.nanos = seconds, nanos


async def reserve(request: reservations_pb2.ReserveRequest, _context: object) -> reservations_pb2.ReserveResponse:
    """An answer made for this request."""
    made = reservations_pb2.ReserveResponse()
    fill(made, request.request_id)
    return made


async def batch_execute(request: batch_pb2.BatchExecuteRequest, _context: object) -> batch_pb2.BatchExecuteResponse:
    """An answer with a result made for each item."""
    made = batch_pb2.BatchExecuteResponse()
    for item in request.items:
        fill(made.results.add().reserve, item.reserve.request_id)
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
