"""The settings of webhooks."""

from pathlib import Path

import pytest

from ledger.webhooks.settings import WebhooksError, load

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
ENVIRONMENT = {"HOOK_SECRET": SECRET, "SHORT": "short", "BROKEN": "whsec_###"}

WHOLE = """
[[webhook]]
name = "alerts"
url = "https://hooks.example/tallystick"
organizations = ["acme", "globex"]
kinds = ["ReservationCommitted"]
secret_env = "HOOK_SECRET"

[[webhook]]
name = "here"
url = "http://127.0.0.1:9000/"
organizations = ["acme"]
partition = "acme/research"
secret_file = "SECRET_FILE"
begin = "beginning"
timeout_seconds = 2.5
"""


def written(tmp_path: Path, text: str) -> Path:
    """A file of settings, and one with a secret."""
    (tmp_path / "secret").write_text("a secret that is taken as it is\n")
    file = tmp_path / "webhooks.toml"
    file.write_text(text.replace("SECRET_FILE", str(tmp_path / "secret")))
    return file


def test_load__what_is_there(tmp_path):
    """Secrets come from the environment or a file, and are shown nowhere."""
    alerts, here = load(written(tmp_path, WHOLE), ENVIRONMENT)

    assert (alerts.name, alerts.organizations, alerts.secret) == (
        "alerts",
        ["acme", "globex"],
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    )
    assert (alerts.begin, alerts.timeout_seconds) == ("now", 10)
    assert here.secret == b"a secret that is taken as it is"
    assert "secret that" not in repr(here)
    assert here.wanted("acme").query(0, 1).path == "acme/research"


def test_load__none(tmp_path):
    """A file without webhooks has none."""
    assert load(written(tmp_path, ""), {}) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("https://hooks.example", "http://hooks.example", "must be https"),
        ("https://hooks.example", "https://me:word@hooks.example", "without a name or password"),
        ("https://hooks.example/", "ftp://hooks.example/", "must be https://host/path"),
        ("hooks.example/", "hooks.example:99999/", "the port must be a number from 1 to 65535"),
        ("hooks.example/", "hooks.example:0/", "the port must be a number from 1 to 65535"),
        ("hooks.example/", "hooks.example:https/", "the port must be a number from 1 to 65535"),
        ("hooks.example/", "hooks.example/\u00fc", "must be printable ASCII; percent-encode the rest"),
        ("hooks.example/", "hooks.example/a ", "must be printable ASCII; percent-encode the rest"),
        ("hooks.example/", "h\u00f6ks.example/", "write a name as xn--"),
        ("hooks.example/", "hooks..example/", "hooks..example is no name of a host"),
        ('name = "alerts"', 'name = "here"', "here is the name of two webhooks"),
        ('name = "alerts"', 'name = "No Name"', "webhook 1: name"),
        ('organizations = ["acme", "globex"]', "organizations = []", "organizations"),
        ("ReservationCommitted", "ReservationComitted", "is no kind of entry"),
        ('organizations = ["acme"]', 'organizations = ["globex"]', "is not of the organization globex"),
        ('secret_env = "HOOK_SECRET"', "", "name the secret by secret_env or by secret_file"),
        ("HOOK_SECRET", "NOT_THERE", "the secret has 0 bytes, and needs 24"),
        ("HOOK_SECRET", "SHORT", "the secret has 5 bytes"),
        ("HOOK_SECRET", "BROKEN", "no base64"),
        ('secret_file = "SECRET_FILE"', 'secret_file = "/nowhere/at/all"', "No such file"),
        ("timeout_seconds", "timeout", "timeout"),
        ('begin = "beginning"', 'begin = "end"', "begin.word: Input should be 'now' or 'beginning'"),
        ('begin = "beginning"', "begin = 18", "begin.word: Input should be 'now' or 'beginning'"),
        ('begin = "beginning"', "begin = { acme = 0 }", "begin.positions.acme: Input should be greater than"),
        ('begin = "beginning"', "begin = { globex = 18 }", "a position for each of the organizations"),
        ('begin = "beginning"', "begin = { acme = 18, globex = 18 }", "and for no other"),
        ("[[webhook]]", "[[webhok]]", "webhok is not known"),
        ("[[webhook]]", "[[webhook", "webhooks.toml"),
    ],
)
def test_load__what_is_wrong(tmp_path, old, new, problem):
    """Whatever is wrong is said in one sentence that names the file, and nothing is left to a default."""
    with pytest.raises(WebhooksError, match=r"webhooks\.toml") as wrong:
        load(written(tmp_path, WHOLE.replace(old, new)), ENVIRONMENT)

    assert problem in str(wrong.value)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    "url", ["https://h.example:65535/%C3%BC?x=%20", "https://xn--hks-sna.example", "https://[::1]:8443/"]
)
def test_load__urls(tmp_path, url):
    """Whatever a request can be made to is taken as it is written."""
    alerts, _ = load(written(tmp_path, WHOLE.replace("https://hooks.example/tallystick", url)), ENVIRONMENT)

    assert alerts.url == url


@pytest.mark.parametrize(
    ("begin", "cursors"),
    [('"now"', [0, 30]), ('"beginning"', [0, 0]), ("{ acme = 18 }", [0, 17]), ("{ acme = 40 }", [0, 30])],
)
def test_cursor(tmp_path, begin, cursors):
    """A cursor lies before the first entry that is sent, and never beyond the journal's end."""
    _, here = load(written(tmp_path, WHOLE.replace('"beginning"', begin)), ENVIRONMENT)

    assert [here.cursor("acme", position) for position in (0, 30)] == cursors


def test_load__no_file(tmp_path):
    """A file that is not there is an error: nobody would be told of anything."""
    with pytest.raises(WebhooksError):
        load(tmp_path / "none.toml", {})
