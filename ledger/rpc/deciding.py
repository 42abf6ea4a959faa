"""Deciding: a command is submitted; a refusal is raised."""

from ledger.core.commands import Request
from ledger.core.outcomes import Accepted, Rejected
from ledger.rpc.ports import Submitter
from ledger.rpc.problems import Refused


class Decider:
    """Submits commands."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    async def decide(self, request: Request) -> Accepted:
        """The request took effect, or would have if it is a dry run.

        Raises:
            Refused: A rule said no.
            Fault: The world failed.
        """
        outcome = await self._submitter.submit(request)
        if isinstance(outcome, Accepted):
            return outcome
        raise Refused(request.organization, outcome)

    async def decide_all(self, requests: list[Request]) -> list[Accepted | Exception]:
        """What became of each request, in order: what it wrote, or what its own call would raise.

        Raises:
            Fault: Nothing was executed.
        """
        organization = requests[0].organization
        found: list[Accepted | Exception] = []
        for outcome in await self._submitter.submit_all(requests):
            if isinstance(outcome, Rejected):
                found.append(Refused(organization, outcome))
            elif isinstance(outcome, Accepted | Exception):
                found.append(outcome)
            else:
                raise outcome
        return found
