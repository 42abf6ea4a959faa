from prometheus_client import CollectorRegistry, generate_latest

from ledger.observe.beside import OfVerifier, OfWebhooks
from ledger.verify.background import Status
from ledger.webhooks.deliverer import Status as Delivery


def scraped(collector: OfVerifier | OfWebhooks) -> list[str]:
    """The samples of a collector."""
    registry = CollectorRegistry()
    registry.register(collector)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_verifier__by_organization():
    """How far each journal is verified, how much is left, and what was found; also of the database as a whole."""
    status = Status({"acme": 90}, {"acme": 100, "zeta": 7}, drift=3, drifts={"acme": 2, "": 1})

    samples = scraped(OfVerifier(lambda: status))

    assert sorted(samples) == [
        'tallystick_drift{organization=""} 1.0',
        'tallystick_drift{organization="acme"} 2.0',
        'tallystick_drift{organization="zeta"} 0.0',
        'tallystick_verification_lag_entries{organization="acme"} 10.0',
        'tallystick_verification_lag_entries{organization="zeta"} 7.0',
        'tallystick_verified_position{organization="acme"} 90.0',
        'tallystick_verified_position{organization="zeta"} 0.0',
    ]


def test_verifier__before_the_first_round():
    """Nothing is said of journals that nobody has looked at: that there is no drift is not known yet."""
    assert scraped(OfVerifier(Status)) == []


def test_webhooks__that_this_process_delivers():
    """A webhook is told of by the process that delivers it, and by no other."""
    mine = Delivery("audit", "acme", delivers=True, position=5, committed=9, failures=2)

    samples = scraped(OfWebhooks(lambda: (mine, Delivery("audit", "zeta"))))

    assert samples == [
        'tallystick_webhook_position{organization="acme",webhook="audit"} 5.0',
        'tallystick_webhook_lag_entries{organization="acme",webhook="audit"} 4.0',
        'tallystick_webhook_failures{organization="acme",webhook="audit"} 2.0',
    ]
