import re
import subprocess

import pytest

from ledger.cli.main import run as tallystick
from ledger.config import Settings
from ledger.rpc.server import LIVE, READY
from tests.deploy.checkers import DEPLOY, needs, run
from tests.deploy.documents import KNOWN, read

BASE = DEPLOY / "kubernetes" / "base"
MONITORING = DEPLOY / "kubernetes" / "monitoring"
[KUSTOMIZATION] = read(BASE / "kustomization.yaml")
FILES = [BASE / name for name in KUSTOMIZATION["resources"]]
DOCUMENTS = [document for file in FILES for document in read(file)]

OLDEST = "1.30"
"""The oldest release that knows what is used here: a pause before SIGTERM."""


def _one(kind, name="tallystick"):
    [found] = [one for one in DOCUMENTS if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


LEDGER = _one("Deployment")["spec"]["template"]
MIGRATION = _one("Job", "tallystick-migrate")["spec"]["template"]
PODS = pytest.mark.parametrize("pod", [LEDGER, MIGRATION], ids=["ledger", "migration"])


def _container(pod):
    [container] = pod["spec"]["containers"]
    return container


@needs("kubernetes-validate")
@pytest.mark.parametrize("version", [OLDEST, ""])
def test_kubernetes__schema(version):
    """Every document is what the cluster takes, of the oldest release and of the newest that is known."""
    done = run("kubernetes-validate", "--strict", *(["-k", version] if version else []), *FILES)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(" passed for resource ") == len(DOCUMENTS)


@needs("kubernetes-validate")
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("deployment.yaml", "readOnlyRootFilesystem", "readOnlyRootFileSystem"),
        ("deployment.yaml", "replicas: 2", "replicas: two"),
        ("network-policy.yaml", "policyTypes", "policyType"),
        ("disruption-budget.yaml", "maxUnavailable", "maxUnavailible"),
    ],
)
def test_kubernetes__schema_notices(tmp_path, file, old, new):
    """A misspelt field and a value of another type are found."""
    planted = tmp_path / file
    planted.write_text((BASE / file).read_text().replace(old, new))

    done = run("kubernetes-validate", "--strict", planted)

    assert done.returncode == 1
    assert new.split(":")[0] in done.stdout + done.stderr


def test_kubernetes__every_file_is_a_resource():
    """No file lies there that is not applied, and nothing names a namespace."""
    assert {path.name for path in BASE.iterdir()} == {*KUSTOMIZATION["resources"], "kustomization.yaml"}
    assert [one for one in [*DOCUMENTS, KUSTOMIZATION] if "namespace" in {*one, *one.get("metadata", {})}] == []


def test_kubernetes__image():
    """Both run the one image that the kustomization gives its tag."""
    [image] = KUSTOMIZATION["images"]

    assert {_container(pod)["image"] for pod in (LEDGER, MIGRATION)} == {image["name"]}
    assert image["newTag"] != "latest"


@PODS
def test_kubernetes__may_do_nothing(pod):
    """A pod is not root, cannot write its root, has no rights, no token of the cluster and bounded memory."""
    spec, container = pod["spec"], _container(pod)

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert _one("ServiceAccount")["automountServiceAccountToken"] is False
    assert spec["serviceAccountName"] == "tallystick"
    assert {"requests", "limits"} == container["resources"].keys()
    assert "memory" in container["resources"]["limits"]


@PODS
def test_kubernetes__settings(pod):
    """Each setting is one, each command too, and the database's address comes of a Secret."""
    container = _container(pod)
    environment = {one["name"]: one for one in container["env"]}

    assert environment.keys() <= KNOWN
    assert tallystick([*container["args"], "--help"]) == 0
    assert environment["TALLYSTICK_DATABASE_URL"]["valueFrom"] == {
        "secretKeyRef": {"name": "tallystick-database", "key": "url"}
    }


@PODS
def test_kubernetes__no_variables_of_the_cluster(pod):
    """The cluster sets no variable that looks like a setting: not in these pods, nor in others for these Services."""
    with_address = [
        one["metadata"]["name"]
        for one in DOCUMENTS
        if one["kind"] == "Service" and one["spec"].get("clusterIP") != "None"
    ]

    assert pod["spec"]["enableServiceLinks"] is False
    assert with_address
    assert [name for name in with_address if name.startswith("tallystick")] == []


def test_kubernetes__probes():
    """Restarted is what does not turn; sent calls is what is ready; a database that is away restarts nothing."""
    container = _container(LEDGER)
    asked = {name: container[f"{name}Probe"]["grpc"] for name in ("startup", "liveness", "readiness")}

    assert asked == {
        "startup": {"port": 7420, "service": LIVE},
        "liveness": {"port": 7420, "service": LIVE},
        "readiness": {"port": 7420, "service": READY},
    }


def test_kubernetes__time_to_drain():
    """A pod is left more than the pause before SIGTERM and the drain after it."""
    container = _container(LEDGER)
    [drain] = [int(one["value"]) for one in container["env"] if one["name"] == "TALLYSTICK_DRAIN_SECONDS"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert LEDGER["spec"]["terminationGracePeriodSeconds"] >= pause + drain + 10
    assert drain == Settings.model_fields["drain_seconds"].default


def _selects(selector, pod):
    return selector.items() <= pod["metadata"]["labels"].items()


def test_kubernetes__selectors():
    """Whatever selects ledgers selects them, and never the migration."""
    deployment, budget = _one("Deployment")["spec"], _one("PodDisruptionBudget")["spec"]
    [monitor] = read(MONITORING / "pod-monitor.yaml")
    selectors = [
        deployment["selector"]["matchLabels"],
        budget["selector"]["matchLabels"],
        _one("Service", "ledger")["spec"]["selector"],
        _one("Service", "ledger-metrics")["spec"]["selector"],
        _one("NetworkPolicy", "tallystick-ledger")["spec"]["podSelector"]["matchLabels"],
        monitor["spec"]["selector"]["matchLabels"],
        *(one["labelSelector"]["matchLabels"] for one in LEDGER["spec"]["topologySpreadConstraints"]),
    ]

    assert [_selects(one, LEDGER) for one in selectors] == [True] * len(selectors)
    assert [_selects(one, MIGRATION) for one in selectors] == [False] * len(selectors)
    everything = _one("NetworkPolicy", "tallystick-database")["spec"]["podSelector"]["matchLabels"]
    assert _selects(everything, LEDGER)
    assert _selects(everything, MIGRATION)


def test_kubernetes__services():
    """Agents find the pods themselves; the metrics have a Service of their own; both lead to ports that there are."""
    ports = {one["name"]: one["containerPort"] for one in _container(LEDGER)["ports"]}
    calls, metrics = (_one("Service", name)["spec"] for name in ("ledger", "ledger-metrics"))
    [monitored] = [
        one for [doc] in [read(MONITORING / "pod-monitor.yaml")] for one in doc["spec"]["podMetricsEndpoints"]
    ]

    assert ports == {"grpc": 7420, "metrics": 7421}
    assert (calls["clusterIP"], metrics["type"]) == ("None", "ClusterIP")
    assert [one["targetPort"] for one in calls["ports"]] == ["grpc"]
    assert [one["targetPort"] for one in metrics["ports"]] == ["metrics"]
    assert (monitored["port"], monitored["path"]) == ("metrics", "/metrics")


def test_kubernetes__network():
    """Agents reach the calls, Prometheus the metrics, and nobody anything else; out go the database and names only."""
    inward = _one("NetworkPolicy", "tallystick-ledger")["spec"]
    outward = _one("NetworkPolicy", "tallystick-database")["spec"]
    opened = {
        tuple(port["port"] for port in rule["ports"]): rule["from"][0]["namespaceSelector"]["matchLabels"]
        for rule in inward["ingress"]
    }

    assert opened == {
        (7420,): {"tallystick/agents": "true"},
        (7421,): {"kubernetes.io/metadata.name": "monitoring"},
    }
    assert all(rule["from"] and rule["ports"] for rule in inward["ingress"])
    assert [[port["port"] for port in rule["ports"]] for rule in outward["egress"]] == [[5432], [53, 53]]
    assert set(outward["policyTypes"]) == {"Ingress", "Egress"}
    page = (DEPLOY.parent / "docs" / "operating" / "kubernetes.md").read_text()
    assert {"watching.md#webhooks", "tracing.md"} <= set(re.findall(r"\]\((\S+)\)", page))  # who else is to be reached
    assert "ingress" not in outward


def test_prometheus_rule__is_the_tested_file(tmp_path):
    """The rule that the cluster gets has the very groups of the file, whatever that says."""
    alerts = tmp_path / "alerts.yml"
    alerts.write_text(
        "# About money.\ngroups:\n  - name: spend\n    rules:\n"
        "      - alert: Nearly\n        expr: |\n          a > 1\n\n          and b < 2\n        for: 5m\n"
    )

    assert _rule(str(alerts))["spec"] == read(alerts)[0]


@pytest.mark.skipif(not (DEPLOY / "prometheus" / "alerts.yml").exists(), reason="there are no rules")
def test_prometheus_rule__of_ours():
    """With nothing named, the file is the one that promtool tests."""
    rule = _rule()

    assert (rule["apiVersion"], rule["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert rule["spec"] == read(DEPLOY / "prometheus" / "alerts.yml")[0]


def _rule(*words):
    import yaml

    done = subprocess.run(["sh", MONITORING / "prometheus-rule.sh", *words], capture_output=True, text=True, check=True)
    return yaml.safe_load(done.stdout)
