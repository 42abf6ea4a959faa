"""Tooling: the catalogue of tools, what a reservation without amounts holds, and which tools a subtree may use."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.amounts import Amount
from ledger.core.journal import Entry
from ledger.core.outcomes import Change, Reason, Rejected, ToolRefusal, ToolRefused
from ledger.core.tools import TOOLS_MAX, Tool, ToolRules

if TYPE_CHECKING:
    from ledger.core.book import Book

ANY_END: Final = "*"
"""The last character of a pattern that names all tools that begin like it."""


def matches(pattern: str, tool: str) -> bool:
    """Whether a tool is the one named, or begins as the pattern before its `*` does. Source: R59."""
    return tool.startswith(pattern[:-1]) if pattern.endswith(ANY_END) else tool == pattern


# The catalogue


def decide_set_tool(book: "Book", command: cmd.SetTool) -> Change | Rejected:
    """The tool is in the catalogue, with these settings. One that was taken out goes on counting versions.

    Returns:
        One `ToolSet`. Or, in this order: TOOL_NOT_FOUND (a version, and no such tool), ETAG_MISMATCH, TOOLS_TOO_MANY,
        UNIT_UNKNOWN.

    Source: R10, R58.
    """
    settings = book.organization
    assert settings is not None, "execute() has looked"
    found = _in_catalogue(book, command.name)
    if found is None and command.version:
        return Rejected(Reason.TOOL_NOT_FOUND, book.name)
    if found is not None and command.version != found.version:
        return Rejected(Reason.ETAG_MISMATCH, book.name)
    if found is None and sum(not tool.deleted for tool in book.standing[Tool].values()) >= TOOLS_MAX:
        return Rejected(Reason.TOOLS_TOO_MANY, book.name)
    for unit, _ in command.estimate:
        if not settings.has(unit):
            return Rejected(Reason.UNIT_UNKNOWN, book.name, unit)
    before: Tool | None = book.standing[Tool].get(command.name)
    version = 1 if before is None else before.version + 1
    root = book.ids[book.name]
    return Change(ev.ToolSet(root, book.name, command.name, command.estimate, command.enabled, version))


def decide_delete_tool(book: "Book", command: cmd.DeleteTool) -> Change | Rejected:
    """The tool is not in the catalogue any more: nobody has an estimate for it, and it is not disabled either.

    Returns:
        One `ToolDeleted`. Or, in this order: TOOL_NOT_FOUND, ETAG_MISMATCH.

    Source: R10, R58.
    """
    found = _in_catalogue(book, command.name)
    if found is None:
        return Rejected(Reason.TOOL_NOT_FOUND, book.name)
    if command.version != found.version:
        return Rejected(Reason.ETAG_MISMATCH, book.name)
    return Change(ev.ToolDeleted(found.partition_id, book.name, command.name, found.version + 1))


def _in_catalogue(book: "Book", name: str) -> Tool | None:
    found: Tool | None = book.standing[Tool].get(name)
    return None if found is None or found.deleted else found


def tool_set(book: "Book", entry: Entry, event: ev.ToolSet) -> None:
    """The tool is as the event says; its place in lists is that of its first entry."""
    before: Tool | None = book.standing[Tool].get(event.name)
    position = entry.position if before is None else before.position
    book.put_standing(Tool(event.name, event.partition_id, position, event.estimate, event.enabled, event.version))


def tool_deleted(book: "Book", _: Entry, event: ev.ToolDeleted) -> None:
    """Its version is all that counts of the tool."""
    found: Tool = book.standing[Tool][event.name]
    book.put_standing(replace(found, version=event.version, deleted=True))


# The lists


def decide_set_tool_rules(book: "Book", command: cmd.SetToolRules) -> Change | Rejected:
    """The partition's lists are these; empty ones have no say.

    Returns:
        One `ToolRulesSet`. Or, in this order: PARTITION_NOT_FOUND, PARTITION_CLOSED, ETAG_MISMATCH.

    Source: R10, R59.
    """
    partition = book.partition(command.path)
    if partition is None:
        return Rejected(Reason.PARTITION_NOT_FOUND, command.path)
    if partition.closed:
        return Rejected(Reason.PARTITION_CLOSED, command.path)
    pid = partition.partition_id
    before: ToolRules | None = book.standing[ToolRules].get(pid)
    version = 0 if before is None else before.version
    if command.version != version:
        return Rejected(Reason.ETAG_MISMATCH, command.path)
    return Change(ev.ToolRulesSet(pid, command.path, command.allowed, command.denied, version + 1))


def tool_rules_set(book: "Book", entry: Entry, event: ev.ToolRulesSet) -> None:
    """The lists are as the event says."""
    before: ToolRules | None = book.standing[ToolRules].get(event.partition_id)
    position = entry.position if before is None else before.position
    book.put_standing(ToolRules(event.partition_id, position, event.allowed, event.denied, event.version))


# Admission


def estimate_of(book: "Book", tool: str) -> tuple[Amount, ...]:
    """What a reservation without amounts holds for a tool; empty where the catalogue does not say. Source: R60."""
    found = _in_catalogue(book, tool)
    return () if found is None else found.estimate


def not_allowed(book: "Book", partition_id: int, tool: str) -> Rejected | None:
    """Why a partition may not reserve for a tool, or for none; None where it may.

    Returns:
        TOOL_NOT_ALLOWED, naming the root where the tool is disabled, else the nearest partition whose list says no.

    Source: R58, R59.
    """
    refused = kept_out(book, partition_id, tool)
    return None if refused is None else Rejected(Reason.TOOL_NOT_ALLOWED, refused.path)


def kept_out(book: "Book", partition_id: int, tool: str) -> ToolRefused | None:
    """What keeps a tool, or a reservation without one, out of a partition; None where nothing does.

    The catalogue is looked at first, then the lists from the partition upwards, of each what it denies first.

    Source: R58, R59.
    """
    if tool and (found := _in_catalogue(book, tool)) is not None and not found.enabled:
        return ToolRefused(tool, ToolRefusal.DISABLED, book.name)
    lists = book.standing[ToolRules]
    if lists:
        for pid in book.lineage[partition_id]:
            rules: ToolRules | None = lists.get(pid)
            if rules is None:
                continue
            denied = _listed(rules.denied, tool)
            if denied is not None:
                return ToolRefused(tool, ToolRefusal.DENIED, book.path(pid), denied)
            if rules.allowed and _listed(rules.allowed, tool) is None:
                return ToolRefused(tool, ToolRefusal.NOT_LISTED, book.path(pid))
    return None


def _listed(patterns: Iterable[str], tool: str) -> str | None:
    """The first pattern that names a tool. No tool is on no list, and so passes none that only allows (R59)."""
    return next((pattern for pattern in patterns if matches(pattern, tool)), None) if tool else None
