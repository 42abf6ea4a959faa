"""What several messages have: one amount, and a mask of what to update."""

from typing import Any

from ledger.core.amounts import Amount
from ledger.rpc.problems import InvalidRequest, Violation


def amount_of(message: Any) -> Amount:  # noqa: ANN401  (any message with one)
    """The one amount of a message."""
    return Amount(message.amount.unit, message.amount.parts)


def masked(message: Any, *known: str) -> frozenset[str]:  # noqa: ANN401  (any update)
    """The fields that an update's mask names.

    Raises:
        InvalidRequest: It names none, or one that is not to be set.
    """
    paths = message.update_mask.paths
    if not paths:
        raise InvalidRequest(Violation("update_mask", f"must name at least one of {', '.join(known)}"))
    for place, path in enumerate(paths):
        if path not in known:
            raise InvalidRequest(Violation(f"update_mask.paths[{place}]", f"must be one of {', '.join(known)}"))
    return frozenset(paths)
