"""Requests about organizations, as the commands they ask for."""

import zoneinfo
from functools import lru_cache
from typing import Any, Final

from ledger.core import commands as cmd
from ledger.core.amounts import Unit
from ledger.core.organizations import LIFE_MAX_DEFAULT_US
from ledger.rpc import values
from ledger.rpc.problems import InvalidRequest, Violation
from ledger.rpc.requests.fields import masked
from tallystick.v1 import organizations_pb2

TIME_ZONE_DEFAULT: Final = "UTC"


def create_organization(message: organizations_pb2.CreateOrganizationRequest) -> cmd.CreateOrganization:
    """Units are distinct; a time zone exists."""
    seen: set[str] = set()
    for place, unit in enumerate(message.units):
        if unit.name in seen:
            raise InvalidRequest(Violation(f"units[{place}].name", f"names {unit.name} a second time"))
        seen.add(unit.name)
    return cmd.CreateOrganization(
        units=tuple(Unit(unit.name, unit.scale) for unit in message.units),
        time_zone=_time_zone(message.time_zone),
        display_name=values.text(message.display_name, "display_name"),
        reservation_life_max_us=_life_max(message),
    )


def update_organization(message: organizations_pb2.UpdateOrganizationRequest) -> cmd.UpdateOrganization:
    """A field that the mask names and the message leaves out is set to its default."""
    paths = masked(message, "display_name", "time_zone", "reservation_life_max")
    named = "display_name" in paths
    return cmd.UpdateOrganization(
        version=int(message.etag),
        time_zone=_time_zone(message.time_zone) if "time_zone" in paths else None,
        display_name=values.text(message.display_name, "display_name") if named else None,
        reservation_life_max_us=_life_max(message) if "reservation_life_max" in paths else None,
    )


def _life_max(message: Any) -> int:  # noqa: ANN401  (create and update)
    if not message.HasField("reservation_life_max"):
        return LIFE_MAX_DEFAULT_US
    return values.microseconds(message.reservation_life_max, "reservation_life_max")


def _time_zone(name: str) -> str:
    if name and name not in _time_zones():
        raise InvalidRequest(Violation("time_zone", "is no IANA time zone, such as Europe/Berlin"))
    return name or TIME_ZONE_DEFAULT


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """The zones that mean the same on every machine."""
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}
