"""The retained state of a session at any time, without reading the session from its start each time."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import replace
from itertools import accumulate
from typing import Final, NamedTuple

from core.message import Message
from replay.preload import at_moment, until
from store.pieces import LAST_ID
from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

SPACING: Final = 16_384
"""Messages from one keyframe to the next: read from the index in a few milliseconds."""
MAX_IDS: Final = 500_000
"""In all keyframes together: 4 MB. Beyond it every second one is dropped, so the spacing doubles."""


class _Keyframe(NamedTuple):
    through_id: int
    first_ns: int
    """The earliest message since the keyframe before it."""
    last_ns: int
    ids: array[int]
    """The last retained message of each topic so far."""


class Keyframes:
    """What `query` has chosen of a session's retained messages at any moment. One thread uses it.

    Built at the first question, with one pass over the index; from then on a question looks at what lies between two
    keyframes. Recorded times may go back: then more is looked at, and the answer is the same. What a running recording
    adds later is found, too.
    """

    def __init__(self, reader: Reader, query: MessageQuery, spacing: int = SPACING, max_ids: int = MAX_IDS) -> None:
        self._reader = reader
        self._query = replace(query, retained=True)
        self._spacing = spacing
        self._max_ids = max_ids
        self._keyframes: list[_Keyframe] | None = None
        self._latest_ns: list[int] = []
        """For each keyframe, of it and all before it: never decreases."""
        self._earliest_ns: list[int] = []
        """For each keyframe, of all after it: never decreases. There is no such moment for the last one."""

    def retained_before(self, at_ns: int) -> list[Message]:
        """The last retained message of each topic with a time before `at_ns`, in the order of arrival.

        Deletions (with an empty payload) are among them; what has expired by then is one, too. Raises SessionFileError.
        """
        known, after_id, through_id = self._around(at_ns)
        newer = self._reader.latest(until(self._query, at_ns), after_id, through_id)
        replaced = {stored.message.topic for stored in newer}
        older = (stored for stored in self._reader.with_ids(known) if stored.message.topic not in replaced)
        found: list[StoredMessage] = [*older, *newer]  # the newer ones have the higher ids
        return [at_moment(stored.message, at_ns) for stored in found]

    def _around(self, at_ns: int) -> tuple[array[int], int, int]:
        """The ids of the last keyframe of which all messages lie before `at_ns`, and what has to be looked at after it.

        That is the range after an id up to another: all messages before `at_ns` have an id up to the latter.
        """
        keyframes = self._built()
        begin = bisect_left(self._latest_ns, at_ns) - 1
        end = bisect_left(self._earliest_ns, at_ns)
        through_id = keyframes[end].through_id if end < len(self._earliest_ns) else LAST_ID
        if begin < 0:
            return array("q"), 0, through_id
        return keyframes[begin].ids, keyframes[begin].through_id, through_id

    def _built(self) -> list[_Keyframe]:
        if self._keyframes is None:
            self._keyframes = self._build()
            self._latest_ns = list(accumulate((one.last_ns for one in self._keyframes), max))
            following = (one.first_ns for one in reversed(self._keyframes[1:]))
            self._earliest_ns = list(accumulate(following, min))[::-1]
        return self._keyframes

    def _build(self) -> list[_Keyframe]:
        keyframes: list[_Keyframe] = []
        state: dict[str, int] = {}
        size = 0
        for stretch in self._reader.stretches(self._query, self._spacing):
            state |= stretch.latest
            ids = array("q", sorted(state.values()))
            keyframes.append(_Keyframe(stretch.through_id, stretch.first_ns, stretch.last_ns, ids))
            size += len(ids)
            while size > self._max_ids and len(keyframes) > 1:
                keyframes = _thinned(keyframes)
                size = sum(len(one.ids) for one in keyframes)
        return keyframes


def _thinned(keyframes: list[_Keyframe]) -> list[_Keyframe]:
    """Every second one, the last one in any case, with the times of both."""
    pairs = [keyframes[max(0, end - 2) : end] for end in range(len(keyframes), 0, -2)]
    return [
        pair[-1]._replace(first_ns=min(one.first_ns for one in pair), last_ns=max(one.last_ns for one in pair))
        for pair in reversed(pairs)
    ]
