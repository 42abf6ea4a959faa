"""A journal in which everything of governance has happened."""

from dataclasses import replace

from ledger.core import commands as cmd
from ledger.core import events as ev
from ledger.core.calendars import Period
from ledger.core.caps import CapKind, CapMode
from ledger.core.roles import PrincipalRole
from tests import builders
from tests.builders import DAY, HOUR, SECOND, agent, commit, release, reserve, uuid7
from tests.verify.journal import Writer, something_of_everything


def governed_by_all(name: str = "acme") -> Writer:
    """Something of everything, governed by records of every kind, live ones and ones that have ended."""
    writer, research, scout = something_of_everything(name), f"{name}/research", f"{name}/research/scout"
    clerk = f"{research}/clerk"
    writer.write(agent(clerk), builders.allocate(clerk, 60), builders.pause(clerk, "too fast"), builders.resume(clerk))
    writer.write(builders.set_tool("search", USD=3), builders.set_tool("shell"), builders.delete_tool("shell", 1))
    writer.write(builders.set_tool_rules(research, "search web_*", "rm"), builders.pause(clerk, "why"))
    writer.write(builders.cap(name, 300, period=Period.DAY), builders.cap(scout, 9, CapKind.OPEN_RESERVATIONS))
    writer.write(builders.cap(research, 20, length=12 * SECOND, mode=CapMode.SHADOW), builders.cap(scout, 5))
    writer.write(builders.delete_cap(writer.book.position - 1), builders.cap(name, 90, CapKind.WORKFLOW))
    used = [replace(builders.use("search", scout, number), workflow_id="wf-1") for number in (20, 21, 22)]
    writer.write(*used, commit(20, USD=2), later=DAY)
    writer.write(builders.use("search", scout, 23, USD=400), builders.use("shell", scout, 24, USD=1))
    writer.write(builders.set_policy(research, request_max=5, period=Period.WEEK))
    _escalated(writer, scout, clerk)
    writer.write(builders.allowance(scout, 400, period=Period.HOUR), builders.allowance(clerk, 5), later=HOUR)
    writer.write(builders.no_allowance(clerk, 1), later=HOUR)
    writer.write(
        builders.assign(scout, key="job b", scope=research), builders.assign(scout, key="job c", scope=research)
    )
    writer.write(builders.unassign(key="job c", scope=research))
    writer.write(*(_working(scout, number, key, research) for number, key in ((30, "job a"), (31, "job b"), (32, "x"))))
    writer.write(builders.commit_done(30, result="s3://a"), release(32))
    writer.write(builders.use("search", scout, 40, USD=1), later=DAY)  # a new day begins
    writer.write(commit(22, USD=1))  # which counts in one that is over
    writer.write(builders.appoint("ann", name, PrincipalRole.ADMIN))
    writer.tell(ev.RoleSet(writer.book.ids[scout], scout, "bob", PrincipalRole.AGENT))
    writer.tell(ev.RoleSet(writer.book.ids[scout], scout, "bob", PrincipalRole.NONE))
    return writer


def _working(path: str, number: int, key: str, scope: str) -> cmd.Reserve:
    return replace(builders.claim(path, number, key=key, scope=scope, ttl=HOUR), tool="search")


def _escalated(writer: Writer, scout: str, clerk: str) -> None:
    """Escalations in every state; one carries a reservation, one is lent for a time, one is approved by a policy."""
    refused = replace(reserve(scout, 25, USD=490), tool="search")
    carried = builders.carrying(refused, uuid7(writer.now, 9_999))
    asked = []
    for command in (
        builders.escalate(scout, 40, carried=carried),
        builders.escalate(scout, 30),
        builders.escalate(scout, 20),
        builders.escalate(scout, 10),
        builders.escalate(clerk, 8, ttl=30 * DAY),
        builders.escalate(clerk, 7, ttl=SECOND),
        builders.escalate(scout, 4),
    ):
        writer.write(command)
        asked.append(writer.book.position)
    writer.write(builders.approve(asked[0]), later=2 * SECOND)
    lent = builders.approve(asked[1], ends_at=writer.now + 600 * SECOND)
    writer.write(lent, builders.deny(asked[2]), builders.cancel(asked[3]), builders.forward(asked[4]))
    writer.write(builders.reallocate(clerk, scout, 20, ends_at=writer.now + 30 * DAY))
