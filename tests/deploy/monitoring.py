"""Prometheus and Alertmanager as tests run them: the real programs, on the files of deploy/ with other addresses."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from tests.waiting import until

ROOT: Final = Path(__file__).resolve().parents[2]
RULES: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
CONFIGS: Final = RULES.parent

_PROGRAMS: Final = {
    "promtool": ("promtool",),
    "amtool": ("amtool",),
    "prometheus": ("prometheus",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
}
"""By what they are called upstream, and by Debian."""

_LISTENING: Final = re.compile(r'msg="Listening on" address=(\S+)')
_PATIENCE_S: Final = 60.0


def needs(*programs: str) -> pytest.MarkDecorator:
    """For tests that run these. Under CI they are not skipped, and fail where one is missing."""
    missing = [name for name in programs if _find(name) is None]
    return pytest.mark.skipif(
        bool(missing) and not os.environ.get("CI"), reason=f"there is no {' and no '.join(missing)}: run `make tools`"
    )


def program(name: str) -> str:
    """The path of one of the programs."""
    path = _find(name)
    if path is None:
        pytest.fail(f"there is no {name}: run `make tools`")
    return path


def _find(name: str) -> str | None:
    return next((path for known in _PROGRAMS[name] if (path := shutil.which(known))), None)


def run(name: str, *words: str | Path, said: bytes = b"") -> tuple[int, str]:
    """How a program ended, and what it said."""
    done = subprocess.run([program(name), *words], input=said, capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def replaced(text: str, **changes: str) -> str:
    """A file of deploy/ with other values for some of its keys, each of which it has."""
    for key, value in changes.items():
        text, count = re.subn(rf"^(\s*(?:- )?{key}:).*$", rf"\1 {value}", text, flags=re.MULTILINE)
        assert count, f"there is no {key}"
    return text


@dataclass
class Prometheus:
    """A Prometheus that is running.

    Attributes:
        address: `host:port` of its API.
    """

    address: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression is now."""
        return self._get("query", query=expression)["result"]

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """What an expression was, every so many seconds."""
        return self._get("query_range", query=expression, start=f"{start}", end=f"{end}", step=f"{step}")["result"]

    def label_values(self, label: str, series: str) -> list[str]:
        """Values that a label has in some series."""
        return self._get(f"label/{label}/values", **{"match[]": series})

    def targets(self) -> list[str]:
        """The health of each target."""
        return [target["health"] for target in self._get("targets")["activeTargets"]]

    def _get(self, what: str, **words: str) -> Any:
        url = f"http://{self.address}/api/v1/{what}?{urllib.parse.urlencode(words)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"{words}: {problem.read().decode()}") from problem


@dataclass
class Hooks:
    """What an Alertmanager has told, and to whom.

    Attributes:
        told: Receiver and alert, in the order of arrival.
    """

    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, name: str, status: str = "firing", **labels: str) -> list[tuple[str, dict[str, Any]]]:
        """Those of an alert with these labels."""
        wanted = {"alertname": name, **labels}.items()
        return [one for one in list(self.told) if one[1]["status"] == status and wanted <= one[1]["labels"].items()]


@contextlib.contextmanager
def hooks() -> Iterator[tuple[str, Hooks]]:
    """A webhook that listens: its address, and what it is told."""
    heard = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.told += [(told["receiver"], alert) for alert in told["alerts"]]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def alertmanager(folder: Path, hook: str) -> Iterator[str]:
    """An Alertmanager with our configuration, which tells a hook and does not wait for more; its address."""
    text = (CONFIGS / "alertmanager.yml").read_text()
    text = replaced(text, group_wait="0s", group_interval="1s", url=f"http://{hook}/")
    (folder / "alertmanager.yml").write_text(text)
    with _running(
        folder / "alertmanager.log",
        program("alertmanager"),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
        "--web.listen-address=127.0.0.1:0",
    ) as address:
        yield address


@contextlib.contextmanager
def prometheus(folder: Path, metrics: str, alerts: str, every: str = "1s") -> Iterator[Prometheus]:
    """A Prometheus with our rules, which scrapes one ledger again and again, and has done so.

    Args:
        folder: For its files.
        metrics: `host:port` of the ledger's endpoint.
        alerts: `host:port` of the Alertmanager.
        every: How often it scrapes, and looks at the rules.
    """
    text = replaced((CONFIGS / "local.yml").read_text(), scrape_interval=every, evaluation_interval=every)
    for ours, theirs in (("127.0.0.1:7421", metrics), ("127.0.0.1:9093", alerts), ("- alerts.yml", f"- {RULES}")):
        assert ours in text
        text = text.replace(ours, theirs)
    (folder / "prometheus.yml").write_text(text)
    with _running(
        folder / "prometheus.log",
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--web.listen-address=127.0.0.1:0",
    ) as address:
        running = Prometheus(address)
        until(lambda: running.targets() == ["up"], _PATIENCE_S)
        yield running


@contextlib.contextmanager
def _running(log: Path, *command: str) -> Iterator[str]:
    """A program that runs and is ready; its address, as its log says it."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def address() -> str:
        if process.poll() is not None:
            pytest.fail(f"{command[0]} has ended: {log.read_text()[-2000:]}")
        found = _LISTENING.search(log.read_text())
        return found.group(1) if found else ""

    try:
        until(address, _PATIENCE_S)
        until(lambda: _ready(address()), _PATIENCE_S)
        yield address()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/-/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        time.sleep(0.05)
        return False
