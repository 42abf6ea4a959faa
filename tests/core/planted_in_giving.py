"""Faults to be planted in how budget is asked for and given, in allowances, and in who may ask for what."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from ledger.core import (
    allotting,
    authority,
    book,
    clockwork,
    closing,
    decide,
    effects,
    escalating,
    granting,
    policies,
)
from ledger.core import commands as cmd
from ledger.core.allowances import Allowance
from ledger.core.authority import Needs
from ledger.core.escalations import NEXT_ESCALATION_STATE, EscalationState, EscalationStep, Grant
from ledger.core.partitions import Balance
from ledger.core.roles import PrincipalRole, RoleHeld
from tests.model import MOST

Patch = pytest.MonkeyPatch


def approved_from_the_parent(patch: Patch) -> None:
    """Whatever source is named, the partition that decides gives."""
    whole = escalating.decide_approve_escalation
    patch.setitem(
        decide.RULES,
        cmd.ApproveEscalation,
        lambda book, command, moment: whole(book, replace(command, source=""), moment),
    )


def allowance_runs_twice(patch: Patch) -> None:
    """An allowance gives twice what it should."""
    whole = allotting.run

    def twice(inner, allowance, moment):
        change = whole(inner, allowance, moment)
        return replace(change, legs=change.legs * 2)

    patch.setitem(clockwork.ON_TIME, Allowance, twice)


def policy_without_a_window(patch: Patch) -> None:
    """A policy approves one after another, however much it has approved."""
    _policy_that(patch, used=0)


def policy_without_a_floor(patch: Patch) -> None:
    """A policy gives away the last."""
    _policy_that(patch, floor=0)


def _policy_that(patch: Patch, **settings: Any) -> None:
    whole = policies._policy

    def other(inner, partition, unit):
        found = whole(inner, partition, unit)
        return replace(found, **settings) if found is not None else None

    patch.setattr(policies, "_policy", other)


def _step_after(patch: Patch, state: EscalationState) -> None:
    patch.setitem(NEXT_ESCALATION_STATE, (state, EscalationStep.APPROVE), EscalationState.APPROVED)


def approved_twice(patch: Patch) -> None:
    """What was approved is approved again."""
    _step_after(patch, EscalationState.APPROVED)


def approved_after_denial(patch: Patch) -> None:
    """What was denied is approved."""
    _step_after(patch, EscalationState.DENIED)


def approved_after_expiry(patch: Patch) -> None:
    """What nobody decided in time is approved."""
    _step_after(patch, EscalationState.EXPIRED)


def pending_after_close(patch: Patch) -> None:
    """A closed partition goes on asking."""
    patch.setattr(effects, "cancel_pending", lambda *_: None)


def carried_forgotten(patch: Patch) -> None:
    """An approval moves budget, and the reserve that it carries is not decided."""
    patch.setattr(decide, "CARRIERS", frozenset())


def approved_while_paused(patch: Patch) -> None:
    """A policy approves what is paused."""
    patch.setattr(policies, "paused_at", lambda *_: "")


def nothing_back_from_holds(patch: Patch) -> None:
    """What a hold gives back after a grant's end stays with its partition."""
    patch.setattr(granting, "_owes", lambda *_: False)


def lent_last_to_first(patch: Patch) -> None:
    """Spending uses the grant first that ends last."""
    whole = granting._of
    patch.setattr(granting, "_of", lambda *given: whole(*given)[::-1])


def spending_uses_nothing(patch: Patch) -> None:
    """What is spent is owed all the same."""
    whole = granting._shares

    def unused(inner, grants, hold, reserved, spent, *, resolves):
        return whole(inner, grants, hold, reserved + spent, 0, resolves=resolves)

    patch.setattr(granting, "_shares", unused)


def _rich(inner: book.Book) -> Any:
    class Rich:
        """A book in which everybody has plenty."""

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

        def balance(self, _pid: int, _unit: str) -> Balance:
            return Balance(available=MOST)

    return Rich()


def lent_until_in_debt(patch: Patch) -> None:
    """A grant's end takes what is not there."""
    whole = granting.end_of_grant
    patch.setitem(clockwork.ON_TIME, Grant, lambda inner, grant, moment: whole(_rich(inner), grant, moment))


def swept_past_the_lender(patch: Patch) -> None:
    """What a closing partition was lent goes up with everything else."""
    patch.setattr(closing, "sweep", lambda *_: iter(()))


def missed_periods_forgotten(patch: Patch) -> None:
    """What adds runs once, however many periods were missed."""
    whole: Any = allotting.run

    def last_only(inner, allowance, moment):
        change = whole(inner, allowance, moment)
        ends_at = moment.calendar(allowance.period, allowance.week_start, moment.at).ends_at
        return replace(change, event=replace(change.event, next_at=max(ends_at, change.event.next_at)))

    patch.setitem(clockwork.ON_TIME, Allowance, last_only)


def filled_while_paused(patch: Patch) -> None:
    """An allowance runs into what admits nothing."""
    patch.setattr(allotting, "paused_at", lambda *_: "")


def role_on_its_partition_only(patch: Patch) -> None:
    """A role does not hold below its partition."""

    def own(inner, principal, path):
        found = inner.standing[RoleHeld].get(f"{inner.ids.get(path, 0)}/{principal}")
        return found.role if found is not None else PrincipalRole.NONE

    patch.setattr(authority, "role_on", own)


def role_everywhere(patch: Patch) -> None:
    """A role somewhere is a role everywhere."""

    def anywhere(inner, principal, _path):
        held = [one.role for one in inner.standing[RoleHeld].values() if one.principal == principal]
        return max(held, default=PrincipalRole.NONE)

    patch.setattr(authority, "role_on", anywhere)


def agents_allocate(patch: Patch) -> None:
    """Who is an agent may do what is for coordinators."""
    whole = authority._needs

    def lenient(inner, principal, command):
        needs = whole(inner, principal, command)
        return Needs(min(needs.role, PrincipalRole.AGENT), needs.place)

    patch.setattr(authority, "_needs", lenient)


def own_escalation_approved(patch: Patch) -> None:
    """Whoever asks says yes."""
    patch.setattr(escalating, "acts_alone", lambda *_: True)


def groups_not_looked_at(patch: Patch) -> None:
    """What is an item of a group needs no role."""

    def single(inner, request):
        grouped = isinstance(request.command, cmd.Group)
        return None if grouped else authority.forbidden(inner, request.principal, request.command)

    patch.setattr(decide, "_denied", single)


def repeat_denied(patch: Patch) -> None:
    """Whoever gave a role away is told, when they ask again, that they may not."""
    patch.setattr(authority, "SELF_CHANGING", frozenset())


FAULTS: Final[tuple[Callable[[Patch], None], ...]] = (
    approved_from_the_parent,
    allowance_runs_twice,
    policy_without_a_window,
    policy_without_a_floor,
    approved_twice,
    approved_after_denial,
    approved_after_expiry,
    pending_after_close,
    carried_forgotten,
    approved_while_paused,
    nothing_back_from_holds,
    lent_last_to_first,
    spending_uses_nothing,
    lent_until_in_debt,
    swept_past_the_lender,
    missed_periods_forgotten,
    filled_while_paused,
    role_on_its_partition_only,
    role_everywhere,
    agents_allocate,
    own_escalation_approved,
    groups_not_looked_at,
    repeat_denied,
)
