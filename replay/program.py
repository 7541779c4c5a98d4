"""What one replay is going to publish: the messages of one session or several, once or again and again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from operator import attrgetter, itemgetter
from typing import Final

from core.errors import UsageError
from core.message import NS_PER_SECOND, Message
from core.topics import matches
from replay.keyframes import Keyframes
from replay.preload import StateThen, at_moment, state_then
from replay.schedule import Due, Placed, query_of, schedule
from replay.status import ReplayRequest, StateBefore, state_of
from store.pieces import LAST_ID
from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

NS_PER_DAY: Final = 24 * 3600 * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Track:
    """One session's part of the program."""

    reader: Reader
    query: MessageQuery
    origin_ns: int
    """The moment, nanoseconds since the epoch, that lies at position 0 of the program."""
    messages: int
    begin_ns: int
    """The position of its first message."""
    end_ns: int
    """The position of its last message."""
    keyframes: Keyframes
    """Of what is played."""
    has_state: bool = False
    """Whether what its topics held before is sent first."""
    flagged: bool = True
    """Whether the broker stores what was recorded with the retain flag; else it stores all, see `Keyframes`."""

    def placed(self, from_ns: int | None) -> Iterator[Placed]:
        """Its messages from a position on, streamed. What a running recording adds after the planning is left out."""
        messages = self.messages if from_ns is None else self.messages_from(from_ns)
        if messages:
            stream = self.reader.stream(self.query, 0 if from_ns is None else self._last_id_before(from_ns))
            origin_ns = self.origin_ns
            for message in islice(stream, messages):
                yield message.at_ns - origin_ns, message

    def messages_from(self, position_ns: int) -> int:
        """How many are left from a position on, inclusive."""
        if position_ns > self.end_ns or not self.messages:
            return 0
        return min(self.messages, self.reader.count(self.query, self._last_id_before(position_ns)))

    def topics(self) -> list[str]:
        """Its recorded topics that are played."""
        return [row.topic for row in self.reader.topics() if self.query.wants_topic(row.topic)]

    def has(self, topic_filter: str, from_ns: int | None) -> bool:
        """Whether it has a message that this filter matches, too, from a position on."""
        wanted = tuple(topic for topic in self.topics() if matches(topic_filter, topic))
        after_id = 0 if from_ns is None else self._last_id_before(from_ns)
        return bool(wanted) and self.reader.count(replace(self.query, include=wanted, exclude=()), after_id) > 0

    def state_at(self, position_ns: int) -> StateThen:
        """What every chosen topic held at a position, or at its own start if that comes later."""
        return state_then(self.reader, self._any_time, self._moment(position_ns), flagged=self.flagged)

    def retained_before(self, position_ns: int) -> list[Message]:
        """See Program.retained_before."""
        played = self.keyframes.retained_through(self._last_id_before(position_ns))
        replaced = {stored.message.topic for stored in played}
        sent = [stored for stored in self._sent_before() if stored.message.topic not in replaced]
        moment_ns = self._moment(position_ns)
        if self.query.end_ns is not None:
            moment_ns = min(moment_ns, self.query.end_ns)
        return [at_moment(stored.message, moment_ns, flagged=self.flagged) for stored in (*sent, *played)]

    def _sent_before(self) -> list[StoredMessage]:
        """What its topics had stored before its start, if that is sent first."""
        start_ns = self.query.start_ns
        if not self.has_state or start_ns is None:
            return []
        return self.reader.latest(replace(self._any_time, end_ns=start_ns, retained=self.flagged))

    def _last_id_before(self, position_ns: int) -> int:
        """The last message that is played before a position: order comes before timing where recorded times go back."""
        first = next(self.reader.stream_stored(self.from_position(position_ns)), None)
        return LAST_ID if first is None else first.id - 1

    def _moment(self, position_ns: int) -> int:
        """Not before its start, which in merged sessions is another moment for each: all until then was sent first."""
        moment_ns = self.origin_ns + position_ns
        return moment_ns if self.query.start_ns is None else max(moment_ns, self.query.start_ns)

    @property
    def _any_time(self) -> MessageQuery:
        return replace(self.query, start_ns=None, end_ns=None)

    def from_position(self, position_ns: int) -> MessageQuery:
        """The query for what comes at this position or after it."""
        start_ns = self.origin_ns + position_ns
        earliest_ns = self.query.start_ns
        return replace(self.query, start_ns=start_ns if earliest_ns is None else max(start_ns, earliest_ns))


class Program:
    """The messages of all passes, from any position on. One thread streams it; the figures never change."""

    def __init__(self, request: ReplayRequest, tracks: Sequence[Track]) -> None:
        self._request = request
        self.tracks = tuple(tracks)
        self.per_pass = sum(track.messages for track in tracks)
        """Messages of one pass."""
        self.names = tuple(track.reader.metadata.name for track in tracks)
        """Of the sessions."""
        self.name = " + ".join(self.names)
        self.start_ns = round(request.start_s * NS_PER_SECOND)
        """The position at which a pass begins."""
        self.end_ns = max(track.end_ns for track in tracks)
        """The position of the last message."""
        self.endless = request.loop is None
        self._check_endless()

    @property
    def planned(self) -> int:
        """Messages of all passes; of one, if there is no end to them."""
        return self.per_pass * (self._request.loop or 1)

    def messages_from(self, position_ns: int, pass_number: int) -> int:
        """How many are left from a position in a pass on: in all passes, or in this one if there is no end to them."""
        later = 0 if self._request.loop is None else self._request.loop - 1 - pass_number
        return sum(track.messages_from(position_ns) for track in self.tracks) + later * self.per_pass

    def comes(self, topic_filter: str, position_ns: int, pass_number: int) -> bool:
        """Whether a message that a filter matches comes at a position in a pass, or after it."""
        has_later = self._request.loop is None or pass_number + 1 < self._request.loop
        return any(track.has(topic_filter, None if has_later else position_ns) for track in self.tracks)

    def topics(self) -> list[str]:
        """The recorded topics that are played, sorted."""
        return sorted({topic for track in self.tracks for topic in track.topics()})

    def state_at_start(self) -> StateThen:
        """What every chosen topic held at the start, in the order of the recording.

        Not from the keyframes, which would have to be made of the whole session first.
        """
        found = [track.state_at(self.start_ns) for track in self._first_tracks()]
        state = StateThen(
            [one for each in found for one in each.messages], [one for each in found for one in each.deletions]
        )
        if self._request.merged:
            for part in state:
                part.sort(key=attrgetter("at_ns"))
        return state

    def retained_before(self, position_ns: int) -> list[Message]:
        """The last message of every chosen topic that the broker stores, played before a position; deletions, too."""
        found = [message for track in self.tracks for message in track.retained_before(position_ns)]
        return sorted(found, key=attrgetter("at_ns")) if self._request.merged else found

    def _first_tracks(self) -> Sequence[Track]:
        """Those that play at the start."""
        return self.tracks if self._request.merged else self.tracks[:1]

    def dues(self, offset_ns: int = 0, position_ns: int | None = None, pass_number: int = 0) -> Iterator[Due]:
        """From a position in a pass on, streamed; None: from the first message, which is due at `offset_ns`.

        A pass begins at the moment of the last message of the one before it, or as much later as was asked for.
        """
        passes = count(pass_number) if self._request.loop is None else range(pass_number, self._request.loop)
        for number in passes:
            placed = self._placed(position_ns)
            last_ns = yield from schedule(placed, offset_ns, position_ns, self._max_gap_ns, number)
            if last_ns is None and position_ns is None:
                return
            offset_ns = offset_ns if last_ns is None else last_ns
            offset_ns += round(self._request.loop_pause_s * NS_PER_SECOND)
            position_ns = None

    @property
    def _max_gap_ns(self) -> int | None:
        gap_s = self._request.max_gap_s
        return None if gap_s is None else round(gap_s * NS_PER_SECOND)

    def _placed(self, from_ns: int | None) -> Iterator[Placed]:
        streams = [track.placed(from_ns) for track in self.tracks]
        if self._request.merged:
            return heapq.merge(*streams, key=itemgetter(0))
        return chain.from_iterable(streams)

    def _check_endless(self) -> None:
        """Raises UsageError for what would be published again and again with no time in between."""
        begins_ns = [track.begin_ns for track in self.tracks if track.messages]
        if self.endless and begins_ns and self.end_ns <= min(begins_ns) and not self._request.loop_pause_s:
            raise UsageError(
                f"'{self.name}' has no duration, so it cannot be repeated for ever without a pause. "
                "Give a pause between the loops."
            )


def program_of(request: ReplayRequest, readers: Sequence[Reader]) -> Program:
    """What `request` means for its sessions, in the order in which it names them. Raises SessionFileError."""
    if request.merged:
        origin_ns = min(reader.metadata.started_ns for reader in readers)
        together = [_track(request, reader, origin_ns) for reader in readers]
        _check_merged(request, together)
        return Program(request, together)
    tracks: list[Track] = []
    for reader in readers:
        if not tracks:
            tracks.append(_track(request, reader, reader.metadata.started_ns))
        else:
            tracks.append(_track_after(request, reader, tracks[-1].end_ns))
    return Program(request, tracks)


def _check_merged(request: ReplayRequest, tracks: Sequence[Track]) -> None:
    """Raises UsageError for sessions with days of silence between them, which is hardly meant."""
    spans = sorted((track.begin_ns, track.end_ns) for track in tracks if track.messages)
    reached_ns = spans[0][1] if spans else 0
    for begin_ns, end_ns in spans:
        days = (begin_ns - reached_ns) / NS_PER_DAY
        if request.max_gap_s is None and days >= 1:
            raise UsageError(
                f"Between two of these sessions lie {days:,.0f} days, which would pass in silence. Play them one after "
                "the other, or shorten long silences."
            )
        reached_ns = max(reached_ns, end_ns)


def _track(request: ReplayRequest, reader: Reader, origin_ns: int) -> Track:
    query = query_of(request, reader.metadata.started_ns)
    span = reader.span(query)
    nowhere_ns = round(request.start_s * NS_PER_SECOND)  # what comes after nothing begins at the start
    begin_ns, end_ns = (
        max(0, at_ns - origin_ns) if span.messages else nowhere_ns for at_ns in (span.first_ns, span.last_ns)
    )
    has_state, flagged = state_of(request) is StateBefore.STATE, not request.retain
    keyframes = Keyframes(reader, query, flagged=flagged)
    return Track(reader, query, origin_ns, span.messages, begin_ns, end_ns, keyframes, has_state, flagged)


def _track_after(request: ReplayRequest, reader: Reader, begin_ns: int) -> Track:
    """Its first message lies at `begin_ns`. What it held before that is not sent."""
    query = query_of(request, reader.metadata.started_ns)
    span = reader.span(query)
    end_ns = begin_ns + span.last_ns - span.first_ns
    flagged, origin_ns = not request.retain, span.first_ns - begin_ns
    keyframes = Keyframes(reader, query, flagged=flagged)
    return Track(reader, query, origin_ns, span.messages, begin_ns, end_ns, keyframes, flagged=flagged)
