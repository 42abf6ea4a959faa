"""The calls of `tallystick.v1`, each with its path and its answer; a test compares them with the protos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from google.protobuf.message import Message

from tallystick.v1 import (
    batch_pb2,
    journal_pb2,
    organizations_pb2,
    partitions_pb2,
    reservations_pb2,
    server_pb2,
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


CREATE_ORGANIZATION: Final = _organizations("CreateOrganization", organizations_pb2.CreateOrganizationResponse)
GET_ORGANIZATION: Final = _organizations("GetOrganization", organizations_pb2.Organization)
LIST_ORGANIZATIONS: Final = _organizations("ListOrganizations", organizations_pb2.ListOrganizationsResponse)
UPDATE_ORGANIZATION: Final = _organizations("UpdateOrganization", organizations_pb2.UpdateOrganizationResponse)

CREATE_PARTITION: Final = _partitions("CreatePartition", partitions_pb2.CreatePartitionResponse)
GET_PARTITION: Final = _partitions("GetPartition", partitions_pb2.GetPartitionResponse)
LIST_PARTITIONS: Final = _partitions("ListPartitions", partitions_pb2.ListPartitionsResponse)
UPDATE_PARTITION: Final = _partitions("UpdatePartition", partitions_pb2.UpdatePartitionResponse)
CLOSE_PARTITION: Final = _partitions("ClosePartition", partitions_pb2.ClosePartitionResponse)
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

BATCH_EXECUTE: Final = Method("/tallystick.v1.BatchService/BatchExecute", batch_pb2.BatchExecuteResponse)
LIST_ENTRIES: Final = Method("/tallystick.v1.JournalService/ListEntries", journal_pb2.ListEntriesResponse)
GET_SERVER_INFO: Final = Method("/tallystick.v1.ServerService/GetServerInfo", server_pb2.ServerInfo)

METHODS: Final = {method.path: method for method in list(globals().values()) if isinstance(method, Method)}
"""All of them, by path."""
