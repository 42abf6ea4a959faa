"""One ledger that is watched by a real Prometheus and a real Alertmanager, for all tests that want to see them work."""

import contextlib
import re
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tallystick
from ledger.launch import Service
from ledger.observe.beside import OfVerifier, OfWebhooks
from ledger.observe.monitor import Monitor, Options
from ledger.storage.memory import MemoryStore
from ledger.verify.background import Status
from tests.deploy import monitoring


@dataclass(frozen=True)
class Watched:
    """A service on SQLite, and who watches it.

    Attributes:
        client: Of the service.
        metrics: `host:port` of the service's endpoint.
        prometheus: Scrapes it.
        hooks: Is told by its Alertmanager.
    """

    client: tallystick.Client
    metrics: str
    prometheus: monitoring.Prometheus
    hooks: monitoring.Hooks

    def page(self) -> bytes:
        """What is scraped."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=30) as answer:
            return answer.read()


@pytest.fixture(scope="session")
def contract() -> set[str]:
    """Every metric that a process tells of, whatever happens in it: of a histogram its three series."""
    store = MemoryStore()
    monitor = Monitor(store, lambda: 0, Options())
    monitor.tell(OfVerifier(Status))
    monitor.tell(OfWebhooks(list))
    monitor.snapshots.make(store.looker())
    found: set[str] = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", monitor.metrics().decode(), re.MULTILINE):
        found |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return found


@pytest.fixture(scope="session")
def watched(tmp_path_factory) -> Iterator[Watched]:
    """The ledger of acme, where one agent of a team of its own works on and on, and is refused now and then."""
    folder = tmp_path_factory.mktemp("watched")
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(
            Service(
                folder,
                f"sqlite:///{folder / 'ledger.db'}",
                metrics_listen="127.0.0.1:0",
                metrics_seconds="0.2",
                metrics_tools="acme*",
                verify_seconds="0.2",
                webhooks_file=str(_unheard(folder)),
            )
        )
        found = re.search(r"http://(\S+)/metrics", service.said())
        assert found is not None
        client = stack.enter_context(tallystick.Client(service.address))
        _found(client)
        hook, hooks = stack.enter_context(monitoring.hooks())
        alerts = stack.enter_context(monitoring.alertmanager(folder, hook))
        prometheus = stack.enter_context(monitoring.prometheus(folder, found.group(1), alerts))
        stack.enter_context(_working(client))
        yield Watched(client, found.group(1), prometheus, hooks)


def _unheard(folder: Path) -> Path:
    """A file of webhooks, with one whose receiver is not there."""
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef")
    file = folder / "webhooks.toml"
    file.write_text(
        '[[webhook]]\nname = "spending"\nurl = "http://127.0.0.1:9/"\norganizations = ["acme"]\n'
        f'secret_file = "{folder / "secret"}"\nbegin = "beginning"\n'
    )
    return file


def _found(client: tallystick.Client) -> None:
    """An organization with everything that metrics tell of."""
    client.create_organization("acme", units={"USD": 9, "tokens": 0})
    client.fund("acme", "10000 USD")
    client.fund("acme", "1000000000 tokens")
    client.set_tool("acme", "web_search", "0.01 USD")
    for team in ("ops", "research"):
        client.create_partition(f"acme/{team}", kind="TEAM")
        client.allocate(f"acme/{team}", "1000 USD")
    client.create_partition("acme/ops/runner")
    client.allocate("acme/ops/runner", "900 USD")
    client.allocate("acme/ops", "100000000 tokens")
    client.allocate("acme/ops/runner", "90000000 tokens")
    client.create_cap("acme/ops", "800 USD", period="DAY")
    client.create_cap("acme/ops", 50, kind="OPEN_RESERVATIONS")
    client.create_cap("acme/ops", "600 USD", period="HOUR", tool="web_search")
    client.set_allowance("acme/ops/runner", "500 USD", period="DAY")
    client.request_escalation("acme/ops/runner", "5 USD", reason="a second source", ttl=3600)


@contextlib.contextmanager
def _working(client: tallystick.Client) -> Iterator[None]:
    """An agent that works until the end, at a cost that it can bear for weeks, and is refused now and again."""
    over = threading.Event()

    def work() -> None:
        agent = client.agent("acme/ops/runner", tool="web_search")
        while not over.wait(0.1):
            with agent.reserve("0.0005 USD", "1 tokens") as hold:
                hold.commit("0.0002 USD", "1 tokens")
            client.refund(hold.reservation_id, "0.0001 USD", organization="acme")
            with contextlib.suppress(tallystick.Refused):
                client.reserve("acme/ops/runner", "5000 USD")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
