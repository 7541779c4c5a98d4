"""paho's client with its sockets closed in every case, and with large packets over WebSockets mended."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import MessageState, MQTTErrorCode


class PahoClient(paho.Client):
    """It is driven by the thread that calls `loop`; other threads may publish and subscribe."""

    first_byte: int | None = None
    """The first byte that the server sent: tells an MQTT broker from another kind of server."""
    _fresh: socket.socket | None = None

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._wake_up = threading.Lock()
        self._numbered = threading.local()
        self._pinging = threading.Lock()
        self._pings: deque[Future[bool]] = deque()
        """For each PINGREQ without an answer, in their order: whether one has come."""
        self._closed = False
        super().__init__(*arguments, **keywords)

    def close(self) -> None:
        """Closes the connection without a DISCONNECT, and paho's pair of wake-up sockets."""
        with self._wake_up:
            self._reset_sockets()
        with self._pinging:
            self._closed = True
            for ping in self._pings:
                ping.set_result(False)
            self._pings.clear()

    def ping(self) -> Future[bool]:
        """PINGREQ, behind all that waits to be written: True when the answer has come, False when it no longer can."""
        with self._pinging:
            answered: Future[bool] = Future()
            if self._closed:
                answered.set_result(False)
            else:
                self._pings.append(answered)
                super()._send_pingreq()
        return answered

    def go_on_from(self, previous: PahoClient) -> None:
        """Before connecting with the session state of a connection before: what both sides know of it goes on.

        That is which packet identifiers are in use, and which messages of QoS 2 have come but are not released.
        """
        self._last_mid = previous._last_mid
        self._in_messages = previous._in_messages

    @contextmanager
    def numbered(self, packet_id: int) -> Iterator[None]:
        """What this thread publishes within gets this packet identifier; 0: the next one."""
        self._numbered.packet_id = packet_id
        try:
            yield
        finally:
            self._numbered.packet_id = 0

    def has_unreleased(self) -> bool:
        """Whether a message of QoS 2 has come that the broker has not released yet: PUBREL has not come."""
        return bool(self._in_messages)

    def is_received(self, packet_id: int) -> bool:
        """Whether the broker has said that it has this message of QoS 2: PUBREC has come."""
        message = self._out_messages.get(packet_id)
        return message is not None and message.state == MessageState.MQTT_MS_WAIT_FOR_PUBCOMP

    def release(self, packet_id: int) -> None:
        """PUBREL: the broker may pass on this message of QoS 2."""
        self._send_pubrel(packet_id)

    def _mid_generate(self) -> int:
        return getattr(self._numbered, "packet_id", 0) or super()._mid_generate()

    def unreleased(self) -> int:
        """How many messages of QoS 2 have come that the broker has not released."""
        return len(self._in_messages)

    def wake(self) -> None:
        """Ends the wait of the network thread; from any thread."""
        # The lock: the pair can be closed meanwhile. When it is full, the thread wakes anyway.
        with self._wake_up, suppress(BlockingIOError):
            if self._sockpairW is not None:
                self._sockpairW.send(b"w")

    def loop_unread(self, timeout: float) -> MQTTErrorCode:
        """Like `loop`, but leaves unread what arrives. What is queued is written, and PINGREQ sent when it is due.

        Its answer is among what is not read: here nobody misses it.
        """
        if self._sock is None or self._sockpairR is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        now = time.monotonic()
        if now - self._last_msg_out >= self._keepalive > 0 and not self.want_write():
            self._send_pingreq()
            self._last_msg_out = self._last_bytes_received = now  # as paho does: else it would be due again at once
        woken, _, _ = select.select([self._sockpairR], [self._sock] if self.want_write() else [], [], timeout)
        if woken:
            self._sockpairR.recv(10_000)
        return self.loop_write()

    def _send_pingreq(self) -> MQTTErrorCode:
        self.ping()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _handle_pingresp(self) -> MQTTErrorCode:
        with self._pinging:
            if self._pings:  # else nobody has asked
                self._pings.popleft().set_result(True)
        return super()._handle_pingresp()

    def loop_misc(self) -> MQTTErrorCode:
        """Keeps the connection alive. Whatever has arrived since PINGREQ is a sign of life.

        The answer can lie behind more than can be read within a keep-alive, above all after a time without reading.
        """
        if self._last_bytes_received > self._ping_t:
            self._ping_t = 0.0
        return super().loop_misc()

    def _create_socket(self) -> Any:
        try:
            return super()._create_socket()
        except BaseException:
            if self._fresh is not None:
                self._fresh.close()  # paho leaves the socket of a failed handshake to the garbage collector
            raise

    def _create_socket_connection(self) -> socket.socket:
        sock: socket.socket = super()._create_socket_connection()
        # Else the kernel holds small packets back, up to 40 ms, until the broker has acknowledged the one before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fresh = sock
        return sock

    def _ssl_wrap_socket(self, tcp_sock: Any) -> ssl.SSLSocket:
        assert self._ssl_context is not None
        wrapped = self._ssl_context.wrap_socket(tcp_sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._fresh = wrapped
        wrapped.settimeout(self.connect_timeout)
        wrapped.do_handshake()
        return wrapped

    def _sock_recv(self, bufsize: int) -> bytes:
        data = super()._sock_recv(bufsize)
        if self.first_byte is None and data:
            self.first_byte = data[0]
        return data

    def _sock_send(self, buf: bytes | bytearray) -> int:
        sent = super()._sock_send(buf)
        if sent == 0 and buf:
            # Over WebSockets 0 means "not all of it yet, ask again"; paho would forget the packet.
            raise BlockingIOError
        return sent
