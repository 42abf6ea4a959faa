"""Faults: the world failed. Raised, never returned; the caller repeats with the same request id."""


class Fault(Exception):
    """The world failed; nothing is known to be wrong with the request."""


class StorageUnavailable(Fault):
    """The database could not be reached, or did not answer in time. Nothing was written."""


class OutcomeUnknown(StorageUnavailable):
    """The connection was lost while COMMIT was under way: the batch may be in the journal or not."""


class HeadMoved(Fault):
    """The head is not what the batch was decided on; nothing was written."""


class BatchConflict(Fault):
    """A row of the batch violates a constraint: a request id or reservation id is taken. Nothing was written."""


class Overloaded(Fault):
    """The queue is full; nothing was executed."""


class ShuttingDown(Fault):
    """This process is going down; nothing was executed."""


class Quarantined(Fault):
    """A finding has stopped all writing to the organization."""


class FormatUnknown(Fault):
    """The organization's journal may hold kinds that this process does not know."""


class ClockSkewed(Fault):
    """This process's clock disagrees with the database's beyond the bound."""


class DeadlinePassed(Fault):
    """The caller's deadline passed before the command was decided; nothing was executed."""


class PositionNotReached(Fault):
    """The read asked for a position that the journal did not reach in time."""


class ReaderTooSlow(Fault):
    """Whoever follows the journal has taken nothing for too long; nothing is lost, it goes on where it stopped."""
