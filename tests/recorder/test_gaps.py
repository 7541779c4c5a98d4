"""Gaps of the connection."""

from __future__ import annotations

from core.message import NS_PER_SECOND
from recorder.gaps import GapTracker
from store.events import EventKind


def test_a_gap_begins_once_and_ends_once_with_its_duration():
    gaps = GapTracker()
    start = gaps.lost(NS_PER_SECOND, "The broker went away.")
    assert start is not None
    assert (start.kind, start.at_ns, start.text) == (EventKind.GAP_START, NS_PER_SECOND, "The broker went away.")
    assert gaps.lost(2 * NS_PER_SECOND, "again") is None
    end = gaps.regained(4 * NS_PER_SECOND, kept=True)
    assert end is not None
    assert (end.kind, end.at_ns, end.data) == (EventKind.GAP_END, 4 * NS_PER_SECOND, {"duration_s": 3.0, "kept": True})
    assert gaps.regained(5 * NS_PER_SECOND) is None
    assert (gaps.count, gaps.since_ns) == (1, None)
