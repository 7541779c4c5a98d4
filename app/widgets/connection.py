"""A broker that does not answer is said where somebody is about to use it."""

from __future__ import annotations

from app.services import Services
from app.widgets.problems import hint
from app.widgets.text import plain
from core.ports import ConnectionState
from mqtt.environments import Environment

LOCAL = "replay"
"""The environment of the broker on this machine, which dashboards under test listen to."""


def called(place: Environment) -> str:
    """How an environment is called in a sentence, as markdown: `**Local broker** (replay)`."""
    return f"**{plain(place.label)}** ({plain(place.name)})" if place.label else f"**{plain(place.name)}**"


def no_connection_hint(services: Services, environment: str, consequence: str) -> None:
    """Nothing while the connection is there or is being made; `consequence` is a sentence of ours."""
    status = services.connection(environment)
    if status.state is ConnectionState.DISCONNECTED:
        hint(f"The broker does not answer. {status.reason} {consequence}")
