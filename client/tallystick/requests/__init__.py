"""What a caller may ask: each function describes one call, without making it.

`Client` and `AsyncClient` have a method of the same name and arguments for each of them. A description that is not a
read may be an item of `batch`. Nothing here observes the world, save that a request id is made where none is given.
"""

from tallystick.requests.allowances import allowances, delete_allowance, set_allowance
from tallystick.requests.batch import batch
from tallystick.requests.caps import CapLike, caps, create_cap, delete_cap, update_cap
from tallystick.requests.claims import assign_work, claim, claims, unassign_work
from tallystick.requests.describe import BasisLike, Listing, Request, ReservationLike, Seconds
from tallystick.requests.escalations import (
    EscalationLike,
    approve,
    cancel_escalation,
    deny,
    escalation,
    escalations,
    forward,
    reallocate,
    request_escalation,
)
from tallystick.requests.journal import list_entries, server_info
from tallystick.requests.organizations import (
    create_organization,
    get_organization,
    list_organizations,
    update_organization,
)
from tallystick.requests.partitions import (
    allocate,
    close_partition,
    create_partition,
    defund,
    fund,
    get_partition,
    list_partitions,
    pause,
    reclaim,
    resume,
    update_partition,
)
from tallystick.requests.policies import delete_escalation_policy, escalation_policies, set_escalation_policy
from tallystick.requests.reports import SpendingColumn, budget, report
from tallystick.requests.reservations import (
    ClaimLike,
    charge,
    commit,
    expire,
    extend,
    get_reservation,
    list_reservations,
    refund,
    release,
    reserve,
    settle_part,
)
from tallystick.requests.tools import delete_tool, set_tool, set_tool_rules, tool_rules, tools

__all__ = [
    "BasisLike",
    "CapLike",
    "ClaimLike",
    "EscalationLike",
    "Listing",
    "Request",
    "ReservationLike",
    "Seconds",
    "SpendingColumn",
    "allocate",
    "allowances",
    "approve",
    "assign_work",
    "batch",
    "budget",
    "cancel_escalation",
    "caps",
    "charge",
    "claim",
    "claims",
    "close_partition",
    "commit",
    "create_cap",
    "create_organization",
    "create_partition",
    "defund",
    "delete_allowance",
    "delete_cap",
    "delete_escalation_policy",
    "delete_tool",
    "deny",
    "escalation",
    "escalation_policies",
    "escalations",
    "expire",
    "extend",
    "forward",
    "fund",
    "get_organization",
    "get_partition",
    "get_reservation",
    "list_entries",
    "list_organizations",
    "list_partitions",
    "list_reservations",
    "pause",
    "reallocate",
    "reclaim",
    "refund",
    "release",
    "report",
    "request_escalation",
    "reserve",
    "resume",
    "server_info",
    "set_allowance",
    "set_escalation_policy",
    "set_tool",
    "set_tool_rules",
    "settle_part",
    "tool_rules",
    "tools",
    "unassign_work",
    "update_cap",
    "update_organization",
    "update_partition",
]
