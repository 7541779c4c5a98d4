"""Builds the paho client for one connection: protocol, TLS, WebSockets, credentials."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from mqtt.environment import Environment
from mqtt.problems import LinkProblem, Problem

KEEPALIVE_S: Final = 15
"""A link that broke without a sign is noticed after twice this time."""
CONNECT_TIMEOUT_S: Final = 5.0
PUBACK: Final = 0x40


class Protocol(StrEnum):
    """The versions of MQTT that we speak, by the name that is shown."""

    V5 = "MQTT 5"
    V311 = "MQTT 3.1.1"


class PahoClient(paho.Client):
    """paho's client with its sockets closed in every case, and with large packets over WebSockets mended.

    It is driven by the thread that calls `loop`; other threads may publish and subscribe.
    """

    first_byte: int | None = None
    """The first byte that the server sent: tells an MQTT broker from another kind of server."""
    _fresh: socket.socket | None = None

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._wake_up = threading.Lock()
        super().__init__(*arguments, **keywords)

    def close(self) -> None:
        """Closes the connection without a DISCONNECT, and paho's pair of wake-up sockets."""
        with self._wake_up:
            self._reset_sockets()

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """PUBACK for each of these messages, all in one write."""
        packets = b"".join(struct.pack("!BBH", PUBACK, 2, packet_id) for packet_id in packet_ids)
        self._packet_queue(PUBACK, packets, 0, 0)

    def unwritten(self) -> int:
        """How many packets wait to be written to the socket, the one that is half written included."""
        return len(self._out_packet)

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

    def loop_misc(self) -> MQTTErrorCode:
        """Keeps the connection alive. Whatever has arrived since PINGREQ is a sign of life.

        The answer can lie behind more than can be read within a keep-alive, above all after a time without reading.
        """
        if self._last_bytes_received > self._ping_t:
            self._ping_t = 0.0
        return super().loop_misc()

    def _handle_pubrel(self) -> MQTTErrorCode:
        self.manual_ack_set(on=False)  # we acknowledge QoS 1 only
        try:
            return super()._handle_pubrel()
        finally:
            self.manual_ack_set(on=True)

    def _packet_queue(self, *arguments: Any, **keywords: Any) -> MQTTErrorCode:
        with self._wake_up:  # else the pair can be closed while another thread is waking us through it
            return super()._packet_queue(*arguments, **keywords)

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


def build(
    environment: Environment, protocol: Protocol, client_id: str, connect_timeout: float, *, clean_session: bool = True
) -> PahoClient:
    """A client that is not connected yet. Raises LinkProblem if the CA file cannot be used."""
    client = PahoClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if protocol is Protocol.V5 else clean_session,
        protocol=MQTTProtocolVersion.MQTTv5 if protocol is Protocol.V5 else MQTTProtocolVersion.MQTTv311,
        transport="websockets" if environment.websockets else "tcp",
        reconnect_on_failure=False,  # we choose the protocol and the moment ourselves
        manual_ack=True,
    )
    client.connect_timeout = max(0.1, min(CONNECT_TIMEOUT_S, connect_timeout))
    client.max_inflight_messages = 0  # no limit: the outbox keeps the window
    # Set, so that other threads only queue packets and wake the network thread, which alone writes to the socket.
    client.on_socket_register_write = _nothing
    if environment.username:
        client.username_pw_set(environment.username, environment.password or None)
    if environment.websockets:
        client.ws_set_options(path=environment.path)
    if environment.tls:
        client.tls_set_context(_tls_context(environment))
    return client


def _nothing(*_: object) -> None:
    """The select loop asks by itself whether there is something to write."""


def _tls_context(environment: Environment) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if environment.ca_file is None else str(environment.ca_file))
    except OSError as problem:
        reason = problem.strerror or "it holds no certificate"
        raise LinkProblem(Problem.TLS, f"The CA file {environment.ca_file} cannot be used: {reason}.") from None
    if not environment.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
