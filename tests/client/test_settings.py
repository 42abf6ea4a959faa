"""The environment."""

import pytest

import tallystick
from tallystick.settings import CLIENT_SETTINGS, KNOWN, SERVICE_SETTINGS, check_environment


def test_check_environment__known():
    """Every name of the table is taken, and what is not ours is left alone."""
    check_environment(dict.fromkeys(KNOWN, "x") | {"PATH": "x", "MY_TALLYSTICK_X": "x"})


def test_check_environment__unknown():
    """A name that only looks like a setting is an error that names the nearest."""
    with pytest.raises(tallystick.UnknownSetting, match=r"TALLYSTICK_ADRESS .* did you mean TALLYSTICK_ADDRESS\?"):
        check_environment({"TALLYSTICK_ADRESS": "x"})


def test_known__the_service_agrees():
    """The service reads what is named here as its own, and knows the client's names."""
    from ledger.config import OTHERS, PREFIX, Settings

    service = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields} | OTHERS.keys()

    assert service == KNOWN


def test_known__one_home():
    """A name is either the client's or the service's, and the client's says what it is for."""
    assert not CLIENT_SETTINGS.keys() & SERVICE_SETTINGS
    assert all(name.startswith("TALLYSTICK_") for name in KNOWN)
    assert all(text.endswith(".") for text in CLIENT_SETTINGS.values())
