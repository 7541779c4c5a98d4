"""The parts of a report that every session has: overview, timeline, topics, quality."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from analysis.activity_html import activity_html
from analysis.figure_style import GAP_COLOUR, MARK_COLOUR, PAUSE_COLOUR, WallClock, size_text
from analysis.frames import BYTES, FIRST_AT, LAST_AT, MEAN_BYTES, MESSAGES, RATE, SHARE, TOPIC
from analysis.html_report import Block, Chart, Facts, Heading, Note, Section, Sentences, Table
from analysis.overview import Overview, nice_width
from analysis.quality_report import QualityReport
from analysis.rows_html import Bar, Row, rows_html
from analysis.summary import Sentence, counted
from analysis.topic_stats import topic_table
from analysis.unusual import Unusual
from core.message import NS_PER_SECOND
from store.reading import Reader

MOST_ROWS: Final = 200
"""Of a table: a report is read, not searched."""
LONGEST: Final = 200
"""Characters of a text from the session."""
NO_TIMES: Final = "too few times in the messages"
_BUCKETS: Final = 240
_LEVELS: Final = 6


def short(text: str) -> str:
    """At most LONGEST characters."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def seconds_text(seconds: float) -> str:
    """`12.3 s`, `4:05 min`, `2:03:05 h`."""
    if seconds < 60:
        return f"{seconds:,.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"


def overview_section(
    overview: Overview, sentences: Sequence[Sentence], findings: Sequence[Unusual], zone: str
) -> Section:
    """Figures, what happened in words, the curve of messages per second, and what is unusual."""
    clock = WallClock(zone, overview.origin_ns)
    words = Sentences([short(one.words(lambda at_ns: clock.text([at_ns])[0][11:19])) for one in sentences])
    facts = Facts(
        [
            ("Messages", f"{overview.messages:,}"),
            ("Duration", seconds_text(overview.duration_s)),
            ("Topics", f"{overview.topics:,}"),
            ("Payload", size_text(overview.bytes)),
            ("Rate", f"{overview.rate_per_s:,.1f} /s"),
            ("Busiest second", counted(overview.busiest_second_messages, "message")),
            ("Gaps", f"{len(overview.gaps):,} ({seconds_text(overview.gap_s)})"),
            ("Marks", f"{len(overview.marks):,}"),
        ]
    )
    rows = [(one.kind.value, seconds_text(max(0.0, one.start_s)), short(one.text)) for one in findings[:MOST_ROWS]]
    unusual: list[Block] = (
        [Table(("What", "After", "Finding"), rows, more=len(findings) - MOST_ROWS)]
        if rows
        else [Note("Nothing is out of the ordinary.")]
    )
    title = Note("Messages per second. Gaps, pauses and marks are drawn in.")
    return Section(
        "Overview", [facts, words, title, Chart(activity_html(overview, zone)), Heading("Unusual"), *unusual]
    )


def timeline_section(
    reader: Reader, overview: Overview, group_of: Callable[[str], str], colour_of: Callable[[str], str], zone: str
) -> Section:
    """How much came when, by groups of topics; and what happened besides messages."""
    begin, end = reader.seconds() or (0, 0)
    width = nice_width(end - begin + 1, _BUCKETS)
    counts: dict[str, dict[int, int]] = {}
    for row in reader.samples(bucket_s=width):
        group = counts.setdefault(group_of(row.topic), {})
        group[row.second] = group.get(row.second, 0) + row.messages
    origin_ns = overview.origin_ns
    rows = [Row(name, _density(counts[name], width, origin_ns, colour_of(name))) for name in sorted(counts)]
    first_ns = origin_ns + min(0, begin) * NS_PER_SECOND
    end_ns = max(origin_ns + (end + 1) * NS_PER_SECOND, origin_ns + int(overview.duration_s * NS_PER_SECOND))
    chart = Chart(rows_html([*rows, *_happenings(overview)], first_ns, end_ns, zone))
    clock = WallClock(zone, origin_ns)
    marks = [(clock.text([one.at_ns])[0], short(one.text)) for one in overview.marks[:MOST_ROWS]]
    table = [Table(("Time", "Mark"), marks, more=len(overview.marks) - MOST_ROWS)] if marks else []
    note = Note(
        f"Each block is {width:,} s; the more messages of its row came, the stronger it is. Times in {clock.label}."
    )
    return Section("Timeline", [note, chart, *table])


def _density(counts: dict[int, int], width_s: int, origin_ns: int, colour: str) -> list[Bar]:
    """A bar for each stretch of equal strength; the strongest is the busiest of this row."""
    busiest = math.sqrt(max(counts.values(), default=1))
    runs: list[tuple[int, int, int, int]] = []  # second, width, level, messages
    for second in sorted(counts):
        level = math.ceil(_LEVELS * math.sqrt(counts[second]) / busiest)
        if runs and runs[-1][2] == level and runs[-1][0] + runs[-1][1] == second:
            runs[-1] = (runs[-1][0], runs[-1][1] + width_s, level, runs[-1][3] + counts[second])
        else:
            runs.append((second, width_s, level, counts[second]))
    return [
        Bar(
            origin_ns + second * NS_PER_SECOND,
            origin_ns + (second + length) * NS_PER_SECOND,
            colour,
            counted(messages, "message"),
            strength=0.15 + 0.85 * level / _LEVELS,
        )
        for second, length, level, messages in runs
    ]


def _happenings(overview: Overview) -> list[Row]:
    def at(offset_s: float) -> int:
        return overview.origin_ns + round(offset_s * NS_PER_SECOND)

    rows = [
        Row(name, [Bar(at(one.start_s), at(one.end_s), colour, short(one.text) or name) for one in spans])
        for name, spans, colour in (("Gaps", overview.gaps, GAP_COLOUR), ("Pauses", overview.pauses, PAUSE_COLOUR))
    ]
    rows.append(Row("Marks", [Bar(one.at_ns, one.at_ns, MARK_COLOUR, short(one.text)) for one in overview.marks]))
    return [row for row in rows if row.bars]


def topics_section(reader: Reader, zone: str) -> Section:
    """The busiest topics."""
    table = topic_table(reader)
    if table.empty:
        return Section("Topics", [Note("No message was recorded.")])
    columns = ("Topic", "Messages", "Share", "Per second", "Payload", "Mean size", "First", "Last")
    rows = [
        (
            short(str(row[TOPIC])),
            f"{row[MESSAGES]:,}",
            f"{row[SHARE]:.1f} %",
            f"{row[RATE]:,.2f}",
            size_text(int(row[BYTES])),
            size_text(round(row[MEAN_BYTES])),
            f"{row[FIRST_AT].tz_convert(zone):%H:%M:%S}",
            f"{row[LAST_AT].tz_convert(zone):%H:%M:%S}",
        )
        for row in table.head(MOST_ROWS).to_dict("records")
    ]
    return Section("Topics", [Table(columns, rows, columns[1:6], more=len(table) - MOST_ROWS)])


def quality_section(found: QualityReport, origin_ns: int, zone: str) -> Section:
    """What may be lost or is suspicious."""
    clock = WallClock(zone, origin_ns)

    def moment(at_ns: int) -> str:
        return clock.text([at_ns])[0]

    facts = Facts(
        [
            ("Gaps", f"{len(found.gaps):,}"),
            ("Silences", f"{len(found.silences):,}"),
            ("Missing numbers", f"{found.missing:,}" if found.sequences else "nothing is numbered"),
            ("Came twice", f"{found.repeats:,}"),
            ("Times that do not fit", f"{found.disagreeing:,}" if found.timed else NO_TIMES),
            ("Drifting clocks", f"{len(found.drifting):,}" if found.timed else NO_TIMES),
        ]
    )
    silences = [
        (moment(origin_ns + round(one.start_s * NS_PER_SECOND)), seconds_text(one.seconds)) for one in found.silences
    ]
    jumps = [
        (moment(jump.at_ns), one.topic, one.field, f"{jump.before} → {jump.after}", f"{jump.missing:,}")
        for one in found.sequences
        for jump in one.jumps
    ]
    twice = [
        (moment(one.at_ns), topic.topic, f"{one.after_ms:,.1f} ms") for topic in found.repeating for one in topic.named
    ]
    clocks = [(one.sender, one.topic, one.field, _apart(one.ahead_ms), f"{one.disagreeing:,}") for one in found.clocks]
    blocks: list[Block] = [facts]
    for title, headers, rows in (
        ("Silences", ("From", "Length"), silences),
        ("Numbers that jump", ("Time", "Topic", "Field", "From → to", "Left out"), jumps),
        ("Messages that came twice", ("Time", "Topic", "After the first"), twice),
        ("Clocks of the senders", ("Sender", "Topic", "Field", "Ahead of the arrival", "Do not fit"), clocks),
    ):
        if rows:
            shown = [[short(text) for text in row] for row in rows[:MOST_ROWS]]
            blocks += [Heading(title), Table(headers, shown, more=len(rows) - MOST_ROWS)]
    return Section("Quality", blocks)


def _apart(milliseconds: float) -> str:
    if abs(milliseconds) < 10_000:
        return f"{milliseconds:+,.0f} ms"
    return f"{'-' if milliseconds < 0 else '+'}{seconds_text(abs(milliseconds) / 1_000)}"
