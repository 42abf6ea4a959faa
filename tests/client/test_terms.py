"""What a hold is asked for."""

import pytest

from tallystick.client import Client


@pytest.mark.parametrize(("amounts", "error"), [((), ValueError), ((0.25,), TypeError), (("NaN USD",), ValueError)])
def test_terms__no_amount(amounts, error):
    """What cannot be an amount is said where it is written, before anything is held."""
    with pytest.raises(error):
        Client("127.0.0.1:9").agent("acme/scout").reserve(*amounts)
