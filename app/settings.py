"""Settings: flags over SESSION_MANAGER_* variables over session-manager.toml over defaults."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from app.reasons import in_plain_words
from app.ring_settings import RingSettings
from app.settings_types import Names, Presets
from core.errors import SettingsError, UsageError
from mqtt.environments import Environment

FILE_NAME = "session-manager.toml"
PREFIX = "SESSION_MANAGER_"
MOSQUITTO_CONF = Path("mosquitto.conf")
EnvironmentName = Literal["live", "replay", "mock"]

# Variables with our prefix that are not settings of the application.
OTHER_VARIABLES = frozenset({"CONFIG", "BROKER_PASSWORD", "TEST_BROKER", "REAL_RECORDINGS"})


class BrokerSettings(BaseModel):
    """How one environment's broker is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    label: str = ""
    may_publish: bool = False
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    verify_tls: bool = True


class LiveBroker(BrokerSettings):
    """The real factory: nothing is published there unless it is allowed on purpose."""

    url: str = "mqtt://192.168.0.100:1883"
    label: str = "Factory"


class ReplayBroker(BrokerSettings):
    """The broker on this machine that dashboards under test listen to."""

    url: str = "mqtt://localhost:1883"
    label: str = "Local broker"
    may_publish: bool = True


class BrokersSettings(BaseModel):
    """The environments whose broker can be set; `mock` starts its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    live: LiveBroker = Field(default_factory=LiveBroker)
    replay: ReplayBroker = Field(default_factory=ReplayBroker)


class Settings(BaseSettings):
    """All settings of the application."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=FILE_NAME
    )

    host: str = "127.0.0.1"
    """The address that the app listens on. Loopback only: access control for other addresses does not exist yet,
    so any other needs `allow_remote`."""
    port: int = Field(default=8507, ge=1, le=65_535)
    dashboard_port: int = Field(default=8503, ge=1, le=65_535)
    """Where `up --demo` puts the dashboard."""
    allow_remote: bool = False
    """Allows a `host` that others can reach; for containers, whose published port decides who can."""
    environment: EnvironmentName = "replay"
    """The environment that a new visitor sees first."""
    mock_speed: float = Field(default=1.0, gt=0, le=1_000, allow_inf_nan=False)
    """How many times as fast as the real factory the one of the environment `mock` works."""
    sessions_folder: Path = Path("data/sessions")
    min_free_mb: int = Field(default=100, ge=0)
    """A recording ends before less than this is free on its disk, 1 MB being a million bytes; 0: nobody looks."""
    mosquitto_conf: Path = MOSQUITTO_CONF
    sources: Names = ()
    """Where recordings are made: what the Record page lets choose besides "Unknown"."""
    presets: Presets = Field(default_factory=dict)
    """What recordings may leave out: topic filters by name, besides those of the factory."""
    ring: RingSettings = Field(default_factory=RingSettings)
    """What is kept of the last minutes, and when it becomes a session by itself."""
    environments: BrokersSettings = Field(default_factory=BrokersSettings)

    @field_validator("sessions_folder", "mosquitto_conf", mode="before")
    @classmethod
    def _path_is_not_empty(cls, value: object) -> object:
        if value == "":  # Path would make it the working directory
            raise ValueError("it must not be empty")
        return value

    @field_validator("host")
    @classmethod
    def _host_is_an_address(cls, value: str) -> str:
        if value != "localhost":
            ip_address(value)
        return value

    @property
    def local_only(self) -> bool:
        """Whether only programs on this machine can reach the app."""
        return self.host == "localhost" or ip_address(self.host).is_loopback

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, variables, file: in this order, and no others."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def broker_environments(self) -> list[Environment]:
        """The environments with a configured broker. Raises SettingsError, naming the key, for a URL that is none."""
        found = []
        for name, may_be in (("live", self.environments.live), ("replay", self.environments.replay)):
            try:
                found.append(
                    Environment(
                        name=name,
                        url=may_be.url,
                        may_publish=may_be.may_publish,
                        label=may_be.label,
                        username=may_be.username,
                        password=may_be.password.get_secret_value(),
                        ca_file=may_be.ca_file,
                        verify_tls=may_be.verify_tls,
                    )
                )
            except UsageError as error:
                raise SettingsError(f"The setting environments.{name}.url is wrong: {error}") from error
        return found


def load_settings(file: Path | None = None, **flags: Any) -> Settings:
    """The settings from all sources; a flag that is None counts as not given.

    `file` (or the variable SESSION_MANAGER_CONFIG) names a file that must exist; without it `session-manager.toml` in
    the working directory is read if it is there. Raises SettingsError with one sentence that names the key.
    """
    path = file or (Path(os.environ[PREFIX + "CONFIG"]) if os.environ.get(PREFIX + "CONFIG") else None)
    if path is not None and not path.is_file():
        raise SettingsError(f"The settings file {path} does not exist. Create it or leave the option out.")
    _reject_unknown_variables(os.environ)
    source = path or Path(FILE_NAME)

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=source)

    try:
        settings = FromFile(**{key: value for key, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(_sentence(error, source)) from error
    except SourceError as error:
        raise SettingsError(_unparsable(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The settings file {source} is not valid TOML: {error}. Correct it and try again."
        ) from error
    except OSError as error:
        raise SettingsError(f"The settings file {source} cannot be read: {error.strerror}.") from error
    settings.broker_environments()
    return settings


def _unparsable(error: SourceError) -> str:
    """pydantic-settings reads a variable that stands for a whole table as JSON, and names only the field."""
    field = next((name for name in Settings.model_fields if f'"{name}"' in str(error)), "")
    variable = PREFIX + field.upper()
    if field == "sources":
        return f'The variable {variable} is not a list. Write it like this: ["APS line 1", "APS line 2"].'
    return (
        f"The variable {variable} stands for a whole table of settings and its value is not one. "
        f"Set a single key with {variable}__NAME__KEY, or use {FILE_NAME}."
    )


def _reject_unknown_variables(variables: Mapping[str, str]) -> None:
    """A misspelt variable would be ignored in silence otherwise."""
    known = {name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    for variable in variables:
        if variable.upper().startswith(PREFIX):
            name = variable.upper().removeprefix(PREFIX).split("__")[0]
            if name not in known:
                choices = ", ".join(sorted(PREFIX + field.upper() for field in Settings.model_fields))
                raise SettingsError(f"The variable {variable} is not a setting. There are: {choices}.")


def _sentence(error: ValidationError, source: Path) -> str:
    """One sentence about the first thing that is wrong: which key, why, and where to look."""
    first = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    where = f"Look into {source}, the {PREFIX}* variables and the flags."
    if first["type"] == "extra_forbidden":
        return f"'{key}' is not a setting. {where}"
    reason = in_plain_words(str(first["msg"]))
    given = "" if "password" in key else f" (given: {first.get('input')!r})"
    return f"The setting '{key}' is wrong: {reason}{given}. {where}"
