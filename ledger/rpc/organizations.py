"""The servicer of organizations: what they are. What changes them is a command, see `calls`."""

from ledger.core.outcomes import Reason, Rejected
from ledger.rpc import resources, tokens
from ledger.rpc.calls import Call
from ledger.rpc.ports import Reader
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_SIZE_DEFAULT
from tallystick.v1 import organizations_pb2


class Organizations:
    """Says what organizations are."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def GetOrganization(
        self, message: organizations_pb2.GetOrganizationRequest, call: Call
    ) -> organizations_pb2.Organization:
        """What it is."""
        found = await self._reader.organization(message.organization)
        if found is None:
            raise Refused(message.organization, Rejected(Reason.ORGANIZATION_NOT_FOUND, message.organization))
        return resources.organization(found)

    async def ListOrganizations(
        self, message: organizations_pb2.ListOrganizationsRequest, call: Call
    ) -> organizations_pb2.ListOrganizationsResponse:
        """By name."""
        size = message.page_size or PAGE_SIZE_DEFAULT
        place = tokens.place(message, str)
        found = await self._reader.organizations(str(place.after) if place else "", size + 1)
        shown = found[:size]
        return organizations_pb2.ListOrganizationsResponse(
            organizations=[resources.organization(one) for one in shown],
            next_page_token=tokens.token(message, shown[-1].organization.name) if len(found) > size else "",
        )
