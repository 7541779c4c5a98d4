"""What --broker means."""

from __future__ import annotations

import pytest

from app.cli.connecting import PASSWORD_VARIABLE, environment_for
from app.cli.replaying import publishable
from app.settings import Settings
from core.errors import PublishRefused, UsageError


def settings(**environments: dict[str, object]) -> Settings:
    return Settings.model_validate({"environments": environments})


def test_without_it_the_default_environment_counts() -> None:
    assert environment_for(None, settings(), "replay").url == "mqtt://localhost:1883"


def test_a_name_of_the_settings_is_taken() -> None:
    found = environment_for("live", settings(live={"url": "mqtts://factory:8883", "username": "me"}), "replay")
    assert (found.url, found.username, found.may_publish) == ("mqtts://factory:8883", "me", False)


@pytest.mark.parametrize("url", ["mqtt://localhost:1999", "ws://127.0.0.1:9001", "mqtt://[::1]:1883"])
def test_a_url_on_this_machine_may_be_published_to(url: str) -> None:
    assert environment_for(url, settings(), "live").may_publish


@pytest.mark.parametrize("url", ["mqtt://192.168.0.100:1883", "mqtts://localhost.example.com"])
def test_a_url_elsewhere_may_not(url: str) -> None:
    with pytest.raises(PublishRefused, match=rf"{url} is not marked for publishing.*--allow-live"):
        publishable(environment_for(url, settings(), "replay"), allowed=False)
    assert publishable(environment_for(url, settings(), "replay"), allowed=True).may_publish


def test_a_url_of_the_settings_stands_for_that_environment() -> None:
    """A tunnel to the factory on this machine stays the factory."""
    tunnel = settings(live={"url": "mqtt://localhost:2883", "password": "secret"})
    found = environment_for("mqtt://me@localhost:2883", tunnel, "replay")
    assert (found.may_publish, found.username, found.password) == (False, "me", "secret")


def test_the_password_comes_from_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "secret")
    assert environment_for("mqtt://me@localhost:1999", settings(), "replay").password == "secret"


def test_a_password_in_the_url_earns_a_warning_that_does_not_repeat_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = environment_for("mqtt://me:secret@localhost:1999", settings(), "replay")
    assert found.password == "secret"
    said = capsys.readouterr().err
    assert PASSWORD_VARIABLE in said
    assert "secret" not in said


def test_what_is_neither_name_nor_url_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'factory' is no broker"):
        environment_for("factory", settings(), "replay")
