"""Asked: what a call asks, from its bytes to the reply's.

A call that is one command is served in three steps, and only the first is done where it arrives: it is decoded. When
its batch is taken it is checked and made a command; when that has an outcome, the reply is made. See
`ledger.sequencer.pending.Unread`, which is what a sequencer sees of it.
"""

from collections.abc import Callable
from typing import Any

from ledger.core.commands import Request
from ledger.core.outcomes import Accepted, Outcome
from ledger.rpc.answers import ANSWERS
from ledger.rpc.gate import settles
from ledger.rpc.problems import Refused
from ledger.rpc.requests import organization_in, to_request
from ledger.rpc.status import refused

Check = Callable[[Any, bytes], None]
"""Raises InvalidRequest where a message, decoded from those bytes, breaks the rules of its proto."""


class Asked:
    """The request of one call.

    Attributes:
        message: As decoded.
        principal: Who calls.
        checked: Whether the message obeys the rules of its proto, as far as is known by now.
    """

    __slots__ = ("_check", "_clock", "_data", "_request", "checked", "message", "principal")

    _request: Request

    def __init__(self, message: Any, data: bytes, principal: str, check: Check, clock: Callable[[], int]) -> None:  # noqa: ANN401
        """Nothing of it is known. The clock tells microseconds since 1970, for what is left of a hold."""
        self.message = message
        self.principal = principal
        self.checked = False
        self._data = data
        self._check = check
        self._clock = clock

    def check(self) -> Any:  # noqa: ANN401  (any message)
        """The message, which obeys the rules of its proto.

        Raises:
            InvalidRequest: It does not.
        """
        if not self.checked:
            self._check(self.message, self._data)
            self.checked = True
        return self.message

    # Of a message that is one command

    @property
    def organization(self) -> str:
        """Which one it is about, by its own word."""
        return organization_in(self.message)

    @property
    def settles(self) -> bool:
        """Whether it says what became of a hold."""
        return settles(self.message)

    def read(self) -> Request:
        """The command that it asks for.

        Raises:
            InvalidRequest: It is malformed.
        """
        self._request = request = to_request(self.check(), self.principal)
        return request

    def answer(self, outcome: Outcome) -> bytes:
        """The reply's bytes.

        Raises:
            Refused: A rule said no.
        """
        request = self._request
        if isinstance(outcome, Accepted):
            answer = ANSWERS[type(request.command)](request.organization, outcome, self._clock())
            return answer.SerializeToString()
        raise Refused(request.organization, outcome, refused(outcome, request.organization))
