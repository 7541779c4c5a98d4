"""Makes sessions, and measures what the Analyse page asks of them, from the file to what is sent to the browser."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final

from analysis.activity_html import activity_html
from analysis.copy_check import copy_report
from analysis.correlation import follow
from analysis.field_choice import Field, FieldKind, find_fields
from analysis.field_figures import fields_figure
from analysis.fields import field_series
from analysis.figures import timeline_figure
from analysis.id_index import id_index
from analysis.message_pages import BUDGET_S, START, after, count_matches, page
from analysis.overview import overview
from analysis.overview_part import overview_part
from analysis.progress import quiet
from analysis.quality_report import quality_report
from analysis.rhythm import rhythms
from analysis.templates.learning import learn
from analysis.templates.validating import validate
from analysis.timeline import session_range, timeline
from analysis.topic_stats import topic_table
from analysis.topic_view import topic_activity
from analysis.unusual import unusual
from app.exporting import Format, export_session
from benchmarks.analysis.memory import Peak
from benchmarks.analysis.rows import AnalysisRow, Took
from core.message import NS_PER_SECOND, Message
from replay.program import program_of
from replay.status import ReplayRequest
from store.metadata import Status, new_metadata
from store.parts import open_session
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.writer import SessionWriter

LENGTHS: Final = (10_000, 100_000, 1_000_000)
HUGE: Final = 10_000_000
RATE: Final = 50.0
"""Messages in a second: the factory's. A million of them are five and a half hours."""
TOPICS: Final = 60
ROUNDS: Final = 3
PAGE: Final = 50
START_NS: Final = 1_786_093_887 * NS_PER_SECOND
BATCH: Final = 2_000
ORDER: Final = "5f0c"
PAYLOAD: Final = b'{"orderId":"5f0c","actionState":{"state":"RUNNING"},"x":%d}'

OVERVIEW: Final = "overview"
TIMELINE: Final = "timeline"
ZOOMED: Final = "timeline, a tenth"
STARTED: Final = "a replay from the middle, until its first message is there"
PAGES: Final = {
    "page: a topic filter": MessageQuery(include=("module/v1/ff/+/state",)),
    "page: a text": MessageQuery(text="RUNNING"),
    "page: a text that is nowhere": MessageQuery(text="nowhere"),
    "page: a stretch of time": MessageQuery(start_ns=START_NS + 60 * NS_PER_SECOND),
    "page: a QoS that is nowhere": MessageQuery(qos=(2,)),
    "page: a JSON text": MessageQuery(json='$.actionState.state == "RUNNING"'),
    "page: a JSON number that is nowhere": MessageQuery(json="$.x < 0"),
}
"""What is there within the time that the page takes for it; the search for the rest is measured apart."""

Say = Callable[[str], None]


def measure(lengths: tuple[int, ...], folder: Path, say: Say, rounds: int = ROUNDS) -> list[AnalysisRow]:
    """A row for each of the lengths, in messages. The sessions are made in `folder` and stay there."""
    rows = []
    for messages in lengths:
        say(f"analysis: making a session of {messages:,} messages")
        path, row = _session(folder, messages), AnalysisRow(messages)
        for number in range(rounds):
            say(f"round {number + 1}: analysis of {messages:,} messages")
            for name, step in {**_steps(), **(ONCE if number == 0 else {})}.items():
                row.steps.setdefault(name, []).append(_took(path, step))
        rows.append(row)
    return rows


def _steps() -> dict[str, Callable[[Reader], object]]:
    return {
        OVERVIEW: lambda reader: activity_html(overview(reader)),
        TIMELINE: lambda reader: timeline_figure(timeline(reader)).to_json(),
        ZOOMED: _tenth,
        "overview, a tenth": _tenth_overview,
        "unusual": unusual,
        "topics": lambda reader: (topic_table(reader), topic_activity(reader)),
        "topics: times between messages": rhythms,
        **{name: partial(_page, query) for name, query in PAGES.items()},
        STARTED: _started,
    }


def _compared(reader: Reader) -> object:
    with open_session(reader.path) as same:
        return copy_report(reader, same)


def _followed(reader: Reader) -> object:
    return follow(reader, [ORDER])


def _searched(query: MessageQuery, reader: Reader) -> object:
    return count_matches(reader, query)


def _learned(reader: Reader) -> object:
    return learn([reader])


def _learned_and_checked(reader: Reader) -> object:
    return validate(reader, learn([reader]))


def _fields(reader: Reader) -> object:
    return find_fields(reader, EVERYTHING)


def _series(reader: Reader) -> object:
    busiest = sorted(reader.topics(), key=lambda row: -row.messages)[:6]
    of = ((("x",), FieldKind.NUMBER), (("actionState", "state"), FieldKind.STATE))
    fields = [Field(row.topic, *one) for row in busiest for one in of]
    return fields_figure(field_series(reader, EVERYTHING, fields)).to_json()


def _exported(wanted: Format, reader: Reader) -> object:
    with TemporaryDirectory(dir=reader.path.parent) as folder:
        return export_session(reader.path, Path(folder) / "export", wanted, quiet)


ONCE: Final[dict[str, Callable[[Reader], object]]] = {
    "quality": quality_report,
    "ids": id_index,
    "an id in all messages": _followed,
    "compare with a copy": _compared,
    "all messages searched for a text": partial(_searched, MessageQuery(text="nowhere")),
    "all messages searched for a JSON number": partial(_searched, MessageQuery(json="$.x < 0")),
    "fields: which there are": _fields,
    "fields: twelve, of the six busiest topics": _series,
    "templates: learned": _learned,
    "templates: learned and checked": _learned_and_checked,
    **{f"export: {wanted.value}": partial(_exported, wanted) for wanted in Format},
}
"""What looks into every payload, in the background: it is measured in the first round only."""


def _tenth(reader: Reader) -> object:
    _, end_s = session_range(reader)
    return timeline_figure(timeline(reader, start_s=0.4 * end_s, end_s=0.5 * end_s)).to_json()


def _tenth_overview(reader: Reader) -> object:
    _, end_s = session_range(reader)
    return activity_html(overview_part(reader, (), (), (0.4 * end_s, 0.5 * end_s)))


def _page(query: MessageQuery, reader: Reader) -> object:
    found = page(reader, query, START, PAGE, give_up=after(BUDGET_S))
    return list(reader.with_ids(found.ids))


def _started(reader: Reader) -> object:
    """With the state before it, and what comes next."""
    middle_s = reader.summary().duration_s / 2
    program = program_of(ReplayRequest(reader.path, start_s=middle_s), [reader])
    return program.planned, program.topics(), program.state_at_start(), next(program.dues())


def _took(path: Path, step: Callable[[Reader], object]) -> Took:
    peak = Peak()
    began, began_cpu = perf_counter(), process_time()
    with open_session(path) as reader:
        step(reader)
    return Took(perf_counter() - began, process_time() - began_cpu, peak.added_bytes())


def _session(folder: Path, count: int) -> Path:
    """An ended session, always the same."""
    metadata = new_metadata(f"{count} messages", START_NS, source="benchmark", status=Status.IN_PROGRESS)
    writer = SessionWriter.create(folder, metadata, f"analysis_{count}")
    for batch in _batches(count):
        writer.write(batch)
    ended_ns = START_NS + round(count / RATE * NS_PER_SECOND)
    writer.close(metadata.with_changes(status=Status.COMPLETED, ended_ns=ended_ns))
    return writer.db_path


def _batches(count: int) -> Iterator[list[Message]]:
    """Messages at a steady pace, on topics of which some are much busier than others."""
    chosen = random.Random(1)  # noqa: S311 - the same session on every machine
    kinds = ("state", "connection", "factsheet", "order", "instantAction")
    topics = [f"module/v1/ff/SVR3QA{number // 5:04d}/{kinds[number % 5]}" for number in range(TOPICS)]
    weights = [1 / (1 + number) for number in range(TOPICS)]
    for begin in range(0, count, BATCH):
        size = min(BATCH, count - begin)
        at_ns = (START_NS + round(number / RATE * NS_PER_SECOND) for number in range(begin, begin + size))
        names = chosen.choices(topics, weights, k=size)
        numbered = enumerate(zip(names, at_ns, strict=True), begin)
        yield [Message(name, PAYLOAD % number, 0, 0, at) for number, (name, at) in numbered]
