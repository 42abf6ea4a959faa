"""Where the ledger is, and how it is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc

# Beside the two that are documented, gRPC's own ways to name servers.
_ADDRESS = re.compile(r"(unix|unix-abstract|dns|ipv4|ipv6|xds):.+|[^/\s]+:\d{1,5}")
_LOOPBACK = re.compile(r"unix:.*|(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the ledger is, and how long to wait for it.

    Attributes:
        address: `host:port`, or `unix:/path`.
        token: The bearer token; empty for none.
        ca_file: Certificates to check the ledger's own against; empty for a plain connection.
        timeout_s: Deadline of one attempt.
        retry_s: How long to go on trying; 0 for one attempt.
        tracing: Whether calls are spans; see `tallystick.tracing`.
        coalesce: Whether calls that wait anyway leave together; see `tallystick.coalescing`.
    """

    address: str
    token: str = ""
    ca_file: str = ""
    timeout_s: float = 5.0
    retry_s: float = 30.0
    coalesce: bool = True
    tracing: bool = False

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ValueError(f"{self.address!r} is no address: write host:port, such as 127.0.0.1:7420, or unix:/path")
        if self.token and not self.ca_file and not self.loopback:
            raise ValueError(f"a token must not travel in clear to {self.address}: set TALLYSTICK_CA_FILE")

    @property
    def loopback(self) -> bool:
        """Whether the ledger is on this machine."""
        return _LOOPBACK.fullmatch(self.address) is not None

    @property
    def metadata(self) -> tuple[tuple[str, str], ...] | None:
        """What every call carries."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else None

    def options(self, *, shared: bool) -> list[tuple[str, int]]:
        """Channel arguments.

        Args:
            shared: Whether the connection may be that of another channel to the same address.
        """
        options = [
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 2000),
            ("grpc.max_reconnect_backoff_ms", 2000),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            # An answer is as long as what happened: a close names everything that it closed.
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 0 if shared else 1),
        ]
        if self.loopback:
            options.append(("grpc.enable_http_proxy", 0))
        return options

    def credentials(self) -> grpc.ChannelCredentials | None:
        """TLS where a certificate file is named."""
        import grpc

        return grpc.ssl_channel_credentials(Path(self.ca_file).read_bytes()) if self.ca_file else None
