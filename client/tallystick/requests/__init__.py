"""What a caller may ask: each function describes one call, without making it.

`Client` and `AsyncClient` have a method of the same name and arguments for each of them. A description that is not a
read may be an item of `batch`. Nothing here observes the world, save that a request id is made where none is given.
"""

from tallystick.requests.batch import batch
from tallystick.requests.describe import BasisLike, Listing, Request, ReservationLike, Seconds
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
    reclaim,
    update_partition,
)
from tallystick.requests.reservations import (
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

__all__ = [
    "BasisLike",
    "Listing",
    "Request",
    "ReservationLike",
    "Seconds",
    "allocate",
    "batch",
    "charge",
    "close_partition",
    "commit",
    "create_organization",
    "create_partition",
    "defund",
    "expire",
    "extend",
    "fund",
    "get_organization",
    "get_partition",
    "get_reservation",
    "list_entries",
    "list_organizations",
    "list_partitions",
    "list_reservations",
    "reclaim",
    "refund",
    "release",
    "reserve",
    "server_info",
    "settle_part",
    "update_organization",
    "update_partition",
]
