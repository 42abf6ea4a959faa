import dataclasses
import os

import pytest

from ledger import config
from ledger.config import OTHERS, Settings, SettingsError, check_names, reference
from ledger.rpc.server import Options
from ledger.sequencer.pending import Limits
from ledger.storage.address import mask_password, parse
from ledger.storage.settings import StorageSettings
from tests.repository.project import ROOT


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """None of the settings of whoever runs the tests."""
    for name in os.environ:
        if name.startswith("TALLYSTICK_"):
            monkeypatch.delenv(name)


def test_load__defaults():
    """With nothing set: SQLite in the user's data folder, loopback, nobody else let in."""
    settings = Settings.load()

    assert settings.listen == "127.0.0.1:7420"
    assert settings.database == f"sqlite:///{config.default_database_file()}"
    assert not settings.insecure
    assert not settings.unsafe_durability
    assert settings.drain_seconds == 10


def test_load__environment_and_what_is_given(monkeypatch):
    """The environment is read; what is given by name is stronger; None leaves it; empty is not set."""
    monkeypatch.setenv("TALLYSTICK_DRAIN_SECONDS", "3")
    monkeypatch.setenv("TALLYSTICK_LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("TALLYSTICK_PREPARE_THRESHOLD", "null")
    monkeypatch.setenv("TALLYSTICK_LOG_LEVEL", "")

    settings = Settings.load(listen="127.0.0.1:2", drain_seconds=None)

    assert (settings.drain_seconds, settings.listen, settings.prepare_threshold) == (3, "127.0.0.1:2", None)
    assert settings.log_level == "info"


def test_load__unknown_variables(monkeypatch):
    """A misspelt setting is an error that names it and the likely one; clients' variables are known."""
    for name in OTHERS:
        monkeypatch.setenv(name, "x")
    Settings.load()

    monkeypatch.setenv("TALLYSTICK_DATABASE_ULR", "x")
    with pytest.raises(SettingsError) as error:
        Settings.load()
    assert str(error.value) == (
        "TALLYSTICK_DATABASE_ULR is no setting of Tallystick; did you mean TALLYSTICK_DATABASE_URL?"
    )
    with pytest.raises(SettingsError, match=r"reference/configuration\.md"):
        check_names({"TALLYSTICK_ZZZZZZZZZZZZZZZZ": ""})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LISTEN", "7420", "is no host:port"),
        ("LISTEN", "127.0.0.1:99999", "is no host:port"),
        ("LISTEN", ":7420", "is no host:port"),
        ("QUEUE_MAX", "many", "should be a valid integer"),
        ("LOG_FORMAT", "xml", "should be 'json' or 'console'"),
        ("DEADLINE_MAX_SECONDS", "0", "should be greater than 0"),
    ],
)
def test_load__malformed_values(monkeypatch, name, value, said):
    """A malformed value is one sentence that names the variable and shows the value."""
    monkeypatch.setenv(f"TALLYSTICK_{name}", value)

    with pytest.raises(SettingsError) as error:
        Settings.load()

    assert str(error.value).startswith(f"TALLYSTICK_{name}: ")
    assert said in str(error.value)
    assert value in str(error.value)
    assert "\n" not in str(error.value)


def test_load__malformed_and_given():
    """What a command line said is not blamed on the environment."""
    with pytest.raises(SettingsError, match=r"^listen: is no host:port"):
        Settings.load(listen="7420")


def test_load__without_a_default_database(monkeypatch):
    """Where there is no default, a database that is not named is an error that names the variable."""
    monkeypatch.setenv("TALLYSTICK_DEFAULT_DATABASE", "false")

    with pytest.raises(SettingsError, match=r"^TALLYSTICK_DATABASE_URL is not set") as error:
        Settings.load()

    assert "no setting" not in str(error.value)
    assert Settings.load(database_url="memory:").database == "memory:"


def test_load__password_of_a_file(monkeypatch, tmp_path):
    """The password is what its file says, whatever characters it has, and is not shown."""
    (tmp_path / "password").write_text("p@ss/w ord\n")
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://ann@db.example/ledger?sslmode=require")
    monkeypatch.setenv("TALLYSTICK_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))

    address = parse(Settings.load().database)

    assert address.arguments["password"] == "p@ss/w ord"
    assert (address.url.host, address.url.query["sslmode"]) == ("db.example", "require")
    assert "p%40" not in mask_password(Settings.load().database)


@pytest.mark.parametrize(
    ("url", "file", "said"),
    [
        ("postgresql://ann:other@db.example/ledger", "password", "takes no password"),
        ("sqlite:////var/lib/ledger.db", "password", "takes no password"),
        ("postgresql://ann@db.example/ledger", "absent", "No such file"),
    ],
)
def test_load__password_file_that_does_not_fit(monkeypatch, tmp_path, url, file, said):
    """A file that cannot be read, or that nothing asks for, is an error that names the variable and no password."""
    (tmp_path / "password").write_text("secret")
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", url)
    monkeypatch.setenv("TALLYSTICK_DATABASE_PASSWORD_FILE", str(tmp_path / file))

    with pytest.raises(SettingsError, match=r"^TALLYSTICK_DATABASE_PASSWORD_FILE: ") as error:
        Settings.load()

    assert said in str(error.value)
    assert "other" not in str(error.value)


def test_defaults__are_those_of_the_parts():
    """A setting and the part that it is handed to have the same default."""
    settings = Settings.load()
    storage = StorageSettings()
    renamed = {"allow_unsafe": "unsafe_durability"}
    for field in dataclasses.fields(storage):
        if field.name != "clock_skew_max_us":
            told = getattr(settings, renamed.get(field.name, field.name))
            assert told == getattr(storage, field.name), field.name
    limits, options = Limits(), Options()
    assert (settings.queue_max, settings.batch_commands_max) == (limits.queue_max, limits.batch_commands_max)
    assert settings.batch_wait_ms * 1000 == limits.wait_us
    for field in dataclasses.fields(options):
        if field.name != "listen":
            assert getattr(settings, field.name) == getattr(options, field.name), field.name


def test_reference__is_current():
    """The page is what the code says; write it anew: `python -m ledger.config > docs/reference/configuration.md`."""
    assert (ROOT / "docs/reference/configuration.md").read_text() == reference()
    assert all(field.description for field in Settings.model_fields.values())
