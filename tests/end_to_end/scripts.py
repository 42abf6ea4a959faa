"""Seeded scripts: some hundred requests of every kind, among them repeats, dry runs, groups and nonsense.

A script depends on its seed alone, not on any answer, so that it is the same whatever it is played to. Holds end on odd
half steps, no two at the same instant: a batch that is split, and so a few microseconds later, has the same holds due.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from ledger.core import commands as cmd
from ledger.core.amounts import Amount
from ledger.core.partitions import Kind
from ledger.core.reservations import Basis
from ledger.core.texts import Text
from tests import builders
from tests.end_to_end import governing
from tests.end_to_end.governing import AGENTS, MILLISECOND, TEAMS
from tests.sequencer.world import SECOND, START

PRINCIPALS: Final = ("ann", "bob")
LAST_WORDS: Final = 12
"""So many steps come after the whole organization is closed."""

MONTH_SECONDS: Final = 31 * 86_400
"""Before the last step, so that what is not used for long ends."""


class Step(NamedTuple):
    """Time passes, then requests arrive together."""

    seconds: int
    requests: tuple[cmd.Request, ...]


class _Author:
    """Writes one script."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.numbered = 0
        self.holds = 0
        self.made = 0
        self.holders: dict[int, str] = {}
        self.past: list[cmd.Request] = []
        self.asker = ""
        self.claiming = [0]

    def request(self, command: cmd.Command, *, dry: bool = False, ahead: int = 0) -> cmd.Request:
        """A new request."""
        self.numbered += 1
        asker, self.asker = self.asker, ""
        request = cmd.Request(
            "acme",
            asker or self.random.choice(PRINCIPALS),
            builders.uuid7(self.now + ahead, self.numbered),
            builders.fingerprint_of(command),
            command,
            dry,
        )
        self.past.append(request)
        return request

    def anything(self) -> cmd.Request:
        """The next request."""
        fate = self.random.random()
        if fate < 0.08:
            return self.random.choice(self.past)
        if fate < 0.10:
            return replace(self.random.choice(self.past), fingerprint=b"another body")
        if fate < 0.11:
            return self.request(self.single(), ahead=3600 * SECOND)
        if fate < 0.15:
            return cmd.Request("acme", "", "", b"", self.own())
        if fate < 0.24:
            return self.request(cmd.Group(tuple(self.single() for _ in range(self.random.randint(1, 3)))))
        return self.request(self.again() if fate < 0.34 else self.single(), dry=fate < 0.30)

    def again(self) -> cmd.Single:
        """A recent commit under another request id."""
        commits = [request.command for request in self.past[-80:] if isinstance(request.command, cmd.Commit)]
        return self.random.choice(commits) if commits else self.single()

    def own(self) -> cmd.Single:
        """One of the service's own commands."""
        if self.random.random() < 0.3:
            return cmd.BeginIncarnation("restore", self.text())
        return cmd.PruneRequestIds(START - 40 * builders.DAY + self.random.randint(0, 9))

    def single(self) -> cmd.Single:
        """One command; holding and settling most of the time."""
        kinds: list[Callable[[], cmd.Single]] = [self.reserve] * 8 + [self.settle] * 10 + [self.move] * 4
        kinds += [self.govern] * 11
        return self.random.choice([*kinds, self.build, self.build, self.charge])()

    def govern(self) -> cmd.Single:
        """Something of governance; an escalation may carry a reservation, which was asked for before or is not yet."""
        command = governing.governing(self.random, self.now, self.numbered)
        if isinstance(command, cmd.RequestEscalation) and self.random.random() < 0.6:
            reserves = [one for one in self.past[-40:] if isinstance(one.command, cmd.Reserve)]
            if not reserves or self.random.random() < 0.4:
                reserves = [self.request(self.reserve())]
            refused = self.random.choice(reserves)
            assert isinstance(refused.command, cmd.Reserve)
            carried = builders.carrying(refused.command, refused.request_id)
            carried = carried._replace(fingerprint=refused.fingerprint.hex())
            command = replace(command, path=refused.command.path, carried=(carried,))
            self.asker = refused.principal
        return command

    def reserve(self) -> cmd.Reserve:
        self.holds += 1
        taken = self.random.random() < 0.05
        number = self.random.randint(1, self.holds) if taken else self.holds
        chosen = taken or self.random.random() < 0.7
        ttl = self.random.choice((5, 15, 25, 45, 95, 7205)) * SECOND + self.holds * MILLISECOND
        path = self.path(AGENTS)
        self.holders.setdefault(number, path)
        command = builders.reserve(path, number, ttl=ttl, chosen=chosen, **self.parts(40))
        command = governing.dressed(self.random, replace(command, labels=(("step", "é"),)))
        if command.claim_key:
            self.claiming.append(number)
        return command

    def settle(self) -> cmd.Single:
        """Something about a reservation, a recent one most of the time."""
        number = max(1, self.holds - int(self.random.expovariate(0.3)))
        if self.random.random() < 0.2:
            number = self.random.choice(self.claiming[-4:])
        held = builders.reservation_id(number)
        confirmed = self.random.random() < 0.2
        basis = self.random.choice(list(Basis))
        match self.random.choice(("commit", "commit", "all", "part", "part", "release", "extend", "expire", "refund")):
            case "commit":
                stated = cmd.Commit(held, self.amounts(self.random.choice((10, 40, 6000))), basis, confirmed)
                return self.perhaps_done(stated, number)
            case "all":
                return self.perhaps_done(cmd.Commit(held, (), basis, confirmed), number)
            case "part":
                return cmd.SettlePart(held, self.amounts(25), basis, confirmed)
            case "release":
                return cmd.Release(held)
            case "extend":
                later = self.random.choice((-95, 5, 25, 95, 9995)) * SECOND + self.numbered * MILLISECOND + 500
                return cmd.Extend(held, self.now + later)
            case "expire":
                return cmd.Expire(held, self.text())
            case _:
                old = builders.reservation_id(self.random.randint(1, max(1, self.holds)))
                return cmd.Refund(old, self.amounts(5), self.text())

    def perhaps_done(self, command: cmd.Commit, number: int) -> cmd.Commit:
        if self.random.random() > (0.7 if number in self.claiming else 0.05):
            return command
        return governing.done(self.random, command, self.numbered)

    def charge(self) -> cmd.Single:
        number = self.random.randint(max(1, self.holds - 8), self.holds + 1) if self.random.random() < 0.6 else 0
        named = builders.reservation_id(number) if number else ""
        path = self.holders.get(number) or self.path(AGENTS)
        amounts = self.amounts(20)
        return cmd.Charge(path, amounts, named, Basis.MEASURED, not named, "tool", "flow-2", self.text())

    def move(self) -> cmd.Single:
        amount = Amount(self.unit(), self.random.choice((5, 50, 200, 2**62)))
        path, note = self.path((*TEAMS, *AGENTS)), self.text()
        match self.random.choice(("fund", "defund", "allocate", "allocate", "allocate", "reclaim")):
            case "fund":
                return cmd.Fund(amount, note)
            case "defund":
                return cmd.Defund(amount, note)
            case "allocate":
                return cmd.Allocate(path, amount, note)
            case _:
                return cmd.Reclaim(path, amount, note)

    def build(self) -> cmd.Single:
        self.made += 1
        match self.random.randrange(6):
            case 0:
                return cmd.CreatePartition(f"{self.path((*TEAMS, *AGENTS))}/n{self.made}", Kind.AGENT, self.text())
            case 1:
                return cmd.CreatePartition(self.path(AGENTS), Kind.TEAM, self.text())
            case 2:
                return cmd.UpdatePartition(self.path(AGENTS), self.random.randint(1, 2), self.text())
            case 3:
                life = self.random.choice((65, 3605)) * SECOND
                return cmd.UpdateOrganization(self.random.randint(1, 3), "Europe/Berlin", None, life)
            case 4:
                return cmd.ClosePartition(self.path(AGENTS[::4]), False, self.text())
            case _:
                return cmd.ClosePartition(self.random.choice(TEAMS), False, self.text())

    def path(self, among: tuple[str, ...]) -> str:
        return "acme/nowhere" if self.random.random() < 0.02 else self.random.choice(among)

    def unit(self) -> str:
        return self.random.choice(("USD",) * 12 + ("tokens",) * 6 + ("hours",))

    def parts(self, most: int) -> dict[str, int]:
        return {self.unit(): self.random.randint(1, most) for _ in range(self.random.choice((1, 1, 1, 2)))}

    def amounts(self, most: int) -> tuple[Amount, ...]:
        return builders.amounts(**self.parts(most))

    def text(self) -> Text:
        return Text.of(self.random.choice(("", "why", "naïve 'q\" \\ 預算")), self.random.randbytes(16))


def script(seed: int, steps: int = 120) -> list[Step]:
    """A script: an organization begins, lives, is closed whole, and is settled."""
    author = _Author(seed)
    founding: list[cmd.Command] = [builders.create_organization(life=3605 * SECOND), *map(builders.team, TEAMS)]
    founding += [*map(builders.agent, AGENTS)]
    for unit in ("USD", "tokens"):
        founding.append(builders.fund(3000, unit))
        founding += [builders.allocate(team, 900 if team == "acme/blue" else 400, unit) for team in TEAMS]
        founding += [builders.allocate(agent, 60, unit) for agent in AGENTS]
    founding += governing.founding()
    written = [Step(0, (author.request(builders.fund(1)), *(author.request(command) for command in founding)))]
    for number in range(steps):
        seconds = author.random.choice((0, 10, 10, 20, 60, 0, 10, 10, 20, 60, 0, 10, 20, 1800))
        if number == steps - 1:
            seconds = MONTH_SECONDS
        author.now += seconds * SECOND
        requests = tuple(author.anything() for _ in range(author.random.randint(1, 6)))
        if seed % 2 and number == steps // 2:
            requests += tuple(author.request(command) for command in governing.appointing(author.random))
        if number == steps - LAST_WORDS:
            requests += (author.request(builders.close("acme", cascade=True)),)
        written.append(Step(seconds, requests))
    return written
