"""Changes: what an entry says that has no postings to say it: which limit was set, which list, which bounds."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from ledger.cli.times import said_length

Facts = Mapping[str, Any]
"""An entry's event, as its JSON has it."""
Scales = Mapping[str, int]
"""Decimal places, by unit."""


def change_said(kind: str, facts: Facts, scales: Scales) -> str:
    """What an entry of a kind changed, in words; empty where its postings, or its kind, say all."""
    said = _SAID.get(kind)
    return "" if said is None else said(facts, scales)


def _amount(parts: int, unit: str, scales: Scales) -> str:
    from tallystick import Amount

    return str(Amount(unit, parts, scales.get(unit, 0))) if unit else str(parts)


def _cap(facts: Facts, scales: Scales) -> str:
    what = facts["kind"].replace("_", " ").lower()
    if facts["period"]:
        what = facts["period"].lower()
    if facts["length_us"]:
        what = f"any {said_length(timedelta(microseconds=facts['length_us']))}"
    shadow = " (shadow)" if facts["mode"] == "SHADOW" else ""
    return f"{what}, {_amount(facts['limit'], facts['unit'], scales)}{shadow}"


def _policy(facts: Facts, scales: Scales) -> str:
    most, window, floor = (_amount(facts[name], facts["unit"], scales) for name in _BOUNDS)
    keeps = f", keeps {floor}" if facts["floor"] else ""
    return f"up to {most} at once, {window} in each {facts['period'].lower()}{keeps}"


_BOUNDS: Final = ("request_max", "window_max", "floor")


def _allowance(facts: Facts, scales: Scales) -> str:
    mode = facts["mode"].replace("_", " ").lower()
    return f"{mode} {_amount(facts['parts'], facts['unit'], scales)} every {facts['period'].lower()}"


def _tool(facts: Facts, scales: Scales) -> str:
    estimate = ", ".join(_amount(parts, unit, scales) for unit, parts in facts["estimate"])
    return (estimate or "no estimate") + ("" if facts["enabled"] else ", disabled")


def _lists(facts: Facts, _: Scales) -> str:
    return f"allowed {' '.join(facts['allowed']) or 'any'}; denied {' '.join(facts['denied']) or 'none'}"


def _organization(facts: Facts, _: Scales) -> str:
    longest = said_length(timedelta(microseconds=facts["reservation_life_max_us"]))
    return f"time zone {facts['time_zone']}, longest hold {longest}"


_SAID: Final[Mapping[str, Callable[[Facts, Scales], str]]] = {
    "OrganizationCreated": _organization,
    "OrganizationUpdated": _organization,
    "CapCreated": _cap,
    "CapUpdated": _cap,
    "CapDeleted": _cap,
    "PolicySet": _policy,
    "PolicyDeleted": lambda facts, _: str(facts["unit"]),
    "AllowanceSet": _allowance,
    "AllowanceDeleted": _allowance,
    "ToolSet": _tool,
    "ToolRulesSet": _lists,
    "RoleSet": lambda facts, _: f"{facts['holder']}: {facts['role'].lower() or 'none'}",
    "EscalationRequested": lambda facts, scales: _amount(facts["parts"], facts["unit"], scales),
}
