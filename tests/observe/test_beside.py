from prometheus_client import CollectorRegistry, generate_latest

from ledger.observe.beside import OfVerifier, OfWebhooks
from ledger.verify.background import BackgroundVerifier, Status
from ledger.webhooks.deliverer import Status as Delivery
from tests.verify.journal import something_of_everything, write_sqlite


def scraped(collector: OfVerifier | OfWebhooks) -> list[str]:
    """The samples of a collector."""
    registry = CollectorRegistry()
    registry.register(collector)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_verifier__by_organization():
    """How far each journal is verified, how much is left, and what was found; also of the database as a whole."""
    status = Status({"acme": 90}, {"acme": 100, "zeta": 7}, 3, {"acme": 2, "": 1}, checked_at=5_000_000)

    samples = scraped(OfVerifier(lambda: status, lambda: 12_500_000))

    assert sorted(samples) == [
        'tallystick_drift{organization=""} 1.0',
        'tallystick_drift{organization="acme"} 2.0',
        'tallystick_drift{organization="zeta"} 0.0',
        'tallystick_verification_lag_entries{organization="acme"} 10.0',
        'tallystick_verification_lag_entries{organization="zeta"} 7.0',
        'tallystick_verified_position{organization="acme"} 90.0',
        'tallystick_verified_position{organization="zeta"} 0.0',
        "tallystick_verifier_failing 0.0",
        "tallystick_verifier_round_age_seconds 7.5",
    ]


def test_verifier__before_the_first_round():
    """Nothing is said of journals that nobody has looked at: only for how long that has been so."""
    times = iter([10_000_000, 70_000_000])

    samples = scraped(OfVerifier(Status, lambda: next(times)))

    assert samples == ["tallystick_verifier_round_age_seconds 60.0", "tallystick_verifier_failing 0.0"]


def test_verifier__in_the_first_round():
    """How far it is is told, and that something differs; that nothing does is not known before the round has ended."""
    status = Status({"acme": 90}, {"acme": 90, "zeta": 7}, 1, {"acme": 1})

    samples = scraped(OfVerifier(lambda: status, lambda: 0))

    assert samples[2:] == [
        'tallystick_verified_position{organization="acme"} 90.0',
        'tallystick_verified_position{organization="zeta"} 0.0',
        'tallystick_verification_lag_entries{organization="acme"} 0.0',
        'tallystick_verification_lag_entries{organization="zeta"} 7.0',
        'tallystick_drift{organization="acme"} 1.0',
    ]


def test_verifier__that_cannot_read(tmp_path):
    """A verifier whose database has gone says that it fails, and since when, and no more that all is well."""
    path = tmp_path / "ledger.db"
    write_sqlite(path, something_of_everything())
    now = 1_000_000
    verifier = BackgroundVerifier(f"sqlite:///{path}", share=1.0, now=lambda: now)
    collector = OfVerifier(lambda: verifier.status, lambda: now)
    verifier.round()
    well = scraped(collector)
    path.rename(tmp_path / "away.db")
    now = 91_000_000
    verifier.round()
    failing = scraped(collector)
    (tmp_path / "away.db").rename(path)
    verifier.round()

    assert [line for line in failing if "position" not in line] == [
        "tallystick_verifier_round_age_seconds 90.0",
        "tallystick_verifier_failing 1.0",
    ]
    assert 'tallystick_drift{organization="acme"} 0.0' in well
    assert scraped(collector) == well


def test_verifier__that_never_could_read(tmp_path):
    """A verifier without a database says that it fails, and nothing of drift."""
    verifier = BackgroundVerifier(f"sqlite:///{tmp_path / 'none.db'}", now=lambda: 5_000_000)
    verifier.round()

    samples = scraped(OfVerifier(lambda: verifier.status, lambda: 5_000_000))

    assert samples == ["tallystick_verifier_round_age_seconds 0.0", "tallystick_verifier_failing 1.0"]


def test_webhooks__that_this_process_delivers():
    """A webhook is told of by the process that delivers it, and by no other."""
    mine = Delivery("audit", "acme", delivers=True, position=5, committed=9, failures=2)

    samples = scraped(OfWebhooks(lambda: (mine, Delivery("audit", "zeta"))))

    assert samples == [
        'tallystick_webhook_position{organization="acme",webhook="audit"} 5.0',
        'tallystick_webhook_lag_entries{organization="acme",webhook="audit"} 4.0',
        'tallystick_webhook_failures{organization="acme",webhook="audit"} 2.0',
    ]
