"""Sessions with retained messages for property tests, and what a broker makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from hypothesis import strategies as st

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message
from tests.replay.sessions import START_NS

TOPICS = ("a", "a/b", "a/b/c", "ü/😀", "deep/" + "x/" * 20 + "end")
END = 12
"""Moments of generated messages lie before this one, in nanoseconds since the session's start."""

moments = st.integers(-2, END + 1).map(lambda offset: START_NS + offset)
retained_messages = st.builds(
    Message,
    topic=st.sampled_from(TOPICS),
    payload=st.one_of(st.just(b""), st.sampled_from([b"x", b"\xff\0\xfe", b"{}"]), st.binary(max_size=5)),
    qos=st.sampled_from([0, 1, 2]),
    retain=st.sampled_from([LIVE, LIVE_RETAINED, LIVE_RETAINED, FROM_DUMP]),
    at_ns=st.integers(0, END - 1).map(lambda offset: START_NS + offset),
    properties=st.none(),
)
contents = st.one_of(
    st.lists(retained_messages, max_size=16),
    st.lists(retained_messages, max_size=16).map(lambda found: sorted(found, key=lambda message: message.at_ns)),
)


def last_retained(messages: Iterable[Message]) -> list[Message]:
    """The last message with the retain flag of each topic, deletions too, in order."""
    found: dict[str, Message] = {}
    for message in messages:
        if message.retained:
            found.pop(message.topic, None)
            found[message.topic] = message
    return list(found.values())


def before(messages: Sequence[Message], at_ns: int) -> list[Message]:
    """Those that lie before a moment, in their order."""
    return [message for message in messages if message.at_ns < at_ns]


def played_before(messages: Sequence[Message], at_ns: int) -> list[Message]:
    """Those that are played before a moment: order comes before timing where recorded times go back."""
    return list(takewhile(lambda message: message.at_ns < at_ns, messages))


def with_flag(messages: Sequence[Message], retain: bool | None) -> list[Message]:
    """With the retain flag of a request: None leaves each its own."""
    return [one if retain is None else one._replace(retain=LIVE_RETAINED if retain else LIVE) for one in messages]


def below(prefix: str, messages: Iterable[Message]) -> list[Message]:
    """As they are published: below a topic of their own, none of them from a store."""
    return [
        message._replace(topic=f"{prefix}/{message.topic}", retain=LIVE_RETAINED if message.retained else LIVE)
        for message in messages
    ]
