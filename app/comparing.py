"""Two sessions compared in every respect: message by message, their topics, their course, their orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.compare import TopicPair, topic_pairs
from analysis.copy_check import TOLERANCE_MS, CopyReport, copy_report
from analysis.key_messages import Course, course, words_of
from analysis.progress import Progress, quiet
from analysis.template_compare import TemplatePair, template_pairs
from analysis.templates.learning import learn
from aps.key_messages import FILTERS, key_message
from aps.order_compare import OrderPair, order_pairs
from aps.order_trace import order_trace
from core.message import NS_PER_SECOND
from core.topics import matches
from store.query import MessageQuery
from store.reading import Reader


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of both sessions is compared."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    span: tuple[float, float] | None = None
    """Seconds since each session's own start, end exclusive; None: all."""

    def query(self, reader: Reader) -> MessageQuery:
        """The messages of one of them."""
        origin_ns = reader.metadata.started_ns
        start_ns, end_ns = (origin_ns + round(at * NS_PER_SECOND) for at in self.span) if self.span else (None, None)
        return MessageQuery(self.include, self.exclude, start_ns, end_ns)


@dataclass(frozen=True, slots=True)
class RunComparison:
    """What is different in two runs, whether or not one is a copy of the other."""

    topics: tuple[TopicPair, ...]
    course: Course
    orders: tuple[OrderPair, ...]
    """Of the factory; empty for other systems. Of the whole sessions, whatever is chosen."""
    templates: tuple[TemplatePair, ...]
    """Those that differ."""


@dataclass(frozen=True, slots=True)
class SessionComparison:
    """All that differs between session A and session B."""

    copy: CopyReport
    runs: RunComparison


def compare_sessions(
    left: Reader,
    right: Reader,
    chosen: Chosen = Chosen(),
    tolerance_ms: float = TOLERANCE_MS,
    progress: Progress = quiet,
) -> SessionComparison:
    """Compares them; the messages are read four times at most. Raises what `progress` raises."""
    queries = chosen.query(left), chosen.query(right)
    parts = _parts(progress, 5)
    copy = copy_report(left, right, *queries, tolerance_ms=tolerance_ms, progress=next(parts))
    pairs = topic_pairs(left, right, *queries)
    runs = RunComparison(
        topics=pairs,
        course=_course(left, right, queries, pairs, next(parts)),
        orders=order_pairs(order_trace(left), order_trace(right, next(parts))),
        templates=_templates(left, right, queries, parts) if copy.different else (),
    )
    return SessionComparison(copy, runs)


def strict_comparison(
    left: Reader, right: Reader, chosen: Chosen, tolerance_ms: float, progress: Progress
) -> CopyReport:
    """Only whether B is a faithful copy of A; the messages are read once."""
    return copy_report(left, right, chosen.query(left), chosen.query(right), tolerance_ms, progress)


def _templates(
    left: Reader, right: Reader, queries: tuple[MessageQuery, MessageQuery], parts: Iterator[Progress]
) -> tuple[TemplatePair, ...]:
    """Where not all messages are the same; else all templates are, too."""
    mine, theirs = (learn([one], query, next(parts)) for one, query in zip((left, right), queries, strict=True))
    return template_pairs(mine, theirs)


def _course(
    left: Reader,
    right: Reader,
    queries: tuple[MessageQuery, MessageQuery],
    pairs: tuple[TopicPair, ...],
    progress: Progress,
) -> Course:
    """By the factory's key messages where there are any, else by the words in capitals."""
    factory = any(matches(one, pair.topic) for pair in pairs for one in FILTERS)
    mine, theirs = (replace(one, include=one.include or FILTERS) if factory else one for one in queries)
    return course(left, right, key_message if factory else words_of, mine, theirs, progress)


def _parts(progress: Progress, count: int) -> Iterator[Progress]:
    """One after the other, each as a part of the whole, in thousandths of it."""
    for number in range(count):

        def part(done: int, total: int, before: int = number) -> None:
            share = done / total if total else 0.0
            progress(round((before + share) * 1_000 / count), 1_000)

        yield part
