"""What is measured, by name: each case is one kind of window, shot once in a round."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.bench.ground import ECHO, POSTGRESQL, SECOND, SQLITE
from ledger.bench.windows import Measure, Work, on_echo, on_service

IN_FLIGHT: Final = (1, 16, 64, 256)
DATABASES: Final = (SQLITE, POSTGRESQL)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of window.

    Attributes:
        name: Of the case; ratios refer to it.
        measure: Shoots one window.
        needs: Servers that it needs, beside the echo.
    """

    name: str
    measure: Measure
    needs: frozenset[str] = frozenset()


def reserve(server: str, in_flight: int) -> str:
    """Name of the case that reserves on a server, the echo or a database."""
    return f"reserve, {in_flight} in flight, {server}"


def _all() -> Iterable[Case]:
    """In the order of a round: what is compared stands side by side."""
    for in_flight in IN_FLIGHT:
        yield Case(reserve(ECHO, in_flight), on_echo(Work.RESERVE, in_flight))
        for name in DATABASES:
            yield Case(reserve(name, in_flight), on_service(name, Work.RESERVE, in_flight), frozenset({name}))


CASES: Final[Mapping[str, Case]] = {case.name: case for case in _all()}


def needed(cases: Sequence[Case]) -> frozenset[str]:
    """The servers that these cases need."""
    return frozenset().union(*(case.needs for case in cases))


__all__ = ["CASES", "SECOND", "Case", "needed", "reserve"]
