"""A publisher for a broker that is not marked for publishing, after a person has confirmed that it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.message import Message
from core.ports import ConnectionStatus, Delivery

if TYPE_CHECKING:
    from mqtt.client import SharedClient


class ConfirmedPublisher:
    """Publishes on a client's connection whatever its environment is marked for. For one replay, not to be kept."""

    def __init__(self, client: SharedClient) -> None:
        self._client = client
        self._environment = replace(client.environment, may_publish=True)

    @property
    def may_publish(self) -> bool:
        return True

    @property
    def label(self) -> str:
        return self._client.label

    def publish_batch(self, messages: Sequence[Message]) -> Delivery:
        return self._client.publish_as(self._environment, messages)

    def connection(self) -> ConnectionStatus:
        return self._client.connection()

    def interrupt(self, duration_s: float) -> None:
        self._client.interrupt(duration_s)

    def await_processed(self, timeout: float) -> bool:
        return self._client.await_processed(timeout)
