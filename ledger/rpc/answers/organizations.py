"""Answers about organizations."""

from ledger.core import events as ev
from ledger.core.organizations import Organization
from ledger.core.outcomes import Accepted
from ledger.rpc import resources
from ledger.rpc.answers.receipts import only, receipt
from tallystick.v1 import organizations_pb2


def organization_created(name: str, accepted: Accepted) -> organizations_pb2.CreateOrganizationResponse:
    """The organization as created."""
    event, first = only(accepted, ev.OrganizationCreated)
    made = Organization(
        name=event.name,
        units=event.units,
        time_zone=event.time_zone,
        display_name=event.display_name,
        reservation_life_max_us=event.reservation_life_max_us,
        version=1,
        created_at=first.at,
        request_ids_since=0,
        incarnation=1,
    )
    wire = resources.settings(made)
    wire.position = first.position
    return organizations_pb2.CreateOrganizationResponse(receipt=receipt(name, accepted), organization=wire)


def organization_updated(name: str, accepted: Accepted) -> organizations_pb2.UpdateOrganizationResponse:
    """The settings after the change."""
    event, first = only(accepted, ev.OrganizationUpdated)
    changed = Organization(
        name=event.name,
        units=event.units,
        time_zone=event.time_zone,
        display_name=event.display_name,
        reservation_life_max_us=event.reservation_life_max_us,
        version=event.version,
        created_at=event.created_at,
        request_ids_since=0,
        incarnation=event.incarnation,
    )
    wire = resources.settings(changed)
    wire.position = first.position
    return organizations_pb2.UpdateOrganizationResponse(receipt=receipt(name, accepted), organization=wire)
