"""Learns templates from the messages of one or many sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from analysis.progress import Progress, quiet, watched
from analysis.templates.model import ANYTHING, Template, TemplateSet
from analysis.templates.moment import Budget
from analysis.templates.observed import Observed
from analysis.templates.settling import settled
from analysis.templates.topic_grouping import grouped, has_digit
from analysis.templates.topic_pattern import TopicPattern
from analysis.templates.topic_seen import TopicSeen
from analysis.templates.vocabulary import Vocabularies
from core.message import Message
from core.payload import PayloadKind
from core.topics import why_invalid_topic
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

MOST_TOPICS: Final = 5_000
"""Topics that are told apart. What comes later is told apart only by the levels without digits, and after as many
more not at all."""
MOST_FIELDS: Final = 100_000
"""Fields that are told apart in all topics together: 200 MB, if each has a few values."""
PART_EXAMPLES: Final = 5


class Learner:
    """Takes one message after the other; memory is bounded by MOST_TOPICS and MOST_FIELDS."""

    def __init__(self) -> None:
        self._topics: dict[str, TopicSeen] = {}
        self._budget = Budget(MOST_FIELDS)
        self._sessions: list[str] = []
        self._left_out = 0

    def begin_session(self, name: str) -> None:
        """What comes now is of another session."""
        self._sessions.append(name)

    def add(self, message: Message) -> None:
        """One more message."""
        seen = self._topics.get(message.topic) or self._new_topic(message.topic)
        if seen is None:
            self._left_out += 1
        else:
            seen.add(message, len(self._sessions))

    def _new_topic(self, topic: str) -> TopicSeen | None:
        if why_invalid_topic(topic):
            return None  # no broker delivers that
        if len(self._topics) >= MOST_TOPICS:
            topic = "/".join("0" if has_digit(level) else level for level in topic.split("/"))
            if topic in self._topics:
                return self._topics[topic]
            if len(self._topics) >= 2 * MOST_TOPICS:
                return None
        return self._topics.setdefault(topic, TopicSeen(topic, self._budget))

    def templates(self) -> TemplateSet:
        """What has been learned. The learner must not be used any more."""
        groups = [(pattern, _Together(topics)) for pattern, topics in grouped(self._topics.values())]
        vocabularies = Vocabularies()
        for _, together in groups:
            vocabularies.learn("", together.payload)
        return TemplateSet(
            templates=tuple(together.template(pattern, vocabularies) for pattern, together in groups),
            learned_from=tuple(self._sessions),
            left_out=self._left_out,
        )


class _Together:
    """What was seen on all topics of a pattern."""

    def __init__(self, topics: Sequence[TopicSeen]) -> None:
        self.topics = topics
        self.messages = sum(seen.messages for seen in topics)
        self.kinds = {kind for seen in topics for kind, count in seen.payloads.items() if count}
        as_text = PayloadKind.JSON not in self.kinds
        self.payload = Observed()
        for seen in topics:
            self.payload.merge(seen.text if as_text else seen.json)

    def template(self, pattern: TopicPattern, vocabularies: Vocabularies) -> Template:
        variable = [place for place, level in enumerate(pattern.levels) if not isinstance(level, str)]
        return Template(
            topic=pattern,
            payloads=tuple(sorted(self.kinds)),
            payload=settled("", self.payload, vocabularies) if self.payload.seen else ANYTHING,
            messages=self.messages,
            parts=tuple(
                (name, tuple(sorted({seen.levels[place] for seen in self.topics})[:PART_EXAMPLES]))
                for name, place in zip(pattern.parts, variable, strict=True)
            ),
        )


def learn(readers: Sequence[Reader], query: MessageQuery = EVERYTHING, progress: Progress = quiet) -> TemplateSet:
    """The templates of what a query finds in these sessions. Streams; raises what `progress` raises."""
    return learn_from([(reader, query) for reader in readers], progress)


def learn_from(sources: Sequence[tuple[Reader, MessageQuery]], progress: Progress = quiet) -> TemplateSet:
    """The same with a query for each session."""
    learner = Learner()
    totals = [reader.count(query) for reader, query in sources]
    for number, (reader, query) in enumerate(sources):
        before = sum(totals[:number])

        def report(done: int, _: int, before: int = before) -> None:
            progress(before + done, sum(totals))

        learner.begin_session(reader.metadata.name)
        for stored in watched(reader, query, report):
            learner.add(stored.message)
    return learner.templates()
