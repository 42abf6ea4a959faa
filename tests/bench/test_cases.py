from ledger.bench.cases import CASES, needed, reserve
from ledger.bench.ground import ECHO, SQLITE


def test_cases__names():
    """Each case has a name of its own, by which it is found."""
    assert all(case.name == name for name, case in CASES.items())
    assert reserve(SQLITE, 64) in CASES


def test_needed__servers():
    """The echo needs nothing beside itself."""
    assert needed([CASES[reserve(ECHO, 1)]]) == frozenset()
    assert needed([CASES[reserve(ECHO, 1)], CASES[reserve(SQLITE, 1)]]) == {SQLITE}
