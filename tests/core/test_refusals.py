from ledger.core.refusals import RefusalNoted


def test_refusal_noted__by_partition_and_reason():
    """R82: one record of each partition and reason, and of each cap that only watches."""
    noted = RefusalNoted(2, "CAP_REACHED", 7, 1, shadow=False, cap_id=5)
    watched = RefusalNoted(2, "CAP_REACHED", 7, 1, shadow=True, cap_id=5)

    assert (noted.key, watched.key) == ("2/CAP_REACHED/0", "2/CAP_REACHED/5")
    assert (noted.ended, noted.due_at, noted.places) == (False, 0, ())
