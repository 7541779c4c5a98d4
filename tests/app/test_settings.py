"""Settings: which source wins, and one clear sentence for what is wrong."""

from pathlib import Path

import pytest

from app.settings import PREFIX, load_settings
from core.errors import SettingsError


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder and no settings in the environment."""
    import os

    for variable in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, name: str = "session-manager.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_suit_a_machine_beside_a_factory() -> None:
    """Port, environments and what may be published to."""
    settings = load_settings()
    assert (settings.port, settings.host, settings.environment) == (8507, "127.0.0.1", "replay")
    live, replay = settings.broker_environments()
    assert (live.url, live.may_publish) == ("mqtt://192.168.0.100:1883", False)
    assert (replay.url, replay.may_publish) == ("mqtt://localhost:1883", True)


def test_flags_win_over_variables_and_variables_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the sources, one key for each step."""
    write('port = 1111\nenvironment = "live"\nsessions_folder = "from-file"\n')
    monkeypatch.setenv("SESSION_MANAGER_PORT", "2222")
    monkeypatch.setenv("SESSION_MANAGER_ENVIRONMENT", "mock")
    settings = load_settings(port=3333, environment=None)
    assert (settings.port, settings.environment, str(settings.sessions_folder)) == (3333, "mock", "from-file")


def test_nested_keys_come_from_the_file_and_from_variables_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password stays out of the file without repeating the rest."""
    write('[environments.live]\nurl = "mqtts://factory:8883"\nusername = "recorder"\n')
    monkeypatch.setenv("SESSION_MANAGER_ENVIRONMENTS__LIVE__PASSWORD", "secret")
    live = load_settings().broker_environments()[0]
    assert (live.url, live.username, live.password) == ("mqtts://factory:8883", "recorder", "secret")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", ["'prot' is not a setting", "session-manager.toml"]),
        ("port = 99999", ["'port' is wrong: it must be at most 65535 (given: 99999)"]),
        ('port = "x"', ["'port' is wrong: it must be a whole number (given: 'x')"]),
        ('allow_remote = "perhaps"', ["'allow_remote' is wrong: it must be true or false (given: 'perhaps')"]),
        ("host = 1", ["'host' is wrong: it must be text (given: 1)"]),
        ("environments = 1", ["'environments' is wrong: it must be a table of settings (given: 1)"]),
        ("sessions_folder = 1", ["'sessions_folder' is wrong: it must be a path (given: 1)"]),
        ('environment = "prod"', ["'environment' is wrong: it must be 'live', 'replay' or 'mock' (given: 'prod')"]),
        ('host = "example.org"', ["'host'", "example.org"]),
        ('[environments.live]\nulr = "x"', ["'environments.live.ulr' is not a setting"]),
        ('[environments.live]\nurl = "http://x"', ["environments.live.url", "http://x"]),
        ("sources = 'Hall 3'", ["'sources' is wrong: it must be a list (given: 'Hall 3')"]),
        ("sources = ['a', ' ']", ["'sources.1' is wrong: it must not be empty"]),
        ("presets = ['a']", ["'presets' is wrong: it must be a table of settings"]),
        ("[presets]\nquiet = 'osf/#'", ["'presets.quiet' is wrong: it must be a list (given: 'osf/#')"]),
        ("[presets]\nquiet = []", ["'presets.quiet' is wrong: it must have at least one topic filter"]),
        ("[presets]\nquiet = ['osf/#/x']", ["'presets.quiet.0' is wrong: 'osf/#/x' is not a topic filter"]),
        ("[presets]\nquiet = [1]", ["'presets.quiet.0' is wrong: it must be text (given: 1)"]),
        ("[presets]\n' - ' = ['a']", ["'presets' is wrong: a preset needs a name"]),
        ("[presets]\na-b = ['a']\n'A b' = ['b']", ["'presets' is wrong: there are two presets called a-b"]),
        ("port = ", ["not valid TOML", "session-manager.toml"]),
    ],
)
def test_a_wrong_key_or_value_is_one_sentence_that_names_it(text: str, words: list[str]) -> None:
    """No traceback, no list of twenty validation errors."""
    write(text)
    with pytest.raises(SettingsError) as error:
        load_settings()
    sentence = str(error.value)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence.strip()


def test_a_misspelt_variable_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have had no effect, and nobody would have known."""
    monkeypatch.setenv("SESSION_MANAGER_PROT", "1")
    with pytest.raises(SettingsError, match="SESSION_MANAGER_PROT is not a setting"):
        load_settings()


@pytest.mark.parametrize("name", ["ENVIRONMENTS", "ENVIRONMENTS__REPLAY"])
def test_a_word_in_the_place_of_a_table_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Such a variable is read as JSON."""
    monkeypatch.setenv(PREFIX + name, "mqtt://localhost")
    with pytest.raises(SettingsError, match=r"(?i)environments"):
        load_settings()


def test_sources_and_presets_come_from_the_file_and_from_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list each; a name once, and without "Unknown", which can be chosen anyway."""
    write('sources = ["APS Freiburg", " Hall 3 ", "unknown", "Hall 3"]\n[presets]\n"Quiet hall" = ["osf/#", "osf/#"]\n')
    monkeypatch.setenv("SESSION_MANAGER_PRESETS__NO_NOISE", '["ccu/pairing/state"]')
    settings = load_settings()
    assert settings.sources == ("APS Freiburg", "Hall 3")
    assert settings.presets == {"quiet-hall": ("osf/#",), "no-noise": ("ccu/pairing/state",)}
    monkeypatch.setenv("SESSION_MANAGER_SOURCES", '["Hall 4"]')
    assert load_settings().sources == ("Hall 4",)


def test_a_variable_with_sources_that_is_no_list_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as JSON."""
    monkeypatch.setenv("SESSION_MANAGER_SOURCES", "Hall 4")
    with pytest.raises(SettingsError, match=r"SESSION_MANAGER_SOURCES is not a list. Write it like this: \["):
        load_settings()


def test_an_empty_folder_is_not_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """`SESSION_MANAGER_SESSIONS_FOLDER=` is a mistake in a script, not a choice."""
    monkeypatch.setenv("SESSION_MANAGER_SESSIONS_FOLDER", "")
    with pytest.raises(SettingsError, match="'sessions_folder' is wrong: it must not be empty"):
        load_settings()


def test_a_wrong_password_value_is_never_repeated() -> None:
    """Error messages end up in logs."""
    write("[environments.live]\npassword = 12345678\n")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "12345678" not in str(error.value)


def test_a_settings_file_that_was_named_must_exist() -> None:
    """A typing error in --config must not mean the defaults."""
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(Path("nowhere.toml"))


def test_only_loopback_addresses_count_as_local() -> None:
    """The app refuses others, since it has no access control."""
    assert [
        load_settings(host=host).local_only for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "10.0.0.1")
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]
