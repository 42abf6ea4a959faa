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
    "TALLYSTICK_OUTBOX": "A folder that keeps settlements until the ledger has taken them; in memory where unset.",
}
"""What the SDK and the command line read."""

SERVICE_SETTINGS: Final[Mapping[str, str]] = {
    "TALLYSTICK_DATABASE_URL": "Where the books are kept; SQLite in the user's data folder where unset.",
    "TALLYSTICK_LISTEN": f"Where the service listens; {DEFAULT_ADDRESS} where unset.",
    "TALLYSTICK_METRICS_LISTEN": "Where the service shows its metrics.",
    "TALLYSTICK_LOG_FORMAT": "How the service writes its log.",
    "TALLYSTICK_LOG_LEVEL": "How much the service writes to its log.",
    "TALLYSTICK_INSECURE": "The service may listen beyond loopback without TLS and identity.",
    "TALLYSTICK_TEST_POSTGRES_URL": "The PostgreSQL server that Tallystick's own tests use.",
}
"""What the service reads; named here so that a process with both finds nothing unknown."""

KNOWN: Final[Mapping[str, str]] = {**CLIENT_SETTINGS, **SERVICE_SETTINGS}


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
