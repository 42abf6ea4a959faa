"""What would help against a refusal, by what was asked for."""

from dataclasses import replace

import pytest

from ledger.core import commands as cmd
from ledger.core.calendars import Period, Weekday
from ledger.core.caps import Cap, CapKind, CapMode
from ledger.core.outcomes import Circumstances, ClaimFound, Reason, Rejected, ToolRefusal, ToolRefused
from ledger.core.pauses import Pause
from ledger.core.texts import Text
from ledger.rpc import advice

USD = 10**9
SCOUT, TEAM = "acme/research/scout", "acme/research"
NOON = 1_795_348_800_000_000
LAPSES = "the next hold lapses at 2026-11-22T12:00:00+00:00"
DAY_CAP = Cap(7, 2, CapKind.WINDOW, "USD", 100 * USD, Period.DAY, Weekday.MONDAY, 0, "", CapMode.ENFORCED, 1, 1)


def short(path: str, ask: str = "", **stands: object) -> Rejected:
    """A refusal for want of budget: 3 of 12 USD are available."""
    facts = Circumstances(**{"scale": 9, "fits": 3 * USD, **stands})  # type: ignore[arg-type]
    return Rejected(Reason.BUDGET_EXHAUSTED, path, "USD", 12 * USD, 3 * USD, ask, circumstances=facts)


@pytest.mark.parametrize(
    ("rejected", "said"),
    [
        (
            short(SCOUT, TEAM, command=cmd.Reserve, next_expire_at=NOON),
            f"{SCOUT}: 3 of 12 USD available; {LAPSES}; coordinators of {TEAM} can give it more",
        ),
        (
            short(SCOUT, TEAM, command=cmd.Reserve, fits=2 * USD),
            f"{SCOUT}: 3 of 12 USD available; 2 USD would fit now; coordinators of {TEAM} can give it more",
        ),
        (short("acme", command=cmd.Reserve), "acme: 3 of 12 USD available; fund the organization"),
        (
            short(TEAM, "acme", command=cmd.Allocate),
            f"{TEAM}: 3 of 12 USD available; allocate at most 3; coordinators of acme can give it more",
        ),
        (
            short("acme", command=cmd.Allocate),
            "acme: 3 of 12 USD available; allocate at most 3; fund the organization",
        ),
        (
            short(SCOUT, command=cmd.Reclaim, next_expire_at=NOON),
            f"{SCOUT}: 3 of 12 USD available; {LAPSES}; reclaim at most 3",
        ),
        (short(SCOUT, command=cmd.Reclaim, fits=None), f"{SCOUT}: 3 of 12 USD available"),
        (
            short("acme", command=cmd.Defund),
            "acme: 3 of 12 USD available; defund at most 3, or reclaim first what those below have",
        ),
        (
            short(SCOUT, TEAM, command=cmd.ApproveEscalation),
            f"{SCOUT}: 3 of 12 USD available; approve at most 3, or name another source",
        ),
        (
            short(SCOUT, TEAM, command=cmd.Reallocate, fits=None),
            f"{SCOUT}: 3 of 12 USD available; name another source",
        ),
        (
            Rejected(Reason.BUDGET_EXHAUSTED, role="COORDINATOR"),
            "what is available does not cover the amount; ask a coordinator",
        ),
    ],
)
def test_exhausted__fits_the_command(rejected, said):
    """R81: a move is not told to reserve less, and what is taken back nobody can give."""
    assert advice.exhausted(rejected) == said


def test_exhausted__covers_every_move():
    """Every command that moves what is available has its own advice; of the others only a reservation needs budget."""
    short_of = {cmd.Reserve, cmd.Allocate, cmd.Reclaim, cmd.Defund, cmd.ApproveEscalation, cmd.Reallocate}

    assert {*advice.MOVES, cmd.Reserve} == short_of


@pytest.mark.parametrize(
    ("pause", "said"),
    [
        (
            Pause(2, 9, "bob", NOON, Text("runs wild")),
            (
                f"{TEAM}: is paused by bob since 2026-11-22T12:00:00+00:00 and admits nothing, because: runs wild; "
                "coordinators of acme can resume it"
            ),
        ),
        (
            Pause(2, 9, "", NOON, Text()),
            f"{TEAM}: is paused since 2026-11-22T12:00:00+00:00 and admits nothing; coordinators of acme can resume it",
        ),
        (None, f"{TEAM}: is paused and admits nothing until it is resumed; ask acme"),
    ],
)
def test_paused__by_whom(pause, said):
    """R61, R81: who paused, since when and why; and who can resume it."""
    rejected = Rejected(Reason.PARTITION_PAUSED, TEAM, ask="acme", circumstances=Circumstances(pause=pause))

    assert advice.paused(rejected) == said


def test_paused__long_note():
    """What travels in a header has only the beginning of somebody's text."""
    stands = Circumstances(pause=Pause(2, 9, "bob", NOON, Text("x" * 500)))

    said = advice.paused(Rejected(Reason.PARTITION_PAUSED, TEAM, circumstances=stands))

    assert said.endswith(f"because: {'x' * advice.TEXT_CHARACTERS_MAX}…")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            ToolRefused("fetch", ToolRefusal.DISABLED, "acme"),
            "acme: the tool fetch is disabled in the catalogue; an admin can enable it",
        ),
        (
            ToolRefused("shell_sh", ToolRefusal.DENIED, "acme", "shell*"),
            "acme: its list denies the tool shell_sh by shell*; coordinators of acme can change that",
        ),
        (
            ToolRefused("paint", ToolRefusal.DENIED, "acme", "paint"),
            "acme: its list denies the tool paint; coordinators of acme can change that",
        ),
        (
            ToolRefused("paint", ToolRefusal.NOT_LISTED, "acme"),
            "acme: the tool paint is not in its list of allowed tools; coordinators of acme can change that",
        ),
        (
            ToolRefused("", ToolRefusal.NOT_LISTED, "acme"),
            "acme: only listed tools are allowed, and none was named; coordinators of acme can change that",
        ),
        (None, "acme: the tool is disabled or not allowed here; ask acme"),
    ],
)
def test_tool__which_rule(found, said):
    """R58, R59, R81: which tool, whose list or catalogue, and what of it."""
    rejected = Rejected(Reason.TOOL_NOT_ALLOWED, "acme", ask="acme", circumstances=Circumstances(tool=found))

    assert advice.tool(rejected) == said


@pytest.mark.parametrize(
    ("unit", "stands", "said"),
    [
        (
            "USD",
            Circumstances(scale=9, cap=DAY_CAP, fits=2 * USD, reset_at=NOON),
            (
                "acme: cap 7 (day, 100 USD) leaves 3 of 12 USD; 2 USD would fit now; it is reset at "
                "2026-11-22T12:00:00+00:00; coordinators of acme can raise it"
            ),
        ),
        (
            "USD",
            Circumstances(scale=9, cap=replace(DAY_CAP, limit=10 * USD), fits=3 * USD),
            (
                "acme: cap 7 (day, 10 USD) leaves 3 of 12 USD; 3 USD would fit now; waiting will not help, it never "
                "admits as much; coordinators of acme can raise it"
            ),
        ),
        ("USD", Circumstances(scale=9), "acme: cap 7 leaves 3 of 12 USD; coordinators of acme can raise it"),
    ],
)
def test_capped__what_is_left(unit, stands, said):
    """R50, R81: which cap, what it leaves, what would fit, when it is reset, and who can raise it."""
    rejected = Rejected(Reason.CAP_REACHED, "acme", unit, 12 * USD, 3 * USD, "acme", cap_id=7, circumstances=stands)

    assert advice.capped(rejected) == said


def test_capped__open_reservations():
    """R51: reservations are counted as they are."""
    found = replace(DAY_CAP, kind=CapKind.OPEN_RESERVATIONS, unit="", limit=5)
    rejected = Rejected(Reason.CAP_REACHED, "acme", "", 1, 0, cap_id=7, circumstances=Circumstances(cap=found))

    assert advice.capped(rejected) == "acme: cap 7 (open reservations, 5) leaves 0 of 1 reservations"


@pytest.mark.parametrize(
    ("reservation_id", "said"),
    [
        ("r", f"acme: {SCOUT} has the work k until 2026-11-22T12:00:00+00:00; take other work meanwhile"),
        ("", f"acme: {SCOUT} is assigned the work k until 2026-11-22T12:00:00+00:00; take other work meanwhile"),
    ],
)
def test_claimed__by_whom(reservation_id, said):
    """R76, R80, R81: who has the work, and until when."""
    stands = Circumstances(claim=ClaimFound("acme", "k", SCOUT, reservation_id, ""), reset_at=NOON)

    assert advice.claimed(Rejected(Reason.WORK_CLAIMED, "acme", circumstances=stands)) == said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (cmd.Reserve, f"acme: the work k was done by {SCOUT}; its result: s3://x; do not do it again"),
        (
            cmd.AssignWork,
            f"acme: the work k was done by {SCOUT}; its result: s3://x; take the mark back to assign it anew",
        ),
    ],
)
def test_done__fits_the_command(command, said):
    """R78, R81: by whom and where the result is; a coordinator who assigns it is told how."""
    stands = Circumstances(claim=ClaimFound("acme", "k", SCOUT, "r", "s3://x"), command=command)

    assert advice.done(Rejected(Reason.WORK_DONE, "acme", circumstances=stands)) == said


@pytest.mark.parametrize("sentence", [advice.exhausted, advice.paused, advice.capped, advice.tool, advice.claimed])
def test_advice__of_what_may_not_be_read(sentence):
    """R81: without names and numbers it says which role to ask."""
    said = sentence(Rejected(Reason.CAP_REACHED, role="COORDINATOR"))

    assert said.endswith("; ask a coordinator")
    assert "acme" not in said


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        ({"kind": CapKind.WINDOW, "period": Period.DAY}, "day, 12.5 USD"),
        ({"kind": CapKind.ROLLING, "length_us": 3_600_000_000}, "any 3600 s, 12.5 USD"),
        ({"kind": CapKind.SINGLE, "tool": "web_*"}, "single reservation, 12.5 USD, for web_*"),
        ({"kind": CapKind.LIFETIME}, "lifetime, 12.5 USD"),
        ({"kind": CapKind.WORKFLOW}, "workflow, 12.5 USD"),
        ({"kind": CapKind.OPEN_RESERVATIONS, "unit": "", "limit": 5}, "open reservations, 5"),
    ],
)
def test_cap__in_words(cap, said):
    """R51: what a cap limits, and how much."""
    usual = Cap(7, 2, CapKind.SINGLE, "USD", 12_500_000_000, Period.NONE, Weekday.MONDAY, 0, "", CapMode.ENFORCED, 1, 1)

    assert advice.cap(replace(usual, **cap), 9) == said
