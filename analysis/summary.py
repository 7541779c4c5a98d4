"""A session in a few sentences, each with the messages behind it: what any session has to tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from analysis.moments import gaps
from analysis.overview import session_end_ns
from core.message import NS_PER_SECOND
from store.events import EventKind
from store.query import MessageQuery
from store.reading import Reader

SHORTEST_SILENCE_S: Final = 5
"""Whole seconds without a message on any topic, in a session that has had one in most seconds."""
MOST_SILENCES: Final = 100
"""That are looked at."""
BUSY: Final = 0.5
"""The part of the seconds that have messages, in a session in which a silence says something."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One statement."""

    template: str
    """With `{}` for each moment; braces of its own are doubled."""
    moments: tuple[int, ...] = ()
    """Nanoseconds since the epoch, UTC."""
    messages: tuple[int, ...] = ()
    """Ids of the messages behind it, the most telling first; empty: it is about the stretch."""
    stretch: tuple[float, float] | None = None
    """Seconds since the session's start; None: it is about the messages, or about the whole session."""

    def words(self, moment: Callable[[int], str]) -> str:
        """The sentence, with its times as `moment` writes them."""
        return self.template.format(*map(moment, self.moments))


def seconds(value: float) -> str:
    """A duration as a sentence says it: `0.4 s`, `42 s`, `2 min 05 s`, `1 h 04 min`."""
    if value < 9.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counted(value: int, one: str, many: str = "") -> str:
    """`1 order`, `3 orders`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def literal(text: str) -> str:
    """Somebody else's text inside a template."""
    return text.replace("{", "{{").replace("}", "}}")


def summary(reader: Reader) -> list[Sentence]:
    """What was recorded, what was marked, and where something is missing. From sums and events: quick at any length."""
    found = reader.summary()
    if not found.messages:
        return [Sentence("No message was recorded.")]
    return [_amount(reader), *_marks(reader), *_gaps(reader), *_silences(reader)]


def _amount(reader: Reader) -> Sentence:
    found = reader.summary()
    first_ns, last_ns = found.first_ns or 0, found.last_ns or 0
    span_s = (last_ns - first_ns) / NS_PER_SECOND
    rate = f", {found.messages / span_s:,.1f} a second" if span_s > 0 else ""
    what = f"{counted(found.messages, 'message')} on {counted(found.topics, 'topic')} in {seconds(span_s)}{rate}"
    return Sentence(f"{what}: from {{}} to {{}}.", (first_ns, last_ns))


def _marks(reader: Reader) -> list[Sentence]:
    marks = [event for event in reader.events() if event.kind is EventKind.MARK]
    if not marks:
        return []
    named = f": '{literal(marks[0].text[:60])}'" if marks[0].text else ""
    which = "it is" if len(marks) == 1 else "the first is"
    start_s = (marks[0].at_ns - reader.metadata.started_ns) / NS_PER_SECOND
    return [Sentence(f"{counted(len(marks), 'mark')}; {which} at {{}}{named}.", (marks[0].at_ns,),
                     stretch=(start_s - 1, start_s + 1))]  # fmt: skip


def _gaps(reader: Reader) -> list[Sentence]:
    origin_ns = reader.metadata.started_ns
    found = gaps(reader.events(), origin_ns, session_end_ns(reader, reader.summary()))
    if not found:
        return []
    longest = max(found, key=lambda gap: gap.duration_s)
    total_s = sum(gap.duration_s for gap in found)
    at_ns = origin_ns + round(longest.start_s * NS_PER_SECOND)
    text = f"The connection was missing {counted(len(found), 'time')}, for {seconds(total_s)} in all"
    more = f"; the longest, {seconds(longest.duration_s)}, began at {{}}." if len(found) > 1 else ", from {} on."
    return [Sentence(text + more, (at_ns,), stretch=(longest.start_s, longest.end_s))]


def _silences(reader: Reader) -> list[Sentence]:
    """Stretches in which nothing came at all, although no gap in the connection was noticed."""
    busy = [second for second, _, _ in reader.activity()]
    pauses = [(before + 1, after) for before, after in pairwise(busy)
              if after - before - 1 >= SHORTEST_SILENCE_S]  # fmt: skip
    if not pauses or len(busy) < BUSY * (busy[-1] - busy[0] + 1):
        return []
    known = gaps(reader.events(), reader.metadata.started_ns, session_end_ns(reader, reader.summary()))
    pauses = [one for one in pauses if not any(gap.start_s < one[1] and gap.end_s > one[0] for gap in known)]
    if not pauses:
        return []
    found = sorted(
        (_exactly(reader, *one) for one in pauses[:MOST_SILENCES]), key=lambda one: one.start_ns - one.end_ns
    )
    longest, total_s = found[0], sum(one.duration_s for one in found)
    text = f"Nothing came on any topic {counted(len(found), 'time')}, for {seconds(total_s)} in all"
    more = f"; the longest, {seconds(longest.duration_s)}, from {{}} on." if len(found) > 1 else ", from {} on."
    stretch = tuple(
        (at_ns - reader.metadata.started_ns) / NS_PER_SECOND for at_ns in (longest.start_ns, longest.end_ns)
    )
    return [Sentence(f"{text}{more}", (longest.start_ns,), messages=longest.last, stretch=(stretch[0], stretch[1]))]


@dataclass(frozen=True, slots=True)
class _Silence:
    start_ns: int
    end_ns: int
    last: tuple[int, ...]
    """The message after which it was silent."""

    @property
    def duration_s(self) -> float:
        return (self.end_ns - self.start_ns) / NS_PER_SECOND


def _exactly(reader: Reader, start_s: int, end_s: int) -> _Silence:
    """From the last message before whole seconds without any to the first one after them."""
    start_ns, end_ns = (reader.metadata.started_ns + second * NS_PER_SECOND for second in (start_s, end_s))
    before = MessageQuery(start_ns=start_ns - NS_PER_SECOND, end_ns=start_ns)
    last = reader.page(before, max(0, reader.count(before) - 1), 1)
    after = reader.page(MessageQuery(start_ns=end_ns, end_ns=end_ns + NS_PER_SECOND), 0, 1)
    return _Silence(
        last[0].message.at_ns if last else start_ns,
        after[0].message.at_ns if after else end_ns,
        (last[0].id,) if last else (),
    )
