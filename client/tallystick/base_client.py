"""What both clients are made of: settings, what is known of the organizations, the outbox and its delivery."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from tallystick import refusals
from tallystick.amounts import AmountLike, Quantity, quantities
from tallystick.delivery import Delivery
from tallystick.errors import TallystickError
from tallystick.extension import Extender
from tallystick.folder_outbox import open_outbox
from tallystick.known import Known
from tallystick.outbox import Pending
from tallystick.requests.describe import Seconds
from tallystick.settings import DEFAULT_ADDRESS, check_environment
from tallystick.target import Target
from tallystick.tracing import wanted

TTL_S: Final = 60.0
DEADLINE_S: Final = 5.0
RETRY_S: Final = 30.0
CLOSE_S: Final = 5.0

OnOutage = Literal["deny", "allow"]


class Options(TypedDict, total=False):
    """What a client may be told, beside its address; see `BaseClient`."""

    token: str | None
    ca_file: str | None
    outbox: str | os.PathLike[str] | None
    timeout: float
    retry_for: float
    ttl: Seconds
    on_outage: OnOutage
    outage_limit: AmountLike | None
    coalesce: bool
    tracing: bool | None


class BaseClient:
    """What both clients are made of. Making one does not connect, and does not import gRPC.

    Args:
        address: `host:port` or `unix:/path`; `TALLYSTICK_ADDRESS`, else 127.0.0.1:7420, where absent.
        token: The bearer token; `TALLYSTICK_TOKEN`, else the content of `TALLYSTICK_TOKEN_FILE`, where absent.
        ca_file: Certificates to check the ledger's own against; `TALLYSTICK_CA_FILE` where absent.
        outbox: A folder that keeps settlements until the ledger has taken them; `TALLYSTICK_OUTBOX`, else memory,
            where absent.
        timeout: Deadline of one attempt, in seconds.
        retry_for: How long a call goes on trying where the ledger does not answer, in seconds.
        ttl: How long holds outlive a process that vanishes; blocks extend theirs.
        on_outage: `deny`: without an answer nothing runs. `allow`: blocks run without a hold up to `outage_limit`,
            and are charged when the ledger answers.
        outage_limit: With `allow`: how much this process may spend meanwhile, for example `"5 USD"`.
        coalesce: Calls that wait anyway, because others are under way, leave together. Each still has its own
            outcome, deadline and request id; a lone call never waits. `False`: each call goes by itself.
        tracing: Whether calls are spans of OpenTelemetry, which needs the extra `otel`; `TALLYSTICK_TRACING`, else not,
            where absent. Traced calls go by themselves: one that is shared would be of one trace only.

    Raises:
        UnknownSetting: An environment variable looks like a setting and is none.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        ca_file: str | None = None,
        outbox: str | os.PathLike[str] | None = None,
        timeout: float = DEADLINE_S,
        retry_for: float = RETRY_S,
        ttl: Seconds = TTL_S,
        on_outage: OnOutage = "deny",
        outage_limit: AmountLike | None = None,
        coalesce: bool = True,
        tracing: bool | None = None,
    ) -> None:
        check_environment()
        if on_outage == "allow" and outage_limit is None:
            raise ValueError("on_outage='allow' needs an outage_limit, such as '5 USD'")
        environment = os.environ
        traced = wanted(environment.get("TALLYSTICK_TRACING", "")) if tracing is None else tracing
        self._target = Target(
            address=address or environment.get("TALLYSTICK_ADDRESS") or DEFAULT_ADDRESS,
            token=_token(token, environment),
            ca_file=ca_file or environment.get("TALLYSTICK_CA_FILE", ""),
            timeout_s=timeout,
            retry_s=retry_for,
            coalesce=coalesce and not traced,
            tracing=traced,
        )
        self._ttl = ttl
        self.outage_limit: tuple[Quantity, ...] | None = None
        if on_outage == "allow" and outage_limit is not None:
            self.outage_limit = quantities([outage_limit])
        self._known = Known()
        folder = environment.get("TALLYSTICK_OUTBOX", "") if outbox is None else os.fspath(outbox)
        self.delivery = Delivery(self._target, open_outbox(folder), self._known)
        self.extender = Extender(self.delivery.transport)

    @property
    def address(self) -> str:
        """Where the ledger is."""
        return self._target.address

    @property
    def undelivered(self) -> list[Pending]:
        """Settlements that the ledger has not taken: those that wait, and those that a rule refused."""
        return self.delivery.outbox.waiting() + self.delivery.outbox.refused()

    def take_refused(self) -> list[Pending]:
        """Hand back the settlements that a rule refused, and forget them: `close` does not mention them any more."""
        return self.delivery.outbox.take_refused()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address}>"

    @staticmethod
    def _read_error(status: Any, scales: Mapping[str, int], request_id: str) -> TallystickError:  # noqa: ANN401
        return refusals.exception_of(status, scales, request_id)


def _token(given: str | None, environment: Mapping[str, str]) -> str:
    if given is not None:
        return given
    if "TALLYSTICK_TOKEN" in environment:
        return environment["TALLYSTICK_TOKEN"].strip()
    file = environment.get("TALLYSTICK_TOKEN_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else ""
