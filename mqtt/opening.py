"""How a connection is made and made again: MQTT 5 first, and 3.1.1 where the broker does not speak that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from core.message import NS_PER_SECOND
from core.ports import ConnectionState
from mqtt.connect import KEEPALIVE_S, Protocol
from mqtt.connection import Connection
from mqtt.environment import Environment
from mqtt.link import ANSWER_TIMEOUT_S, Link, LinkHandler
from mqtt.problems import LinkProblem, NoAnswer, Problem

RETRY_S: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.0)
"""Pauses before connecting again: quick at first, for a broker that restarts; then the last one for ever."""
STABLE_S: Final = 5.0
"""A connection that held this long lets the pauses begin anew."""
SILENT_S: Final = (0.1, 0.4)
"""Pauses before MQTT 5 is tried again after the connection was closed in silence: by a broker that knows 3.1.1 only,
or by a proxy whose broker restarts."""
CHECK_S: Final = 2.0
"""How long a broker that has accepted 3.1.1 may take to accept MQTT 5, too."""


def connect(
    environment: Environment,
    protocols: Sequence[Protocol],
    client_id: str,
    handler: LinkHandler,
    stop: threading.Event | None = None,
    timeout: float = ANSWER_TIMEOUT_S,
    keepalive_s: int = KEEPALIVE_S,
    *,
    now_ns: Callable[[], int] = time.time_ns,
    clean_start: bool = True,
    session_expiry_s: int = 0,
) -> Link:
    """An open link with the first of `protocols`, or with the second where the broker does not speak the first.

    It says so, or closes the connection in silence: again and again, and once more after it has accepted the second.
    The first is tried anew at each connection, so a broker that was upgraded is noticed. Raises LinkProblem.
    """
    stop = stop or threading.Event()
    deadline = time.monotonic() + timeout

    def opened(protocol: Protocol, within: float = timeout) -> Link:
        link = Link(
            environment,
            protocol,
            client_id,
            handler,
            keepalive_s,
            now_ns=now_ns,
            clean_start=clean_start,
            session_expiry_s=session_expiry_s,
        )
        try:
            link.open(min(within, deadline - time.monotonic()), stop)
        except BaseException:
            link.close()
            raise
        return link

    newest, *older = protocols
    if not older:
        return opened(newest)
    try:
        return _patiently(lambda: opened(newest), stop, deadline)
    except NoAnswer:
        return _newest_after_all(opened(older[0]), lambda: opened(newest, CHECK_S))
    except LinkProblem as problem:
        if problem.problem is not Problem.PROTOCOL_VERSION:
            raise
    return opened(older[0])


def _patiently(open_link: Callable[[], Link], stop: threading.Event, deadline: float) -> Link:
    for pause in SILENT_S:
        try:
            return open_link()
        except NoAnswer:
            stop.wait(max(0.0, min(pause, deadline - time.monotonic())))
    return open_link()


def _newest_after_all(link: Link, open_newest: Callable[[], Link]) -> Link:
    """`link`, or in its place one with the newest protocol: now the broker is there for certain."""
    try:
        newest = open_newest()
    except LinkProblem:
        return link
    except BaseException:
        link.close()
        raise
    link.close()
    return newest


def stay_connected(
    connect_once: Callable[[], tuple[LinkProblem | None, int]], connection: Connection, stop: threading.Event
) -> None:
    """Connects again and again until `stop` is set, and says in `connection` that there is none in between.

    `connect_once` returns when its connection has ended: why, and how many nanoseconds it, or the attempt, lasted.
    """
    attempts = 0
    while not stop.is_set():
        connection.change(ConnectionState.CONNECTING)
        ended, lasted_ns = connect_once()
        if stop.is_set():
            break
        connection.change(ConnectionState.DISCONNECTED, reason=str(ended))
        if lasted_ns > STABLE_S * NS_PER_SECOND:
            attempts = 0
        stop.wait(RETRY_S[min(attempts, len(RETRY_S) - 1)])
        attempts += 1
