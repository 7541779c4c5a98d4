"""GET /api/health: what a health check or a script wants to know about the running program."""

from __future__ import annotations

from pydantic import BaseModel

from app.services import Services, product_version
from core.ports import ConnectionState, ConnectionStatus
from mqtt.environments import Environment
from recorder.status import RecordingStatus


class BrokerHealth(BaseModel):
    """The broker of an environment, and the connection to it."""

    url: str
    state: str
    protocol: str
    reason: str


class RecordingHealth(BaseModel):
    """The recording that runs."""

    session_id: str
    name: str
    state: str
    environment: str
    elapsed_seconds: float
    messages: int
    in_gap: bool


class ReplayHealth(BaseModel):
    """The replay that runs."""

    run_id: str
    session: str
    state: str
    published: int
    planned: int


class Health(BaseModel):
    """The program as a whole; `recording` and `replay` are null while nothing runs."""

    status: str
    version: str
    environment: str
    """The environment that a new visitor sees first."""
    broker: BrokerHealth
    """The broker of that environment."""
    brokers: dict[str, BrokerHealth]
    """Those in use, by environment."""
    recording: RecordingHealth | None
    """The one that was started last, if several run."""
    recordings: list[RecordingHealth]
    replay: ReplayHealth | None


def health(services: Services) -> Health:
    """A snapshot; touches no broker and no disk, so it answers at once."""
    opened = {name: _broker(client.connection()) for name, client in services.environments.opened().items()}
    first = services.default_environment
    recordings = [_recording(status) for status in services.recorders.active()]
    return Health(
        status="ok",
        version=product_version(),
        environment=first,
        broker=opened.get(first) or _unopened(services.environments.get(first)),
        brokers=opened,
        recording=next(iter(recordings), None),
        recordings=recordings,
        replay=_replay(services),
    )


def _broker(connection: ConnectionStatus) -> BrokerHealth:
    return BrokerHealth(
        url=connection.url, state=connection.state, protocol=connection.protocol, reason=connection.reason
    )


def _unopened(environment: Environment) -> BrokerHealth:
    return BrokerHealth(url=environment.display_url, state=ConnectionState.CLOSED, protocol="", reason="")


def _recording(status: RecordingStatus) -> RecordingHealth:
    return RecordingHealth(
        session_id=status.session_id,
        name=status.name,
        state=str(status.state),
        environment=status.environment,
        elapsed_seconds=round(status.elapsed_s, 3),
        messages=status.messages,
        in_gap=status.in_gap,
    )


def _replay(services: Services) -> ReplayHealth | None:
    status = services.player.status()
    if not status.active:
        return None
    return ReplayHealth(
        run_id=status.run_id,
        session=status.session_name,
        state=status.state,
        published=status.published,
        planned=status.planned,
    )
