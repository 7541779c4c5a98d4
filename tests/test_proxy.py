"""The proxy with which tests disturb the network."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.proxy import BLOCK, Proxy


def _echo(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while block := connection.recv(65_536):
            connection.sendall(block)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=_echo, args=(listener,), daemon=True)
    server.start()
    one = Proxy(listener.getsockname()[1])
    one.start()
    yield one
    one.stop()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    server.join(10)


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as one:
        yield one


def receive(client: socket.socket, count: int) -> bytes:
    """Exactly so many bytes, or what came before the end."""
    found = b""
    while len(found) < count and (block := client.recv(count - len(found))):
        found += block
    return found


def echo(client: socket.socket, sent: bytes) -> bytes:
    client.sendall(sent)
    return receive(client, len(sent))


def test_what_is_sent_through_it_arrives_in_both_directions(client: socket.socket):
    assert echo(client, b"there and back") == b"there and back"


def test_more_than_it_holds_arrives_whole(client: socket.socket):
    much = bytes(range(256)) * (BLOCK // 64)
    sender = threading.Thread(target=client.sendall, args=(much,))
    sender.start()
    assert receive(client, len(much)) == much
    sender.join(10)


def test_a_cut_ends_the_connection_and_the_next_one_works(proxy: Proxy, client: socket.socket):
    echo(client, b"x")
    proxy.cut()
    assert client.recv(1) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as other:
        assert echo(other, b"y") == b"y"
    assert proxy.cuts == 1


def test_a_cut_by_reset_is_an_error(proxy: Proxy, client: socket.socket):
    echo(client, b"x")
    proxy.cut(reset=True)
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_stall_holds_everything_back_until_it_ends(proxy: Proxy, client: socket.socket):
    echo(client, b"x")
    proxy.stall()
    client.sendall(b"later")
    client.settimeout(0.1)
    with pytest.raises(TimeoutError):
        client.recv(5)
    client.settimeout(10)
    proxy.resume()
    assert receive(client, 5) == b"later"


def test_while_it_refuses_nobody_gets_through(proxy: Proxy, client: socket.socket):
    echo(client, b"x")
    proxy.refuse()
    assert client.recv(1) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as other, contextlib.suppress(ConnectionResetError):
        assert other.recv(1) == b""
    proxy.resume()
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as other:
        assert echo(other, b"y") == b"y"
