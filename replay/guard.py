"""Where not to publish, and who else publishes: the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.ports import Publisher
from replay.proof import ForeignTopic, in_words

TOPICS_NAMED: Final = 3
"""A sentence names so many topics; the report has all."""


def why_not(publisher: Publisher) -> str | None:
    """The reason why nothing may be replayed to this publisher, or None if it may."""
    if publisher.may_publish:
        return None
    return (
        f"{publisher.label} is not marked for publishing, so nothing is replayed to it. "
        "Choose an environment that is (replay or mock)."
    )


def why_mixed(foreign: Sequence[ForeignTopic]) -> str | None:
    """What is wrong when others publish on the replayed topics, or None if nobody does."""
    if not foreign:
        return None
    named = ", ".join(f"'{one.topic}' ({one.messages:,})" for one in foreign[:TOPICS_NAMED])
    others = len(foreign) - TOPICS_NAMED
    and_others = f" and {others} other topic{'s' if others > 1 else ''}" if others > 0 else ""
    count = in_words(sum(one.messages for one in foreign))
    return (
        f"Live and replay mix: {count} of other publishers came on the replayed topics {named}{and_others}. "
        "Stop the other publisher, or replay to another broker."
    )
