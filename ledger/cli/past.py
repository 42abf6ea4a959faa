"""The past: how a moment of it is typed, and the tree as it stood then."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.cli.output import when
from ledger.cli.times import read_past
from ledger.cli.tree import Node, sums_of

if TYPE_CHECKING:
    from tallystick import State


def read_moment(text: str, now: datetime | None = None) -> int | datetime:
    """A position, an instant with its zone, or how long ago, as in 2h.

    Raises:
        Complaint: It is none of these.
    """
    if text.isascii() and text.isdecimal():
        return int(text)
    return read_past(text, now)


def nodes_then(state: "State", unit: str) -> list[Node]:
    """The partitions as they are drawn, in one unit. What is not known of the past, closed or paused, is not drawn."""
    parents = {one.path.rpartition("/")[0] for one in state.partitions}
    nodes = []
    for one in state.partitions:
        own, subtree = sums_of(one.own, unit), sums_of(one.subtree, unit)
        nodes.append(Node(one.path, own, subtree, leaf=one.path not in parents))
    return nodes


def units_then(state: "State") -> Sequence[str]:
    """The units in which anything was posted by then."""
    return list(dict.fromkeys(unit for one in state.partitions for unit in one.subtree))


def heading(state: "State") -> str:
    """Which moment it is."""
    return f"as it stood at position {state.position}, {when(state.time)}"
