"""A call described, not made; and how the pieces of a request are put on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tallystick import results
from tallystick.amounts import Amount, AmountLike, Quantity, quantities, resolve
from tallystick.errors import UnitUnknown
from tallystick.ids import uuid7
from tallystick.methods import Method
from tallystick.v1 import types_pb2

T_co = TypeVar("T_co", covariant=True)

Scales: TypeAlias = Mapping[str, int]
Seconds: TypeAlias = float | timedelta
"""A length of time: seconds, or a timedelta."""
BasisLike: TypeAlias = results.Basis | Literal["MEASURED", "ESTIMATED"]


class NamesReservation(Protocol):
    """Whatever says which reservation it is about: a hold, and what calls return about one."""

    @property
    def partition(self) -> str:
        """Path of the reservation's partition."""

    @property
    def reservation_id(self) -> str:
        """The reservation's id."""


ReservationLike: TypeAlias = str | NamesReservation
"""A reservation by its id (then `organization=` says whose), or by what a call returned about it."""

_BASES = {"MEASURED": types_pb2.BASIS_MEASURED, "ESTIMATED": types_pb2.BASIS_ESTIMATED}


@dataclass(frozen=True, slots=True, eq=False)
class Request(Generic[T_co]):
    """One call, described.

    Attributes:
        method: Which call of the wire.
        organization: Whose units its amounts are in; empty where it concerns none.
        build: Makes the message, given the organization's units.
        read: Makes the result of the answer, given the units.
        request_id: Names the effect; empty for reads and for `validate_only`.
        item: Its field in a batch; empty where it cannot be an item.
        wait_s: How long the ledger may take before it answers. Such a call is tried once.
    """

    method: Method[Any]
    organization: str
    build: Callable[[Scales], Any]
    read: Callable[[Any, Scales], T_co]
    request_id: str = ""
    item: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Listing(Generic[T_co]):
    """A list that the ledger answers in pages.

    Attributes:
        method: Which call of the wire.
        organization: Whose units its amounts are in; empty where it concerns none.
        build: Makes the message of a page, given that page's token; empty for the first.
        read: Makes the items of a page, given the units.
        request_id: A list is a read: always empty.
    """

    method: Method[Any]
    organization: str
    build: Callable[[str], Any]
    read: Callable[[Any, Scales], Iterable[T_co]]
    request_id: str = ""


def name_request(request_id: str, *, validate_only: bool) -> str:
    """The caller's id, or a new one; none for what has no effect to name."""
    return request_id or ("" if validate_only else uuid7())


def organization_of(path: str) -> str:
    """The first name of a path."""
    return path.partition("/")[0]


def reference(reservation: ReservationLike, organization: str) -> tuple[str, str]:
    """Organization and id of a reservation."""
    if isinstance(reservation, str):
        if not organization:
            raise ValueError("a reservation given by its id alone needs organization=")
        return organization, reservation
    return organization or organization_of(reservation.partition), reservation.reservation_id


def wire_name(kind: type[StrEnum], value: str, prefix: str, what: str) -> str:
    """The wire's name of a value of an enumeration.

    Raises:
        ValueError: There is no such value; those that there are, are named.
    """
    try:
        return f"{prefix}_{kind(value).value}"
    except ValueError:
        known = ", ".join(one.value for one in kind)
        raise ValueError(f"{str(value)!r} is no {what}; there are {known}") from None


def one_amount(amount: AmountLike, what: str) -> tuple[Quantity, ...]:
    """Read one amount.

    Raises:
        ValueError: It is several.
    """
    wanted = quantities([amount])
    if len(wanted) != 1:
        raise ValueError(f"{what} is one amount")
    return wanted


def amounts_of(wanted: Iterable[Quantity], scales: Scales, only: Iterable[str] = ()) -> tuple[Amount, ...]:
    """Whole parts of the organization's units.

    Raises:
        UnitUnknown: The organization declares no such unit.
    """
    try:
        return resolve(wanted, scales, only)
    except KeyError as missing:
        unit = missing.args[0]
        raise UnitUnknown(f"the organization has no unit {unit}; it has {', '.join(scales)}") from None


def to_wire(wanted: Iterable[Quantity], scales: Scales) -> list[types_pb2.Amount]:
    """Whole parts, as messages."""
    return [types_pb2.Amount(unit=one.unit, parts=one.parts) for one in amounts_of(wanted, scales)]


def basis_number(basis: BasisLike | None) -> types_pb2.Basis:
    """The wire's number; unspecified where the caller said nothing."""
    return types_pb2.BASIS_UNSPECIFIED if basis is None else _BASES[basis]


@lru_cache(maxsize=64)
def duration(length: Seconds) -> Duration:
    """A length of time, to the microsecond. Every caller gets the same message, to be copied into others.

    Raises:
        ValueError: It is no number, or beyond all lengths of time.
    """
    if not isinstance(length, timedelta):
        try:
            length = timedelta(seconds=length)
        except (OverflowError, ValueError):
            raise ValueError(f"{length} is no length of time in seconds") from None
    return Duration(seconds=length.days * 86400 + length.seconds, nanos=length.microseconds * 1000)


def seconds_of(length: Seconds) -> float:
    """A length of time, in seconds."""
    return length.total_seconds() if isinstance(length, timedelta) else length


def timestamp(instant: datetime) -> Timestamp:
    """An instant, to the microsecond.

    Raises:
        ValueError: Where it has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    since = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)
