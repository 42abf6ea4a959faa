import os
import subprocess
import sys

from ledger.bench import machine


def test_cpu_seconds__grow_with_work():
    """Work costs processor time; processes that are gone cost none."""
    before = machine.cpu_seconds([os.getpid()])
    while machine.cpu_seconds([os.getpid()]) == before:
        sum(range(100_000))

    assert machine.cpu_seconds([2**22 + 1]) == 0


def test_descendants__of_all_generations():
    """A process, its children and theirs."""
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = machine.descendants(os.getpid())
        below = machine.descendants(child.pid)
        child.communicate(b"\n")

    assert found[0] == os.getpid()
    assert len(below) == 2
    assert set(below) < set(found)


def test_resident_bytes__of_this_process():
    """More than a few megabytes, less than the machine has."""
    assert 2**22 < machine.resident_bytes(os.getpid()) < machine.facts()["memory_bytes"]


def test_facts__what_matters():
    """Processor, memory and versions are there."""
    facts = machine.facts()

    assert facts["cores_usable"] >= 1
    assert facts["python"] == sys.version.split()[0]
    assert {"grpcio", "protobuf", "SQLAlchemy"} <= facts["packages"].keys()


def test_load_average__a_number():
    """At least nothing."""
    assert machine.load_average() >= 0
