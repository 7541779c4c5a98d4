"""Settings: what is set, where it comes from, and whether a broker answers."""

from __future__ import annotations

from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

from app.settings import load_settings
from app.state import Key
from tests.app.screens.conftest import seen, texts, works


def row(app: AppTest, setting: str) -> pd.Series[Any]:
    table = app.dataframe[1].value
    return table[table["Setting"] == setting].iloc[0]


def test_every_environment_is_shown_with_what_may_be_done_there(show):
    app = works(show("settings"))
    assert [code.value for code in app.code][2] == "started when it is needed"
    assert "publishing refused" in texts(app)
    assert "publishing allowed" in texts(app)


def test_the_connection_test_gives_a_plain_reason(show):
    app = works(show("settings"))
    works(app.button(f"{Key.TEST_CONNECTION}-replay").click().run())
    assert len(app.error) == 1


def test_the_connection_test_of_mock_starts_its_broker(show):
    app = works(show("settings"))
    works(app.button(f"{Key.TEST_CONNECTION}-mock").click().run())
    assert "Connected with MQTT" in app.success[0].value
    assert "started when it is needed" not in [code.value for code in app.code]


def test_the_result_of_one_connection_test_stays_beside_that_of_another(show):
    app = works(show("settings"))
    works(app.button(f"{Key.TEST_CONNECTION}-replay").click().run())
    works(app.button(f"{Key.TEST_CONNECTION}-mock").click().run())
    assert (len(app.error), len(app.success)) == (1, 1)


def test_without_mosquitto_it_is_said_how_to_install_it(show, monkeypatch):
    monkeypatch.setattr("mqtt.mosquitto.find_mosquitto", lambda: "/usr/sbin/mosquitto")
    assert "apt install mosquitto" not in texts(works(show("settings")))
    monkeypatch.setattr("mqtt.mosquitto.find_mosquitto", lambda: None)
    assert "apt install mosquitto" in texts(works(show("settings")))


def test_values_are_written_as_in_the_file(show):
    assert row(works(show("settings")), "environments.live.may_publish")["Value"] == "false"


def test_a_setting_says_whether_a_variable_set_it(show, monkeypatch):
    monkeypatch.setenv("SESSION_MANAGER_PORT", "8507")
    app = works(show("settings"))
    assert row(app, "port")["Comes from"] == "variable"
    assert row(app, "host")["Comes from"] == "default"
    assert row(app, "environments.live.url")["Variable"] == "SESSION_MANAGER_ENVIRONMENTS__LIVE__URL"


def test_a_setting_says_whether_the_file_set_it(show, monkeypatch, tmp_path):
    file = tmp_path / "my.toml"
    file.write_text('environment = "replay"\n[environments.live]\nurl = "mqtt://user:secret@127.0.0.1:1"\n')
    monkeypatch.setenv("SESSION_MANAGER_CONFIG", str(file))
    app = works(show("settings"))
    assert row(app, "environment")["Comes from"] == "file"
    assert row(app, "environments.live.url")["Comes from"] == "file"


def test_presets_are_shown_with_their_filters_and_where_they_come_from(show, services, monkeypatch):
    own = {"quiet": ("osf/#", "ccu/pairing/state"), "no-camera": ("/j1/txt/1/i/#",)}
    settings = services.settings.model_copy(update={"sources": ("APS Freiburg", "<b>x</b>"), "presets": own})
    monkeypatch.setattr(services, "settings", settings)
    app = works(show("settings"))
    table = app.dataframe[0].value.set_index("Preset")
    assert list(table.loc["quiet"]) == ["osf/#, ccu/pairing/state", "settings"]
    assert list(table.loc["no-camera"]) == ["/j1/txt/1/i/#", "settings, instead of the factory's"]
    assert table.loc["no-sensors", "Comes from"] == "factory"
    assert "Sources to choose from: APS Freiburg, <b>x</b>" in seen(app)
    assert "<b>x</b>" not in texts(app)
    assert row(app, "presets")["Value"] == "quiet, no-camera"


def test_the_example_of_how_to_add_a_preset_works(show, tmp_path):
    app = works(show("settings"))
    (example,) = [code.value for code in app.code if "[presets]" in code.value]
    file = tmp_path / "my.toml"
    file.write_text(example)
    settings = load_settings(file)
    assert settings.sources
    assert settings.presets


def test_a_preset_in_a_variable_is_said_to_come_from_there(show, monkeypatch):
    assert row(works(show("settings")), "presets")["Comes from"] == "default"
    monkeypatch.setenv("SESSION_MANAGER_PRESETS__QUIET", '["osf/#"]')
    assert row(works(show("settings")), "presets")["Comes from"] == "variable"


def test_no_password_is_shown(show, services):
    from mqtt.environments import Environment

    services.environments.replace(Environment("live", "mqtt://user:secret@127.0.0.1:1", may_publish=False))
    app = works(show("settings"))
    assert "secret" not in texts(app)
    assert "secret" not in "".join(code.value for code in app.code)
    assert "password set" in texts(app)


def test_the_zone_of_the_display_can_be_chosen(show, session):
    app = works(show("settings"))
    works(app.selectbox(Key.ZONE).set_value("Asia/Tokyo").run())
    assert "JST" in texts(app)
    works(app.switch_page("screens/home.py").run())
    assert "2026-11-21 16:15:03 JST" in seen(app)
