"""The calls of `tallystick.v1`, each with its path and its answer; a test compares them with the protos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from google.protobuf.message import Message

from tallystick.v1 import (
    allowances_pb2,
    batch_pb2,
    caps_pb2,
    claims_pb2,
    escalations_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reports_pb2,
    reservations_pb2,
    server_pb2,
    tools_pb2,
)

AnswerT_co = TypeVar("AnswerT_co", bound=Message, covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class Method(Generic[AnswerT_co]):
    """One call of the wire.

    Attributes:
        path: For example `/tallystick.v1.ReservationService/Reserve`.
        answer: The message that answers it.
    """

    path: str
    answer: type[AnswerT_co]

    @property
    def name(self) -> str:
        """Without package and service, for example `Reserve`."""
        return self.path.rpartition("/")[2]


def _organizations(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.OrganizationService/{name}", answer)


def _partitions(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.PartitionService/{name}", answer)


def _reservations(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.ReservationService/{name}", answer)


def _caps(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.CapService/{name}", answer)


def _tools(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.ToolService/{name}", answer)


def _escalations(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.EscalationService/{name}", answer)


def _allowances(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.AllowanceService/{name}", answer)


def _claims(name: str, answer: type[AnswerT_co]) -> Method[AnswerT_co]:
    return Method(f"/tallystick.v1.ClaimService/{name}", answer)


CREATE_ORGANIZATION: Final = _organizations("CreateOrganization", organizations_pb2.CreateOrganizationResponse)
GET_ORGANIZATION: Final = _organizations("GetOrganization", organizations_pb2.Organization)
LIST_ORGANIZATIONS: Final = _organizations("ListOrganizations", organizations_pb2.ListOrganizationsResponse)
UPDATE_ORGANIZATION: Final = _organizations("UpdateOrganization", organizations_pb2.UpdateOrganizationResponse)

CREATE_PARTITION: Final = _partitions("CreatePartition", partitions_pb2.CreatePartitionResponse)
GET_PARTITION: Final = _partitions("GetPartition", partitions_pb2.GetPartitionResponse)
LIST_PARTITIONS: Final = _partitions("ListPartitions", partitions_pb2.ListPartitionsResponse)
UPDATE_PARTITION: Final = _partitions("UpdatePartition", partitions_pb2.UpdatePartitionResponse)
CLOSE_PARTITION: Final = _partitions("ClosePartition", partitions_pb2.ClosePartitionResponse)
PAUSE_PARTITION: Final = _partitions("PausePartition", partitions_pb2.PausePartitionResponse)
RESUME_PARTITION: Final = _partitions("ResumePartition", partitions_pb2.PausePartitionResponse)
FUND: Final = _partitions("Fund", partitions_pb2.MoveResponse)
DEFUND: Final = _partitions("Defund", partitions_pb2.MoveResponse)
ALLOCATE: Final = _partitions("Allocate", partitions_pb2.MoveResponse)
RECLAIM: Final = _partitions("Reclaim", partitions_pb2.MoveResponse)

RESERVE: Final = _reservations("Reserve", reservations_pb2.ReserveResponse)
COMMIT: Final = _reservations("Commit", reservations_pb2.SettlementResponse)
SETTLE_PART: Final = _reservations("SettlePart", reservations_pb2.SettlementResponse)
RELEASE: Final = _reservations("Release", reservations_pb2.SettlementResponse)
EXTEND: Final = _reservations("Extend", reservations_pb2.ExtendResponse)
EXPIRE: Final = _reservations("Expire", reservations_pb2.SettlementResponse)
CHARGE: Final = _reservations("Charge", reservations_pb2.ChargeResponse)
REFUND: Final = _reservations("Refund", reservations_pb2.SettlementResponse)
GET_RESERVATION: Final = _reservations("GetReservation", reservations_pb2.GetReservationResponse)
LIST_RESERVATIONS: Final = _reservations("ListReservations", reservations_pb2.ListReservationsResponse)

CREATE_CAP: Final = _caps("CreateCap", caps_pb2.CapResponse)
UPDATE_CAP: Final = _caps("UpdateCap", caps_pb2.CapResponse)
DELETE_CAP: Final = _caps("DeleteCap", caps_pb2.CapResponse)
LIST_CAPS: Final = _caps("ListCaps", caps_pb2.ListCapsResponse)

SET_TOOL: Final = _tools("SetTool", tools_pb2.SetToolResponse)
DELETE_TOOL: Final = _tools("DeleteTool", tools_pb2.SetToolResponse)
LIST_TOOLS: Final = _tools("ListTools", tools_pb2.ListToolsResponse)
SET_TOOL_RULES: Final = _tools("SetToolRules", tools_pb2.SetToolRulesResponse)
GET_TOOL_RULES: Final = _tools("GetToolRules", tools_pb2.GetToolRulesResponse)

REQUEST_ESCALATION: Final = _escalations("RequestEscalation", escalations_pb2.EscalationResponse)
APPROVE_ESCALATION: Final = _escalations("ApproveEscalation", escalations_pb2.EscalationResponse)
DENY_ESCALATION: Final = _escalations("DenyEscalation", escalations_pb2.EscalationResponse)
FORWARD_ESCALATION: Final = _escalations("ForwardEscalation", escalations_pb2.EscalationResponse)
CANCEL_ESCALATION: Final = _escalations("CancelEscalation", escalations_pb2.EscalationResponse)
REALLOCATE: Final = _escalations("Reallocate", escalations_pb2.EscalationResponse)
GET_ESCALATION: Final = _escalations("GetEscalation", escalations_pb2.GetEscalationResponse)
LIST_ESCALATIONS: Final = _escalations("ListEscalations", escalations_pb2.ListEscalationsResponse)
WAIT_ESCALATION: Final = _escalations("WaitEscalation", escalations_pb2.GetEscalationResponse)
SET_ESCALATION_POLICY: Final = _escalations("SetEscalationPolicy", escalations_pb2.EscalationPolicyResponse)
DELETE_ESCALATION_POLICY: Final = _escalations("DeleteEscalationPolicy", escalations_pb2.EscalationPolicyResponse)
LIST_ESCALATION_POLICIES: Final = _escalations("ListEscalationPolicies", escalations_pb2.ListEscalationPoliciesResponse)

SET_ALLOWANCE: Final = _allowances("SetAllowance", allowances_pb2.AllowanceResponse)
DELETE_ALLOWANCE: Final = _allowances("DeleteAllowance", allowances_pb2.AllowanceResponse)
LIST_ALLOWANCES: Final = _allowances("ListAllowances", allowances_pb2.ListAllowancesResponse)

ASSIGN_WORK: Final = _claims("AssignWork", claims_pb2.ClaimResponse)
UNASSIGN_WORK: Final = _claims("UnassignWork", claims_pb2.ClaimResponse)
GET_CLAIM: Final = _claims("GetClaim", claims_pb2.GetClaimResponse)
LIST_CLAIMS: Final = _claims("ListClaims", claims_pb2.ListClaimsResponse)

BATCH_EXECUTE: Final = Method("/tallystick.v1.BatchService/BatchExecute", batch_pb2.BatchExecuteResponse)
LIST_ENTRIES: Final = Method("/tallystick.v1.JournalService/ListEntries", journal_pb2.ListEntriesResponse)
WATCH_JOURNAL: Final = Method("/tallystick.v1.JournalService/WatchJournal", journal_pb2.WatchJournalResponse)
GET_STATE: Final = Method("/tallystick.v1.JournalService/GetState", journal_pb2.GetStateResponse)
GET_SPENDING: Final = Method("/tallystick.v1.ReportService/GetSpending", reports_pb2.GetSpendingResponse)
GET_STATEMENT: Final = Method("/tallystick.v1.ReportService/GetStatement", reports_pb2.GetStatementResponse)
GET_BUDGET: Final = Method("/tallystick.v1.ReportService/GetBudget", reports_pb2.GetBudgetResponse)
GET_SERVER_INFO: Final = Method("/tallystick.v1.ServerService/GetServerInfo", server_pb2.ServerInfo)

METHODS: Final = {method.path: method for method in list(globals().values()) if isinstance(method, Method)}
"""All of them, by path."""
