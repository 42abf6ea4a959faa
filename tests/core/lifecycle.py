"""The page on a reservation's life, drawn from the code: `python -m tests.core.lifecycle` draws it anew."""

from pathlib import Path
from typing import Final

from ledger.core.reservations import NEXT_STATE, ReservationState, Step

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "design" / "lifecycle.md"
BEGIN: Final = "<!-- drawn from ledger/core/reservations.py -->\n"
END: Final = "<!-- drawn until here -->\n"


def diagram() -> str:
    """The diagram and the table of pairs, as Markdown."""
    lines = [BEGIN, "```mermaid\n", "stateDiagram-v2\n", "    [*] --> OPEN: reserve\n"]
    for state in ReservationState:
        for after in ReservationState:
            steps = [step.lower() for step in Step if NEXT_STATE.get((state, step)) is after]
            if steps:
                lines.append(f"    {state} --> {after}: {', '.join(steps)}\n")
    lines += ["```\n", "\n"]
    lines.append(f"| state | {' | '.join(step.lower() for step in Step)} |\n")
    lines.append(f"| --- |{' --- |' * len(Step)}\n")
    lines += [f"| `{state}` | {' | '.join(_cell(state, step) for step in Step)} |\n" for state in ReservationState]
    return "".join([*lines, END])


def _cell(state: ReservationState, step: Step) -> str:
    after = NEXT_STATE.get((state, step))
    return f"`{after}`" if after else "-"


def rewrite() -> None:
    """The page has the diagram as it is now."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(before + diagram() + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    rewrite()
