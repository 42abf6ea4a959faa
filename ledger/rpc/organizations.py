"""The servicer of organizations."""

from ledger.core.outcomes import Reason, Rejected
from ledger.rpc import answers, resources, tokens
from ledger.rpc.calls import Call
from ledger.rpc.deciding import Decider
from ledger.rpc.ports import Reader, Submitter
from ledger.rpc.problems import Refused
from ledger.rpc.reading import PAGE_SIZE_DEFAULT
from ledger.rpc.requests import to_request
from tallystick.v1 import organizations_pb2


class Organizations:
    """Creates organizations and says what they are."""

    def __init__(self, decider: Decider, submitter: Submitter, reader: Reader) -> None:
        self._decider = decider
        self._submitter = submitter
        self._reader = reader

    async def CreateOrganization(
        self, message: organizations_pb2.CreateOrganizationRequest, call: Call
    ) -> organizations_pb2.CreateOrganizationResponse:
        """The organization exists, with its root."""
        accepted = await self._decider.decide(to_request(message, call.principal))
        return answers.organization_created(message.organization, accepted)

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

    async def UpdateOrganization(
        self, message: organizations_pb2.UpdateOrganizationRequest, call: Call
    ) -> organizations_pb2.UpdateOrganizationResponse:
        """The settings that the mask names are as asked for."""
        accepted = await self._decider.decide(to_request(message, call.principal))
        return answers.organization_updated(message.organization, accepted)
