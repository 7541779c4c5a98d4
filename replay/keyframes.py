"""The retained state of a session after any message, without reading the session from its start each time."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import replace
from operator import attrgetter
from typing import Final, NamedTuple

from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

SPACING: Final = 16_384
"""Messages from one keyframe to the next: read from the index in a few milliseconds."""
MAX_IDS: Final = 500_000
"""In all keyframes together: 4 MB. Beyond it every second one is dropped, so the spacing doubles."""


class _Keyframe(NamedTuple):
    through_id: int
    ids: array[int]
    """The last retained message of each topic so far."""


class Keyframes:
    """What `query` has chosen of a session's retained messages, after any of its messages. One thread uses it.

    Built at the first question, with one pass over the outline or the index; from then on a question looks at what lies
    between two keyframes. What a running recording adds later is found, too.
    """

    def __init__(
        self,
        reader: Reader,
        query: MessageQuery,
        spacing: int = SPACING,
        max_ids: int = MAX_IDS,
        *,
        flagged: bool = True,
    ) -> None:
        """`flagged`: only what was recorded with the retain flag; else all, because all is published with it."""
        self._reader = reader
        self._query = replace(query, retained=flagged)
        self._spacing = spacing
        self._max_ids = max_ids
        self._keyframes: list[_Keyframe] | None = None

    def retained_through(self, through_id: int) -> list[StoredMessage]:
        """The last retained message of each topic up to this one, inclusive, in the order of arrival.

        Deletions (with an empty payload) are among them. Raises SessionFileError.
        """
        keyframes = self._built()
        place = bisect_right(keyframes, through_id, key=attrgetter("through_id"))
        known, after_id = (keyframes[place - 1].ids, keyframes[place - 1].through_id) if place else (array("q"), 0)
        newer = self._reader.latest(self._query, after_id, through_id)
        replaced = {stored.message.topic for stored in newer}
        older = (stored for stored in self._reader.with_ids(known) if stored.message.topic not in replaced)
        return [*older, *newer]  # the newer ones have the higher ids

    def _built(self) -> list[_Keyframe]:
        if self._keyframes is None:
            self._keyframes = self._build()
        return self._keyframes

    def _build(self) -> list[_Keyframe]:
        keyframes: list[_Keyframe] = []
        state: dict[str, int] = {}
        size = 0
        for stretch in self._reader.stretches(self._query, self._spacing):
            state |= stretch.latest
            ids = array("q", sorted(state.values()))
            keyframes.append(_Keyframe(stretch.through_id, ids))
            size += len(ids)
            while size > self._max_ids and len(keyframes) > 1:
                keyframes = keyframes[(len(keyframes) + 1) % 2 :: 2]  # the last one in any case
                size = sum(len(one.ids) for one in keyframes)
        return keyframes
