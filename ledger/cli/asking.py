"""Reserve, and where the budget does not cover it ask for more and wait: what `reserve --escalate` does."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.cli.problems import Complaint, ExitCode

if TYPE_CHECKING:
    from tallystick import Client, Held


def hold_or_ask(
    client: "Client",
    partition: str,
    typed: Sequence[str | Decimal],
    wait: timedelta,
    reason: str,
    *,
    ttl: float,
    validate_only: bool,
    **terms: Any,  # noqa: ANN401  (as `Client.reserve` takes them)
) -> "Held":
    """The hold, after an escalation where one was needed: as the SDK's blocks do it, but nobody works in one here.

    Args:
        client: What calls the ledger.
        partition: Whose own budget.
        typed: What to hold; nothing for the tool's estimate.
        wait: How long to wait for a decision.
        reason: Why, for those who decide.
        ttl: How long to hold, in seconds.
        validate_only: Cannot be: an escalation is asked of people.
        terms: What else `Client.reserve` takes.

    Raises:
        Complaint: A dry run was wanted; or Ctrl-C: what was asked for outlives the wait for it.
        EscalationNotGranted: Denied, cancelled, expired, granted too little, or pending still.
    """
    from tallystick.before_work import before_any_work
    from tallystick.escalating import opening
    from tallystick.terms import Terms
    from tallystick.verbs import carry

    if validate_only:
        raise Complaint(ExitCode.USAGE, "USAGE", "--escalate asks people: leave it out of a dry run")
    wanted = Terms(
        partition=partition,
        amounts=tuple(typed),
        ttl_s=ttl,
        release_on=before_any_work,
        outage_limit=None,
        escalate=reason or True,
        wait_s=wait.total_seconds(),
        **terms,
    )
    try:
        held, _ = carry(client, opening(wanted))
    except KeyboardInterrupt:
        raise Complaint(
            ExitCode.INTERRUPTED,
            "INTERRUPTED",
            "interrupted; what was asked for is pending still: "
            f"see `tallystick escalations list {partition} --state pending`",
        ) from None
    return held
