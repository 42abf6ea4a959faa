"""The environment variables of Tallystick: the one table of their names, and the SDK's reading of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from tallystick.errors import UnknownSetting

PREFIX: Final = "TALLYSTICK_"
DEFAULT_ADDRESS: Final = "127.0.0.1:7420"

CLIENT_SETTINGS: Final[Mapping[str, str]] = {
    "TALLYSTICK_ADDRESS": f"Where the ledger is: host:port, or unix:/path; {DEFAULT_ADDRESS} where unset.",
    "TALLYSTICK_TOKEN": "The bearer token that says who is calling.",
    "TALLYSTICK_TOKEN_FILE": "A file that holds the bearer token.",
    "TALLYSTICK_CA_FILE": "Certificates (PEM) of the authorities that the ledger's own is signed by; switches TLS on.",
    "TALLYSTICK_TRACING": "Whether calls are spans of OpenTelemetry, with the extra `otel`; not where unset.",
    "TALLYSTICK_OUTBOX": "A folder that keeps settlements until the ledger has taken them; in memory where unset.",
}
"""What the SDK and the command line read."""

SERVICE_SETTINGS: Final = frozenset(
    {
        "TALLYSTICK_APPEND_CONNECTIONS",
        "TALLYSTICK_BATCH_COMMANDS_MAX",
        "TALLYSTICK_BATCH_WAIT_MS",
        "TALLYSTICK_CALLS_MAX",
        "TALLYSTICK_CHECKPOINT_FILE",
        "TALLYSTICK_CHECKPOINT_KEY_FILE",
        "TALLYSTICK_CHECKPOINT_SECONDS",
        "TALLYSTICK_CONNECT_TIMEOUT_MS",
        "TALLYSTICK_DATABASE_PASSWORD_FILE",
        "TALLYSTICK_DATABASE_URL",
        "TALLYSTICK_DEADLINE_MAX_SECONDS",
        "TALLYSTICK_DEFAULT_DATABASE",
        "TALLYSTICK_DRAIN_SECONDS",
        "TALLYSTICK_EVENT_LOOP",
        "TALLYSTICK_IDLE_TIMEOUT_MS",
        "TALLYSTICK_INSECURE",
        "TALLYSTICK_LISTEN",
        "TALLYSTICK_LOCK_TIMEOUT_MS",
        "TALLYSTICK_LOG_FORMAT",
        "TALLYSTICK_LOG_LEVEL",
        "TALLYSTICK_METRICS_DEPTH",
        "TALLYSTICK_METRICS_LISTEN",
        "TALLYSTICK_METRICS_PARTITIONS",
        "TALLYSTICK_METRICS_SECONDS",
        "TALLYSTICK_METRICS_SERIES_MAX",
        "TALLYSTICK_METRICS_TOOLS",
        "TALLYSTICK_POSTGRES_PROGRAMS",
        "TALLYSTICK_PREPARE_THRESHOLD",
        "TALLYSTICK_QUEUE_MAX",
        "TALLYSTICK_READ_CONNECTIONS",
        "TALLYSTICK_REQUEST_BYTES_MAX",
        "TALLYSTICK_REUSE_PORT",
        "TALLYSTICK_STATEMENT_TIMEOUT_MS",
        "TALLYSTICK_SYNCHRONOUS",
        "TALLYSTICK_SYNCHRONOUS_COMMIT",
        "TALLYSTICK_TEST_POSTGRES_URL",
        "TALLYSTICK_TRANSACTION_TIMEOUT_MS",
        "TALLYSTICK_UNSAFE_DURABILITY",
        "TALLYSTICK_VERIFY_FULL_HOURS",
        "TALLYSTICK_VERIFY_SECONDS",
        "TALLYSTICK_VERIFY_SHARE",
        "TALLYSTICK_WATCHERS_MAX",
        "TALLYSTICK_WATCH_PATIENCE_SECONDS",
        "TALLYSTICK_WEBHOOKS_FILE",
        "TALLYSTICK_WORKERS",
    }
)
"""What the service, its demo and its tests read; named here so that a process that has both finds nothing unknown."""

KNOWN: Final = SERVICE_SETTINGS | CLIENT_SETTINGS.keys()


def check_environment(environment: Mapping[str, str] | None = None) -> None:
    """See to it that no variable is set that only looks like a setting.

    Raises:
        UnknownSetting: A name begins with `TALLYSTICK_` and is not in the table; the nearest one that is, is named.
    """
    for name in os.environ if environment is None else environment:
        if name.startswith(PREFIX) and name not in KNOWN:
            near = get_close_matches(name, KNOWN, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UnknownSetting(f"the environment variable {name} is no setting of Tallystick{hint}")
