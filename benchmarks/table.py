"""The figures as tables, for a terminal and for Markdown, and what they say about the bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from benchmarks.analysis import table as analysis
from benchmarks.contenders import LIMIT, PEER, RECORDER
from benchmarks.plan import HEADLINE, title
from benchmarks.replays import table as replays
from benchmarks.results import Case, LongRun, Report, Row

MEGABYTE: Final = 1_000_000
HEADERS: Final = (
    "",
    "messages/s (least, most)",
    f"x {PEER}",
    "of the limit",
    "CPU µs/message",
    "its core, the broker's",
    "peak MB",
    "bytes/message on disk",
    "lost",
    "of",
)
Cells = Sequence[str]


def as_text(report: Report) -> str:
    """For a terminal."""
    parts = [*report.machine.lines(), ""]
    for case, rows in _cases(report):
        parts += [title(case), *_aligned([HEADERS, *(_cells(report, row) for row in rows)]), ""]
    for name, cells in _further(report):
        parts += [name, *_aligned(cells), ""]
    return "\n".join([*parts, *_sentences(report)])


def as_markdown(report: Report) -> str:
    """For the documentation."""
    parts = [*(f"- {line}" for line in report.machine.lines()), ""]
    for case, rows in _cases(report):
        parts += [f"**{title(case)}**", "", *_piped([HEADERS, *(_cells(report, row) for row in rows)]), ""]
    for name, cells in _further(report):
        parts += [f"**{name}**", "", *_piped(cells), ""]
    return "\n".join([*parts, *(f"- {line}" for line in _sentences(report))])


def _further(report: Report) -> list[tuple[str, list[Cells]]]:
    """The tables of the other parts."""
    replayed = replays.tables(report.replay_timing, report.replay_rates, report.replay_memory)
    return [*replayed, *analysis.tables(report.analysis)]


def _cases(report: Report) -> list[tuple[Case, list[Row]]]:
    return [(case, list(rows)) for case, rows in groupby(report.capture, key=lambda row: row.case)]


def _cells(report: Report, row: Row) -> Cells:
    name = f"{row.contender} ({row.keeps})" if row.keeps else row.contender
    if not row.runs:
        return (name, f"not measured: {row.problem}", *[""] * (len(HEADERS) - 2))
    rate = row.median(lambda run: run.rate)
    rates = [run.rate for run in row.runs]
    lost, published = sum(run.lost for run in row.runs), sum(run.published for run in row.runs)
    keeps = any(run.disk_bytes for run in row.runs)
    return (
        name,
        f"{rate:,.0f} ({min(rates):,.0f}, {max(rates):,.0f})",
        _ratio(rate, report.row(row.case, PEER), 1),
        _ratio(rate, report.row(row.case, LIMIT), 2),
        f"{row.median(lambda run: run.cpu_us):,.1f}",
        f"{row.median(lambda run: run.own_core):.0%}, {row.median(lambda run: run.broker_core):.0%}",
        f"{max(run.peak_bytes for run in row.runs) / MEGABYTE:,.0f}",
        f"{row.median(lambda run: run.disk_bytes / run.recorded):,.0f}" if keeps else "-",
        f"{lost:,}",
        f"{published:,}",
    )


def _ratio(rate: float, to: Row | None, digits: int) -> str:
    return "" if to is None else f"{rate / to.median(lambda run: run.rate):.{digits}f}"


def _sentences(report: Report) -> list[str]:
    of_replays = replays.bars(report.replay_timing, report.replay_rates, report.replay_memory)
    replayed = [_bar(*bar) for bar in of_replays]
    analysed = [_bar(*bar) for bar in analysis.bars(report.analysis)]
    long_run = _long(report.long_run) if report.long_run else []
    return [*_bars(report), *long_run, *replayed, *analysed, *report.notes]


def _bars(report: Report) -> list[str]:
    """The recorder against what it has to reach."""
    ours, peer, limit = (report.row(HEADLINE, name) for name in (RECORDER, PEER, LIMIT))
    if ours is None:
        return []
    case = title(HEADLINE)
    rate, cpu_us = ours.median(lambda run: run.rate), ours.median(lambda run: run.cpu_us)
    rows = [row for row in report.capture if row.contender == RECORDER and row.case.queue == HEADLINE.queue]
    lost = sum(run.lost for row in rows for run in row.runs)
    lines = [
        _bar(f"{case}: CPU for each message", f"{cpu_us:.1f} µs", "at most 9 µs", cpu_us <= 9),
        _bar("messages lost by the recorder, all rows where the broker may hold them", f"{lost:,}", "none", lost == 0),
    ]
    if limit is not None:
        ratio = rate / limit.median(lambda run: run.rate)
        lines.insert(
            0, _bar(f"{case}: of the counting subscriber's rate", f"{ratio:.2f}", "at least 0.70", ratio >= 0.7)
        )
    if peer is not None:
        ratio = rate / peer.median(lambda run: run.rate)
        lines.insert(0, _bar(f"{case}: times the rate of {PEER}", f"{ratio:.1f}", "at least 6", ratio >= 6))
    return lines


def _long(long_run: LongRun) -> list[str]:
    peak, run = long_run.run.peak_bytes / MEGABYTE, long_run.run
    growth = long_run.growth_bytes() / MEGABYTE
    what = f"A recording of {run.published:,} messages at {long_run.rate:,.0f}/s"
    return [
        _bar(f"{what}: peak memory", f"{peak:.0f} MB", "at most 250 MB", peak <= 250),
        _bar(f"{what}: growth from its second quarter to its last", f"{growth:+.0f} MB", "flat", growth <= 10),
        _bar(f"{what}: lost", f"{run.lost:,}", "none", run.lost == 0),
    ]


def _bar(what: str, found: str, wanted: str, reached: bool) -> str:
    return f"{what}: {found} ({wanted}: {'reached' if reached else 'NOT reached'})"


def _aligned(rows: Sequence[Cells]) -> list[str]:
    # A long remark in place of figures must not make the column wide.
    widths = [max(len(row[place]) for row in rows if row[-1]) for place in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in rows
    ]


def _piped(rows: Sequence[Cells]) -> list[str]:
    rule = ["---", *["---:"] * (len(rows[0]) - 1)]
    return [f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]]]
