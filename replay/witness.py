"""An independent subscriber that sees what arrives of a replay: its account makes the report a certificate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from core.clock import Clock
from core.message import NS_PER_SECOND, Message
from core.ports import ConnectionState, MessageSource, Publisher, Undo
from replay.foreign import carries_properties, is_topic, reconnects, watch_filters
from replay.matching import Compared, Matching
from replay.pipeline import RUN_PROPERTY
from replay.proof import ForeignTopic, Proof

MAX_LAG: Final = 1_000
"""So far the publisher may be ahead of the witness. Mosquitto queues as many messages for a client and drops the rest:
the witness must not miss what it was only too slow for."""
STALLED_S: Final = 5.0
"""The replay goes on when nothing of it arrives for so long: what has not come by its end is missing."""
MAX_STALLS: Final = 3
"""After so many the replay waits no more: what it waits for does not come."""
QUIET_S: Final = 3.0
"""At the end, what has not come is missing when nothing of the replay arrives for so long."""
LINGER_S: Final = 0.25
"""What comes in excess can come after all the others."""

NOT_STARTED: Final = "The witness did not listen."
CUT: Final = "The witness lost its connection in between, so messages may have passed it by: replay again for a proof."
NO_RETAIN: Final = "MQTT 3.1.1 does not tell a subscriber with which retain flag a message was published."
NO_TAG: Final = (
    "MQTT 3.1.1 carries no properties: other publishers' messages are told apart by their content and number only."
)


class Witness:
    """Matches every message that arrives with what was published. An observer of the player.

    It has a connection of its own, subscribes with QoS 2, so that every message comes as it was published, and needs
    the clock of the replay.
    """

    def __init__(
        self,
        source: MessageSource,
        run_id: str,
        filters: Sequence[str],
        clock: Clock,
        publisher: Publisher | None = None,
    ) -> None:
        """`filters` and `publisher` as for ForeignWatch. `source` stamps messages by `clock`."""
        self._source = source
        self._publisher = publisher
        self._filters = filters
        self._clock = clock
        self._tag = (RUN_PROPERTY, run_id)
        self._compared = Compared(self._tag)
        self._matching = Matching(self._compared)
        self._incomplete = [NOT_STARTED]
        self._reconnects = self._own_reconnects = 0
        self._changed = threading.Condition()
        self._stalls = 0
        self._undo: Undo | None = None

    def start(self, timeout: float = 5.0) -> None:
        """Subscribes, after the publisher has connected; waits `timeout` seconds for it at most.

        Whatever prevents it is in the proof, which then is not complete.
        """
        tagged = carries_properties(self._source, self._publisher)
        retain = self._source.connection().carries_properties
        self._compared = Compared(self._tag if tagged else None, retain=retain)
        self._matching = Matching(self._compared, filter(is_topic, self._filters))
        self._incomplete = []
        if not self._filters:
            return
        self._undo = self._source.subscribe_listener(watch_filters(self._filters), self._listen, qos=2)
        granted = self._source.await_subscribed(timeout)
        status = self._source.connection()
        self._own_reconnects = status.reconnects
        self._reconnects = reconnects(self._source, self._publisher)
        if not granted:
            why = status.reason or (f"The broker refuses {', '.join(status.refused)}." if status.refused else "")
            self._incomplete.append(f"The witness could not subscribe in time. {why}".strip())
        elif status.lowered:
            self._incomplete.append(
                f"The broker grants the witness a lower QoS than 2 for {', '.join(status.lowered)}: messages may have"
                " been lost on the way to it alone."
            )

    def about_to_publish(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:
        """Told before these are published. Waits where the witness cannot follow, but not long where nothing comes."""
        with self._changed:
            self._await_room(len(messages))
            self._matching.expect(messages, due_ns)

    def expected(self) -> int:
        """How many messages it was told of."""
        with self._changed:
            return self._matching.expected.total

    def foreign(self) -> tuple[ForeignTopic, ...]:
        """On which topics others have published so far; most messages first. From any thread."""
        with self._changed:
            return self._matching.foreign()

    def finish(self, timeout: float = 30.0, withdrawn: int = 0) -> Proof:
        """Waits for what is under way, `timeout` seconds at most, and ends listening.

        `withdrawn`: of the messages that it was told of, so many were never sent. To be called when the broker has
        processed the last message.
        """
        until_ns = self._clock.now_ns() + round(timeout * NS_PER_SECOND)
        expected = self._matching.expected
        with self._changed:
            while expected.open > withdrawn and self._clock.now_ns() < until_ns:
                if not self._await_less(lambda: expected.open, QUIET_S):
                    break
            self._changed.wait_for(lambda: False, LINGER_S)
        incomplete = self._why_incomplete()
        if self._undo is not None:
            self._undo()
        with self._changed:
            proof = self._matching.proof(withdrawn)
        return replace(proof, incomplete=incomplete, unchecked=self._unchecked())

    def _await_room(self, count: int) -> None:
        expected = self._matching.expected
        while self._stalls < MAX_STALLS and expected.lag() > max(0, MAX_LAG - count):
            if not self._await_less(expected.lag, STALLED_S):
                self._stalls += 1
                return

    def _await_less(self, count: Callable[[], int], patience_s: float) -> bool:
        """Whether this count falls within so many seconds: others' messages are no progress."""
        before = count()
        return self._changed.wait_for(lambda: count() < before, patience_s)

    def _listen(self, messages: Sequence[Message]) -> None:
        with self._changed:
            self._matching.arrive(messages, again=self._may_come_again())
            self._changed.notify_all()

    def _may_come_again(self) -> bool:
        return reconnects(self._source, self._publisher) != self._reconnects

    def _why_incomplete(self) -> tuple[str, ...]:
        status = self._source.connection()
        lost = status.reconnects != self._own_reconnects or status.state is not ConnectionState.CONNECTED
        return (*self._incomplete, CUT) if lost and not self._incomplete else tuple(self._incomplete)

    def _unchecked(self) -> tuple[str, ...]:
        unchecked = [] if self._compared.retain else [NO_RETAIN]
        return (*unchecked, NO_TAG) if self._compared.tag is None else tuple(unchecked)
