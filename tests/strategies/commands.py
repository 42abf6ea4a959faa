"""Operations as the core reads them."""

from collections.abc import Callable
from typing import Any, Final

from ledger.core import commands as cmd
from ledger.core.allowances import AllowanceMode
from ledger.core.amounts import Amount, Unit
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import CapKind, CapMode
from ledger.core.escalations import Carried
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.roles import PrincipalRole
from ledger.core.texts import Text
from tests.builders import fingerprint_of
from tests.model import Operation
from tests.strategies.materials import Fields


def to_command(operation: Operation) -> cmd.Command:
    """The operation as the core reads it."""
    kind, fields = operation
    if kind == "group":
        return cmd.Group(tuple(_COMMANDS[kind](fields) for kind, fields in fields["items"]))
    return _COMMANDS[kind](fields)


def _amount(fields: Fields) -> Amount:
    return Amount(fields["unit"], fields["parts"])


def _amounts(given: Any) -> tuple[Amount, ...]:
    return tuple(Amount(*amount) for amount in given)


_NONE: Final = Text()
_NO_BASIS: Final = Basis.NONE
_COMMANDS: Final[dict[str, Callable[[Fields], cmd.Single]]] = {
    "create_organization": lambda f: cmd.CreateOrganization(
        tuple(Unit(unit, 9) for unit in f["units"]), f.get("zone", "UTC"), _NONE, f["life"]
    ),
    "update_organization": lambda f: cmd.UpdateOrganization(f["version"], f["zone"] or None, None, f["life"]),
    "create_partition": lambda f: cmd.CreatePartition(f["path"], Kind(f["kind"]), _NONE),
    "update_partition": lambda f: cmd.UpdatePartition(f["path"], f["version"], _NONE),
    "close": lambda f: cmd.ClosePartition(f["path"], f["cascade"], _NONE),
    "fund": lambda f: cmd.Fund(_amount(f), _NONE),
    "defund": lambda f: cmd.Defund(_amount(f), _NONE),
    "allocate": lambda f: cmd.Allocate(f["path"], _amount(f), _NONE),
    "reclaim": lambda f: cmd.Reclaim(f["path"], _amount(f), _NONE),
    "reserve": lambda f: cmd.Reserve(
        f["path"],
        _amounts(f["amounts"]),
        f["ttl"],
        f["key"],
        f["chosen"],
        f["tool"],
        f["workflow"],
        (),
        f["scope"],
        f["work"],
    ),
    "extend": lambda f: cmd.Extend(f["key"], f["ends"]),
    "release": lambda f: cmd.Release(f["key"]),
    "expire": lambda f: cmd.Expire(f["key"], _NONE),
    "commit": lambda f: cmd.Commit(
        f["key"],
        _amounts(f["actual"]),
        _NO_BASIS,
        f["confirmed"],
        done=f.get("done", False),
        result="r" if f.get("done") else "",
        done_ttl_us=f.get("done_ttl", 0),
    ),
    "settle_part": lambda f: cmd.SettlePart(f["key"], _amounts(f["amounts"]), _NO_BASIS, f["confirmed"]),
    "charge": lambda f: cmd.Charge(
        f["path"], _amounts(f["amounts"]), f["key"], _NO_BASIS, f["confirmed"], f["tool"], f["workflow"], _NONE
    ),
    "refund": lambda f: cmd.Refund(f["key"], _amounts(f["amounts"]), _NONE),
    "set_role": lambda f: cmd.SetRole(f["holder"], f["path"], PrincipalRole[f["role"]]),
    "prune": lambda f: cmd.PruneRequestIds(f["since"]),
    "begin_incarnation": lambda _: cmd.BeginIncarnation("restore", _NONE),
    "create_cap": lambda f: _cap(f["path"], f["cap"]),
    "update_cap": lambda f: cmd.UpdateCap(
        f["cap_id"], f["version"], f["limit"], CapMode(f["mode"]) if f["mode"] else None
    ),
    "delete_cap": lambda f: cmd.DeleteCap(f["cap_id"], f["version"]),
    "set_tool": lambda f: cmd.SetTool(f["name"], _amounts(f["estimate"]), f["enabled"], f["version"]),
    "delete_tool": lambda f: cmd.DeleteTool(f["name"], f["version"]),
    "set_lists": lambda f: cmd.SetToolRules(f["path"], f["allowed"], f["denied"], f["version"]),
    "pause": lambda f: cmd.PausePartition(f["path"], _NONE),
    "resume": lambda f: cmd.ResumePartition(f["path"], _NONE),
    "assign": lambda f: cmd.AssignWork(f["scope"], f["name"], f["path"], f["ttl"], _NONE),
    "unassign": lambda f: cmd.UnassignWork(f["scope"], f["name"], _NONE),
    "escalate": lambda f: cmd.RequestEscalation(
        f["path"], _amount(f), _NONE, f["ttl"], (_carried(*f["carried"]),) if f["carried"] else ()
    ),
    "approve": lambda f: cmd.ApproveEscalation(
        f["number"], _amount(f) if f["parts"] else None, f["source"], f["ends"], _NONE
    ),
    "deny": lambda f: cmd.DenyEscalation(f["number"], _NONE),
    "forward": lambda f: cmd.ForwardEscalation(f["number"], _NONE),
    "cancel": lambda f: cmd.CancelEscalation(f["number"], _NONE),
    "reallocate": lambda f: cmd.Reallocate(f["source"], f["path"], _amount(f), _NONE, f["ends"]),
    "set_policy": lambda f: cmd.SetEscalationPolicy(
        f["path"], f["unit"], f["each"], f["all_of_them"], Period(f["period"]), f["floor"], f["version"]
    ),
    "delete_policy": lambda f: cmd.DeleteEscalationPolicy(f["path"], f["unit"], f["version"]),
    "set_allowance": lambda f: cmd.SetAllowance(
        f["path"],
        _amount(f),
        AllowanceMode(f["mode"]),
        Period(f["period"]),
        Weekday(f["week_start"]),
        f["version"],
    ),
    "delete_allowance": lambda f: cmd.DeleteAllowance(f["path"], f["unit"], f["version"]),
}


def _cap(path: str, cap: Fields) -> cmd.CreateCap:
    return cmd.CreateCap(
        path,
        CapKind(cap["kind"]),
        cap["unit"],
        cap["limit"],
        Period(cap["period"]),
        Weekday(cap["week_start"]),
        cap["length"],
        cap["tool"],
        CapMode(cap["mode"]),
    )


def _carried(request_id: str, _made: int, operation: Operation) -> Carried:
    """A reserve as an escalation carries it, with the body that its own request had."""
    command = to_command(operation)
    assert isinstance(command, cmd.Reserve), "nothing else is carried"
    body = fingerprint_of(operation).hex()
    fields = [getattr(command, name) for name in Carried._fields[2:]]
    return Carried(request_id, body, *fields)
