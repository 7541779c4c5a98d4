"""What is kept of what arrives: filters, recorded time, limits, and the name of a recording without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import compress
from typing import Final

from core.errors import UsageError
from core.message import NS_PER_SECOND, Message
from core.topics import covers, matches, why_invalid_filter
from recorder.status import RecordingRequest

BYTES_BESIDE: Final = 150
"""About so many bytes on disk has a message beside its payload (in both files) and its topic (in the log)."""

MANY_TOPICS: Final = 100_000
"""Of so many it is remembered whether they are kept; beyond, all are decided anew."""
LEAST_PART_BYTES: Final = 1_000_000
LEAST_PART_S: Final = 1.0
"""Smaller parts are refused: a folder with thousands of files helps nobody."""


def why_invalid(request: RecordingRequest) -> str | None:
    """The reason why this cannot be recorded, or None if it can."""
    if not request.filters:
        return "A recording needs at least one topic filter; '#' stands for all topics."
    for topic_filter in (*request.filters, *request.exclude):
        if reason := why_invalid_filter(topic_filter):
            return f"This cannot be recorded: {reason}."
    if all(any(covers(left_out, one) for left_out in request.exclude) for one in request.filters):
        return f"Nothing would be recorded: all that {', '.join(request.filters)} stands for is left out."
    if request.qos not in (0, 1, 2):
        return f"The QoS of a recording must be 0, 1 or 2, not {request.qos}."
    if request.duration_s is not None and not 0 < request.duration_s < float("inf"):
        return f"The duration of a recording must be more than 0 seconds, not {request.duration_s}."
    if request.max_messages is not None and request.max_messages < 1:
        return f"The number of messages to record must be at least 1, not {request.max_messages}."
    if request.max_bytes is not None and request.max_bytes < 1:
        return f"The size of a recording must be at least 1 byte, not {request.max_bytes}."
    return _why_invalid_parts(request)


def _why_invalid_parts(request: RecordingRequest) -> str | None:
    if request.split_bytes is not None and request.split_bytes < LEAST_PART_BYTES:
        return f"A part of a recording must have at least {LEAST_PART_BYTES:,} bytes, not {request.split_bytes:,}."
    if request.split_s is not None and not LEAST_PART_S <= request.split_s < float("inf"):
        return f"A part of a recording must last at least {LEAST_PART_S:g} s, not {request.split_s:g} s."
    return None


def check(request: RecordingRequest) -> None:
    """Raises UsageError if this cannot be recorded."""
    if reason := why_invalid(request):
        raise UsageError(reason)


def automatic_name(started_ns: int) -> str:
    """`session_20261121_081500`, from the start time in UTC."""
    return datetime.fromtimestamp(started_ns // NS_PER_SECOND, UTC).strftime("session_%Y%m%d_%H%M%S")


class TopicChoice(dict[str, bool]):
    """Topic -> whether it is kept. Decided once for each topic: messages are many, topics are few."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        super().__init__()
        self._include = tuple(include)
        self._exclude = tuple(exclude)

    def __missing__(self, topic: str) -> bool:
        included = any(matches(topic_filter, topic) for topic_filter in self._include)
        kept = included and not any(matches(topic_filter, topic) for topic_filter in self._exclude)
        if len(self) >= MANY_TOPICS:  # topics with a number in them, for a day: a ring must not grow
            self.clear()
        self[topic] = kept
        return kept


@dataclass(frozen=True, slots=True)
class RecordedTime:
    """Which moments belong to a recording: all from its start on, but for its pauses. A pause includes its start."""

    started_ns: int
    pauses: tuple[tuple[int, int], ...] = ()
    """Ended pauses, oldest first."""
    paused_ns: int | None = None
    """Since when it is paused; None if it is not."""
    over: int = 0
    """So many of the pauses had ended when this program began: whatever the clock says, for it may have been set back
    meanwhile, nothing that arrives now belongs to them."""

    def paused(self, at_ns: int) -> RecordedTime:
        """With a pause from `at_ns` on."""
        return replace(self, paused_ns=at_ns)

    def resumed(self, at_ns: int) -> RecordedTime:
        """With the present pause ended at `at_ns`."""
        assert self.paused_ns is not None
        return replace(self, pauses=(*self.pauses, (self.paused_ns, at_ns)), paused_ns=None)

    def includes(self, at_ns: int) -> bool:
        """Whether a message that arrived at this moment is kept."""
        if self.paused_ns is not None and at_ns >= self.paused_ns:
            return False
        return not any(start <= at_ns < end for start, end in reversed(self.pauses[self.over :]))

    def elapsed_ns(self, now_ns: int) -> int:
        """How long it has been recording, pauses not counted."""
        until = now_ns if self.paused_ns is None else self.paused_ns
        return until - self.started_ns - sum(end - start for start, end in self.pauses)

    def deadline_ns(self, duration_ns: int) -> int | None:
        """When it will have been recording for `duration_ns`; None while it is paused."""
        if self.paused_ns is not None:
            return None
        return self.started_ns + duration_ns + sum(end - start for start, end in self.pauses)


class Intake:
    """Decides for each message whether it is written, and counts what is."""

    def __init__(self, request: RecordingRequest) -> None:
        self._chosen = TopicChoice(request.filters, request.exclude)
        self._max_messages = request.max_messages
        self._max_bytes = request.max_bytes
        self._duration_ns: int | None = None
        self.set_duration(request.duration_s)
        self.taken = 0
        self.size_bytes = 0
        """Of both files; whoever writes says so, and in between it is estimated."""

    @property
    def full(self) -> bool:
        """Whether the number of messages or the size on disk has been reached."""
        return self.why_full != ""

    @property
    def why_full(self) -> str:
        """Which limit has been reached, as a sentence; empty if none."""
        if self._max_messages is not None and self.taken >= self._max_messages:
            return "The number of messages was reached."
        if self._max_bytes is not None and self.size_bytes >= self._max_bytes:
            return "The size on disk was reached."
        return ""

    def set_duration(self, duration_s: float | None) -> None:
        """After how many seconds of recording it ends; None: never because of that."""
        self._duration_ns = None if duration_s is None else round(duration_s * NS_PER_SECOND)

    def deadline_ns(self, time: RecordedTime) -> int | None:
        """When the recording ends by itself; None without a limit and while it is paused."""
        return None if self._duration_ns is None else time.deadline_ns(self._duration_ns)

    def take(
        self, batch: Sequence[Message], packet_ids: Sequence[int], time: RecordedTime
    ) -> tuple[Sequence[Message], Sequence[int]]:
        """What is written of `batch`, in its order, with the packet identifiers of that: as many, or none at all."""
        chosen = self._chosen
        keep = [chosen[message.topic] for message in batch]
        if time.pauses or time.paused_ns is not None:
            keep = [kept and time.includes(message.at_ns) for kept, message in zip(keep, batch, strict=True)]
        deadline_ns = self.deadline_ns(time)
        if deadline_ns is not None and batch and batch[-1].at_ns >= deadline_ns:
            keep = [kept and message.at_ns < deadline_ns for kept, message in zip(keep, batch, strict=True)]
        if not all(keep):
            batch, packet_ids = list(compress(batch, keep)), list(compress(packet_ids, keep))
        if self._max_messages is not None:
            room = self._max_messages - self.taken
            batch, packet_ids = batch[:room], packet_ids[:room]
        if self._max_bytes is not None:
            room = self._that_fit(batch, self._max_bytes)
            batch, packet_ids = batch[:room], packet_ids[:room]
        self.taken += len(batch)
        return batch, packet_ids

    def _that_fit(self, batch: Sequence[Message], max_bytes: int) -> int:
        """How many of `batch` are taken until the size is reached: the one that reaches it is the last."""
        for number, message in enumerate(batch):
            if self.size_bytes >= max_bytes:
                return number
            self.size_bytes += 2 * len(message.payload) + len(message.topic) + BYTES_BESIDE
        return len(batch)
