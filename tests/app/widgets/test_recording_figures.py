"""The curve of a running recording."""

from __future__ import annotations

from app.widgets.recording_figures import CURVE_SECONDS, curve


def shown(counts: dict[int, int], lasted_s: int) -> list[tuple[int, int]]:
    return [(row.second, row.messages) for row in curve(counts, lasted_s).data.itertuples()]


def test_the_curve_begins_with_the_recording():
    """Before it nothing was counted, which is not the same as nothing having been sent."""
    assert shown({-3: 5, -1: 2}, lasted_s=3) == [(-3, 5), (-2, 0), (-1, 2)]


def test_of_a_long_recording_only_the_last_minutes_are_shown():
    assert [second for second, _ in shown({}, lasted_s=86_400)] == list(range(-CURVE_SECONDS, 0))


def test_the_axis_has_a_few_ticks_with_room_between_them():
    axis = curve({}, 10).to_dict()["encoding"]["x"]["axis"]
    assert axis["values"] == [-120, -100, -80, -60, -40, -20, 0]
