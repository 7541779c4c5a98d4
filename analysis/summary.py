"""A session in a few sentences, each with the messages behind it: what any session has to tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from analysis.moments import Mark, Span
from analysis.overview import Overview
from analysis.overview_part import overview_part
from core.durations import duration_text
from core.message import NS_PER_SECOND
from store.query import MessageQuery
from store.reading import Reader

Stretch = tuple[float, float]
"""Seconds since the session's start; the end is exclusive."""
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


def counted(value: int, one: str, many: str = "") -> str:
    """`1 order`, `3 orders`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def literal(text: str) -> str:
    """Somebody else's text inside a template."""
    return text.replace("{", "{{").replace("}", "}}")


def summary(reader: Reader, span_s: Stretch | None = None) -> list[Sentence]:
    """What was recorded, what was marked, and where something is missing. From sums and events: quick at any length.

    With `span_s` of these seconds since the session's start; a second that they cut counts whole for the topics.
    """
    part = overview_part(reader, span_s=span_s)
    if not part.messages:
        return [Sentence("No message was recorded." if span_s is None else "No message came in this stretch.")]
    return [_amount(part), *_marks(part.marks), *_gaps(part.gaps, reader.metadata.started_ns),
            *_silences(reader, part.gaps, span_s)]  # fmt: skip


def _amount(found: Overview) -> Sentence:
    first_ns, last_ns = found.first_ns or 0, found.last_ns or 0
    length_s = (last_ns - first_ns) / NS_PER_SECOND
    what = f"{counted(found.messages, 'message')} on {counted(found.topics, 'topic')}"
    if first_ns == last_ns:
        return Sentence(f"{what}, at {{}}.", (first_ns,))
    what += f" in {duration_text(length_s)}, {found.messages / length_s:,.1f} a second"
    return Sentence(f"{what}: from {{}} to {{}}.", (first_ns, last_ns))


def _marks(marks: Sequence[Mark]) -> list[Sentence]:
    if not marks:
        return []
    first = marks[0]
    named = f": '{literal(first.text[:60])}'" if first.text else ""
    which = "it is" if len(marks) == 1 else "the first is"
    return [Sentence(f"{counted(len(marks), 'mark')}; {which} at {{}}{named}.", (first.at_ns,),
                     stretch=(first.offset_s - 1, first.offset_s + 1))]  # fmt: skip


def _gaps(found: Sequence[Span], origin_ns: int) -> list[Sentence]:
    if not found:
        return []
    longest = max(found, key=lambda gap: gap.duration_s)
    total_s = sum(gap.duration_s for gap in found)
    at_ns = origin_ns + round(longest.start_s * NS_PER_SECOND)
    text = f"The connection was missing {counted(len(found), 'time')}, for {duration_text(total_s)} in all"
    more = f"; the longest, {duration_text(longest.duration_s)}, began at {{}}." if len(found) > 1 else ", from {} on."
    return [Sentence(text + more, (at_ns,), stretch=(longest.start_s, longest.end_s))]


def _silences(reader: Reader, known: Sequence[Span], span_s: Stretch | None) -> list[Sentence]:
    """Stretches in which nothing came at all, although no gap in the connection was noticed."""
    start_s, end_s = (None, None) if span_s is None else (math.floor(span_s[0]), math.ceil(span_s[1]))
    busy = [second for second, _, _ in reader.activity(start_s, end_s)]
    pauses = [(before + 1, after) for before, after in pairwise(busy)
              if after - before - 1 >= SHORTEST_SILENCE_S]  # fmt: skip
    if not pauses or len(busy) < BUSY * (busy[-1] - busy[0] + 1):
        return []
    pauses = [one for one in pauses if not any(gap.start_s < one[1] and gap.end_s > one[0] for gap in known)]
    if not pauses:
        return []
    found = sorted(
        (_exactly(reader, *one) for one in pauses[:MOST_SILENCES]), key=lambda one: one.start_ns - one.end_ns
    )
    longest, total_s = found[0], sum(one.duration_s for one in found)
    text = f"Nothing came on any topic {counted(len(found), 'time')}, for {duration_text(total_s)} in all"
    more = f"; the longest, {duration_text(longest.duration_s)}, from {{}} on." if len(found) > 1 else ", from {} on."
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
