"""Remembers on which topics equal messages follow one another by themselves, so that equality says nothing there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.message import Message

MAX_TOPICS: Final = 20_000
"""How many topics are remembered: those on which something came last. A few megabytes."""


class Repeats:
    """What came last on each topic, at each QoS. Used by one thread."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], tuple[int, bool]] = {}
        """The payload's hash, and whether equal ones have followed one another; what came last is at the end."""

    def note(self, message: Message, *, alone: bool) -> bool:
        """Whether an equal message right after this one would rather be a copy of it than a repetition.

        It would not where the message repeats the one before it, or where messages repeated one another before.
        `alone`: at this time the broker cannot send copies, so equal messages are repetitions.
        """
        key, content = (message.topic, message.qos), hash(message.payload)
        before, repeats = self._last.pop(key, (None, False))
        same = content == before
        self._last[key] = (content, repeats or (same and alone))
        if len(self._last) > MAX_TOPICS:
            del self._last[next(iter(self._last))]
        return not same and not repeats

    def note_all(self, messages: Iterable[Message]) -> None:
        """Like `note` for each, while the broker cannot send copies: in the shortest way."""
        last = self._last
        for topic, payload, qos, _, _, _ in messages:
            key, content = (topic, qos), hash(payload)
            before, repeats = last.pop(key, (None, False))
            last[key] = (content, repeats or content == before)
        while len(last) > MAX_TOPICS:
            del last[next(iter(last))]

    def forget(self) -> None:
        self._last.clear()
