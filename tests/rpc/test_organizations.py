from typing import Any

from tests.rpc.world import Wire, new_id, plain, units


async def test_create__as_created(wire: Wire):
    """The answer is the organization as created, which is what is read afterwards."""
    request_id = new_id()
    fields: dict[str, Any] = {"organization": "acme", "units": units("USD", "tokens"), "time_zone": "Europe/Berlin"}

    answer = await wire.call(
        "CreateOrganization", **fields, display_name="Acme", reservation_life_max={"seconds": 90}, request_id=request_id
    )
    read = await wire.call("GetOrganization", organization="acme")

    assert plain(answer.organization) == plain(read)
    assert plain(read) == {
        "name": "acme",
        "display_name": "Acme",
        "units": [{"name": "USD", "scale": 9}, {"name": "tokens"}],
        "time_zone": "Europe/Berlin",
        "reservation_life_max": "90s",
        "etag": "1",
        "create_time": plain(answer.receipt)["time"],
        "position": "1",
        "incarnation": "1",
    }


async def test_create__a_repeat_answers_the_same(wire: Wire):
    """Created twice under one request id, it is created once."""
    request: dict[str, Any] = {"organization": "acme", "units": units("USD"), "request_id": new_id()}
    first = await wire.call("CreateOrganization", **request)

    again = await wire.call("CreateOrganization", **request)

    assert again.receipt.replayed
    again.receipt.replayed = False
    assert again == first


async def test_update__by_mask_and_etag(acme: Wire):
    """Only what the mask names changes; the answer shows the settings with the units, and is repeated."""
    before = await acme.call("GetOrganization", organization="acme")
    request: dict[str, Any] = {
        "organization": "acme",
        "etag": before.etag,
        "update_mask": {"paths": ["display_name"]},
        "display_name": "Acme",
        "time_zone": "Europe/Berlin",
        "request_id": new_id(),
    }

    answer = await acme.call("UpdateOrganization", **request)
    read = await acme.call("GetOrganization", organization="acme")
    again = await acme.call("UpdateOrganization", **request)

    assert plain(answer.organization) == plain(read)
    assert (read.display_name, read.time_zone, read.etag) == ("Acme", "UTC", "2")
    assert (plain(again.organization), again.receipt.replayed) == (plain(read), True)


async def test_get__nothing_there(wire: Wire):
    """An organization that does not exist is not found."""
    assert (await wire.fails("GetOrganization", organization="nobody")).reason == "ORGANIZATION_NOT_FOUND"


async def test_list__by_name(wire: Wire):
    """Organizations by name, page after page."""
    for name in ("b", "a", "c"):
        await wire.call("CreateOrganization", organization=name, units=units("USD"))

    first = await wire.call("ListOrganizations", page_size=2)
    second = await wire.call("ListOrganizations", page_size=2, page_token=first.next_page_token)

    assert [one.name for one in first.organizations] == ["a", "b"]
    assert [one.name for one in second.organizations] == ["c"]
    assert second.next_page_token == ""
    assert (await wire.fails("ListOrganizations", page_token="x")).reason == "PAGE_TOKEN_INVALID"
