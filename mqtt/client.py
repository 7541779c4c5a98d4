"""The shared client of one environment: subscriptions, buffers, listeners and publishing over one connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.clock import Clock
from core.message import Message
from core.ports import ConnectionListener, ConnectionStatus, Delivery, Listener, Undo

if TYPE_CHECKING:
    from mqtt.environments import Environment


class SharedClient:
    """One connection to one broker, shared by everybody in the process. Implements MessageSource and Publisher."""

    def __init__(self, environment: Environment, clock: Clock, client_id: str) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Connects in the background and stays connected until `stop`."""
        raise NotImplementedError

    def stop(self, timeout: float = 5.0) -> None:
        raise NotImplementedError

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        raise NotImplementedError

    def subscribe_many(self, filters: Sequence[str], qos: int = 1) -> None:
        raise NotImplementedError

    def unsubscribe(self, topic_filter: str) -> None:
        raise NotImplementedError

    def unsubscribe_many(self, filters: Sequence[str]) -> None:
        raise NotImplementedError

    def get_buffer(self, topic_filter: str) -> list[Message]:
        raise NotImplementedError

    def add_listener(self, listener: Listener) -> Undo:
        raise NotImplementedError

    def subscribe_listener(self, filters: Sequence[str], listener: Listener, *, qos: int = 1) -> Undo:
        raise NotImplementedError

    def await_subscribed(self, timeout: float) -> bool:
        raise NotImplementedError

    def await_connected(self, timeout: float) -> bool:
        raise NotImplementedError

    def fetch_retained(self, filters: Sequence[str], timeout: float = 5.0) -> list[Message]:
        raise NotImplementedError

    def add_connection_listener(self, listener: ConnectionListener) -> Undo:
        raise NotImplementedError

    def connection(self) -> ConnectionStatus:
        raise NotImplementedError

    @property
    def may_publish(self) -> bool:
        raise NotImplementedError

    @property
    def label(self) -> str:
        raise NotImplementedError

    def publish_batch(self, messages: Sequence[Message]) -> Delivery:
        raise NotImplementedError
