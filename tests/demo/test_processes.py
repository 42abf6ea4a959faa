import os

import pytest

import tallystick
from ledger import testing
from ledger.demo import processes
from ledger.demo.fleet import UNITS, Agent, Purse
from ledger.demo.naive import NaiveCounter
from ledger.demo.plan import Fate, PlannedCall
from ledger.demo.processes import Crew, Job, Phase, ProcessFailed
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.process, pytest.mark.slow]

SCOUT = Agent(0, "acme/scout", "gpt-4o", Purse.TIGHT, counts_tokens=False)


def _calls(count, fate=Fate.WORKS):
    return tuple(PlannedCall(number, 0, SCOUT.model, 12, 9, 0, 0, 0.05, fate) for number in range(count))


@pytest.fixture
def address():
    """Of a service at which the scout has 30 nano-dollars."""
    with testing.serving() as service, tallystick.Client(service.address) as client:
        client.create_organization("acme", units=UNITS)
        client.create_partition(SCOUT.path)
        client.fund("acme", tallystick.Amount("USD", 30, 9))
        client.allocate(SCOUT.path, tallystick.Amount("USD", 30, 9))
        yield service.address


def _left(address):
    with tallystick.Client(address) as client:
        return int(client.get_partition(SCOUT.path).own["USD"].available.scaleb(9))


def test_run__both_sides(address, tmp_path):
    """Two processes make the same calls at once: the counter overspends, the ledger does not."""
    file = tmp_path / "counter.db"
    job = Job(address, (SCOUT,), _calls(4), 4, file)
    heard: list = []
    crew = Crew([job, job])
    try:
        with NaiveCounter.create(file, [30]) as counter:
            crew.run(Phase.NAIVE, heard.append)
            overspend = counter.overspend()
        records = crew.run(Phase.LEDGER, heard.append)
    finally:
        crew.close()

    assert overspend > 0
    assert len(records) == 8
    assert sum(record.recorded for record in records) == 30 - _left(address) <= 30
    assert heard[-1].done == 8
    assert heard[-1].refused == sum(bool(record.refused) for record in records) > 0


def test_kill__in_the_middle_of_work(address, tmp_path):
    """Callers that are killed leave their holds behind; nothing settles them, and no process is left."""
    crew = Crew([Job(address, (SCOUT,), _calls(2, Fate.DIES), 2, tmp_path / "counter.db")])
    pids = [process.pid for process, _ in crew._members]

    records = crew.run(Phase.DEATH, lambda _: None)
    crew.kill()

    assert [record.held for record in records] == [12, 12]
    assert _left(address) == 6
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_run__process_fails(tmp_path):
    """What was not planned is raised here, with the traceback of the process that met it."""
    crew = Crew([Job("127.0.0.1:9", (SCOUT,), _calls(1), 1, tmp_path / "missing" / "counter.db")])
    try:
        with pytest.raises(ProcessFailed, match="unable to open database file"):
            crew.run(Phase.NAIVE, lambda _: None)
    finally:
        crew.close()


def test_close__in_the_middle_of_work(address, tmp_path, monkeypatch):
    """Processes end by themselves when nobody listens to them any more, also at work."""
    monkeypatch.setattr(processes, "END_SECONDS", PATIENCE_S)
    calls = tuple(PlannedCall(number, 0, SCOUT.model, 1, 1, 0, 0, 600.0) for number in range(2))
    crew = Crew([Job(address, (SCOUT,), calls, 2, tmp_path / "counter.db")])
    process, connection = crew._members[0]
    connection.send(Phase.LEDGER)
    connection.recv()  # it is at work, and has said so

    crew.close()

    assert process.exitcode == 0


def test_run__process_that_cannot_begin(monkeypatch, tmp_path):
    """A process that dies before it has read what to do is noticed, however much there was to read."""
    from multiprocessing import resource_tracker, spawn

    resource_tracker.ensure_running()  # by the real program, as others will need it
    monkeypatch.setattr(spawn, "_python_exe", b"/bin/false")
    crew = Crew([Job("127.0.0.1:9", (SCOUT,), _calls(20_000), 1, tmp_path / "counter.db")])
    try:
        with pytest.raises(ProcessFailed, match="without a word"):
            crew.run(Phase.NAIVE, lambda _: None)
    finally:
        crew.close()
