"""The fleet: one organization, its teams and agents, and what each agent's budget is meant to do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ORGANIZATION: Final = "acme"
UNITS: Final = {"USD": 9, "tokens": 0}
CAPPED_TEAM: Final = f"{ORGANIZATION}/support"
"""What it may reserve and charge in a day is less than what its calls cost."""


class Purse(StrEnum):
    """What is to become of an agent's budget.

    `AMPLE` covers every call; `TIGHT` runs out of dollars on the way, `SHORT_OF_TOKENS` of tokens; `BURST` covers a few
    of the calls that the agent makes all at once; `RETIRED` would cover every call, but the agent is closed half-way;
    `PAUSED` covers every call, but the agent is paused at first. `ASKS` covers few of the calls, and the callers ask
    for more; `UNHEARD` too, but nobody is there to answer; `LENDS` covers every call, and has more for those that ask.
    """

    AMPLE = "AMPLE"
    TIGHT = "TIGHT"
    SHORT_OF_TOKENS = "SHORT_OF_TOKENS"
    BURST = "BURST"
    RETIRED = "RETIRED"
    PAUSED = "PAUSED"
    ASKS = "ASKS"
    UNHEARD = "UNHEARD"
    LENDS = "LENDS"


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent of the fleet.

    Attributes:
        index: Its place in `fleet()`.
        path: Of its partition.
        model: What it calls.
        purse: What is to become of its budget.
        counts_tokens: It holds tokens beside dollars, both or neither.
    """

    index: int
    path: str
    model: str
    purse: Purse
    counts_tokens: bool

    @property
    def team(self) -> str:
        """Path of its team."""
        return self.path.rpartition("/")[0]

    @property
    def sure(self) -> bool:
        """Whether each of its calls is sure to be granted: its budget covers them all, and no cap binds it."""
        return self.purse is Purse.AMPLE and self.team != CAPPED_TEAM


_TEAMS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "coding": (
        ("gpt-4.1", "claude-sonnet-4-5"),
        "fan-out architect reviewer tester refactorer debugger porter documenter",
    ),
    "data": (
        ("gpt-4.1-mini", "deepseek/deepseek-chat"),
        "cleaner labeler parser joiner profiler extractor deduper sampler",
    ),
    "operations": (
        ("gpt-4o", "claude-haiku-4-5"),
        "pager deployer capacity patcher incident costs backup intern",
    ),
    "research": (
        ("gpt-5", "gemini/gemini-2.5-pro"),
        "scout reader analyst summarizer critic librarian surveyor translator",
    ),
    "support": (
        ("gpt-4o-mini", "gemini/gemini-2.5-flash"),
        "triage greeter billing returns escalations faq survey night-shift",
    ),
}
_COUNTING_TEAM: Final = "data"
_PURSES: Final = {
    "fan-out": Purse.BURST,
    "intern": Purse.RETIRED,
    "parser": Purse.SHORT_OF_TOKENS,
    "deployer": Purse.PAUSED,
    "pager": Purse.UNHEARD,
    **dict.fromkeys(("reviewer", "scout"), Purse.ASKS),
    **dict.fromkeys(("architect", "reader"), Purse.LENDS),
    **dict.fromkeys(("debugger", "cleaner", "patcher", "critic", "triage", "returns"), Purse.TIGHT),
}


def fleet() -> tuple[Agent, ...]:
    """Five teams of eight agents."""
    agents: list[Agent] = []
    for team, (models, roles) in _TEAMS.items():
        for place, role in enumerate(roles.split()):
            path = f"{ORGANIZATION}/{team}/{role}"
            purse = _PURSES.get(role, Purse.AMPLE)
            model = models[place % len(models)]
            agents.append(Agent(len(agents), path, model, purse, team == _COUNTING_TEAM))
    return tuple(agents)
