"""Servers that are no broker: one that accepts and never answers, one that answers in another language."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that accepts connections, in the kernel, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@contextmanager
def answering_server(answer: bytes) -> Iterator[int]:
    """The port of a server that gives this answer to whatever comes first, and then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ending = threading.Event()

        def serve() -> None:
            while True:
                connection, _ = server.accept()
                with connection:
                    if ending.is_set():
                        return
                    connection.recv(1_000)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, name="test-server", daemon=True)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            ending.set()
            socket.create_connection(server.getsockname()).close()
            thread.join(10)
