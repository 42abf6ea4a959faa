"""Requests about organizations, as they go on the wire."""

from datetime import timedelta

from tallystick import requests


def test_create_organization__every_field():
    """Units keep their order."""
    message = requests.create_organization(
        "acme",
        units={"USD": 9, "tokens": 0},
        time_zone="Europe/Berlin",
        display_name="Acme",
        reservation_life_max=timedelta(hours=2),
    ).build({})

    assert [(unit.name, unit.scale) for unit in message.units] == [("USD", 9), ("tokens", 0)]
    assert (message.organization, message.time_zone, message.display_name) == ("acme", "Europe/Berlin", "Acme")
    assert message.reservation_life_max.seconds == 7200
    assert message.request_id


def test_update_organization__only_what_is_given():
    """The mask names what is given, the empty text included."""
    message = requests.update_organization("acme", etag="3", display_name="").build({})

    assert (list(message.update_mask.paths), message.etag) == (["display_name"], "3")


def test_get_organization__name():
    """A read has no request id."""
    request = requests.get_organization("acme")

    assert (request.build({}).organization, request.request_id) == ("acme", "")


def test_list_organizations__token():
    """The page's token is passed on."""
    assert requests.list_organizations(page_size=3).build("t").page_token == "t"
