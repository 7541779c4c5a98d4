"""How a connection is made and made again: MQTT 5 first, and 3.1.1 where the broker does not speak that."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from core.message import NS_PER_SECOND
from core.ports import ConnectionState
from mqtt.batching import PublishBatch
from mqtt.connect import KEEPALIVE_S, Protocol
from mqtt.connection import Connection
from mqtt.environment import Environment
from mqtt.interruption import Interruption
from mqtt.link import ANSWER_TIMEOUT_S, Link, LinkHandler
from mqtt.problems import LinkProblem, NoAnswer, Problem

RETRY_S: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.0)
"""Pauses before connecting again: quick at first, for a broker that restarts; then the last one for ever."""
STABLE_S: Final = 5.0
"""A connection that held this long lets the pauses begin anew."""
OFTEN: Final = 3
AGAIN: Final = " This happens again and again: does another program use the same client id? Then stop one of the two."
"""Not all brokers say that they ended a connection because somebody else came with its client id."""
SILENT_S: Final = (0.1, 0.4)
"""Pauses before MQTT 5 is tried again after the connection was closed in silence: by a broker that knows 3.1.1 only,
or by a proxy whose broker restarts."""
DROP_S: Final = 2.0
"""How long a broker may take to answer a connection that is there to let it forget."""
CHECK_S: Final = 2.0
"""How long a broker that has accepted 3.1.1 may take to accept MQTT 5, too; and any broker to accept bridge mode."""


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
    spoken: Protocol | None = None,
    previous: Link | None = None,
    tried: Callable[[bool | None], None] = lambda _: None,
) -> Link:
    """An open link with the first of `protocols`, or with one of the others where the broker does not speak the first.

    It says so, or closes the connection in silence: again and again, and once more after it has accepted another one.
    MQTT 5, if it is the first, is tried anew at each connection, so a broker that was upgraded is noticed. `spoken` is
    what the broker spoke the last time, None if that is not known or not sure any more; `previous` is the connection
    before this one, if it is to be gone on with. `tried` is told of each connection that takes up the session state
    whether the broker had it; None where no answer came. Raises LinkProblem.
    """
    stop = stop or threading.Event()
    opening = _Opening(
        environment,
        client_id,
        handler,
        stop,
        time.monotonic() + timeout,
        keepalive_s,
        now_ns,
        clean_start,
        session_expiry_s,
        previous,
        tried,
        tries=session_expiry_s > 0 and spoken is not Protocol.V5,
    )
    newest, *older = protocols
    if newest is not Protocol.V5:
        return opening.open_first(protocols)
    if not older:
        return opening.open(newest)
    try:
        return _patiently(lambda: opening.open(newest), stop, opening.deadline)
    except NoAnswer:
        return _newest_after_all(opening.open_first(older), lambda: opening.open(newest, CHECK_S))
    except LinkProblem as problem:
        if problem.problem is not Problem.PROTOCOL_VERSION:
            raise
    return opening.open_first(older)


@dataclass(frozen=True, slots=True)
class _Opening:
    """All that is the same for each link that is tried."""

    environment: Environment
    client_id: str
    handler: LinkHandler
    stop: threading.Event
    deadline: float
    keepalive_s: int
    now_ns: Callable[[], int]
    clean_start: bool
    session_expiry_s: int
    previous: Link | None
    tried: Callable[[bool | None], None]
    tries: bool
    """Whether it is first to be found out if the broker speaks MQTT 5, with a CONNECT without properties: brokers of
    3.1.1 take properties for a client id, and wait for the rest of it."""

    def open(self, protocol: Protocol, within: float = ANSWER_TIMEOUT_S) -> Link:
        if protocol is Protocol.V5 and self.tries:
            self._try(within)
        # MQTT 3.1.1 has one flag for both: who begins without state has none afterwards either. With MQTT 5, too,
        # Mosquitto (2.0) does not take the state of whoever began without into the next start of the broker.
        anew = self.clean_start and self.session_expiry_s > 0
        link = Link(
            self.environment,
            protocol,
            self.client_id,
            self.handler,
            self.keepalive_s,
            now_ns=self.now_ns,
            clean_start=self.clean_start and not anew,
            session_expiry_s=self.session_expiry_s,
        )
        if self.previous is not None and not self.clean_start:
            link.go_on_from(self.previous)
        try:
            self._opened(link, within)
        finally:
            self._tell(link)
        if not (anew and link.session_present):
            return link
        link.close()
        drop_session(self.environment, self.client_id, self.now_ns)
        return self.open(protocol, within)

    def open_first(self, protocols: Sequence[Protocol]) -> Link:
        """With the first that works. Raises LinkProblem of the last one, which decides."""
        for protocol in protocols[:-1]:
            with suppress(LinkProblem):  # who does not know bridge mode refuses it in many ways
                return self.open(protocol, CHECK_S)
        return self.open(protocols[-1])

    def _try(self, within: float) -> None:
        """Raises LinkProblem if the broker does not speak MQTT 5."""
        # Under the same name the broker would lose the state that is to be taken up.
        name = self.client_id if self.clean_start else f"{self.client_id}-{uuid4().hex[:8]}"
        link = Link(self.environment, Protocol.V5, name, Deaf(), now_ns=self.now_ns)
        try:
            self._opened(link, within)
        except LinkProblem as problem:
            if self.clean_start or problem.problem not in (Problem.CLIENT_ID, Problem.CREDENTIALS):
                raise
            return  # it says so in MQTT 5
        try:
            link.finish()
        finally:
            link.close()

    def _tell(self, link: Link) -> None:
        if link.is_open:
            self.tried(link.session_present)
        elif link.is_unanswered:
            self.tried(None)

    def _opened(self, link: Link, within: float) -> None:
        try:
            link.open(min(within, self.deadline - time.monotonic()), self.stop)
        except BaseException:
            link.close()
            raise


def drop_session(environment: Environment, client_id: str, now_ns: Callable[[], int] = time.time_ns) -> None:
    """Lets a broker of MQTT 3.1.1 forget what it holds for a client, by a short connection that is a clean one.

    Takes a few seconds at most. Raises LinkProblem.
    """
    link = Link(environment, Protocol.V311, client_id, Deaf(), now_ns=now_ns)
    try:
        link.open(DROP_S)
        link.finish()
    finally:
        link.close()


class Deaf:
    """Hears nothing."""

    def on_messages(self, batch: PublishBatch) -> None: ...

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None: ...

    def on_unsubscribed(self, mid: int) -> None: ...

    def on_confirmed(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> None: ...

    def on_turn(self) -> None: ...


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
    connect_once: Callable[[], tuple[LinkProblem | None, int]],
    connection: Connection,
    interruption: Interruption,
    stop: threading.Event,
) -> None:
    """Connects again and again until `stop` is set, and says in `connection` that there is none in between.

    `connect_once` returns when its connection has ended: why, and how many nanoseconds it, or the attempt, lasted.
    """
    attempts = lost = 0
    while not stop.is_set():
        interruption.stay_away(stop)
        connection.change(ConnectionState.CONNECTING)
        ended, lasted_ns = connect_once()
        if stop.is_set():
            break
        stable = lasted_ns > STABLE_S * NS_PER_SECOND
        lost = lost + 1 if ended is not None and ended.problem is Problem.LOST and not stable else 0
        connection.change(ConnectionState.DISCONNECTED, reason=f"{ended}{AGAIN}" if lost >= OFTEN else str(ended))
        if ended is not None and ended.problem is Problem.INTERRUPTED:
            attempts = 0
            continue
        if stable:
            attempts = 0
        if ended is not None and ended.problem is Problem.TAKEN_OVER:  # whoever comes back soon is thrown out again
            attempts = len(RETRY_S)
        stop.wait(RETRY_S[min(attempts, len(RETRY_S) - 1)])
        attempts += 1
