"""The tree as a picture: pure functions from partitions to lines of styled text.

Wide, each partition is one line: its name, a bar of its subtree, and the numbers of subtree and own. Narrow, the
numbers go on lines below it. They are rounded to as many decimal places as fit, and the picture says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, NamedTuple

from ledger.cli.bars import Marks, bar
from ledger.cli.pictures import Line

Name = tuple[str, str, str]
"""The guide before a name, the name, and the guide of the lines below it."""

WIDE: Final = 100
"""Columns from which a partition has one line."""

_SHARES: Final = ("spent", "reserved", "available")
_BAR: Final = range(8, 31)
_NAME_MAX: Final = 28
_SUBTREE: Final = "subtree"
_OWN: Final = "own"
_ROUNDINGS: Final = (12, 9, 6, 4, 3, 2, 1, 0, -3, -6, -9, -12, -15)
_THOUSANDS: Final = {-3: "k", -6: "M", -9: "G", -12: "T", -15: "P"}


class Sums(NamedTuple):
    """What a partition, or one with all below it, holds of a unit."""

    spent: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    available: Decimal = Decimal(0)


class Node(NamedTuple):
    """A partition in the picture, in one unit. A leaf's subtree is itself. Paused by itself or by one above it."""

    path: str
    own: Sums
    subtree: Sums
    state: str = "OPEN"
    leaf: bool = True
    paused: bool = False


def nodes_of(partitions: Sequence[Any], unit: str) -> list[Node]:
    """The SDK's partitions as they are drawn, in one unit."""
    return [
        Node(
            one.path,
            sums_of(one.own, unit),
            sums_of(one.subtree, unit),
            one.state.value,
            one.kind == "AGENT",
            bool(one.paused_at),
        )
        for one in partitions
    ]


def sums_of(balances: Mapping[str, Any], unit: str) -> Sums:
    """What the SDK's balances say of one unit."""
    found = balances.get(unit)
    return Sums(found.spent, found.reserved, found.available) if found else Sums()


def draw(nodes: Sequence[Node], unit: str, width: int, marks: Marks) -> list[Line]:
    """A subtree in one unit.

    Args:
        nodes: A parent before its children; the first is the root of the picture.
        unit: What the numbers are in.
        width: Columns.
        marks: The characters of the picture.
    """
    if not nodes:
        return []
    names = list(_names(nodes, marks))
    places, lines = (_wide if width >= WIDE else _narrow)(nodes, names, unit, width, marks)
    if places < max(map(_places, _all(nodes))):
        lines.append([("rounded to fit; --json has every decimal place", "faint")])
    return lines


def legend(marks: Marks, *, paused: bool = False) -> Line:
    """What the bars mean, and what marks a pause where there is one."""
    pieces: Line = []
    for mark, share in zip(marks[:3], _SHARES, strict=True):
        pieces += [(mark * 2, share), (f" {share}  ", "faint")]
    pieces += [(marks.debt, "debt"), (" in debt", "faint")]
    return [*pieces, ("  ", ""), (marks.paused, "paused"), (" paused", "faint")] if paused else pieces


def _names(nodes: Sequence[Node], marks: Marks) -> Iterator[Name]:
    top = nodes[0].path if nodes else ""
    last = {_parent(node.path): node.path for node in nodes}
    below = {top: ""}
    for node in nodes:
        mark = f"{marks.paused} " if node.paused else ""
        if node.path == top:
            yield "", mark + top, ""
            continue
        parent = _parent(node.path)
        above, more = below.get(parent, ""), last[parent] != node.path
        below[node.path] = above + (marks.trunk if more else "   ")
        yield above + (marks.tee if more else marks.elbow), mark + node.path[len(parent) + 1 :], below[node.path]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _wide(nodes: Sequence[Node], names: Sequence[Name], unit: str, width: int, marks: Marks) -> tuple[int, list[Line]]:
    name = min(max(len(guide + label) for guide, label, _ in names), _NAME_MAX + (width - WIDE) // 2)
    taken = name + 1 + 1 + 2 + 6  # beside bar and numbers: a blank, the mark of a debt, and gaps
    places, column = _fit(nodes, (width - taken - _BAR.start) // 6)
    bar_width = min(max(width - taken - 6 * column, _BAR.start), _BAR.stop - 1)
    before, group = name + bar_width + 2, 3 * (column + 1)
    heads = "".join(share[:column].rjust(column + 1) for share in _SHARES)
    lines: list[Line] = [
        [(unit.ljust(before), "head"), (_SUBTREE.rjust(group), "head"), (_OWN.rjust(group + 2), "head")],
        [(" " * before + heads + "  " + heads, "faint")],
    ]
    for node, (guide, label, _) in zip(nodes, names, strict=True):
        room = name - len(guide)
        line: Line = [(guide, "faint"), (_cut(label, room, marks).ljust(room), _name_style(node)), (" ", "")]
        line += bar(*node.subtree, bar_width, marks)
        line.append((marks.debt if _owes(node) else " ", "debt"))
        line += _columns(node.subtree, places, column)
        if node.state != "OPEN":
            line.append((f"    {node.state.lower()}", "faint"))
        elif not node.leaf:
            line += [("  ", ""), *_columns(node.own, places, column)]
        lines.append(_trimmed(line))
    return places, lines


def _columns(sums: Sums, places: int, column: int) -> Line:
    return [
        (_number(amount, places).rjust(column + 1), "debt" if amount < 0 else share if amount else "faint")
        for amount, share in zip(sums, _SHARES, strict=True)
    ]


def _narrow(
    nodes: Sequence[Node], names: Sequence[Name], unit: str, width: int, marks: Marks
) -> tuple[int, list[Line]]:
    bar_width = max(min(width // 3, _BAR.stop - 1), 4)
    parents = {_parent(node.path) for node in nodes}
    label_width = max(len(below) for _, _, below in names) + len(marks.trunk) + len(_SUBTREE)
    places, column = _fit(nodes, (width - label_width) // 3 - 1)
    heads = "".join(share[:column].rjust(column + 1) for share in _SHARES)
    lines: list[Line] = [[(unit.ljust(label_width), "head"), (heads, "faint")]]
    for node, (guide, label, below) in zip(nodes, names, strict=True):
        room = max(width - bar_width - len(guide) - 2, 4)
        line: Line = [(guide, "faint"), (_cut(label, room, marks).ljust(room), _name_style(node)), (" ", "")]
        line += bar(*node.subtree, bar_width, marks)
        lines.append(_trimmed([*line, (marks.debt if _owes(node) else "", "debt")]))
        deeper = below + (marks.trunk if node.path in parents else "   ")
        state = "" if node.state == "OPEN" else node.state.lower()
        told = [(state, node.subtree)] if node.leaf else [(_SUBTREE, node.subtree), (_OWN, node.own)]
        for what, sums in told:
            lead: Line = [((deeper + what).ljust(label_width)[:label_width], "faint")]
            lines.append(_trimmed(lead + _columns(sums, places, column)))
    return places, lines


def _trimmed(line: Line) -> Line:
    """Without blanks at the end."""
    while line and not line[-1][0].rstrip():
        line = line[:-1]
    return [*line[:-1], (line[-1][0].rstrip(), line[-1][1])] if line else line


def _name_style(node: Node) -> str:
    if node.state != "OPEN":
        return "faint"
    if node.paused:
        return "paused"
    return "agent" if node.leaf else "team"


def _owes(node: Node) -> bool:
    return node.own.available < 0 or node.subtree.available < 0


def _cut(text: str, room: int, marks: Marks) -> str:
    return text if len(text) <= room else text[: max(room - 1, 0)] + ("…" if marks.tee.startswith("├") else "~")


def _places(amount: Decimal) -> int:
    """How many decimal places show a number exactly."""
    exponent = amount.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _number(amount: Decimal, places: int) -> str:
    if places < 0:
        return f"{amount.scaleb(places):.2f}{_THOUSANDS[places]}" if amount else "0"
    if _places(amount) <= places:
        return f"{amount:,f}"
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    if not rounded:
        return "~0"
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _all(nodes: Sequence[Node]) -> Iterator[Decimal]:
    for node in nodes:
        yield from node.subtree
        yield from node.own


def _needed(nodes: Sequence[Node]) -> int:
    """How many decimal places show every number exactly."""
    return max(map(_places, _all(nodes)), default=0)


def _fit(nodes: Sequence[Node], room: int) -> tuple[int, int]:
    """The most decimal places with which every number fits, and how wide the widest is then."""
    for places in _ROUNDINGS:
        widest = max((len(_number(one, places)) for one in _all(nodes)), default=1)
        if widest <= room:
            return places, max(widest, min(room, len("available")))
    return _ROUNDINGS[-1], max(room, 1)  # no number fits: then lines are too long
