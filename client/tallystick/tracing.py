"""Tracing, where it is wanted: each call is a span of whatever is under way, and carries its trace to the ledger.

OpenTelemetry's own interceptors do that; they come with the extra `otel`. Nothing of it is imported otherwise, and no
call does anything for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc

_MISSING = "tracing needs OpenTelemetry, which is not installed: pip install 'tallystick[otel]'"


def wanted(told: str) -> bool:
    """Whether the setting `TALLYSTICK_TRACING` says yes.

    Raises:
        ValueError: It says neither yes nor no.
    """
    said = told.strip().lower()
    if said in {"", "0", "false", "no", "off"}:
        return False
    if said in {"1", "true", "yes", "on"}:
        return True
    raise ValueError(f"TALLYSTICK_TRACING is {told!r}: say true or false")


def traced(channel: grpc.Channel) -> grpc.Channel:
    """A connection whose calls are spans.

    Raises:
        ImportError: OpenTelemetry is not installed.
    """
    instrumentation = _instrumentation()
    intercepted: grpc.Channel = instrumentation.grpcext.intercept_channel(channel, instrumentation.client_interceptor())
    return intercepted


def interceptors() -> list[Any]:
    """What makes spans of the calls of a connection of an event loop.

    Raises:
        ImportError: OpenTelemetry is not installed.
    """
    found: list[Any] = _instrumentation().aio_client_interceptors()
    return found


def _instrumentation() -> Any:  # noqa: ANN401  (a module that may be missing)
    try:
        from opentelemetry.instrumentation import grpc as instrumentation
    except ImportError as error:
        raise ImportError(_MISSING) from error
    return instrumentation
