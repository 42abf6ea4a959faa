"""What an append costs on PostgreSQL: round trips, statements, and bytes of its log."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from ledger.core import commands as cmd
from ledger.core.outcomes import Accepted
from ledger.sequencer.clock import SkewGuard
from ledger.sequencer.pending import Limits, Pending
from ledger.sequencer.writer import Writer
from ledger.storage.postgres import PostgresStore
from ledger.storage.postgres.pipeline import Link, Sent, statement
from tests.costs.bounds import Figures
from tests.costs.world import BATCH, Scribe, agent, founding, request, reserve
from tests.sequencer.world import FakeClock

pytestmark = pytest.mark.postgres

APPEND: Final = [
    "BEGIN ISOLATION",
    "SELECT set_config",
    "WITH moved",
    "INSERT INTO request_ids",
    "INSERT INTO reservations",
    "INSERT INTO entries",
    "INSERT INTO postings",
    "INSERT INTO balances",
    "INSERT INTO seals",
    "COMMIT",
]
"""What is sent for a batch of reserves, in one round trip, whatever their number."""

LOOKED_UP: Final = "SELECT request_ids"
"""What is sent before COMMIT beside it where a command was refused or was a dry run: whether its id is new."""

WAL: Final = Figures(
    "bytes of PostgreSQL's log",
    {"batches of 1": 3167, "batches of 64": 2603},
)
"""Bytes of the server's log for each reserve, without images of whole pages."""

_POSITION: Final = Sent(statement("SELECT pg_current_wal_insert_lsn() - '0/0'"), {})


def words(sent: Sent) -> str:
    """What a statement does, in two or three words."""
    said = sent.statement.sql.decode().replace("(", " ").replace(",", " ").replace(".", " ").split()
    return " ".join(said[: 3 if said[0] == "INSERT" else 2])


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is sent to the server together, each time that its answer is waited for."""
    made: list[list[str]] = []
    run = Link.run

    async def counted(link: Link, *sent: Sent) -> list[Any]:
        made.append([words(one) for one in sent])
        return await run(link, *sent)

    monkeypatch.setattr(Link, "run", counted)
    return made


@pytest.fixture
async def scribe(postgres: PostgresStore) -> Scribe:
    """An organization of 64 agents in the store, which has some batches behind it."""
    made = Scribe()
    await postgres.append(made.decide(*founding(BATCH)))
    for _ in range(4):
        await postgres.append(made.reserves(BATCH))
    await postgres.append(made.decide(reserve(999, parts=10**15)))  # R82: the minute's first refusal is told of
    return made


@pytest.mark.parametrize("size", [1, 64, 256])
async def test_append__one_round_trip(postgres, scribe, trips, size):
    """A batch of whatever size is one round trip of the same statements, none of which reads."""
    await postgres.append(scribe.reserves(size))

    assert trips == [APPEND]


@pytest.mark.parametrize("size", [1, 64, 256])
async def test_append__one_round_trip_with_refusals(postgres, scribe, trips, size):
    """Refusals and dry runs are looked up in the round trip of their batch, all by one statement."""
    refused = [reserve(1000 + number, parts=10**15) for number in range(size)]
    dry = [reserve(2000 + number) for number in range(size)]

    await postgres.append(scribe.decide(reserve(1), *refused, dry=dry))

    assert trips == [[*APPEND[:-1], LOOKED_UP, "COMMIT"]]


@pytest.mark.parametrize("size", [1, 64, 256])
async def test_append__one_round_trip_of_refusals(postgres, scribe, trips, size):
    """Where all are refused nothing is written: the head is compared and the ids are looked up."""
    await postgres.append(scribe.decide(*(reserve(1000 + number, parts=10**15) for number in range(size))))

    assert trips == [["BEGIN ISOLATION", "SELECT set_config", "SELECT 1", LOOKED_UP, "COMMIT"]]


async def write(writer: Writer, commands: Sequence[cmd.Command], first: int) -> None:
    """Have a process write a batch, as its loop does."""
    waiting = [Pending(request(command, first + place)) for place, command in enumerate(commands)]
    await writer.write(waiting, list)
    for pending in waiting:
        assert isinstance(await pending.reply, Accepted)


async def test_write__round_trips_of_processes_that_take_turns(postgres, scribe, trips):
    """A process that writes alone needs one round trip, and two while it takes turns with another."""
    one, other = (Writer("acme", postgres, Limits(), SkewGuard(FakeClock(), 2**62)) for _ in range(2))
    await one.load()
    await other.load()
    made: list[int] = []

    for turn, writer in enumerate([one, one, other, one, other, one]):
        del trips[:]
        batch = range(10_000 + BATCH * turn, 10_000 + BATCH * (turn + 1))
        await write(writer, [reserve(number, agent(number % BATCH)) for number in batch], batch[0])
        made.append(len(trips))

    # Whoever finds that another wrote has lost a compare, takes it back, locks, looks ids up, and appends.
    assert made == [1, 1, 5, 5, 2, 2]


@pytest.mark.parametrize("size", [1, 64])
async def test_append__bytes_of_the_log(postgres, scribe, size):
    """An operation brings a bounded number of bytes to the server's disk."""
    if "full_page_writes=on" in postgres.durability:
        pytest.skip("this server logs images of whole pages, as often as it makes checkpoints")
    batches = [scribe.reserves(size) for _ in range(16)]

    async with postgres._queries.lend() as link:
        [[(before,)]] = await link.run(_POSITION)
        for batch in batches:
            await postgres.append(batch)
        [[(after,)]] = await link.run(_POSITION)

    WAL.check(f"batches of {size}", float(after - before) / (size * len(batches)))
