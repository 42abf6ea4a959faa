"""Read the journal, and ask what a service process is."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick import methods, readings, results
from tallystick.requests.describe import Listing, Request
from tallystick.v1 import journal_pb2, server_pb2


def list_entries(
    organization: str,
    *,
    from_position: int = 1,
    partition: str = "",
    kinds: Iterable[str] = (),
    page_size: int = 0,
) -> Listing[results.Entry]:
    """List an organization's entries by position, up to the last committed one.

    Args:
        organization: Whose journal.
        from_position: Where to begin.
        partition: Only entries about this partition or one below it.
        kinds: Only these kinds, for example `ReservationOpened`.
        page_size: How many to fetch at once, at most 1000; 100 where 0.
    """
    names = list(kinds)
    return Listing(
        methods.LIST_ENTRIES,
        organization,
        lambda token: journal_pb2.ListEntriesRequest(
            organization=organization,
            from_position=from_position,
            partition=partition,
            kinds=names,
            page_size=page_size,
            page_token=token,
        ),
        lambda answer, scales: [readings.entry(one, scales) for one in answer.entries],
    )


def server_info() -> Request[results.ServerInfo]:
    """Say what the service process is: version, database, limits."""
    return Request(
        methods.GET_SERVER_INFO,
        "",
        lambda _: server_pb2.GetServerInfoRequest(),
        lambda answer, _: readings.server_info(answer),
    )
