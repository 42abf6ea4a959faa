"""A service process to be killed, stopped and started again at the same address."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.end_to_end.wire import OPTIONS

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 60.0
LOG_CHARACTERS: Final = 4000


class Service:
    """One service process at a fixed address; started again after it has been killed.

    Attributes:
        address: Where it listens, also after a restart.
        log: The file with everything that its processes have said.
    """

    def __init__(self, database: str, log: Path, **settings: Any) -> None:
        """Not started. `settings` are those of `ledger.config`."""
        self.address = f"127.0.0.1:{free_port()}"
        self.log = log
        self._settings = {"database_url": database, "listen": self.address, "log_format": "json"} | settings
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, crash: dict[str, Any] | None = None) -> None:
        """It is ready, or has died of `crash` already. See `launcher`."""
        self._process = self._launched(json.dumps({"settings": self._settings, "crash": crash}))
        await self._ready()

    def _launched(self, told: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.launcher", told],
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def _ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        async with grpc.aio.insecure_channel(self.address, options=OPTIONS) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs forget the methods
            while self.running:
                with contextlib.suppress(grpc.aio.AioRpcError):
                    answer = await health.Check(health_pb2.HealthCheckRequest(service="ready"), timeout=1)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
                if time.monotonic() > deadline:
                    raise AssertionError(f"not ready in {START_SECONDS} s: {self.said()}")
                await asyncio.sleep(0.02)
        if self._process is None or self._process.returncode != -signal.SIGKILL:
            raise AssertionError(f"it did not start: {self.said()}")

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the process is there."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """The process has ended by SIGKILL."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    async def died(self, seconds: float = START_SECONDS) -> None:
        """The process has ended by itself, by SIGKILL."""
        deadline = time.monotonic() + seconds
        while self.running:
            assert time.monotonic() < deadline, f"it lives: {self.said()}"
            await asyncio.sleep(0.01)
        assert self._process is not None
        assert self._process.returncode == -signal.SIGKILL, self.said()

    async def froze(self, seconds: float = START_SECONDS) -> None:
        """The process has stopped by itself, and can be woken by SIGCONT."""
        deadline = time.monotonic() + seconds
        while not self._stopped():
            assert time.monotonic() < deadline, f"it runs: {self.said()}"
            await asyncio.sleep(0.01)

    def _stopped(self) -> bool:
        assert self._process is not None
        return os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    async def stop(self, seconds: float = START_SECONDS) -> None:
        """The process has ended in order."""
        self.signal(signal.SIGTERM)
        assert self._process is not None
        try:
            await asyncio.to_thread(self._process.wait, seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGUSR1)
            await asyncio.sleep(1)
            raise AssertionError(f"it has not ended in {seconds} s: {self.said()}") from None
        assert self._process.returncode == 0, self.said()

    def said(self) -> str:
        """The end of the log."""
        return self.log.read_text(errors="replace")[-LOG_CHARACTERS:]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log's lines of one event."""
        lines = (line for line in self.log.read_text(errors="replace").splitlines() if line.startswith("{"))
        return [found for line in lines if (found := json.loads(line)).get("event") == name]


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
