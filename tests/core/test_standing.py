"""Standing records: what every kind promises."""

from typing import get_type_hints

import pytest

from ledger.core.standing import KINDS, TIMED
from tests.storage.world import examples


@pytest.mark.parametrize("record", examples(), ids=lambda record: type(record).__name__)
def test_standing__what_every_record_says(record):
    """A record has a key, a partition, a position and places; one that has ended is due for nothing and in no place."""
    assert isinstance(record.key, int | str)
    assert (record.partition_id > 0, record.position > 0) == (True, True)
    if record.ended:
        assert (record.due_at, record.places) == (0, ())


def test_kinds__each_has_an_example():
    """No kind is left out above; those that time acts on are among them."""
    assert {type(record) for record in examples()} == set(KINDS)
    assert set(TIMED) <= set(KINDS)
    assert all("partition_id" in get_type_hints(kind) for kind in KINDS)
