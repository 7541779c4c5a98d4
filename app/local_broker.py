"""The broker that `up` uses for the environment `replay`: the one that runs, or one that is started here."""

from __future__ import annotations

from pathlib import Path

from app.settings import MOSQUITTO_CONF, Settings
from mqtt.environments import Environment, environment_for_url
from mqtt.local_broker import LocalBroker, find_or_start

REPLAY = "replay"
PROJECT_FOLDER = Path(__file__).resolve().parent.parent


def broker_for(settings: Settings) -> LocalBroker | None:
    """The local broker of the environment `replay`; None if its address is on another machine. Raises BrokerError."""
    environment = replay_environment(settings)
    if not environment_for_url(environment.display_url).may_publish or environment.tls or environment.websockets:
        return None
    return find_or_start(_mosquitto_conf(settings), environment.host, environment.port)


def describe(settings: Settings, broker: LocalBroker | None) -> str:
    """One line for people."""
    return broker.description if broker is not None else f"using {replay_environment(settings).display_url}"


def _mosquitto_conf(settings: Settings) -> Path:
    """The file of the settings; where that is left at its default and absent, the project's own."""
    conf = settings.mosquitto_conf
    return conf if conf.is_file() or conf != MOSQUITTO_CONF else PROJECT_FOLDER / conf


def replay_environment(settings: Settings) -> Environment:
    """The environment `replay` of the settings."""
    return next(one for one in settings.broker_environments() if one.name == REPLAY)
