from ledger.core.outcomes import Accepted, Reason, Rejected


def test_reason__named_as_it_is_sent():
    """A reason's value is its name: it is part of the wire contract."""
    assert all(reason.value == reason.name for reason in Reason)


def test_rejected__says_no_more_than_it_knows():
    """A refusal that concerns no amount has no numbers, and one that is not bound no position."""
    assert Rejected(Reason.PARTITION_NOT_FOUND, "acme/x") == Rejected(
        reason=Reason.PARTITION_NOT_FOUND,
        path="acme/x",
        unit="",
        needed=None,
        available=None,
        ask="",
        reservation_id="",
        culprit=None,
        position=0,
        replayed=False,
    )


def test_accepted__effective_unless_told():
    """An answer is the first one, and not a dry run's, unless it says so."""
    assert (Accepted(()).replayed, Accepted(()).validate_only) == (False, False)
