"""What the broker stores on the topics of a replay: looked at, put into a wanted state, and cleared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.message import LIVE_RETAINED, Message, Properties
from core.ports import MessageSource
from replay.pipeline import RUN_PROPERTY

FETCH_TIMEOUT_S: Final = 15.0
"""A broker on the same network sends a hundred thousand stored messages within that time."""
MAX_TOPICS: Final = 500
"""Asked for at once: a broker with Mosquitto's limits drops what is more than 1,000 messages for one client."""
DELETION_QOS: Final = 1
"""So that it is confirmed."""

Tag = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StateChange:
    """What was done to what the broker stores."""

    published: int = 0
    """Messages that were missing or different."""
    deleted: int = 0
    """Messages that did not belong there."""
    unchanged: int = 0
    """Messages that were there already."""


class BrokerState:
    """Puts what the broker stores into the state of a moment. One thread uses it.

    `send` publishes with the connection's other messages and returns when the broker has processed them, of QoS 0 too,
    or raises. `tag` is the user property that marks what this replay publishes; it does not count as a difference.
    Without a source nobody knows what the broker stores: then everything is published, and deleted, in any case.
    """

    def __init__(
        self, source: MessageSource | None, send: Callable[[Sequence[Message]], None], tag: Tag | None = None
    ) -> None:
        self._source = source
        self._send = send
        self._tag = tag
        self._topics: set[str] = set()
        self._baseline: dict[str, Message] = {}

    def take_baseline(self, topics: Sequence[str]) -> None:
        """Looks at what the broker stores on the topics of the replay before it begins: that is its state then.

        Raises BrokerError.
        """
        self._topics = set(topics)
        self._baseline = self._stored(self._topics)

    def put(self, messages: Sequence[Message], left: Iterable[str] = ()) -> StateChange:
        """Publishes what differs from the state before the replay, with `messages` published after that, in this order.

        Only those with the retain flag count; an empty payload deletes. Topics that the replay does not publish on stay
        as they are. `left`: where the replay has stored something, which without a source is all that is known.
        At a broker that stores nothing there is nothing to do. Raises BrokerError.
        """
        if self._source is not None and not self._source.connection().stores_retained:
            return StateChange()
        wanted = self._state_after(messages)
        topics = self._topics.union(left, (message.topic for message in messages if message.retained))
        stored = self._stored(topics)
        surplus = topics - wanted.keys() if self._source is None else stored.keys() - wanted.keys()
        changed = [message for topic, message in wanted.items() if not self._is_there(message, stored.get(topic))]
        self._publish([*map(self._deletion, sorted(surplus)), *changed])
        return StateChange(len(changed), len(surplus), len(wanted) - len(changed))

    def clear(self, topics: Iterable[str]) -> int:
        """Deletes what the replay has left on these topics: returns how many messages. Raises BrokerError.

        What was there before the replay stays, if it is still there; with MQTT 5 also what somebody else has published,
        but not what an earlier replay has left and this one has published again.
        """
        wanted = set(topics)
        if self._source is None:
            gone = wanted
        else:
            gone = {topic for topic, message in self._stored(wanted).items() if self._is_ours(message)}
        self._publish([self._deletion(topic) for topic in sorted(gone)])
        return len(gone)

    def _state_after(self, messages: Iterable[Message]) -> dict[str, Message]:
        state = dict(self._baseline)
        for message in messages:
            if message.retained:
                state.pop(message.topic, None)  # so that what comes last is published last
                if message.payload:
                    state[message.topic] = message
        return state

    def _stored(self, topics: set[str]) -> dict[str, Message]:
        if self._source is None or not topics:
            return {}
        exact = sorted(topics)
        groups = [exact[begin : begin + MAX_TOPICS] for begin in range(0, len(exact), MAX_TOPICS)]
        found = (message for group in groups for message in self._source.fetch_retained(group, FETCH_TIMEOUT_S))
        return {message.topic: message for message in found}

    def _is_there(self, wanted: Message, stored: Message | None) -> bool:
        """Whether the broker stores this message, as far as its protocol shows it."""
        if stored is None or (stored.payload, stored.qos) != (wanted.payload, wanted.qos):
            return False
        return not self._has_properties or _own(stored.properties) == _own(wanted.properties)

    def _is_ours(self, stored: Message) -> bool:
        before = self._baseline.get(stored.topic)
        if before is not None and not _of_a_replay(before) and self._is_there(before, stored):
            return False
        if self._tag is None or not self._has_properties:
            return True
        return stored.properties is not None and self._tag in stored.properties.user_properties

    @property
    def _has_properties(self) -> bool:
        return self._source is not None and self._source.connection().carries_properties

    def _deletion(self, topic: str) -> Message:
        return Message(topic, b"", DELETION_QOS, LIVE_RETAINED, 0)

    def _publish(self, messages: Sequence[Message]) -> None:
        if messages:
            self._send([self._marked(message) for message in messages])

    def _marked(self, message: Message) -> Message:
        properties = message.properties
        if self._tag is not None:
            own = _own(properties) or Properties()
            properties = replace(own, user_properties=(*own.user_properties, self._tag))
        return message._replace(retain=LIVE_RETAINED, properties=properties)


def _of_a_replay(stored: Message) -> bool:
    """Whether it bears the mark of any."""
    properties = stored.properties
    return properties is not None and any(name == RUN_PROPERTY for name, _ in properties.user_properties)


def _own(properties: Properties | None) -> Properties | None:
    """Without the mark of any replay; None if nothing else is in it."""
    if properties is None:
        return None
    kept = tuple(pair for pair in properties.user_properties if pair[0] != RUN_PROPERTY)
    own = replace(properties, user_properties=kept)
    return None if own == Properties() else own
