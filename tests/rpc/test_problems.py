from ledger.rpc.problems import InvalidRequest, Violation


def test_invalid_request__inside():
    """A problem of an item is a problem of the batch, further in."""
    error = InvalidRequest(Violation("amounts[0].unit", "is wrong")).inside("items[3].reserve")

    assert error.violations == (("items[3].reserve.amounts[0].unit", "is wrong"),)
    assert str(error) == "items[3].reserve.amounts[0].unit: is wrong"
