"""Recognises messages that the broker sends again after a cut although they were dealt with before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from core.message import Message
from mqtt.acknowledgements import Batch
from mqtt.batching import PublishBatch

NOWHERE: Final[frozenset[int]] = frozenset()


class Dealt(NamedTuple):
    """A batch, and at which places in it messages were left out."""

    batch: PublishBatch
    left_out: frozenset[int]


class Again(NamedTuple):
    """At which places of a batch there are messages that came before the cut."""

    known: frozenset[int] = NOWHERE
    """They were handed on."""
    left_out: frozenset[int] = NOWHERE


_NONE: Final = Again()


class Redeliveries:
    """What was not acknowledged for certain when connections ended, by packet identifier. Used by one thread.

    An identifier alone says too little: the broker may have used it for another message after all.
    """

    def __init__(self) -> None:
        self._before: dict[int, tuple[int, bool]] = {}
        """The content's hash, and whether it was left out."""

    def remember(self, batches: Iterable[Batch]) -> None:
        """A connection has ended; `batches` are what `Acknowledgements.detach` returned."""
        for one in batches:
            assert isinstance(one.content, Dealt)
            batch, left_out = one.content
            for place, packet_id in enumerate(batch.packet_ids):
                if packet_id:
                    self._before[packet_id] = _content(batch.messages[place]), place in left_out

    def forget(self) -> None:
        """The broker has lost its session state, and sends nothing again."""
        self._before = {}

    def among(self, batch: PublishBatch) -> Again:
        """Which messages of this batch came before the cut already."""
        if not self._before:
            return _NONE
        known, left_out = set[int](), set[int]()
        for place in batch.duplicates:
            content, was_left_out = self._before.pop(batch.packet_ids[place], (None, False))
            if content == _content(batch.messages[place]):
                (left_out if was_left_out else known).add(place)
        last = len(batch.messages) - 1
        if batch.packet_ids[last] and last not in batch.duplicates:
            self._before = {}  # a broker sends again first, and then what is new
        return Again(frozenset(known), frozenset(left_out))


def _content(message: Message) -> int:
    return hash((message.topic, message.payload))
