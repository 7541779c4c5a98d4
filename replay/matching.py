"""Matches what arrives with what was published, message by message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from core.message import Message, Properties
from core.timing import TimingHistogram
from replay.expected import Expected, Key, Taken
from replay.proof import Changed, ForeignTopic, Proof

MAX_RECENT: Final = 10_000
"""Contents that arrived lately: what is sent again after a cut (1,000 messages at most) is recognised by them."""
MAX_FOREIGN_TOPICS: Final = 1_000
OTHERS: Final = "(other topics)"
"""Stands for all topics with foreign messages beyond these."""


class Compared(NamedTuple):
    """What arrives as it was published, so that it can be compared."""

    tag: tuple[str, str] | None
    """The user property that all of ours carry and nobody else's does; None: the protocol has none."""
    qos: bool = True
    retain: bool = True


class Matching:
    """Accounts for every message. Not thread-safe.

    What arrives is the next of the equal ones that were published; what it leaps over is missing, unless it comes later
    after all: then the order was wrong. What comes in excess is a duplicate. How many are missing, and how many came
    twice, is counted by content at the end, so it is exact however they came.
    """

    def __init__(self, compared: Compared, topics: Iterable[str] = ()) -> None:
        """Others' messages are looked for on `topics`, and where messages were published."""
        self.expected = Expected()
        self._compared = compared
        self._topics = set(topics)
        self._recent: dict[Key, None] = {}
        """What has arrived lately, the latest at the end."""
        self._delivered = 0
        self._again: Counter[Key] = Counter()
        """What came in excess."""
        self._strange: Counter[str] = Counter()
        """Ours by the tag, but not as published; by topic."""
        self._foreign: Counter[str] = Counter()
        self._wrong_order = self._overtaken = 0
        self._changed: Counter[str] = Counter()
        """By what differs."""
        self._lateness = TimingHistogram()
        self._least_lateness = TimingHistogram()
        """Of equal messages each counts for the newest that it can be: where some are missing, the others may be it."""

    def add_topics(self, topics: Iterable[str]) -> None:
        """Others' messages are looked for there, too."""
        self._topics.update(topics)

    def expect(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:
        """These are about to be published, in this order."""
        for message, due in zip(messages, due_ns, strict=True):
            self._topics.add(message.topic)
            self.expected.add(self._key(message), due, message.properties)

    def arrive(self, messages: Sequence[Message], *, again: bool = False) -> None:
        """These have arrived. `again`: the connection has broken since the start, so that messages may come twice."""
        for message in messages:
            if self._is_ours(message):
                self._match(message, again)
            elif message.topic in self._topics:
                self._count_foreign(message.topic)

    def foreign(self) -> tuple[ForeignTopic, ...]:
        """On which topics messages came that are not ours; most messages first."""
        return tuple(ForeignTopic(topic, count) for topic, count in self._foreign.most_common())

    def proof(self, withdrawn: int = 0) -> Proof:
        """What has become of all by now; `withdrawn`: so many of those expected were never sent."""
        left = self.expected.left()
        late = self._again & left  # in doubt it was taken for a duplicate
        left_on: Counter[str] = Counter()
        for key, count in (left - late).items():
            left_on[key[0]] += count
        altered = (left_on & self._strange).total()
        missing = left_on.total() - altered + self.expected.given_up
        withdrawn = min(withdrawn, missing)
        lateness = self._least_lateness if missing else self._lateness
        return Proof(
            expected=self.expected.total - withdrawn,
            delivered=self._delivered + late.total(),
            missing=missing - withdrawn,
            duplicated=(self._again - late).total(),
            unexpected=self._strange.total() - altered,
            wrong_order=self._wrong_order,
            overtaken=self._overtaken,
            changed=Changed(altered, **self._changed),
            foreign=self.foreign(),
            lateness_ms=lateness.error_ms(),
        )

    def _is_ours(self, message: Message) -> bool:
        if self._compared.tag is None:
            return message.topic in self._topics
        return message.properties is not None and self._compared.tag in message.properties.user_properties

    def _match(self, message: Message, again: bool) -> None:
        key = self._key(message)
        known = key in self._recent
        taken = self.expected.take(key, next_only=again and known)
        if taken is not None:
            self._deliver(message, key, taken, self._differing(message, taken))
        elif known and (self._compared.tag is not None or again):
            self._again[key] += 1
        elif (found := self._take_alike(key)) is not None:
            self._deliver(message, *found)
        elif self._compared.tag is not None:
            self._strange[message.topic] += 1
        elif not self.expected.given_up:  # else it may be one of those
            self._count_foreign(message.topic)

    def _take_alike(self, key: Key) -> tuple[Key, Taken, str] | None:
        """One with this payload and another QoS or retain flag: under which key it was published, and what differs."""
        topic, payload, its_qos, its_retain = key
        for qos in (its_qos, 0, 1, 2):
            for retain in (its_retain, not its_retain):
                alike = topic, payload, qos, retain
                taken = self.expected.take(alike)
                if taken is not None:
                    return alike, taken, "retain" if qos == its_qos else "qos"
        return None

    def _deliver(self, message: Message, key: Key, taken: Taken, differing: str) -> None:
        if differing:
            self._changed[differing] += 1
        else:
            self._delivered += 1
        self._wrong_order += not taken.in_order
        self._overtaken += taken.overtaken
        self._recent.pop(key, None)
        self._recent[key] = None
        if len(self._recent) > MAX_RECENT:
            del self._recent[next(iter(self._recent))]
        if taken.sent.due_ns is not None:
            late_ns = message.at_ns - taken.sent.due_ns
            self._lateness.add(late_ns)
            latest_ns = taken.sent.due_ns if taken.latest_due_ns is None else taken.latest_due_ns
            self._least_lateness.add(message.at_ns - latest_ns if latest_ns <= message.at_ns else late_ns)

    def _differing(self, message: Message, taken: Taken) -> str:
        if self._compared.tag is None or _lasting(message.properties) == _lasting(taken.sent.properties):
            return ""
        return "properties"

    def _count_foreign(self, topic: str) -> None:
        known = topic in self._foreign or len(self._foreign) < MAX_FOREIGN_TOPICS
        self._foreign[topic if known else OTHERS] += 1

    def _key(self, message: Message) -> Key:
        qos = message.qos if self._compared.qos else 0
        return message.topic, hash(message.payload), qos, self._compared.retain and message.retained


def _lasting(properties: Properties | None) -> Properties | None:
    """What brokers pass on unchanged."""
    if properties is None or properties.message_expiry_interval is None:
        return properties
    return replace(properties, message_expiry_interval=None)
