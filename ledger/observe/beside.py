"""Beside: how far the background verifier and the webhooks are, as Prometheus metrics, read anew for each scrape."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily

from ledger.observe.metrics import BESIDE
from ledger.verify.background import Status


class Delivering(Protocol):
    """How a webhook stands in a journal; see `ledger.webhooks.deliverer.Status`."""

    @property
    def webhook(self) -> str:
        """Its name."""

    @property
    def organization(self) -> str:
        """Whose journal."""

    @property
    def delivers(self) -> bool:
        """Whether this process delivers."""

    @property
    def position(self) -> int:
        """Up to where everything was delivered."""

    @property
    def lag(self) -> int:
        """How many entries are yet to be looked at."""

    @property
    def failures(self) -> int:
        """Requests that the receiver has not taken, in a row."""


class OfVerifier:
    """Collects what a background verifier knows."""

    def __init__(self, status: Callable[[], Status], now: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        """Asked for each scrape.

        Args:
            status: What the verifier knows.
            now: Microseconds since 1970.
        """
        self._status = status
        self._now = now
        self._well_at = now()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """By organization. That nothing differs is said of a round that has ended well only."""
        status = self._status()
        well = bool(status.checked_at) and not status.error
        if well:
            self._well_at = status.checked_at
        age, failing = map(_family, ("tallystick_verifier_round_age_seconds", "tallystick_verifier_failing"))
        age.add_metric((), max(self._now() - self._well_at, 0) / 1e6)
        failing.add_metric((), bool(status.error))
        yield from (age, failing)
        verified, lag, drift = map(
            _family, ("tallystick_verified_position", "tallystick_verification_lag_entries", "tallystick_drift")
        )
        for name, head in status.heads.items():
            position = status.positions.get(name, 0)
            verified.add_metric((name,), position)
            if not status.error:
                lag.add_metric((name,), max(head - position, 0))
        for name in status.heads.keys() | status.drifts.keys() if well else status.drifts.keys():
            drift.add_metric((name,), status.drifts.get(name, 0))
        yield from (verified, lag, drift)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing beforehand."""
        return ()


class OfWebhooks:
    """Collects how webhooks stand."""

    def __init__(self, statuses: Callable[[], Sequence[Delivering]]) -> None:
        """Asked for each scrape."""
        self._statuses = statuses

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Of those that this process delivers."""
        position, lag, failures = map(
            _family, ("tallystick_webhook_position", "tallystick_webhook_lag_entries", "tallystick_webhook_failures")
        )
        for one in self._statuses():
            if one.delivers:
                labels = (one.organization, one.webhook)
                position.add_metric(labels, one.position)
                lag.add_metric(labels, one.lag)
                failures.add_metric(labels, one.failures)
        yield from (position, lag, failures)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing beforehand."""
        return ()


def _family(name: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, BESIDE[name].says, labels=BESIDE[name].labels)
