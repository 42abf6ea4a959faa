"""Values that messages share, between the wire's form and the core's: times, amounts, texts, enumerations, ids."""

import os
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from sys import intern
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.journal import Role
from ledger.core.partitions import Kind, PartitionState
from ledger.core.reservations import Basis, ReservationState
from ledger.core.texts import Text
from ledger.rpc.problems import InvalidRequest, Violation
from tallystick.v1 import allowances_pb2, caps_pb2, journal_pb2, partitions_pb2, reservations_pb2, types_pb2

SECOND_US: Final = 1_000_000
_SECOND_NS: Final = 1_000_000_000
_TIMESTAMP_SECONDS: Final = range(-62_135_596_800, 253_402_300_800)
"""0001-01-01 to 9999-12-31, as google.protobuf.Timestamp allows."""
_DURATION_SECONDS_MAX: Final = 315_576_000_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]").search

KINDS: Final[Mapping[Kind, partitions_pb2.PartitionKind]] = {
    Kind.ORGANIZATION: partitions_pb2.PARTITION_KIND_ORGANIZATION,
    Kind.TEAM: partitions_pb2.PARTITION_KIND_TEAM,
    Kind.AGENT: partitions_pb2.PARTITION_KIND_AGENT,
}
PARTITION_STATES: Final[Mapping[PartitionState, partitions_pb2.PartitionState]] = {
    PartitionState.OPEN: partitions_pb2.PARTITION_STATE_OPEN,
    PartitionState.CLOSING: partitions_pb2.PARTITION_STATE_CLOSING,
    PartitionState.CLOSED: partitions_pb2.PARTITION_STATE_CLOSED,
}
RESERVATION_STATES: Final[Mapping[ReservationState, reservations_pb2.ReservationState]] = {
    ReservationState.OPEN: reservations_pb2.RESERVATION_STATE_OPEN,
    ReservationState.COMMITTED: reservations_pb2.RESERVATION_STATE_COMMITTED,
    ReservationState.RELEASED: reservations_pb2.RESERVATION_STATE_RELEASED,
    ReservationState.EXPIRED: reservations_pb2.RESERVATION_STATE_EXPIRED,
    ReservationState.COMMITTED_LATE: reservations_pb2.RESERVATION_STATE_COMMITTED_LATE,
}
BASES: Final[Mapping[Basis, types_pb2.Basis]] = {
    Basis.NONE: types_pb2.BASIS_UNSPECIFIED,
    Basis.MEASURED: types_pb2.BASIS_MEASURED,
    Basis.ESTIMATED: types_pb2.BASIS_ESTIMATED,
}
ROLES: Final[Mapping[Role, journal_pb2.AccountRole]] = {
    Role.AVAILABLE: journal_pb2.ACCOUNT_ROLE_AVAILABLE,
    Role.RESERVED: journal_pb2.ACCOUNT_ROLE_RESERVED,
    Role.SPENT: journal_pb2.ACCOUNT_ROLE_SPENT,
    Role.ISSUED: journal_pb2.ACCOUNT_ROLE_ISSUED,
}
CAP_KINDS: Final[Mapping[CapKind, caps_pb2.CapKind]] = {
    CapKind.SINGLE: caps_pb2.CAP_KIND_SINGLE,
    CapKind.WINDOW: caps_pb2.CAP_KIND_WINDOW,
    CapKind.ROLLING: caps_pb2.CAP_KIND_ROLLING,
    CapKind.LIFETIME: caps_pb2.CAP_KIND_LIFETIME,
    CapKind.WORKFLOW: caps_pb2.CAP_KIND_WORKFLOW,
    CapKind.OPEN_RESERVATIONS: caps_pb2.CAP_KIND_OPEN_RESERVATIONS,
}
CAP_MODES: Final[Mapping[CapMode, caps_pb2.CapMode]] = {
    CapMode.ENFORCED: caps_pb2.CAP_MODE_ENFORCED,
    CapMode.SHADOW: caps_pb2.CAP_MODE_SHADOW,
}
ALLOWANCE_MODES: Final[Mapping[AllowanceMode, allowances_pb2.AllowanceMode]] = {
    AllowanceMode.REFILL_TO: allowances_pb2.ALLOWANCE_MODE_REFILL_TO,
    AllowanceMode.ADD: allowances_pb2.ALLOWANCE_MODE_ADD,
}
PERIODS: Final[Mapping[Period, caps_pb2.Period]] = {
    Period.NONE: caps_pb2.PERIOD_UNSPECIFIED,
    Period.HOUR: caps_pb2.PERIOD_HOUR,
    Period.DAY: caps_pb2.PERIOD_DAY,
    Period.WEEK: caps_pb2.PERIOD_WEEK,
    Period.MONTH: caps_pb2.PERIOD_MONTH,
}
WEEKDAYS: Final[Mapping[Weekday, caps_pb2.Weekday]] = {
    Weekday.MONDAY: caps_pb2.WEEKDAY_MONDAY,
    Weekday.TUESDAY: caps_pb2.WEEKDAY_TUESDAY,
    Weekday.WEDNESDAY: caps_pb2.WEEKDAY_WEDNESDAY,
    Weekday.THURSDAY: caps_pb2.WEEKDAY_THURSDAY,
    Weekday.FRIDAY: caps_pb2.WEEKDAY_FRIDAY,
    Weekday.SATURDAY: caps_pb2.WEEKDAY_SATURDAY,
    Weekday.SUNDAY: caps_pb2.WEEKDAY_SUNDAY,
}
KIND_BY_NUMBER: Final[Mapping[int, Kind]] = {int(wire): kind for kind, wire in KINDS.items()}
RESERVATION_STATE_BY_NUMBER: Final[Mapping[int, ReservationState]] = {
    int(wire): state for state, wire in RESERVATION_STATES.items()
}
BASIS_BY_NUMBER: Final[Mapping[int, Basis]] = {int(wire): basis for basis, wire in BASES.items()}
CAP_KIND_BY_NUMBER: Final[Mapping[int, CapKind]] = {int(wire): kind for kind, wire in CAP_KINDS.items()}
CAP_MODE_BY_NUMBER: Final[Mapping[int, CapMode]] = {0: CapMode.ENFORCED} | {
    int(wire): mode for mode, wire in CAP_MODES.items()
}
WEEKDAY_BY_NUMBER: Final[Mapping[int, Weekday]] = {0: Weekday.MONDAY} | {
    int(wire): day for day, wire in WEEKDAYS.items()
}
ALLOWANCE_MODE_BY_NUMBER: Final[Mapping[int, AllowanceMode]] = {
    int(wire): mode for mode, wire in ALLOWANCE_MODES.items()
}
PERIOD_BY_NUMBER: Final[Mapping[int, Period]] = {int(wire): period for period, wire in PERIODS.items()}

# Times


def clock() -> int:
    """The time now, microseconds since 1970."""
    return time.time_ns() // 1000


def timestamp(at: int) -> Timestamp:
    """An instant, microseconds since 1970."""
    seconds, rest = divmod(at, SECOND_US)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def set_time(wire: Timestamp | Duration, us: int) -> None:
    """Fill an instant or a time span in place, microseconds, not below zero."""
    wire.seconds, rest = divmod(us, SECOND_US)
    wire.nanos = rest * 1000


def instant(stamp: Timestamp, field: str) -> int:
    """Microseconds since 1970, rounded up: a hold lasts until then at least, a bound keeps what it separates apart.

    Raises:
        InvalidRequest: It is no instant of the years 1 to 9999.
    """
    if stamp.seconds not in _TIMESTAMP_SECONDS or not 0 <= stamp.nanos < _SECOND_NS:
        raise InvalidRequest(Violation(field, "must be an instant of the years 1 to 9999, with 0 to 999999999 nanos"))
    return stamp.seconds * SECOND_US - -stamp.nanos // 1000


def duration(us: int) -> Duration:
    """A time span, microseconds, not below zero."""
    seconds, rest = divmod(us, SECOND_US)
    return Duration(seconds=seconds, nanos=rest * 1000)


def microseconds(span: Duration, field: str) -> int:
    """Microseconds, rounded up.

    Raises:
        InvalidRequest: Seconds and nanos are no duration by protobuf's own rules.
    """
    seconds, nanos = span.seconds, span.nanos
    of_one_sign = seconds == 0 or nanos == 0 or (seconds < 0) == (nanos < 0)
    if abs(seconds) > _DURATION_SECONDS_MAX or abs(nanos) >= _SECOND_NS or not of_one_sign:
        raise InvalidRequest(Violation(field, "must have seconds and nanos of one sign, with fewer than 10^9 nanos"))
    return seconds * SECOND_US - -nanos // 1000


# Amounts


def amounts(given: Iterable[types_pb2.Amount], field: str, least: int = 1) -> tuple[Amount, ...]:
    """Amounts in the order given.

    The least of a list's amounts is checked here and not by a rule of the proto: an expression over a list took longer
    than all other rules of a Reserve together.

    Raises:
        InvalidRequest: An amount is too small, or a unit appears twice.
    """
    found = tuple([Amount(intern(one.unit), one.parts) for one in given])
    for place, (_, parts) in enumerate(found):
        if parts < least:
            raise InvalidRequest(Violation(f"{field}[{place}].parts", f"must be at least {least}"))
    if len(found) > 1:
        seen: set[str] = set()
        for place, (unit, _) in enumerate(found):
            if unit in seen:
                raise InvalidRequest(Violation(f"{field}[{place}].unit", f"names {unit} a second time"))
            seen.add(unit)
    return found


def natural(parts: int, scale: int | None) -> str:
    """A number of smallest parts as people write it: 12500000000 at scale 9 is `12.5`."""
    if scale is None:
        return f"{parts} parts"
    if scale == 0:
        return str(parts)
    whole, rest = divmod(abs(parts), 10**scale)
    decimals = f"{rest:0{scale}}".rstrip("0")
    return f"{'-' if parts < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"


# Texts and ids


def text(value: str, field: str) -> Text:
    """Free text under a new salt.

    Raises:
        InvalidRequest: It contains the character NUL, which databases do not keep.
    """
    if not value:
        return Text()
    return Text.of(without_nul(value, field), secrets.token_bytes(16))


def without_nul(value: str, field: str) -> str:
    """The same text.

    Raises:
        InvalidRequest: It contains the character NUL, which databases do not keep.
    """
    if "\0" in value:
        raise InvalidRequest(Violation(field, "must not contain the character NUL"))
    return value


def work_key(value: str, field: str) -> str:
    """The same key of a piece of work.

    Raises:
        InvalidRequest: It contains a control character, which no reader would see in it.
    """
    if _CONTROL(value):
        raise InvalidRequest(Violation(field, "must not contain control characters"))
    return value


def week_start(period: Period, number: int) -> Weekday:
    """The day that weeks begin with: Monday where nothing is said.

    Raises:
        InvalidRequest: One is said of what is no week.
    """
    if number and period is not Period.WEEK:
        raise InvalidRequest(Violation("week_start", "is for weeks only"))
    return Weekday(number or Weekday.MONDAY)


def new_id() -> str:
    """A new UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 74 random bits."""
    digits = f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
