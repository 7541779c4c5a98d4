"""GET /api/health: what a health check or a script wants to know about the running program."""

from __future__ import annotations

from pydantic import BaseModel

from app.services import Services, product_version
from core.ports import ConnectionStatus


class BrokerHealth(BaseModel):
    """An environment whose client has been opened."""

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
    brokers: dict[str, BrokerHealth]
    recording: RecordingHealth | None
    replay: ReplayHealth | None


def health(services: Services) -> Health:
    """A snapshot; touches no broker and no disk, so it answers at once."""
    return Health(
        status="ok",
        version=product_version(),
        brokers={name: _broker(client.connection()) for name, client in services.environments.opened().items()},
        recording=_recording(services),
        replay=_replay(services),
    )


def _broker(connection: ConnectionStatus) -> BrokerHealth:
    return BrokerHealth(
        url=connection.url, state=connection.state, protocol=connection.protocol, reason=connection.reason
    )


def _recording(services: Services) -> RecordingHealth | None:
    status = services.recorder.status()
    if not status.active or status.state is None:
        return None
    return RecordingHealth(
        session_id=status.session_id,
        name=status.name,
        state=status.state,
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
