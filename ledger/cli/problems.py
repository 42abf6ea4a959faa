"""Problems: what becomes of an exception. One sentence, a reason for programs, an exit code; never a traceback."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any


class ExitCode(IntEnum):
    """How a command ended. Documented in docs/reference/cli.md."""

    OK = 0
    REFUSED = 1
    """A rule said no, or a verification has something to say."""
    USAGE = 2
    """The command line, an environment variable or an amount is wrong."""
    FAULT = 3
    """Nobody answered, or a file, database or service failed."""
    INTERRUPTED = 130
    """Ctrl-C."""


class Complaint(Exception):
    """A command has something to say against what it was asked.

    Attributes:
        problem: What.
    """

    def __init__(self, code: ExitCode, reason: str, sentence: str, **details: Any) -> None:  # noqa: ANN401
        super().__init__(sentence)
        self.problem = Problem(code, reason, sentence, details)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a command did not do what was asked.

    Attributes:
        code: The exit code.
        reason: For programs; a reason of the wire where the service sent one.
        sentence: For people.
        details: Numbers and names, for programs.
    """

    code: ExitCode
    reason: str
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON is printed."""
        told = {name: value for name, value in self.details.items() if value not in (None, "", {}, [])}
        return {"error": {"reason": self.reason, "message": self.sentence, "exit_code": int(self.code), **told}}


def problem_of(error: BaseException) -> Problem:
    """What an exception means for whoever typed the command."""
    if isinstance(error, Complaint):
        return error.problem
    return _of_sdk(error) or _of_service(error) or _of_world(error)


def _of_sdk(error: BaseException) -> Problem | None:
    from tallystick import errors

    if not isinstance(error, errors.TallystickError):
        return None
    said = _sentence(str(error))
    repeat = {"request_id": error.request_id}
    match error:
        case errors.Refused():
            sentence = f"refused, {error.reason}: {said}{_later(error)}"
            return Problem(ExitCode.REFUSED, error.reason, sentence, _refusal(error))
        case errors.InvalidRequest():
            listed = "; ".join(f"{name}: {what}" for name, what in error.violations.items())
            details = {"violations": error.violations}
            return Problem(ExitCode.USAGE, error.reason or "INVALID_REQUEST", listed or said, details)
        case errors.LedgerUnavailable():
            return _unavailable(error, said)
        case errors.NotAuthenticated():
            return Problem(ExitCode.REFUSED, "UNAUTHENTICATED", said, repeat)
        case errors.NotAuthorized():
            return Problem(ExitCode.REFUSED, "PERMISSION_DENIED", said, repeat)
        case errors.UnknownSetting():
            return Problem(ExitCode.USAGE, "UNKNOWN_SETTING", said)
        case _:
            return Problem(ExitCode.FAULT, error.reason or type(error).__name__, said, repeat)


def _unavailable(error: Any, said: str) -> Problem:  # noqa: ANN401  (tallystick.LedgerUnavailable)
    """Nobody listens, or somebody does and did not answer in time, or answered that they cannot."""
    details = {"address": error.address, "request_id": error.request_id}
    code = getattr(error.__cause__, "code", None)
    if not error.reason and code is not None and code().name == "UNAVAILABLE":
        said = (
            f"nobody answers at {error.address}; start a server with `tallystick serve`, "
            "or name another with --address or TALLYSTICK_ADDRESS"
        )
        return Problem(ExitCode.FAULT, "UNREACHABLE", said, details)
    if error.request_id:
        said += f"; it may have taken effect: repeat it with --request-id {error.request_id}"
    return Problem(ExitCode.FAULT, error.reason or "NO_ANSWER", said, details)


def _later(error: Any) -> str:  # noqa: ANN401  (tallystick.EscalationNotGranted)
    """How to come by the hold, where who decides has not decided yet."""
    escalation = getattr(error, "escalation", None)
    pending = escalation is not None and escalation.pending
    return f"; then repeat this with --request-id {error.request_id}" if pending else ""


def _refusal(error: Any) -> dict[str, Any]:  # noqa: ANN401  (tallystick.Refused, which is not imported for --help)
    told = {name: getattr(error, name) for name in _EXPLAINED}
    reservation, escalation = error.reservation, getattr(error, "escalation", None)
    return {
        **told,
        "cap_id": error.cap_id or None,
        "escalation_id": error.escalation_id or (escalation and escalation.escalation_id) or None,
        "escalation_state": escalation.state if escalation else "",
        "reservation_id": reservation.reservation_id if reservation else "",
        "reservation_state": reservation.state if reservation else "",
        "request_id": error.request_id,
    }


_EXPLAINED = (
    "partition",
    "unit",
    "needed",
    "available",
    "fits",
    "next_expire_time",
    "ask",
    "role",
    "cap",
    "reset_time",
    "claim_scope",
    "claim_key",
    "claim_holder",
    "claim_reservation_id",
    "claim_result",
    "pause_principal",
    "pause_time",
    "pause_note",
    "tool",
    "tool_refusal",
    "tool_pattern",
    "item",
    "bound",
    "replayed",
)


def _of_service(error: BaseException) -> Problem | None:
    """What opening a database, or serving, raises: looked at by module, so that nothing is imported for it."""
    home, name, said = type(error).__module__, type(error).__name__, _sentence(str(error))
    match home, name:
        case "ledger.config", "SettingsError":
            return Problem(ExitCode.USAGE, "UNKNOWN_SETTING" if "no setting" in said else "INVALID_SETTING", said)
        case "ledger.rpc.identity", _:
            return Problem(ExitCode.USAGE, "UNSAFE_LISTEN", said)
        case "ledger.storage.problems", "AddressUnknown":
            return Problem(ExitCode.USAGE, "DATABASE_ADDRESS_UNKNOWN", said)
        case "ledger.storage.problems", _:
            return Problem(ExitCode.FAULT, _REASONS.get(name, "DATABASE_UNUSABLE"), said)
        case _ if home in _OF_HOMES:
            return Problem(ExitCode.FAULT, _OF_HOMES[home], said)
        case "ledger.observe.tracing", _:
            return Problem(ExitCode.USAGE, "CANNOT_TRACE", said)
        case _ if name in {"CannotListen", "CannotServe"}:
            return Problem(ExitCode.FAULT, "CANNOT_LISTEN", said)
        case _:
            return None


_OF_HOMES = {
    "ledger.verify.snapshot": "DATABASE_UNUSABLE",
    "ledger.verify.exported": "EXPORT_UNREADABLE",
    "ledger.verify.keys": "KEY_UNUSABLE",
    "ledger.archive.exporting": "NOT_EXPORTED",
    "ledger.core.faults": "STORAGE_UNAVAILABLE",
}
_REASONS = {
    "StoreInUse": "DATABASE_IN_USE",
    "Unsafe": "DATABASE_UNSAFE",
    "SchemaOutdated": "SCHEMA_OUTDATED",
}


def _of_world(error: BaseException) -> Problem:
    if isinstance(error, KeyboardInterrupt):
        return Problem(ExitCode.INTERRUPTED, "INTERRUPTED", "interrupted")
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return Problem(ExitCode.FAULT, "SYSTEM", f"{where}{error.strerror or error}")
    place = ""
    if frames := traceback.extract_tb(error.__traceback__):
        place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
    said = _sentence(str(error)) or "no message"
    return Problem(ExitCode.FAULT, "INTERNAL", f"a bug of tallystick, {type(error).__name__}{place}: {said}")


def _sentence(text: str) -> str:
    """One line."""
    return " ".join(text.split())
