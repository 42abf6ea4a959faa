import os
import shutil
import sys
from pathlib import Path

import pytest

from ledger.bench.h2load import Generator, Load, LoadFailed, Window, percentile, read_log, streams_of
from ledger.bench.messages import Draw, write_pairs, write_reserves
from ledger.launch import Program, own_environment
from tests.bench.patience import patiently

RESERVE = ("tallystick.v1.ReservationService/Reserve",)
COMMIT = ("tallystick.v1.ReservationService/Commit",)

needs_h2load = pytest.mark.skipif(
    not (shutil.which("h2load") and shutil.which("cc")), reason="h2load or cc is missing: make tools"
)


@pytest.fixture
def echo(tmp_path, monkeypatch):
    """The address of an echo."""
    with Program(
        "echo", tmp_path / "log", [sys.executable, "-m", "ledger.bench.echo"], own_environment(os.environ)
    ) as one:
        yield one.address


def test_percentile__smallest_value_that_the_share_does_not_exceed():
    """The median of two is the first; the 99th of a hundred the 99th."""
    assert percentile([1, 2], 0.5) == 1
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([7], 0.01) == 7


def test_read_log__latencies():
    """The third column, sorted."""
    assert read_log(["1795 200 900\n", "1796 200 300\n"]) == [300, 900]


def test_read_log__without_the_warm_up():
    """Requests that began too early are left out; the first one says when that was."""
    log = [f"{1_000_000 + at} 200 {at}\n" for at in (700_000, 0, 499_999, 500_000)]

    assert read_log(log, 0.5) == [500_000, 700_000]


def test_read_log__failed_request():
    """What failed below gRPC is no answer."""
    with pytest.raises(LoadFailed, match="HTTP status -1"):
        read_log(["1795 -1 900\n"])


@pytest.mark.parametrize("in_flight", [1, 2, 16, 64, 256])
def test_streams_of__product(in_flight):
    """Connections times streams is what is to be in flight."""
    connections, streams = streams_of(in_flight)

    assert connections * streams == in_flight


def test_window__rates():
    """Only what was measured counts for the rate; all answers count for the cost."""
    window = Window(2.0, 4, [1000, 2000, 3000, 9000], 7, {0: 5, 9: 1}, 0.1)

    assert (window.rate, window.answered, window.latency_ms(0.5), window.latency_ms(0.99)) == (2.0, 6, 2.0, 9.0)


def test_generator__missing(monkeypatch, tmp_path):
    """Where h2load is missing, the message names the package."""
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(LoadFailed, match="nghttp2-client"):
        Generator(tmp_path)


@needs_h2load
@pytest.mark.process
def test_run__a_body_for_each_request(echo, tmp_path):
    """A short window is answered, every request took a record of its own, and no status but OK came back."""
    records = write_reserves(tmp_path / "records", ["w1"], 50_000, Draw.SPREAD)

    generator = Generator(tmp_path)
    window = patiently(lambda seconds: generator.run(echo, RESERVE, records, Load(2, 2, seconds, 0.1)))

    assert 0 < window.answers <= window.statuses[0] <= window.sent
    assert set(window.statuses) == {0}
    assert window.sent - window.statuses[0] <= 4
    assert window.generator_seconds > 0


@needs_h2load
@pytest.mark.process
def test_run__statuses(echo, tmp_path):
    """A call that is refused is counted as such: the echo knows no Commit."""
    records = write_pairs(tmp_path / "records", "w1", 20_000)

    generator = Generator(tmp_path)
    window = patiently(lambda seconds: generator.run(echo, RESERVE + COMMIT, records, Load(2, 1, seconds, 0.1)))

    assert set(window.statuses) == {0, 12}
    assert abs(window.statuses[0] - window.statuses[12]) <= 2


@needs_h2load
@pytest.mark.process
def test_run__records_end(echo, tmp_path):
    """A load that has used up its records has failed, unless they may start anew."""
    records = write_reserves(tmp_path / "records", ["w1"], 10, Draw.HOT)
    generator = Generator(tmp_path)

    with pytest.raises(LoadFailed, match="used up"):
        patiently(lambda seconds: generator.run(echo, RESERVE, records, Load(1, 1, seconds, 0)))

    def again(seconds):
        return generator.run(echo, RESERVE, records, Load(1, 1, seconds, 0), again=True)

    assert patiently(again).sent > 10


@needs_h2load
@pytest.mark.process
def test_run__at_a_rate(echo, tmp_path):
    """A load at a rate makes so many calls and no more, however fast they are answered, and all are answered."""
    records = write_reserves(tmp_path / "records", ["w1"], 1000, Draw.SPREAD)

    window = Generator(tmp_path).run(echo, RESERVE, records, Load(10, 4, 0.3, 0.2, rate=200.0))

    assert (window.sent, window.statuses) == (100, {0: 100})
    assert 0 < window.answers < 100


@needs_h2load
@pytest.mark.process
def test_run__as_it_comes(echo, tmp_path):
    """Without the library h2load sends one body, and nothing is counted."""
    records = write_reserves(tmp_path / "records", ["w1"], 1, Draw.HOT)

    generator = Generator(tmp_path)
    window = patiently(lambda seconds: generator.run(echo, RESERVE, records, Load(1, 1, seconds, 0), own_bodies=False))

    assert (window.sent, window.statuses) == (0, {})
    assert window.answers > 0


@needs_h2load
def test_run__nobody_listens(tmp_path):
    """Where nobody answers, that is what is said."""
    records = write_reserves(Path(tmp_path / "records"), ["w1"], 10, Draw.HOT)

    with pytest.raises(LoadFailed):
        Generator(tmp_path).run("127.0.0.1:9", RESERVE, records, Load(1, 1, 0.2, 0))


@needs_h2load
def test_generator__version(tmp_path):
    """It says what it is."""
    assert "nghttp2" in Generator(tmp_path).version()
