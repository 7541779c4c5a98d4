"""Fields over time: what is offered can be drawn, what is drawn is what the messages say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.field_choice import Field, FieldInfo, FieldKind, find_fields
from analysis.field_figures import LABEL_PX, SEVERAL, fields_figure, state_colours
from analysis.fields import field_series
from analysis.figure_style import GAP_COLOUR
from analysis.gantt import clicked
from analysis.progress import Cancelled
from store.events import Event, EventKind
from store.importer import import_recording
from store.parts import open_session
from store.query import MessageQuery
from store.results import StoredMessage
from tests.analysis.sessions import SECOND, START_NS, message, session
from tests.hostile import MARKUP, hostile_path

__all__ = ["hostile_path"]

EVERYTHING = MessageQuery()
TEMPERATURE = Field("t", ("a", "temperature"), FieldKind.NUMBER)
STATE = Field("s", ("state",), FieldKind.STATE)


def payload(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def named(found: tuple[FieldInfo, ...]) -> dict[str, FieldInfo]:
    return {one.field.path: one for one in found}


def test_numbers_and_enumerations_are_offered_and_nothing_else() -> None:
    messages = [
        message("t", number, payload(
            temperature=20 + number / 10, state="RUNNING" if number % 2 else "FINISHED", on=number > 5, constant="x1",
            id=f"{number:032x}", ts=f"2026-08-07T09:11:{number:02d}.000Z", epoch=1_786_093_887_000 + number,
            note="word " * 30, loads=[{"weight": number}, {}], nothing=None, mixed=[1, "a"][number % 2],
            level=float("nan") if number == 3 else number,
        )) for number in range(20)
    ]  # fmt: skip
    with session(messages) as reader:
        found = named(find_fields(reader, EVERYTHING))
    kinds = {path: one.field.kind.value for path, one in found.items()}
    assert kinds == {
        "$.temperature": "number",
        "$.state": "state",
        "$.on": "state",
        "$.constant": "state",
        "$.loads[0].weight": "number",
        "$.level": "number",
    }
    assert (found["$.temperature"].low, found["$.temperature"].high) == (20.0, 21.9)
    assert found["$.state"].states == ("FINISHED", "RUNNING")
    assert [path for path, one in found.items() if one.constant] == ["$.constant"]
    assert list(found)[-1] == "$.constant"


def test_only_topics_and_times_in_view_are_offered() -> None:
    messages = [message("a", 0, b'{"x": 1}'), message("b", 1, b'{"y": 1}'), message("b", 9, b'{"z": 1}')]
    with session(messages) as reader:
        assert list(named(find_fields(reader, MessageQuery(include=("b",))))) == ["$.y", "$.z"]
        assert list(named(find_fields(reader, MessageQuery(end_ns=START_NS + 5 * 10**9)))) == ["$.x", "$.y"]


def test_a_long_session_is_sampled_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [message("a", number / 10, payload(x=number)) for number in range(2_000)]
    with session([*messages, message("rare", 300, b'{"y": 1}')]) as reader:
        asked: list[int] = []
        read = reader.message

        def watched(message_id: int) -> StoredMessage | None:
            asked.append(message_id)
            return read(message_id)

        monkeypatch.setattr(reader, "message", watched)
        found = named(find_fields(reader, EVERYTHING))
    assert set(found) == {"$.x", "$.y"}
    assert len(asked) <= 41
    assert found["$.x"].high > 1_900


@settings(max_examples=40)
@given(st.lists(st.sampled_from([b'{"state":"A"}', b'{"state":"B"}', b"{}", b"x", b'{"state":1}']), max_size=12))
def test_a_state_lasts_until_the_next_message_that_has_it(payloads: list[bytes]) -> None:
    content = [message("s", number, one) for number, one in enumerate(payloads)]
    with session(content, ended_s=20.0) as reader:
        found = field_series(reader, EVERYTHING, [STATE]).states[0]
    states = [(number, one[10:11].decode()) for number, one in enumerate(payloads) if b'"A"' in one or b'"B"' in one]
    changes = [one for place, one in enumerate(states) if place == 0 or states[place - 1][1] != one[1]]
    assert [(bar.offset_s, bar.state) for bar in found.bars] == changes
    assert found.count == len(states)


def test_a_state_that_began_before_the_view_lasts_into_it() -> None:
    content = [message("s", at_s, payload(state=state)) for at_s, state in ((1, "A"), (2, "B"), (8, "B"), (9, "A"))]
    with session(content, ended_s=20.0) as reader:
        query = MessageQuery(start_ns=START_NS + 5 * 10**9, end_ns=START_NS + 12 * 10**9)
        found = field_series(reader, query, [STATE, TEMPERATURE], (5.0, 12.0)).states[0]
    assert [tuple(bar) for bar in found.bars] == [(5.0, "B", 2), (9.0, "A", 4)]
    assert found.count == 2


def test_numbers_keep_their_messages_and_other_types_are_left_out() -> None:
    values = [20.5, 21, "22", None, True, float("inf"), 10**400, 23]
    content = [
        message("t", number, json.dumps({"a": {"temperature": one}}).encode()) for number, one in enumerate(values)
    ]
    with session([*content, message("other", 9, content[0].payload)]) as reader:
        found = field_series(reader, EVERYTHING, [TEMPERATURE]).numbers[0]
    assert [tuple(point) for point in found.points] == [(0.0, 20.5, 1), (1.0, 21.0, 2), (7.0, 23.0, 8)]


def test_reading_can_be_watched_and_ended() -> None:
    def end(done: int, total: int) -> None:
        raise Cancelled

    with session([message("t")]) as reader:
        for work in (
            lambda: find_fields(reader, EVERYTHING, end),
            lambda: field_series(reader, EVERYTHING, [STATE], None, end),
        ):
            with pytest.raises(Cancelled):
                work()


def test_the_figure_has_a_line_per_number_and_a_lane_per_state() -> None:
    content = [
        message("t", 0, payload(a={"temperature": 1.5})),
        message("s", 1, payload(state="RUNNING")),
        message("s", 4, payload(state="ERROR")),
        message("t", 8, payload(a={"temperature": 3})),
    ]
    other = Field("t", ("a", "none"), FieldKind.NUMBER)
    with session(content, ended_s=10.0) as reader:
        series = field_series(reader, EVERYTHING, [TEMPERATURE, STATE, other])
    figure = fields_figure(series, "Europe/Berlin")
    line, empty, bars = figure.data
    assert list(line.y) == [1.5, 3.0]
    assert [str(at)[:19] for at in line.x] == ["2026-08-07T11:11:27", "2026-08-07T11:11:35"]
    assert list(empty.y) == []
    assert (list(bars.x), list(bars.text)) == ([3000.0, 6000.0], ["RUNNING", "ERROR"])
    assert bars.marker.color[1] == GAP_COLOUR != bars.marker.color[0]
    assert {line.yaxis, empty.yaxis, bars.yaxis} == {"y", "y2", "y3"}
    assert clicked({"selection": {"points": [{"customdata": bars.customdata[1]}]}}) == 3
    shared = fields_figure(series, together=True)
    assert [trace.yaxis for trace in shared.data] == ["y", "y", "y2"]


def test_marks_stand_above_the_names_of_the_fields_and_take_no_height_from_the_lines() -> None:
    content = [message("t", at_s, payload(a={"temperature": at_s})) for at_s in (0, 9)]
    figures = []
    for events in ([], [Event(START_NS + SECOND, EventKind.MARK, "here")]):
        with session(content, events, ended_s=10.0) as reader:
            figures.append(fields_figure(field_series(reader, EVERYTHING, [TEMPERATURE])))
    plain, marked = figures
    mark, name = marked.layout.annotations
    assert "here" in mark.text
    assert mark.yshift >= LABEL_PX > (name.yshift or 0)
    heights = [one.layout.height - one.layout.margin.t for one in (plain, marked)]
    assert heights[0] == heights[1]


def test_the_same_states_have_the_same_colours_and_failures_are_red() -> None:
    assert state_colours(["B", "A"]) == state_colours(["A", "B", "B"])
    assert state_colours(["CONNECTIONBROKEN"]) == {"CONNECTIONBROKEN": GAP_COLOUR}
    assert len(set(state_colours(["RUNNING", "FINISHED", "x", "y"]).values())) == 4
    assert state_colours(["RUNNING", "x"])["RUNNING"] == state_colours(["A", "RUNNING"])["RUNNING"]
    assert GAP_COLOUR not in state_colours([f"state {number}" for number in range(30)]).values()


def test_quick_changes_say_so_in_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.thinning.MOST_BARS", 4)
    content = [message("s", number / 1000, payload(state="AB"[number % 2])) for number in range(20)]
    with session(content, ended_s=10.0) as reader:
        figure = fields_figure(field_series(reader, EVERYTHING, [STATE]))
    assert [one[1] for one in figure.data[0].customdata] == [SEVERAL, "B"]


def test_states_of_which_none_is_in_view_are_an_empty_lane() -> None:
    with session([message("s", 1.0, payload(state="A"))], ended_s=10.0) as reader:
        before = MessageQuery(end_ns=reader.metadata.started_ns + 500_000_000)
        figure = fields_figure(field_series(reader, before, [STATE]))
    assert not figure.data[0].base.size


def test_nothing_that_is_published_breaks_choice_or_figure(hostile_path: Path) -> None:
    with open_session(hostile_path) as reader:
        found = [one.field for one in find_fields(reader, EVERYTHING)]
        assert found
        figure = fields_figure(field_series(reader, EVERYTHING, found))
    text = figure.to_json()
    assert MARKUP not in text
    assert "<script" not in text


@pytest.mark.real_data
def test_fields_of_the_factory_are_there(real_recordings: Path, tmp_path: Path) -> None:
    log = real_recordings / "white-storage-production_20260807_111716.log"
    with open_session(import_recording(log, tmp_path, "UTC", "", ()).db_path) as reader:
        found = {(one.field.topic, one.field.path): one for one in find_fields(reader, EVERYTHING)}
        dht = "osf/arduino/temperature/dht11-1/state"
        assert found[dht, "$.temperature"].field.kind is FieldKind.NUMBER
        assert 15 < found[dht, "$.temperature"].low <= found[dht, "$.temperature"].high < 40
        assert "RUNNING" in found["module/v1/ff/SVR3QA0022/state", "$.actionState.state"].states
        assert found["fts/v1/ff/5iO4/state", "$.driving"].states == ("false", "true")
        assert (dht, "$.timestamp") not in found
