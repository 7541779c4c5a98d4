"""Listens to the broker's own count of the messages that it has dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import BrokerError
from core.message import Message
from core.ports import MessageSource, Undo

DROPPED: Final = "$SYS/broker/publish/messages/dropped"
"""As Mosquitto and those who follow it publish it, when it has changed."""
VERSION: Final = "$SYS/broker/version"
UPTIME: Final = "$SYS/broker/uptime"
MOSQUITTO: Final = b"mosquitto version"
FETCH_TIMEOUT_S: Final = 5.0


class DroppedCounter:
    """Hands the count to `heard`: what it is when `ask` is called, and then each change. Never raises.

    It is first asked for over a connection of its own: there are brokers that end the connection of a client who
    subscribes to what it may not read, and the recording must not suffer from that.

    Mosquitto 2 forgets a stored count one minute after it has changed. So where the count is not stored, but this is a
    Mosquitto that tells its figures, each change is listened for all the same.
    """

    def __init__(
        self, source: MessageSource, heard: Callable[[int, int], object], unchanged: Callable[[], object]
    ) -> None:
        """`heard` gets the count, and the nanoseconds since the epoch at which it arrived; `unchanged` is called where
        the broker has a count that has not changed lately. Both from any thread."""
        self._source = source
        self._heard = heard
        self._unchanged = unchanged
        self._asked = threading.Event()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._undo: Undo | None = None
        self._thread = threading.Thread(target=self._run, name="recorder-ledger", daemon=True)

    def start(self) -> None:
        """Asks for the first time."""
        self._asked.set()
        self._thread.start()

    def ask(self) -> None:
        """The connection is back: changes may have been missed."""
        self._asked.set()

    def stop(self, timeout: float = 0.0) -> None:
        """Nothing is handed on any more. Waits up to `timeout` seconds for the thread; it ends by itself."""
        with self._lock:
            self._ending.set()
            undo, self._undo = self._undo, None
        self._asked.set()
        if undo is not None:
            undo()
        if timeout and self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while self._asked.wait() and not self._ending.is_set():
            self._asked.clear()
            try:
                stored = self._source.fetch_retained((DROPPED, VERSION, UPTIME), FETCH_TIMEOUT_S)
            except BrokerError:
                continue  # it is asked again when there is a connection
            if self._ending.is_set():
                return
            said = {message.topic: message.payload for message in stored}
            if DROPPED in said:
                self._take(stored)
            elif UPTIME in said and said.get(VERSION, b"").startswith(MOSQUITTO):
                self._unchanged()
            else:
                continue
            self._listen()

    def _listen(self) -> None:
        with self._lock:
            if self._undo is None and not self._ending.is_set():
                self._undo = self._source.subscribe_listener((DROPPED,), self._take, qos=0)

    def _take(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.topic == DROPPED and message.payload.isdigit() and not self._ending.is_set():
                self._heard(int(message.payload), message.at_ns)
