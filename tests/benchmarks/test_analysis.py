"""The part of the benchmark that looks at sessions: it measures every step, and says which bars are reached."""

from __future__ import annotations

import mmap
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.analysis.browser import STEPS
from benchmarks.analysis.memory import Peak
from benchmarks.analysis.rows import AnalysisRow, Took
from benchmarks.analysis.run import ONCE, OVERVIEW, PAGES, STARTED, TIMELINE, ZOOMED, measure
from benchmarks.analysis.table import bars
from benchmarks.results import read, save
from benchmarks.table import as_markdown
from tests.benchmarks.reports import report


def row(messages: int, both_s: float, page_s: float = 0.1, start_s: float = 0.4) -> AnalysisRow:
    """Overview and timeline take half of `both_s` each."""
    steps = dict.fromkeys((OVERVIEW, TIMELINE, ZOOMED), both_s / 2) | dict.fromkeys(PAGES, page_s) | {STARTED: start_s}
    return AnalysisRow(messages, {name: [Took(seconds, seconds)] for name, seconds in steps.items()})


def test_every_step_is_measured_in_every_round(tmp_path: Path) -> None:
    said: list[str] = []
    [found] = measure((2_500,), tmp_path, said.append, rounds=2)
    assert found.messages == 2_500
    assert {OVERVIEW, TIMELINE, *PAGES} <= set(found.steps)
    assert all(len(took) == (1 if name in ONCE else 2) for name, took in found.steps.items())
    assert said


def test_figures_are_kept_and_stand_in_the_document(tmp_path: Path) -> None:
    full = replace(report(), analysis=[row(100_000, 0.1), row(1_000_000, 0.4)])
    save(full, tmp_path / "latest.json")
    assert read(tmp_path / "latest.json") == full
    page = as_markdown(full)
    assert "| MB more than before | 100,000 messages | 1,000,000 messages |" in page
    assert "| seconds (CPU seconds) | 100,000 messages | 1,000,000 messages |" in page
    assert "overview and timeline: 0.40 s (at most 1 s: reached)" in page


def test_bars_that_are_missed_are_said() -> None:
    found = bars([row(1_000_000, 1.5, page_s=0.31), row(10_000_000, 4.0, start_s=1.1)])
    assert [(value, reached) for _, value, _, reached in found] == [
        ("1.50 s", False), ("0.75 s", False), ("0.31 s", False), ("0.40 s", True), ("1.10 s", False),
        ("2.7 times", False),
    ]  # fmt: skip
    assert all(reached for *_, reached in bars([row(1_000_000, 1.0, page_s=0.3), row(10_000_000, 2.0)]))


def test_bars_of_pages_are_said_where_there_was_a_browser() -> None:
    found = row(1_000_000, 1.0)
    before = len(bars([found]))
    found.steps |= {name: [Took(seconds, 0.1)] for name, seconds in zip(STEPS, (1.9, 2.0, 9.0, 2.1, 0.6), strict=True)}
    said = [(what.partition(", ")[2], value, reached) for what, value, _, reached in bars([found])[before:]]
    assert said == [
        ("in a browser: Overview", "1.90 s", True),
        ("in a browser: Timeline, its picture", "2.00 s", True),
        ("in a browser: Messages", "2.10 s", False),
        ("in a browser: a zoom step, from the click until it is painted", "0.60 s", False),
    ]


def test_the_peak_of_memory_is_what_was_added_for_a_moment() -> None:
    peak = Peak()
    if peak.added_bytes() == 0 and not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux tells")
    kept = bytearray(50_000_000)
    kept[:: mmap.PAGESIZE] = bytes(len(kept[:: mmap.PAGESIZE]))
    del kept
    assert 45_000_000 < peak.added_bytes() < 200_000_000
    assert Peak().added_bytes() < 40_000_000
