"""A message source and a publisher without a broker, stricter than a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from core.clock import Clock, SystemClock
from core.errors import BrokerError, PublishRefused, UsageError
from core.message import FROM_DUMP, LIVE, NS_PER_SECOND, Message, Properties
from core.ports import (
    Arrival,
    ConnectionListener,
    ConnectionState,
    ConnectionStatus,
    Keeper,
    Listener,
    Undo,
)
from core.topics import matches, why_invalid_filter, why_invalid_topic

URL = "mqtt://fake:1883"


class FakeConnection:
    """A connection that comes and goes when told to."""

    def __init__(self, clock: Clock, connected: bool = True) -> None:
        self._clock = clock
        state = ConnectionState.CONNECTED if connected else ConnectionState.CONNECTING
        self._status = ConnectionStatus(state, URL, "MQTT 5" if connected else "")
        self._connection_listeners: list[ConnectionListener] = []

    def add_connection_listener(self, listener: ConnectionListener) -> Undo:
        self._connection_listeners.append(listener)

        def undo() -> None:
            if listener in self._connection_listeners:
                self._connection_listeners.remove(listener)

        return undo

    def connection(self) -> ConnectionStatus:
        return self._status

    @property
    def connected(self) -> bool:
        return self._status.state is ConnectionState.CONNECTED

    def disconnect(self, reason: str = "The broker went away.") -> None:
        self._change(ConnectionState.DISCONNECTED, reason, self._status.reconnects)

    def connect(
        self,
        refused: tuple[str, ...] = (),
        protocol: str = "MQTT 5",
        broker_session: int | None = None,
        *,
        doubtful: bool = False,
    ) -> None:
        """All that was subscribed is granted, but for `refused`; the broker's session state is the same, or this, or
        it says so only.
        """
        assert not self.connected, "connected already"
        again = self._status.state is ConnectionState.DISCONNECTED
        if broker_session is not None:
            self._status = replace(self._status, broker_session=broker_session)
        self._status = replace(self._status, doubtful=doubtful)
        self._change(ConnectionState.CONNECTED, "", self._status.reconnects + again, refused, protocol)

    def refuse(self, *filters: str) -> None:
        """The broker answers a subscription: it grants all but these filters."""
        assert self.connected, "nobody answers without a connection"
        self._change(ConnectionState.CONNECTED, "", self._status.reconnects, filters)

    def _change(
        self,
        state: ConnectionState,
        reason: str,
        reconnects: int,
        refused: tuple[str, ...] = (),
        protocol: str = "",
    ) -> None:
        protocol = protocol or self._status.protocol
        self._status = ConnectionStatus(
            state,
            URL,
            protocol,
            reason,
            self._clock.now_ns(),
            reconnects,
            refused,
            broker_session=self._status.broker_session,
            doubtful=self._status.doubtful,
        )
        for listener in tuple(self._connection_listeners):
            listener(self._status)


class FakeSource(FakeConnection):
    """Hands on what a test emits.

    Stricter than a real one: the lock that is held while listeners run is needed to take a listener back, so a listener
    that blocks for ever, or somebody who makes it wait while taking it back, is found out. Times may not go back, and
    nothing arrives without a connection, or while a listener is not ready.
    """

    def __init__(self, clock: Clock, connected: bool = True) -> None:
        super().__init__(clock, connected)
        self.retained: list[Message] = []
        """What `fetch_retained` chooses from."""
        self.subscriptions: dict[int, tuple[tuple[str, ...], Listener, int]] = {}
        """Number -> filters, listener, QoS."""
        self._ready: dict[int, threading.Event] = {}
        self.arrivals: list[Arrival] = []
        """What keepers were handed, in order."""
        self.settled: set[int] = set()
        """The places in `arrivals` of those that were settled."""
        self._numbers = 0
        self._network = threading.RLock()
        self._newest_ns = 0
        self._packet_id = 0

    def subscribe_listener(
        self, filters: Sequence[str], listener: Listener, *, qos: int = 1, ready: threading.Event | None = None
    ) -> Undo:
        for topic_filter in filters:
            if reason := why_invalid_filter(topic_filter):
                raise UsageError(reason)
        assert filters, "a subscription needs a filter"
        assert qos in (0, 1, 2)
        with self._network:
            self._numbers += 1
            number = self._numbers
            self.subscriptions[number] = (tuple(filters), listener, qos)
            if ready is not None:
                self._ready[number] = ready

        def undo() -> None:
            assert self._network.acquire(timeout=10), "a listener does not return while it is being taken back"
            try:
                self.subscriptions.pop(number, None)
                self._ready.pop(number, None)
            finally:
                self._network.release()

        return undo

    def subscribe_keeper(
        self, filters: Sequence[str], keeper: Keeper, *, qos: int = 1, ready: threading.Event | None = None
    ) -> Undo:
        def listener(messages: Sequence[Message]) -> None:
            number, packet_ids = len(self.arrivals), [self._packet_id_for(message) for message in messages]
            session = self._status.broker_session
            self.arrivals.append(Arrival(messages, packet_ids, (), session, lambda: self.settled.add(number)))
            keeper(self.arrivals[number])

        return self.subscribe_listener(filters, listener, qos=qos, ready=ready)

    def _packet_id_for(self, message: Message) -> int:
        if message.qos != 1:
            return 0
        self._packet_id = self._packet_id % 65_535 + 1
        return self._packet_id

    def await_subscribed(self, timeout: float) -> bool:
        assert timeout >= 0
        return self.connected

    def fetch_retained(self, filters: Sequence[str], timeout: float = 5.0) -> list[Message]:
        assert timeout > 0
        if not self.connected:
            raise BrokerError(f"{URL} cannot be reached. Start the broker, or check the address.")
        now_ns = self._clock.now_ns()
        return [
            message._replace(retain=FROM_DUMP, at_ns=now_ns)
            for message in self.retained
            if any(matches(topic_filter, message.topic) for topic_filter in filters)
        ]

    def emit(self, *messages: Message) -> None:
        """What the network thread does with one batch: it waits until all listeners are ready."""
        eventually(self.is_ready, "all listeners being ready", 60.0)
        assert self.connected, "nothing arrives without a connection"
        for message in messages:
            assert why_invalid_topic(message.topic) is None
            assert message.retain != FROM_DUMP, "live messages only"
            assert message.at_ns >= self._newest_ns, "the clock never goes back"
            self._newest_ns = message.at_ns
        with self._network:
            for filters, listener, _ in tuple(self.subscriptions.values()):
                chosen = tuple(message for message in messages if any(matches(one, message.topic) for one in filters))
                if chosen:
                    listener(chosen)

    def is_ready(self) -> bool:
        """Whether something can arrive."""
        return all(ready.is_set() for ready in tuple(self._ready.values()))

    def send(self, topic: str, payload: bytes = b"x", qos: int = 1, retain: int = LIVE) -> Message:
        """Emits one message that arrives now, and returns it."""
        message = Message(topic, payload, qos, retain, self._clock.now_ns())
        self.emit(message)
        return message


class FakeDelivery:
    """One batch whose confirmations a test decides on."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sent_ns: list[int | None] = [None] * size
        self._confirmed = 0
        self._failed = 0
        self._changed = threading.Condition()

    def confirmed(self) -> int:
        return self._confirmed

    def failed(self) -> int:
        return self._failed

    @property
    def open(self) -> int:
        return self._size - self._confirmed - self._failed

    def settle(self, confirmed: int = 0, failed: int = 0) -> None:
        """Confirms and fails this many more."""
        with self._changed:
            self._confirmed += confirmed
            self._failed += failed
            assert self.open >= 0
            self._changed.notify_all()

    def send(self, at_ns: int) -> None:
        """What waits in line leaves at this moment, unless it was given up."""
        if self.open:
            self._sent_ns = [at_ns if sent_ns is None else sent_ns for sent_ns in self._sent_ns]

    def sent_ns(self) -> list[int | None]:
        return list(self._sent_ns)

    def cancel(self) -> int:
        unsent = min(self._sent_ns.count(None), self.open)
        self.settle(failed=unsent)
        return unsent

    def wait(self, timeout: float) -> bool:
        assert timeout >= 0
        with self._changed:
            return self._changed.wait_for(lambda: not self.open, timeout)


class FakePublisher(FakeConnection):
    """Keeps what is published, with the moment of it.

    Stricter than a real one: an empty batch, an invalid topic or QoS, or two threads at once are errors.
    """

    def __init__(
        self,
        clock: Clock,
        connected: bool = True,
        may_publish: bool = True,
        confirms: bool = True,
        sends: bool = True,
    ) -> None:
        """Without `sends` everything waits in line, as behind a broker that takes no more at the moment."""
        super().__init__(clock, connected)
        self._may_publish = may_publish
        self._confirms = confirms
        self._sends = sends
        self._publishing = threading.Lock()
        self._changed = threading.Condition()
        self.sent: list[tuple[int, Message]] = []
        """The moment of publishing (clock) and the message."""
        self.batches: list[int] = []
        """The size of each batch."""
        self.deliveries: list[FakeDelivery] = []
        self._unsettled: list[FakeDelivery] = []
        self.interruptions: list[float] = []
        """How long each was to last, in seconds."""
        self.processes = True
        """Whether the broker processes what it gets."""
        self._back_ns: int | None = None
        self.most_open = 0
        """The largest number of unconfirmed messages at any moment."""

    @property
    def may_publish(self) -> bool:
        return self._may_publish

    @property
    def label(self) -> str:
        return f"fake ({URL})"

    @property
    def messages(self) -> list[Message]:
        """What was published, without the moments."""
        return [message for _, message in tuple(self.sent)]

    def publish_batch(self, messages: Sequence[Message]) -> FakeDelivery:
        if not self._may_publish:
            raise PublishRefused(f"{self.label} is not marked for publishing.")
        assert self._publishing.acquire(blocking=False), "two threads publish at once"
        try:
            return self._take(messages)
        finally:
            self._publishing.release()

    def _take(self, messages: Sequence[Message]) -> FakeDelivery:
        assert messages, "an empty batch"
        for message in messages:
            assert why_invalid_topic(message.topic) is None
            assert message.qos in (0, 1, 2)
            assert message.properties is None or isinstance(message.properties, Properties)
        delivery = FakeDelivery(len(messages))
        now_ns = self._clock.now_ns()
        with self._changed:
            self.sent.extend((now_ns, message) for message in messages)
            self.batches.append(len(messages))
            self.deliveries.append(delivery)
            self._unsettled = [one for one in self._unsettled if one.open] + [delivery]
            self.most_open = max(self.most_open, sum(one.open for one in self._unsettled))
            if self._sends and self.connected:
                delivery.send(now_ns)
                if self._confirms:
                    delivery.settle(confirmed=len(messages))
            self._changed.notify_all()
        return delivery

    def connection(self) -> ConnectionStatus:
        """Comes back by itself after an interruption, when somebody looks."""
        if self._back_ns is not None and self._clock.now_ns() >= self._back_ns:
            self._back_ns = None
            self.connect()
        return super().connection()

    def await_processed(self, timeout: float) -> bool:
        assert timeout >= 0
        return self.connected and self.processes

    def interrupt(self, duration_s: float) -> None:
        assert duration_s >= 0
        self.interruptions.append(duration_s)
        self._back_ns = self._clock.now_ns() + round(duration_s * NS_PER_SECOND)
        if self.connected:
            self.disconnect("The connection is interrupted on purpose and comes back.")

    def send_all(self) -> None:
        """What waits in line leaves now."""
        now_ns = self._clock.now_ns()
        with self._changed:
            for delivery in self.deliveries:
                delivery.send(now_ns)

    def confirm_all(self) -> None:
        """The broker confirms all that is open, and from now on at once."""
        with self._changed:
            self._sends = self._confirms = True
            self._settle()

    def fail_all(self) -> None:
        """All that is open can no longer be confirmed."""
        with self._changed:
            for delivery in self.deliveries:
                delivery.settle(failed=delivery.open)

    def connect(
        self,
        refused: tuple[str, ...] = (),
        protocol: str = "MQTT 5",
        broker_session: int | None = None,
        *,
        doubtful: bool = False,
    ) -> None:
        super().connect(refused, protocol, broker_session, doubtful=doubtful)
        if self._sends:
            self.send_all()
        with self._changed:
            if self._sends and self._confirms:
                self._settle()

    def await_sent(self, count: int, timeout: float = 10.0) -> bool:
        """Blocks until `count` messages in all were published; False when `timeout` (seconds) is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.sent) >= count, timeout)

    def _settle(self) -> None:
        now_ns = self._clock.now_ns()
        for delivery in self.deliveries:
            delivery.send(now_ns)
            delivery.settle(confirmed=delivery.open)


def payloads(messages: Iterable[Message]) -> list[bytes]:
    """The payloads, in order."""
    return [message.payload for message in messages]


def eventually(condition: Callable[[], object], what: str, timeout: float = 10.0) -> None:
    """Blocks until `condition` holds; fails with `what` when `timeout` (seconds) is over first."""
    pause = threading.Event()
    clock = SystemClock()
    until_ns = clock.now_ns() + round(timeout * NS_PER_SECOND)
    while not condition():
        assert clock.now_ns() < until_ns, f"{what} did not happen within {timeout:g} s"
        pause.wait(0.002)
