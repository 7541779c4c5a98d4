"""The marks below the slider: each at its place, and no text over another one."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.replay_marks import WIDTHS, Label, laid_out, strips_html
from replay.marks import Mark

texts = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=40)


@given(st.lists(st.builds(Mark, st.floats(10, 50), texts), max_size=12).map(sorted), st.sampled_from(WIDTHS))
def test_no_text_covers_another_one_or_leaves_the_strip(marks: list[Mark], width: int):
    labels = laid_out(marks, 10.0, 50.0, width)
    assert [label.mark for label in labels] == marks
    assert not [pair for pair in combinations(labels, 2) if pair[0].spoils(pair[1])]
    assert all(0 <= label.begin <= label.at <= label.end <= width for label in labels)


def test_a_text_has_a_line_of_its_own_where_the_next_mark_is_near():
    marks = (Mark(20, "order sent"), Mark(21, "gripper jams"), Mark(49, "in the store"), Mark(50, "the end"))
    sent, jams, store, end = laid_out(marks, 10.0, 50.0, 880)
    assert (jams.line, sent.line) == (0, 1)
    assert (store.line, end.line) == (0, 1)
    assert [one.begin < one.at for one in (sent, jams, store, end)] == [False, False, True, True]


def test_where_there_is_no_room_the_mark_alone_is_shown():
    marks = [Mark(10 + number / 10, "gripper jams again") for number in range(50)]
    labels = laid_out(marks, 10.0, 50.0, 270)
    assert 3 < sum(label.line is not None for label in labels) < 10


def test_a_text_that_is_longer_than_the_strip_is_cut_at_its_edge():
    (label,) = laid_out([Mark(12, "x" * 60)], 10.0, 50.0, 270)
    assert label == Label(label.mark, 13.5, 13.5, 270, 0)


def test_the_strip_has_each_mark_at_its_place_with_its_whole_text_to_be_read():
    html = strips_html((Mark(20, "order sent"), Mark(30, "gripper jams")), 10.0, 50.0)
    assert html.count("left:min(25.00%") == html.count("left:min(50.00%") == len(WIDTHS)
    assert 'title="0:20.0  order sent"' in html


def test_the_text_of_a_mark_is_no_markup():
    html = strips_html((Mark(1, '<img src=x onerror=alert(1)>" style="x'),), 0.0, 2.0)
    assert "<img" not in html
    assert '" style="x' not in html
