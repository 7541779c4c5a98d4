"""A network that fails when a test wants it to: a TCP proxy that can cut, refuse and stall."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from queue import SimpleQueue
from typing import Final

BLOCK: Final = 64 * 1024
"""The most that is on its way in one direction: behind that TCP holds back, as a real network does."""
RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: a connection that is closed with this ends with RST instead of FIN."""


@dataclass(eq=False)
class _Side:
    """One end of a connection, and what waits to be sent to it."""

    connection: socket.socket
    from_client: bool
    swallowed: bool = False
    """What comes from here is not passed on: it is the end of both."""
    waiting: bytearray = field(default_factory=bytearray)
    other: _Side = field(init=False, repr=False)


class Proxy:
    """Forwards from a port of its own, which stays the same, to `target` on this host."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0
        """How many connections were cut."""
        self._sides: set[_Side] = set()
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._wake.settimeout(0)
        self._orders: SimpleQueue[tuple[Callable[[], None], threading.Event]] = SimpleQueue()
        self._stalled = self._ending = False
        self._refusals = self._swallows = 0.0
        """So many of the next connections."""
        self._thread = threading.Thread(target=self._run, name="test-proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"mqtt://localhost:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Ends all connections and the thread. Calling it twice does no harm."""
        if self._thread.is_alive():
            self._order(self._end)
            self._thread.join(timeout)
            assert not self._thread.is_alive(), "the proxy does not end"

    def cut(self, *, reset: bool = False) -> None:
        """Ends all connections now, with what is on its way: by RST if `reset`, else by FIN."""
        self._order(lambda: self._close_all(reset=reset))

    def refuse(self, times: float = inf) -> None:
        """Ends all connections, and so many new ones at once, or each until `resume`."""

        def change() -> None:
            self._refusals = times
            self._close_all(reset=False)

        self._order(change)

    def swallow(self, times: float = inf) -> None:
        """Of so many new connections, or each until `resume`, passes on what the client says, and ends them when the
        server answers. Those that are there stay."""

        def change() -> None:
            self._swallows, self._refusals = times, 0.0

        self._order(change)

    def stall(self) -> None:
        """Forwards nothing, in both directions, until `resume`; connections stay, and new ones seem to come about."""

        def change() -> None:
            self._stalled = True

        self._order(change)

    def resume(self) -> None:
        """Ends stalling, refusing and swallowing."""

        def change() -> None:
            self._stalled = False
            self._refusals = self._swallows = 0.0

        self._order(change)

    # --- in the thread

    def _order(self, action: Callable[[], None]) -> None:
        done = threading.Event()
        self._orders.put((action, done))
        self._waker.send(b"!")
        assert done.wait(10), "the proxy does not answer"

    def _run(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        while not self._ending:
            for key, events in self._selector.select():
                self._serve(key, events)
            self._watch()
        self._close_all(reset=False)
        for one in (self._listener, self._wake, self._waker):
            one.close()
        self._selector.close()

    def _end(self) -> None:
        self._ending = True

    def _serve(self, key: selectors.SelectorKey, events: int) -> None:
        if key.fileobj is self._wake:
            with contextlib.suppress(BlockingIOError):
                self._wake.recv(4096)
            while not self._orders.empty():
                action, done = self._orders.get()
                action()
                done.set()
        elif key.fileobj is self._listener:
            self._accept()
        elif key.data in self._sides and not self._stalled:
            self._forward(key.data, events)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:  # whoever it was has gone again
            return
        try:
            if self._refusals:
                self._refusals -= 1
                raise ConnectionRefusedError
            server = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:
            client.close()
            return
        sides = _Side(client, from_client=True), _Side(server, from_client=False)
        sides[0].other, sides[1].other = sides[1], sides[0]
        if self._swallows:
            self._swallows -= 1
            sides[1].swallowed = True
        for side in sides:
            side.connection.settimeout(0)
            side.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sides.add(side)
            self._selector.register(side.connection, selectors.EVENT_READ, side)

    def _forward(self, side: _Side, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                block = side.connection.recv(BLOCK)
                if not block or side.swallowed:
                    raise ConnectionResetError
                self._pass_on(side, block)
            for one in (side, side.other):
                if one.waiting:
                    del one.waiting[: one.connection.send(one.waiting)]
        except BlockingIOError:
            pass  # it goes on when there is room
        except OSError:
            self._close(side)
            self._close(side.other)

    def _pass_on(self, side: _Side, block: bytes) -> None:
        """What came from `side` goes to the other one."""
        side.other.waiting += block

    def _watch(self) -> None:
        """Chooses what to wait for. While stalled nothing is looked at but orders and new connections."""
        for side in self._sides:
            events = selectors.EVENT_READ if len(side.other.waiting) < BLOCK else 0
            events |= selectors.EVENT_WRITE if side.waiting else 0
            self._listen(side, 0 if self._stalled else events)

    def _listen(self, side: _Side, events: int) -> None:
        known = side.connection in self._selector.get_map()
        if events and known:
            self._selector.modify(side.connection, events, side)
        elif events:
            self._selector.register(side.connection, events, side)
        elif known:
            self._selector.unregister(side.connection)

    def _close_all(self, *, reset: bool) -> None:
        self.cuts += len(self._sides) // 2
        for side in tuple(self._sides):
            if reset:
                side.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._close(side)

    def _close(self, side: _Side) -> None:
        if side in self._sides:
            self._sides.remove(side)
            self._listen(side, 0)
            side.connection.close()
