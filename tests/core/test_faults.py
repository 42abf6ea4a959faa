import inspect

from ledger.core import faults


def test_faults__one_family():
    """Whoever catches a fault catches them all; none of them is an answer of the rules."""
    found = [each for _, each in inspect.getmembers(faults, inspect.isclass)]

    assert all(issubclass(each, faults.Fault) for each in found)


def test_outcome_unknown__is_unavailability():
    """A caller who only knows how to try again may treat an unknown outcome as a store that was away."""
    assert issubclass(faults.OutcomeUnknown, faults.StorageUnavailable)
