from dataclasses import replace

from ledger.core.pauses import Pause
from tests.builders import NONE


def test_pause__ends_when_resumed():
    """R62: a partition has one pause at most; one that was resumed is history."""
    pause = Pause(2, 7, "ann", 1, NONE)

    assert (pause.key, pause.ended, pause.due_at, pause.places) == (2, False, 0, ())
    assert replace(pause, over=True).ended
