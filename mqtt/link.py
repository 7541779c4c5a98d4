"""One connection to a broker, from CONNECT to its end. The thread that calls `open` and `run` is its network thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from typing import Protocol as Port

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties
from paho.mqtt.reasoncodes import ReasonCode

from mqtt import problems
from mqtt.batching import PublishBatch
from mqtt.connect import KEEPALIVE_S, Protocol, build
from mqtt.environment import Environment
from mqtt.problems import LinkProblem
from mqtt.speaking import Speaking

ANSWER_TIMEOUT_S: Final = 10.0
"""How long a broker may take to answer CONNECT."""
LOOK_UP_S: Final = 0.2
"""How often a thread that waits for an answer looks whether it should stop."""
UNREAD_S: Final = 0.02
"""How often a thread that does not read looks whether it may: what a listener has queued lasts longer."""
CONNACK: Final = 0x20


class LinkHandler(Port):
    """What a link tells its owner, always in the network thread."""

    def on_messages(self, batch: PublishBatch) -> None:
        """Messages arrived. Those of QoS 1 are to be acknowledged, now or later: see `Link.acknowledge`."""

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:
        """SUBACK: for each filter of the request the QoS that the broker granted, None if it refused."""

    def on_unsubscribed(self, mid: int) -> None:
        """UNSUBACK."""

    def on_confirmed(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> None:
        """These messages of QoS 1 and 2 are done; `refusals` are the broker's reasons where it refused them."""

    def on_turn(self) -> None:
        """Everything that had arrived is handled; no lock of the link is held."""


class Link(Speaking):
    """One connection. Subscribing, publishing and `disconnect` are allowed from any thread."""

    def __init__(
        self,
        environment: Environment,
        protocol: Protocol,
        client_id: str,
        handler: LinkHandler,
        keepalive_s: int = KEEPALIVE_S,
        *,
        now_ns: Callable[[], int],
        clean_start: bool = True,
        session_expiry_s: int = 0,
    ) -> None:
        """`clean_start` False: takes up the session state that the broker holds for this client, if it does.

        With MQTT 5 the broker holds it for `session_expiry_s` seconds after the connection has ended; with MQTT 3.1.1
        as long as it likes, unless `clean_start` is set.
        """
        super().__init__(protocol)
        self.environment = environment
        self.stores_retained = True
        """Whether the broker keeps messages with the retain flag, as far as it tells."""
        self.session_present = False
        """Whether the broker still had the session state of this client."""
        self.is_open = False
        """Whether the broker has accepted it; it may have ended since."""
        self.is_unanswered = False
        """Whether CONNECT was sent and the broker's answer has not come: it may have heard it."""
        self.unread_s = 0.0
        """For how long in all nothing was read that arrived."""
        self._client_id = client_id
        self._handler = handler
        self._keepalive_s = keepalive_s
        self._now_ns = now_ns
        self._clean_start = clean_start
        self._session_expiry_s = session_expiry_s
        self._ends_session = False
        self._early: list[PublishBatch] = []
        """What came right behind CONNACK: the owner does not know the link yet."""
        self._previous: Any = None
        self._answer: ReasonCode | None = None
        self._ended: LinkProblem | None = None

    def go_on_from(self, previous: Link) -> None:
        """Before `open` without a clean start: this connection goes on with the packet identifiers of that one."""
        self._previous = previous._paho

    def open(self, timeout: float = ANSWER_TIMEOUT_S, stop: threading.Event | None = None) -> None:
        """Connects and waits for CONNACK. Raises LinkProblem. Returns early, unconnected, when `stop` is set."""
        self._paho = build(self.environment, self.protocol, self._client_id, timeout, clean_session=self._clean_start)
        if self._previous is not None:
            self._paho.go_on_from(self._previous)
            self._previous = None
        self._install_callbacks()
        deadline = time.monotonic() + timeout
        try:
            self._paho.connect(
                self.environment.host, self.environment.port, keepalive=self._keepalive_s, **self._session_options()
            )
        except (OSError, UnicodeError) as problem:
            raise problems.from_exception(problem, self.environment) from None
        self.is_unanswered = True
        while self._answer is None and not (stop is not None and stop.is_set()):
            left = deadline - time.monotonic()
            if left <= 0:
                raise problems.timed_out(self.environment)
            code = self._paho.loop(min(left, LOOK_UP_S))
            if self._answer is None and (code != MQTTErrorCode.MQTT_ERR_SUCCESS or self._speaks_something_else()):
                raise self._why_no_answer()
        self.is_unanswered = self._answer is None
        if self._answer is not None and self._answer.is_failure:
            raise problems.from_code(self._answer.value, str(self._answer), self.environment)
        self.is_open = True

    def run(self, stop: threading.Event, may_read: Callable[[], bool]) -> LinkProblem | None:
        """Serves the connection until it ends, and returns why; None if `disconnect` ended it.

        While `may_read` says no, the connection is kept alive and written to, but nothing that arrives is read.
        """
        while not stop.is_set() and (self.turn(1.0) if may_read() else self.turn_unread(UNREAD_S)):
            pass
        return None if stop.is_set() else self.why_ended()

    def turn(self, timeout: float) -> bool:
        """Handles what arrives within `timeout` seconds, or less; False when the connection has ended."""
        while self._early:
            self._handler.on_messages(self._early.pop(0))
        return self._after_turn(self._paho.loop(timeout))

    def turn_unread(self, timeout: float) -> bool:
        """Like `turn`, but leaves unread what arrives."""
        began = time.monotonic()
        code = self._paho.loop_unread(timeout)
        self.unread_s += time.monotonic() - began
        return self._after_turn(code)

    def why_ended(self) -> LinkProblem:
        """Why the connection is gone."""
        return self._ended or problems.lost(self.environment)

    def disconnect(self) -> None:
        """Says goodbye to the broker: `run` returns soon."""
        self._paho.disconnect(properties=self._goodbye())

    def end_session(self) -> None:
        """From now on goodbye means for good: the broker need not hold the session state (MQTT 5)."""
        self._ends_session = True

    def finish(self, timeout: float = 1.0) -> None:
        """Sends the goodbye that `disconnect` queued; for the network thread, after `run`."""
        deadline = time.monotonic() + timeout
        self.disconnect()
        while self._paho.socket() is not None and time.monotonic() < deadline:
            if self._paho.loop(LOOK_UP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break

    def close(self) -> None:
        """Closes the sockets. Afterwards the link is of no use."""
        if self._paho is not None:
            self._paho.close()

    def cut(self) -> None:
        """Lets `run` return soon, without a goodbye. From any thread."""
        self._ended = problems.interrupted(self.environment)
        self.wake()

    def _after_turn(self, code: MQTTErrorCode) -> bool:
        self._handler.on_turn()
        return code == MQTTErrorCode.MQTT_ERR_SUCCESS and self._ended is None

    def _session_options(self) -> dict[str, Any]:
        if self.protocol is not Protocol.V5:
            return {}
        seconds = self._session_expiry_s
        # None where we can: brokers of 3.1.1 take properties for a client id and wait for the rest of it.
        properties = _expiry(PacketTypes.CONNECT, seconds) if seconds else None
        return {"clean_start": self._clean_start, "properties": properties}

    def _goodbye(self) -> PahoProperties | None:
        if self.protocol is not Protocol.V5 or not self._ends_session:
            return None
        return _expiry(PacketTypes.DISCONNECT, 0)

    def _speaks_something_else(self) -> bool:
        return self._paho.first_byte is not None and self._paho.first_byte != CONNACK

    def _why_no_answer(self) -> LinkProblem:
        if self._speaks_something_else():
            return problems.not_mqtt(self.environment)
        if self._paho.first_byte == CONNACK:  # which cannot be understood: a refusal by one that knows 3.1.1 only
            return problems.other_version(self.environment)
        return problems.no_answer(self.environment)

    def _install_callbacks(self) -> None:
        handler = self._handler
        self._paho.on_connect = self._on_connect
        self._paho.on_disconnect = self._on_disconnect
        self._paho.on_batch = self._on_batch
        self._paho.now_ns = self._now_ns
        self._paho.on_subscribe = lambda _client, _data, mid, codes, _properties: handler.on_subscribed(
            mid, [None if code.is_failure else code.value for code in codes]
        )
        self._paho.on_unsubscribe = lambda _client, _data, mid, _codes, _properties: handler.on_unsubscribed(mid)
        self._paho.on_publish = lambda _client, _data, mid, code, _properties: handler.on_confirmed(
            [mid], {mid: str(code)} if code.is_failure else {}
        )
        self._paho.on_confirmed = lambda found: handler.on_confirmed(found.packet_ids, found.refusals)

    def _on_batch(self, batch: PublishBatch) -> None:
        if self.is_open:
            self._handler.on_messages(batch)
        else:
            self._early.append(batch)

    def _on_connect(self, _client: object, _data: object, flags: Any, code: ReasonCode, found: Any) -> None:
        self._answer = code
        self.session_present = flags.session_present
        if self.protocol is Protocol.V5:
            told = vars(found)
            # The default is that of MQTT 5.0, section 3.2.2.3.3.
            self.window = self.window_exactly_once = told.get("ReceiveMaximum", 65_535)
            self._paho.encoder.largest = told.get("MaximumPacketSize", self._paho.encoder.largest)
            self.stores_retained = told.get("RetainAvailable", 1) == 1
            self.subscription_ids = told.get("SubscriptionIdentifierAvailable", 1) == 1

    def _on_disconnect(self, _client: object, _data: object, flags: Any, code: ReasonCode, _found: object) -> None:
        if flags.is_disconnect_packet_from_server:
            self._ended = problems.ended_by_broker(code.value, str(code), self.environment)
        else:
            self._ended = problems.lost(self.environment)


def _expiry(packet_type: int, seconds: int) -> PahoProperties:
    properties = PahoProperties(packet_type)  # type: ignore[no-untyped-call]  # paho has no types here
    properties.SessionExpiryInterval = seconds
    return properties
