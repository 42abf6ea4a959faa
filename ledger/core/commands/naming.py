"""Naming: the records that a command is about, which the rules need before they decide."""

from ledger.core.commands import (
    ApproveEscalation,
    CancelEscalation,
    Charge,
    Command,
    Commit,
    DenyEscalation,
    Expire,
    Extend,
    ForwardEscalation,
    Group,
    Refund,
    Release,
    Reserve,
    SettlePart,
)


def reservations_named(command: Command) -> tuple[str, ...]:
    """The reservation ids whose records the rules need before they decide. Source: R45."""
    match command:
        case Group(items):
            return tuple(named for item in items for named in reservations_named(item))
        case Reserve(reservation_id=reservation_id, chosen=chosen):
            return (reservation_id,) if chosen else ()
        case Commit() | SettlePart() | Release() | Extend() | Expire() | Refund():
            return (command.reservation_id,)
        case Charge(reservation_id=reservation_id):
            return (reservation_id,) if reservation_id else ()
        case _:
            return ()


def escalations_named(command: Command) -> tuple[int, ...]:
    """The escalations whose records the rules need before they decide. Source: R45."""
    match command:
        case Group(items):
            return tuple(named for item in items for named in escalations_named(item))
        case ApproveEscalation() | DenyEscalation() | ForwardEscalation() | CancelEscalation():
            return (command.escalation_id,)
        case _:
            return ()
