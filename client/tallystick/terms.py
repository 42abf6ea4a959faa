"""Terms: what a hold is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick import requests
from tallystick.amounts import AmountLike, Quantity, quantities
from tallystick.before_work import ReleaseOn
from tallystick.requests import ClaimLike, Request
from tallystick.results import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a block asks for.

    Attributes:
        partition: Whose own budget.
        amounts: What to hold.
        ttl_s: How long to hold; extended while the block works.
        tool: The tool or model to be called.
        workflow_id: The workflow it belongs to.
        labels: Small labels.
        request_id: Names the reservation's effect; made for each block where empty.
        reservation_id: The caller's choice; made by the ledger where empty.
        release_on: Which exceptions mean that no work happened.
        outage_limit: What this process may spend while the ledger does not answer; `None` for nothing.
        claim: The work that the hold is for.
        done: Whether a commit that says nothing else marks that work as done.
        escalate: Whether to ask for more where the budget does not cover it; a text says why.
        wait_s: How long to wait for a decision about that.
    """

    partition: str
    amounts: tuple[AmountLike, ...]
    ttl_s: float
    tool: str
    workflow_id: str
    labels: Mapping[str, str] | None
    request_id: str
    reservation_id: str
    release_on: ReleaseOn
    outage_limit: tuple[Quantity, ...] | None
    claim: ClaimLike | None = None
    done: bool = False
    escalate: bool | str = False
    wait_s: float = 0.0

    def __post_init__(self) -> None:
        """What cannot be an amount is said where it stands, not where the block is entered."""
        if not quantities(self.amounts) and not self.tool:
            raise ValueError('name at least one amount to hold, such as "0.25 USD", or a tool that has an estimate')
        if self.done and self.claim is None:
            raise ValueError("done=True is said of work: claim= says which")

    def reserve(self) -> Request[Held]:
        """The call that opens the hold."""
        return requests.reserve(
            self.partition,
            *self.amounts,
            ttl=self.ttl_s,
            tool=self.tool,
            workflow_id=self.workflow_id,
            labels=self.labels,
            claim=self.claim,
            reservation_id=self.reservation_id,
            request_id=self.request_id,
        )
