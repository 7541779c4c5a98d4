"""A box drawn over the activity chooses the stretch that it shows."""

from __future__ import annotations

import pytest

from analysis.figure_style import WallClock
from analysis.overview import Overview, overview
from app.widgets.timeline_tab import selected
from core.message import NS_PER_SECOND, Message
from store.metadata import Status, new_metadata
from store.reader import SessionReader
from store.writer import SessionWriter

CHANGE_DAY_NS = 1_792_886_400 * NS_PER_SECOND
"""2026-10-25 00:00 UTC: an hour later the clock is put back in Berlin."""


@pytest.fixture
def whole(tmp_path) -> Overview:
    """Four hours of a night in which the clock is put back."""
    begun = new_metadata("Night shift", CHANGE_DAY_NS, status=Status.IN_PROGRESS)
    writer = SessionWriter.create(tmp_path, begun)
    writer.write([Message("a", b"1", 0, 0, CHANGE_DAY_NS + hour * 3_600 * NS_PER_SECOND) for hour in range(5)])
    writer.close(begun.with_changes(status=Status.COMPLETED, ended_ns=CHANGE_DAY_NS + 14_400 * NS_PER_SECOND))
    with SessionReader.open(writer.db_path) as reader:
        return overview(reader)


def box(*x: str) -> dict[str, object]:
    return {"selection": {"box": [{"x": list(x)}]}}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_a_box_is_the_stretch_that_it_covers_also_after_the_clock_was_put_back(whole, zone):
    drawn = WallClock(zone, whole.origin_ns).offsets(whole.origin_ns, [9_000.0, 7_200.0])
    plotly = (str(moment).replace("T", " ") for moment in drawn)
    assert selected(box(*plotly), whole, 14_400.1, zone) == (7_200.0, 9_000.0)


def test_a_box_over_the_edge_ends_with_the_session(whole):
    assert selected(box("2026-10-24 12:00", "2026-10-26 12:00:00.1234"), whole, 14_400.1, "UTC") == (0.0, 14_400.1)


@pytest.mark.parametrize("state", [None, {}, {"selection": {"box": []}}, box("2026-10-25 01:00", "2026-10-25 01:00")])
def test_without_a_box_nothing_is_selected(whole, state):
    assert selected(state, whole, 14_400.1, "UTC") is None
