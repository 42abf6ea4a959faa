"""Create organizations, and say what they are."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.field_mask_pb2 import FieldMask

from tallystick import methods, readings, results
from tallystick.requests.describe import Listing, Request, Seconds, duration, name_request
from tallystick.v1 import organizations_pb2, types_pb2


def create_organization(
    organization: str,
    *,
    units: Mapping[str, int],
    time_zone: str = "",
    display_name: str = "",
    reservation_life_max: Seconds | None = None,
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Organization]:
    """Create an organization with its units, and with it the root partition.

    Args:
        organization: The name, and the path of the root; never reused.
        units: Decimal places of each unit's smallest part: `{"USD": 9, "tokens": 0}`. Never changed.
        time_zone: IANA zone; `UTC` where absent.
        display_name: Free text for people.
        reservation_life_max: The longest a reservation may live; 1 hour where absent.
        request_id: A UUIDv7 that names the effect; made here where absent.
        validate_only: Decide and answer, without effect.
    """
    request_id = name_request(request_id, validate_only=validate_only)
    message = organizations_pb2.CreateOrganizationRequest(
        organization=organization,
        units=[types_pb2.Unit(name=name, scale=scale) for name, scale in units.items()],
        time_zone=time_zone,
        display_name=display_name,
        reservation_life_max=None if reservation_life_max is None else duration(reservation_life_max),
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(
        methods.CREATE_ORGANIZATION,
        "",
        lambda _: message,
        lambda answer, _: readings.organization(answer.organization, answer.receipt),
        request_id,
    )


def update_organization(
    organization: str,
    *,
    etag: str,
    display_name: str | None = None,
    time_zone: str | None = None,
    reservation_life_max: Seconds | None = None,
    request_id: str = "",
    validate_only: bool = False,
) -> Request[results.Organization]:
    """Change the settings that are given, if nobody changed any since `etag` was read."""
    request_id = name_request(request_id, validate_only=validate_only)
    given = {"display_name": display_name, "time_zone": time_zone, "reservation_life_max": reservation_life_max}
    message = organizations_pb2.UpdateOrganizationRequest(
        organization=organization,
        update_mask=FieldMask(paths=[name for name, value in given.items() if value is not None]),
        display_name=display_name,
        time_zone=time_zone,
        reservation_life_max=None if reservation_life_max is None else duration(reservation_life_max),
        etag=etag,
        request_id=request_id,
        validate_only=validate_only,
    )
    return Request(
        methods.UPDATE_ORGANIZATION,
        "",
        lambda _: message,
        lambda answer, _: readings.organization(answer.organization, answer.receipt),
        request_id,
    )


def get_organization(organization: str) -> Request[results.Organization]:
    """Say what an organization is."""
    message = organizations_pb2.GetOrganizationRequest(organization=organization)
    return Request(methods.GET_ORGANIZATION, "", lambda _: message, lambda answer, _: readings.organization(answer))


def list_organizations(*, page_size: int = 0) -> Listing[results.Organization]:
    """List organizations by name, page by page as they are asked for."""
    return Listing(
        methods.LIST_ORGANIZATIONS,
        "",
        lambda token: organizations_pb2.ListOrganizationsRequest(page_size=page_size, page_token=token),
        lambda answer, _: [readings.organization(one) for one in answer.organizations],
    )
