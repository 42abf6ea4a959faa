import pytest

from ledger.cli.main import run as tallystick
from ledger.config import Settings
from tests.deploy.checkers import DEPLOY, needs, run
from tests.deploy.documents import KNOWN, read, seconds

COMPOSE = DEPLOY / "compose.yaml"
SCHEMA = ("--builtin-schema", "vendor.compose-spec")

[WHOLE] = read(COMPOSE)
SERVICES = WHOLE["services"]
LEDGERS = ["ledger-1", "ledger-2"]
OURS = [*LEDGERS, "migrate"]


@needs("check-jsonschema")
def test_compose__schema():
    """The file is what Compose reads."""
    done = run("check-jsonschema", *SCHEMA, COMPOSE)

    assert done.returncode == 0, done.stdout + done.stderr


@needs("check-jsonschema")
@pytest.mark.parametrize(
    ("old", "new"), [("stop_grace_period", "stop_grace_peroid"), ("service_healthy", "service_healthly")]
)
def test_compose__schema_notices(tmp_path, old, new):
    """A misspelt key, and a condition that there is not, are found."""
    planted = tmp_path / "compose.yaml"
    planted.write_text(COMPOSE.read_text().replace(old, new))

    done = run("check-jsonschema", *SCHEMA, planted)

    assert done.returncode == 1
    assert new in done.stdout


def test_compose__who_is_there():
    """A database, its migration, two ledgers and those who watch them, in a project with a name."""
    assert WHOLE["name"] == "tallystick"
    assert SERVICES.keys() == {"postgres", *OURS, "prometheus", "alertmanager", "grafana"}


def test_compose__ports_on_loopback():
    """Nobody beyond this machine reaches anything, and no two ask for one port."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_compose__images_of_a_version():
    """No image is whatever happens to be the newest."""
    assert [name for name, one in SERVICES.items() if one["image"].partition(":")[2] in {"", "latest"}] == []


def test_compose__order():
    """The database, then the migration, then the ledgers, then who watches them: each waits until it can begin."""
    waits = {
        name: {other: told["condition"] for other, told in one.get("depends_on", {}).items()}
        for name, one in SERVICES.items()
    }

    assert waits["migrate"] == {"postgres": "service_healthy"}
    for ledger in LEDGERS:
        assert waits[ledger] == {"migrate": "service_completed_successfully"}
    assert waits["prometheus"] == dict.fromkeys(["alertmanager", *LEDGERS], "service_healthy")
    assert waits["grafana"] == {"prometheus": "service_healthy"}


def test_compose__health():
    """Everything that goes on running says how it is; the ledgers do so by their image's own check."""
    checked = {name for name, one in SERVICES.items() if "test" in one.get("healthcheck", {})}

    assert checked == SERVICES.keys() - set(OURS)
    assert SERVICES["migrate"]["healthcheck"] == {"disable": True}


def test_compose__secrets_are_files():
    """No password stands in the file or in an environment, and each that is used is declared."""
    used = {secret for one in SERVICES.values() for secret in one.get("secrets", [])}
    set_openly = {
        name
        for one in SERVICES.values()
        for name in one.get("environment", {})
        if "PASSWORD" in name and not name.endswith("_FILE")
    }

    assert used == WHOLE["secrets"].keys()
    assert {one["file"].startswith("./secrets/") for one in WHOLE["secrets"].values()} == {True}
    assert set_openly == set()
    assert "@" not in SERVICES["ledger-1"]["environment"]["TALLYSTICK_DATABASE_URL"].partition("@")[2]


@pytest.mark.parametrize("name", OURS)
def test_compose__ledgers(name):
    """A ledger cannot write its root, gets no rights, knows each of its settings, and is left the time to drain."""
    one = SERVICES[name]

    assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
    assert {setting for setting in one["environment"] if setting not in KNOWN} == set()
    assert tallystick([*one.get("command", ["serve"]), "--help"]) == 0
    if name in LEDGERS:
        assert seconds(one["stop_grace_period"]) > Settings.model_fields["drain_seconds"].default


def test_compose__mounts():
    """What is mounted from this folder is there, once its part of the folder is."""
    mounted = [
        DEPLOY / volume.partition(":")[0]
        for one in SERVICES.values()
        for volume in one.get("volumes", [])
        if volume.startswith("./")
    ]
    named = {volume.partition(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])}

    assert [path for path in mounted if path.parent.exists() and path.parent != DEPLOY and not path.exists()] == []
    assert {name for name in named if not name.startswith("./")} == WHOLE["volumes"].keys()


def test_compose__grafana():
    """Grafana finds Prometheus under its name there, and the dashboards where they are mounted."""
    provisioning = DEPLOY / "grafana" / "provisioning"
    [[source]] = [one["datasources"] for one in read(provisioning / "datasources" / "prometheus.yml")]
    [[provider]] = [one["providers"] for one in read(provisioning / "dashboards" / "tallystick.yml")]

    assert (source["url"], source["uid"]) == ("http://prometheus:9090", "prometheus")
    assert f"./dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]
