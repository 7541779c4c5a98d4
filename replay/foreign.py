"""Does somebody else publish on the replayed topics?"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Final

from core.message import Message
from core.ports import MessageSource, Publisher, Undo
from core.topics import covering_set
from replay.matching import Compared, Matching
from replay.pipeline import RUN_PROPERTY
from replay.proof import ForeignTopic

__all__ = ["ForeignTopic", "ForeignWatch", "is_topic", "watch_filters"]

MAX_FILTERS: Final = 100
"""So many topics are subscribed one by one; of more the common first levels are: brokers look at each filter."""


def watch_filters(topics: Iterable[str]) -> tuple[str, ...]:
    """Filters that match all `topics` (filters are allowed, too): few of them, none overlapping another, in order.

    A wildcard in the first level does not match what begins with `$`: so that level is always named there.
    """
    wanted = set(topics)
    if len(wanted) > MAX_FILTERS:
        wanted = {_within_first_level(topic) for topic in wanted}
    if len(wanted) > MAX_FILTERS:
        wanted = {topic if topic.startswith("$") else "#" for topic in wanted}
    return tuple(sorted(covering_set(wanted)))


def is_topic(topic: str) -> bool:
    """Whether this is a topic and no filter for many."""
    return "#" not in topic and "+" not in topic


def _within_first_level(topic: str) -> str:
    first, _, rest = topic.partition("/")
    return f"{first}/#" if rest or topic.endswith("/") else topic


class ForeignWatch:
    """Listens on the replayed topics for messages that are not of this run. An observer of the player.

    With MQTT 5 ours carry the run's id. MQTT 3.1.1 has no place for it: there a message counts as foreign that what was
    published does not explain, so what somebody else sends in the place of a lost message of the same content does not.
    """

    def __init__(
        self, source: MessageSource, run_id: str, filters: Sequence[str], publisher: Publisher | None = None
    ) -> None:
        """`filters`: best the topics that are published to; else filters for them, and what nothing was published to
        does not count. `publisher`: whose reconnects explain that messages come twice.
        """
        self._source = source
        self._publisher = publisher
        self._filters = filters
        self._tag = (RUN_PROPERTY, run_id)
        self._tagged = True
        self._matching = Matching(Compared(self._tag))
        self._reconnects = 0
        self._lock = threading.Lock()
        self._undo: Undo | None = None

    def start(self) -> None:
        """Begins to listen: after the publisher has connected, for what is compared depends on the protocol."""
        self._tagged = carries_properties(self._source, self._publisher)
        compared = Compared(self._tag if self._tagged else None, qos=False, retain=False)
        self._matching = Matching(compared, filter(is_topic, self._filters))
        self._reconnects = reconnects(self._source, self._publisher)
        if self._filters:
            self._undo = self._source.subscribe_listener(watch_filters(self._filters), self._listen, qos=0)

    def stop(self) -> None:
        """Listens no more. Twice does no harm."""
        if self._undo is not None:
            self._undo()

    def about_to_publish(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:
        """Told before these are published."""
        with self._lock:
            if self._tagged:
                self._matching.add_topics({message.topic for message in messages})
            else:
                self._matching.expect(messages, due_ns)

    def foreign(self) -> tuple[ForeignTopic, ...]:
        """On which topics others have published so far; most messages first. From any thread."""
        with self._lock:
            return self._matching.foreign()

    def _listen(self, messages: Sequence[Message]) -> None:
        with self._lock:
            if self._tagged:
                messages = [message for message in messages if not self._is_ours(message)]
            again = not self._tagged and reconnects(self._source, self._publisher) != self._reconnects
            self._matching.arrive(messages, again=again)

    def _is_ours(self, message: Message) -> bool:
        return message.properties is not None and self._tag in message.properties.user_properties


def carries_properties(source: MessageSource, publisher: Publisher | None) -> bool:
    """Whether the mark of a replay goes all the way."""
    publishing = publisher is None or publisher.connection().carries_properties
    return publishing and source.connection().carries_properties


def reconnects(source: MessageSource, publisher: Publisher | None) -> int:
    """How often either connection was made again."""
    return source.connection().reconnects + (0 if publisher is None else publisher.connection().reconnects)
