"""The embedded broker (amqtt): for machines without Mosquitto. MQTT 3.1.1 only, everything in memory."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from typing import Final

from core.errors import BrokerError

QUIET_LOGGERS: Final = ("amqtt", "transitions", "websockets.server")
"""They report each connection and each client that just goes away."""
ANONYMOUS: Final = "amqtt.plugins.authentication.AnonymousAuthPlugin"


class EmbeddedBroker:
    """amqtt in a thread and an event loop of its own. Writes no file."""

    def __init__(self, port: int, websocket_port: int | None = None) -> None:
        self._listeners: dict[str, Mapping[str, object]] = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
        if websocket_port is not None:
            self._listeners["websockets"] = {"type": "ws", "bind": f"127.0.0.1:{websocket_port}"}
        self._thread = threading.Thread(target=self._run, name=f"broker-{port}", daemon=True)
        self._started = threading.Event()
        self._problem: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def start(self, timeout: float = 10.0) -> None:
        """Returns when the broker listens. Raises BrokerError if it cannot."""
        for name in QUIET_LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._thread.start()
        if not self._started.wait(timeout):
            raise BrokerError(f"The embedded broker did not start in {timeout:g} s: try again, or install Mosquitto.")
        if self._problem is not None:
            self._thread.join(timeout)
            raise BrokerError(f"The embedded broker cannot start: {self._problem}.")

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the broker and its thread; takes `timeout` seconds at most."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout)

    def why_ended(self) -> BrokerError | None:
        """What happened, if its thread has ended by itself; None while it runs, and when it was stopped."""
        if self._thread.is_alive() or self._stop is None or self._stop.is_set():
            return None
        return BrokerError("The embedded broker has ended because of an error in it: start it again.")

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        from amqtt.broker import Broker  # here, for it takes half a second and is hardly ever needed

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(_ignore)
        broker = Broker({"listeners": self._listeners, "plugins": {ANONYMOUS: {"allow_anonymous": True}}})
        try:
            await broker.start()
        except Exception as problem:  # noqa: BLE001  amqtt raises whatever; the thread that waits gets it
            self._problem = problem
            return
        finally:
            self._started.set()
        await self._stop.wait()
        await broker.shutdown()


def _ignore(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """amqtt leaves the errors of clients that just went away to the event loop, which would print them."""
    logging.getLogger("amqtt").debug("%s", context.get("message"))
