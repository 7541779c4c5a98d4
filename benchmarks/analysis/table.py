"""The figures of the analysis as a table, and what they say about the bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from benchmarks.analysis.browser import FIGURES, FIRST, ZOOM
from benchmarks.analysis.rows import AnalysisRow
from benchmarks.analysis.run import OVERVIEW, PAGES, STARTED, TIMELINE, ZOOMED

MILLION: Final = 1_000_000
MEGABYTE: Final = 1_000_000
BOTH_S: Final = 1.0
PAGE_S: Final = 0.3
ZOOM_S: Final = 0.5
FIRST_PAINT_S: Final = 2.0
START_S: Final = 1.0
TIMES: Final = 2.0

Cells = Sequence[str]


def tables(rows: Sequence[AnalysisRow]) -> list[tuple[str, list[Cells]]]:
    """Title, and rows with the headers first; none without figures."""
    if not rows:
        return []
    headers = ("seconds (CPU seconds)", *(f"{row.messages:,} messages" for row in rows))
    cells = [(name, *(f"{row.seconds(name):.3f} ({row.cpu_s(name):.3f})" for row in rows)) for name in rows[0].steps]
    memory = [(name, *(f"{row.peak_bytes(name) / MEGABYTE:,.0f}" for row in rows)) for name in rows[0].steps]
    return [
        ("Analysis, from the file to what is sent to the browser", [headers, *cells]),
        ("Analysis, memory at the peak", [("MB more than before", *headers[1:]), *memory]),
    ]


def bars(rows: Sequence[AnalysisRow]) -> list[tuple[str, str, str, bool]]:
    """What, found, wanted, whether it is reached."""
    found = []
    for row in rows:
        if row.messages != MILLION:
            continue
        both, page = row.seconds(OVERVIEW, TIMELINE), max(row.seconds(name) for name in PAGES)
        what = f"analysis of {row.messages:,} messages"
        found.append((f"{what}: overview and timeline", f"{both:.2f} s", f"at most {BOTH_S:g} s", both <= BOTH_S))
        zoom = row.seconds(ZOOMED)
        found.append((f"{what}: zooming the timeline", f"{zoom:.2f} s", f"at most {ZOOM_S:g} s", zoom <= ZOOM_S))
        found.append((f"{what}: a page with any filter", f"{page:.2f} s", f"at most {PAGE_S:g} s", page <= PAGE_S))
    for row in rows:
        start = row.seconds(STARTED)
        what = f"{STARTED}, of {row.messages:,}"
        found.append((what, f"{start:.2f} s", f"at most {START_S:g} s", start <= START_S))
        found += _in_a_browser(row)
    for less, more in pairwise(rows):
        if less.messages >= MILLION and more.messages == 10 * less.messages:
            times = more.cpu_s(OVERVIEW, TIMELINE) / less.cpu_s(OVERVIEW, TIMELINE)
            what = f"analysis of {more.messages:,} messages: overview and timeline, CPU of those of a tenth"
            found.append((what, f"{times:.1f} times", f"at most {TIMES:g} times", times <= TIMES))
    return found


def _in_a_browser(row: AnalysisRow) -> list[tuple[str, str, str, bool]]:
    """Nothing where there was no browser. A tab counts as painted when what it is about can be seen."""
    limits = {name: FIRST_PAINT_S for name in FIRST if name != FIGURES} | {ZOOM: ZOOM_S}
    return [
        (f"{row.messages:,} messages, {name}", f"{row.seconds(name):.2f} s", f"at most {limit:g} s",
         row.seconds(name) <= limit)
        for name, limit in limits.items()
        if name in row.steps
    ]  # fmt: skip
