"""The lives of reservations and escalations, drawn from the code: `python -m tests.core.lifecycle` draws them anew."""

from pathlib import Path
from typing import Final

from ledger.core.escalations import NEXT_ESCALATION_STATE, EscalationState, EscalationStep
from ledger.core.reservations import NEXT_STATE, ReservationState, Step

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "design" / "lifecycle.md"
GOVERNANCE: Final = PAGE.with_name("governance.md")
BEGIN: Final = "<!-- drawn from ledger/core/reservations.py -->\n"
BEGIN_ESCALATIONS: Final = "<!-- drawn from ledger/core/escalations.py -->\n"
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


def escalations() -> str:
    """The same of an escalation's life."""
    lines = [BEGIN_ESCALATIONS, "```mermaid\n", "stateDiagram-v2\n", "    [*] --> PENDING: request\n"]
    for state, step in NEXT_ESCALATION_STATE:
        lines.append(f"    {state} --> {NEXT_ESCALATION_STATE[state, step]}: {step.lower()}\n")
    lines += ["```\n", "\n"]
    lines.append(f"| state | {' | '.join(step.lower() for step in EscalationStep)} |\n")
    lines.append(f"| --- |{' --- |' * len(EscalationStep)}\n")
    for state in EscalationState:
        after = (NEXT_ESCALATION_STATE.get((state, step)) for step in EscalationStep)
        lines.append(f"| `{state}` | {' | '.join(f'`{one}`' if one else '-' for one in after)} |\n")
    return "".join([*lines, END])


def rewrite() -> None:
    """The pages have the diagrams as they are now."""
    for page, begin, drawn in ((PAGE, BEGIN, diagram()), (GOVERNANCE, BEGIN_ESCALATIONS, escalations())):
        before, _, rest = page.read_text(encoding="utf-8").partition(begin)
        page.write_text(before + drawn + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    rewrite()
