import pytest

from ledger.core.amounts import PARTS_MAX, in_range


@pytest.mark.parametrize("parts", [0, 1, -1, 2**53 + 1, PARTS_MAX, -PARTS_MAX])
def test_in_range__inside(parts):
    """R1: whatever a signed 64-bit integer holds is in range, but for its least value."""
    assert in_range(parts)


@pytest.mark.parametrize("parts", [PARTS_MAX + 1, -PARTS_MAX - 1, 10**30])
def test_in_range__outside(parts):
    """R1: one part further is out of range."""
    assert not in_range(parts)
