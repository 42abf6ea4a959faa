"""The sweeper: organizations that nobody calls still have their holds expire, and old request ids are let go."""

import asyncio
from typing import Final, Protocol

import structlog

from ledger.core.commands import PruneRequestIds, Request
from ledger.core.events import RequestIdsPruned
from ledger.core.faults import Fault
from ledger.core.invariants import InvariantBroken
from ledger.core.outcomes import Rejected
from ledger.core.queries import OrganizationFound
from ledger.sequencer.registry import Sequencers
from ledger.storage.store import Store

log = structlog.get_logger(__name__)

SWEEP_EVERY_S: Final = 0.25
PRUNE_EVERY_S: Final = 3_600.0
KEPT_US: Final = 30 * 86_400 * 1_000_000
"""R40: request ids are kept so long, which is longer than any hold may live."""

PRUNE_STEP_US: Final = 86_400 * 1_000_000
"""The cut-off moves by at least so much, so that pruning is an entry a day at most."""

_DUE_AT_ONCE: Final = 200
_PRUNED_AT_ONCE: Final = 5_000


class OrganizationLister(Protocol):
    """Lists organizations by name."""

    async def organizations(self, after: str, limit: int) -> list[OrganizationFound]:
        """Those after a name, at most so many."""


async def sweep_forever(sequencers: Sequencers, store: Store) -> None:
    """Let every organization with something due act on time, soon after it is. Never returns.

    The next due instant stands in each head row, so no book is loaded to find out. Source: R36.
    """
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        try:
            for organization in await store.due(sequencers.clock.now(), _DUE_AT_ONCE):
                sequencers.act_on_time(organization)
            await sequencers.drop_idle()
        except Fault as fault:
            log.warning("sweep_failed", cause=repr(fault))
            await asyncio.sleep(1)


async def prune_forever(sequencers: Sequencers, store: Store, lister: OrganizationLister) -> None:
    """Let request ids go that are older than they need be kept. Never returns. Source: R40."""
    while True:
        try:
            await prune(sequencers, store, lister)
        except Fault as fault:
            log.warning("prune_failed", cause=repr(fault))
        await asyncio.sleep(PRUNE_EVERY_S)


async def prune(sequencers: Sequencers, store: Store, lister: OrganizationLister) -> None:
    """One pass: move each organization's cut-off as an entry, then delete in small steps what lies before it."""
    since = sequencers.clock.now() - KEPT_US
    after = ""
    while found := await lister.organizations(after, 100):
        for one in found:
            settings = one.organization
            after = settings.name
            old = max(settings.request_ids_since, settings.created_at)
            if one.quarantine or since - old < PRUNE_STEP_US:
                continue
            try:
                await _prune_one(sequencers, store, settings.name, since)
            except (Fault, InvariantBroken) as fault:  # the others' turn comes all the same
                log.warning("prune_failed", organization=settings.name, cause=repr(fault))


async def _prune_one(sequencers: Sequencers, store: Store, organization: str, since: int) -> None:
    outcome = await sequencers.submit(Request(organization, "", "", b"", PruneRequestIds(since)))
    if isinstance(outcome, Rejected):
        return
    event = outcome.entries[0].event
    assert isinstance(event, RequestIdsPruned), "that is what it writes"
    pruned = _PRUNED_AT_ONCE
    while pruned == _PRUNED_AT_ONCE:
        # By the cut-off that was written, which the rule may have moved: nothing later is refused as too old.
        pruned = await store.prune_request_ids(organization, event.since, _PRUNED_AT_ONCE)
