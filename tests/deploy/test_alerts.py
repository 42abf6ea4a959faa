import re
from typing import Final, get_args

import pytest

from ledger.storage.meters import Pool
from tests.deploy.monitoring import CONFIGS, ROOT, RULES, needs, run

RUNBOOKS: Final = ROOT / "docs" / "runbooks"
TEXT: Final = RULES.read_text()
RULE: Final = re.compile(r"^      - alert: (\w+)\n(.*?)(?=^      (?:- |# )|^  - name|\Z)", re.DOTALL | re.MULTILINE)
ALERTS: Final = dict(RULE.findall(TEXT))
RECORDED: Final = set(re.findall(r"^      - record: (\S+)$", TEXT, re.MULTILINE))


def names(text: str) -> set[str]:
    """Metrics that an expression, or a whole file, names: of the service, and recorded ones."""
    text = re.sub(r"#.*|\"[^\"]*\"|job_name:.*|name: .*", "", text)
    return set(re.findall(r"\btallystick[_:][a-z0-9_:]+", text))


@needs("promtool")
def test_alerts__rules_are_well_formed():
    """Prometheus takes the rules."""
    code, said = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", RULES)

    assert code == 0, said


@pytest.mark.slow
@pytest.mark.timeout(600)
@needs("promtool")
def test_alerts__fire_when_they_should():
    """Each alert fires where its test says so, with these words, and is silent where not."""
    code, said = run("promtool", "test", "rules", CONFIGS / "alerts_test.yml")

    assert code == 0, said


def test_alerts__each_is_seen_to_fire_and_not_to():
    """Each alert has a time in its tests at which it fires, and one at which it does not."""
    tests = (CONFIGS / "alerts_test.yml").read_text()
    checks = re.findall(r"alertname: (\w+)\n\s+exp_alerts:( \[\])?", tests)

    assert {name for name, nothing in checks if not nothing} == ALERTS.keys()
    assert {name for name, nothing in checks if nothing} == ALERTS.keys()


@needs("promtool")
@pytest.mark.parametrize("config", ["prometheus.yml", "local.yml"])
def test_alerts__prometheus_takes_the_configuration(config):
    """Prometheus takes both examples, and finds the rules beside them."""
    code, said = run("promtool", "check", "config", CONFIGS / config)

    assert code == 0, said
    assert "1 rule files found" in said


@needs("amtool")
def test_alerts__alertmanager_takes_the_configuration():
    """Alertmanager takes the example."""
    code, said = run("amtool", "check-config", CONFIGS / "alertmanager.yml")

    assert code == 0, said


@needs("amtool")
@pytest.mark.parametrize(("severity", "receiver"), [("page", "pages"), ("ticket", "tickets")])
def test_alerts__alertmanager_tells_the_right_ones(severity, receiver):
    """Pages and tickets go to different receivers."""
    code, said = run(
        "amtool", "config", "routes", "test", f"--config.file={CONFIGS / 'alertmanager.yml'}", f"severity={severity}"
    )

    assert (code, said.split()[0]) == (0, receiver)


def test_alerts__inhibitions_are_of_alerts_that_there_are():
    """An alert that keeps another one quiet exists, and so does the other."""
    text = (CONFIGS / "alertmanager.yml").read_text()

    assert set(re.findall(r"alertname = (\w+)", text)) <= ALERTS.keys()


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_alerts__each_says_what_to_do(alert):
    """Each alert says how urgent it is, what is the matter, with numbers or names, and where to read on."""
    text = ALERTS[alert]
    severity = re.findall(r"^          severity: (.*)$", text, re.MULTILINE)
    runbook = re.findall(r"^          runbook_url: (\S+)$", text, re.MULTILINE)

    assert severity in (["page"], ["ticket"], ['"{{ $labels.severity }}"'])
    assert re.search(r"^          summary: ", text, re.MULTILINE)
    assert "{{" in text.partition("description:")[2]
    assert runbook == [f"docs/runbooks/{_words(alert)}.md"]
    assert (ROOT / runbook[0]).read_text().splitlines()[0] == f"# {alert}"


def test_alerts__each_runbook_is_of_one():
    """No page speaks of an alert that is gone, and the list has them all."""
    pages = {page.name for page in RUNBOOKS.glob("*.md")} - {"README.md"}
    listed = set(re.findall(r"\]\(([a-z-]+\.md)\)", (RUNBOOKS / "README.md").read_text()))

    assert pages == {f"{_words(alert)}.md" for alert in ALERTS}
    assert listed == pages


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_alerts__runbooks_name_metrics_that_there_are(page, contract):
    """A metric that a runbook tells its reader to look at is one that there is."""
    histograms = {name.removesuffix("_bucket") for name in contract if name.endswith("_bucket")}

    assert names(page.read_text()) <= contract | RECORDED | histograms


def test_alerts__rules_name_metrics_that_there_are(contract):
    """Each metric that a rule, or a test of one, rests on is told by the service or recorded before."""
    tests = (CONFIGS / "alerts_test.yml").read_text()

    assert names(TEXT) <= contract | RECORDED
    assert names("\n".join(re.findall(r"- series: '(\w+)", tests))) <= contract
    assert names(TEXT) >= RECORDED


def test_alerts__pools_are_called_as_the_service_does():
    """Tests of rules, and the runbook, know the pools by the names that metrics have."""
    tests = (CONFIGS / "alerts_test.yml").read_text()
    page = (RUNBOOKS / "pool-exhausted.md").read_text()

    assert set(re.findall(r"pool=\"(\w+)\"", tests)) == set(get_args(Pool))
    assert set(get_args(Pool)) <= set(re.findall(r"`(\w+)`", page))


def test_alerts__take_processes_together():
    """What every process says the same of is a maximum over them, never a sum; what each counts itself is a sum."""
    budgets, work = (_rules(group) for group in TEXT.split("  - name: ")[1:])

    amounts = [rule for rule in budgets if re.search(r"\btallystick_[a-z]", rule.partition("expr:")[2])]
    counted = [rule for rule in work if re.search(r"\btallystick_\w+_(?:total|bucket)\b", rule.partition("expr:")[2])]

    assert [rule for rule in amounts if "max without (instance, pod" not in rule] == []
    assert [rule for rule in counted if "sum without (instance, pod" not in rule] == []
    assert [rule for rule in budgets if re.search(r"\b(?:rate|irate|increase)\b", rule.partition("expr:")[2])] == []
    assert [rule for rule in budgets if re.search(r"\bsum\b(?! without \(partition\))", rule)] == []


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_alerts__runbooks_say_what_reads_the_database(page):
    """Whoever is woken knows of a command that asks no service which database it has to be told."""
    text = page.read_text()
    commands = set(re.findall(r"\btallystick (verify|quarantine|backup|migrate)\b", text))

    assert not commands or "TALLYSTICK_DATABASE_URL" in text


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.stem)
def test_alerts__pages_keep_databases_apart(page):
    """No page tells its reader to take several jobs together, which are of several databases."""
    assert re.findall(r"without \([^)]*\bjob\b[^)]*\)", page.read_text()) == []


def _rules(group: str) -> list[str]:
    """The rules of a group as texts, each up to its labels and annotations."""
    rules = re.split(
        r"^      - (?=alert|record)", re.sub(r"^ *#.*\n", "", group, flags=re.MULTILINE), flags=re.MULTILINE
    )
    return [re.split(r"^        (?:labels|annotations|for):", rule, flags=re.MULTILINE)[0] for rule in rules[1:]]


def _words(alert: str) -> str:
    """`TallystickFastBurn` as `fast-burn`."""
    return re.sub(r"(?<!^)([A-Z])", r"-\1", alert.removeprefix("Tallystick")).lower()


def test_names__of_a_file():
    """Metrics are found in expressions; words of texts and names of groups are none."""
    text = 'name: tallystick_x\nexpr: tallystick:spent{job="tallystick_y"} # tallystick_z\n  / tallystick_w_total'

    assert names(text) == {"tallystick:spent", "tallystick_w_total"}
