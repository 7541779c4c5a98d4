"""An id is found by its value on whatever topic, followed through all messages, and drawn without anybody's markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import correlation, id_index
from analysis.correlation import STATE_COLOURS, follow, state_colours, trail_bars
from analysis.id_index import id_index as index_of
from analysis.sequence_diagram import MAX_ARROWS, MAX_PARTICIPANTS, Arrow, escaped, merged, sequence_diagram
from core.message import Message
from store.catalog import Catalog
from store.query import MessageQuery
from store.reader import SessionReader
from tests.analysis.sessions import message, session
from tests.hostile import MARKUP, PAYLOADS

ORDER, STEP, PIECE = "order-0001-a", "step-0001-b", "04ab12cd34ef56"


def said(topic: str, at_s: float, **payload: object) -> Message:
    return message(topic, at_s, json.dumps(payload).encode())


STORY = [
    said("shop/order", 0, orderId=ORDER, state="NEW"),
    said("drill/command", 1, orderId=ORDER, action={"id": STEP, "command": "DRILL"}),
    said("drill/state", 2, action={"id": STEP, "state": "RUNNING"}, workpieceId=PIECE),
    said("drill/state", 3, action={"id": STEP, "state": "RUNNING"}, workpieceId=PIECE),
    said("drill/state", 5, action={"id": STEP, "state": "FAILED"}, workpieceId=PIECE),
    said("shop/list", 6, orders=[{"orderId": "order-0000-x", "state": "DONE"}, {"orderId": ORDER, "state": "ERROR"}]),
    said("noise", 7, note=f"about {ORDER}", orderId=0, at="2026-08-07T09:11:27.123Z"),
]


def test_ids_are_found_by_their_values_under_the_names_of_their_fields():
    with session(STORY) as reader:
        found = index_of(reader)
    assert {one.value: (one.fields, one.messages, one.topics) for one in found.ids} == {
        ORDER: (("orderId",), 3, 3),
        STEP: (("id",), 4, 2),
        PIECE: (("workpieceId",), 3, 1),
    }
    assert list(found.by_field()) == ["orderId", "id", "workpieceId"]
    assert found.complete


def test_of_too_many_ids_those_that_are_shared_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(id_index, "MAX_VALUES", 10)
    lone = [said("a", place, id=f"lonely-{place:04}") for place in range(50)]
    with session([*STORY, *lone, said("b", 60, orderId=ORDER)]) as reader:
        found = index_of(reader)
    assert not found.complete
    assert ORDER in {one.value for one in found.ids if one.messages == 4}


def test_an_id_is_followed_through_all_that_carries_it_as_a_whole_value():
    with session(STORY) as reader:
        trail = follow(reader, [ORDER])
    assert [hit.id for hit in trail.hits] == [1, 2, 6]
    assert trail.topics == {"shop/order": 1, "drill/command": 1, "shop/list": 1}
    assert [hit.words for hit in trail.hits] == [("NEW",), ("DRILL",), ("ERROR",)]
    assert trail.related == ((STEP, 1),)
    assert trail.complete


def test_ids_that_belong_to_it_are_followed_together_with_it():
    with session(STORY) as reader:
        trail = follow(reader, [ORDER, STEP])
    assert [hit.id for hit in trail.hits] == [1, 2, 3, 4, 5, 6]
    assert dict(trail.related) == {PIECE: 3}
    bars = [(bar.lane, bar.label, (bar.end_ns - bar.start_ns) / 1e9, bar.message_id) for bar in trail_bars(trail)]
    assert bars == [
        ("shop/order", "NEW", 0.0, 1),
        ("drill/command", "DRILL", 0.0, 2),
        ("drill/state", "RUNNING", 3.0, 3),
        ("drill/state", "FAILED", 0.0, 5),
        ("shop/list", "ERROR", 0.0, 6),
    ]
    assert [bar.marked for bar in trail_bars(trail)] == [False, False, False, True, True]
    colours = state_colours(trail_bars(trail))
    assert len(set(colours.values())) == len(colours) == 5


def test_a_level_of_a_topic_is_an_id_too():
    with session([message("plant/drill-4711/state", 1), message("plant/drill-4712/state", 2)]) as reader:
        (hit,) = follow(reader, ["drill-4711"]).hits
    assert (hit.id, hit.fields, hit.label) == (1, ("topic",), "state")


def test_all_are_counted_although_not_all_are_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(correlation, "MAX_HITS", 2)
    with session(STORY) as reader:
        trail = follow(reader, [STEP])
    assert (len(trail.hits), trail.messages, trail.complete) == (2, 4, False)


def test_hostile_payloads_do_no_harm():
    with session([message("h", place, payload) for place, payload in enumerate(PAYLOADS)]) as reader:
        index_of(reader)
        assert follow(reader, ["FINISHED", MARKUP]).messages <= len(PAYLOADS)
        assert follow(reader, [""]).messages == 0


VALUES = st.sampled_from(["id-00000001", "ä-00000002", 'quote"0003', "x", 7])


@settings(max_examples=30)
@given(st.lists(st.lists(VALUES, max_size=3), max_size=8), VALUES)
def test_it_finds_what_a_naive_search_finds(contents: list[list[str | int]], wanted: str | int):
    messages = [said("a", place, list=[{"v": one} for one in values]) for place, values in enumerate(contents)]
    with session(messages) as reader:
        trail = follow(reader, [str(wanted)])
    assert [hit.id - 1 for hit in trail.hits] == [place for place, values in enumerate(contents) if wanted in values]


def test_the_diagram_names_everybody_once_and_counts_repeats():
    arrows = [Arrow("CCU", "HBW", "PICK"), Arrow("HBW", "CCU", "RUNNING"), Arrow("HBW", "CCU", "RUNNING")]
    assert sequence_diagram(merged(arrows)).splitlines()[1:] == [
        "sequenceDiagram",
        "    participant p0 as CCU",
        "    participant p1 as HBW",
        "    p0->>p1: PICK",
        "    p1->>p0: RUNNING #215;2",
    ]
    assert sequence_diagram([]) == ""


def test_the_diagram_is_bounded():
    many = [Arrow(f"s{place}", "r", f"t{place}") for place in range(500)]
    lines = sequence_diagram(merged(many)).splitlines()
    assert sum("->>" in line for line in lines) == MAX_ARROWS
    assert sum("participant" in line for line in lines) == MAX_PARTICIPANTS + 1


@given(st.text() | st.sampled_from(["end", "x end y", "%%{init: {}}%%", "a;b", "a\nparticipant x", MARKUP]))
def test_a_strangers_text_is_never_markup(text: str):
    shown = escaped(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ]|#\d+;)+", shown)
    assert not re.search(r"\bend\b", shown, re.IGNORECASE)
    plain = "".join(chr(int(code)) if code else one for code, one in re.findall(r"#(\d+);|(.)", shown))
    if text.isprintable() and 0 < len(text) <= 48:
        assert plain.replace("\u2060", "") == text.replace("\u2060", "")


@pytest.mark.real_data
def test_an_order_of_the_factory_is_followed(real_recordings: Path, tmp_path: Path):
    """What is found is what a search in the text of the file finds."""
    path = real_recordings / "white-storage-production_20260807_111716.log"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows = [row for row in rows if "topic" in row]
    with SessionReader.open(Catalog(tmp_path).import_file(path).entry.path) as reader:
        orders = [one for one in index_of(reader).ids if "orderId" in one.fields and one.topics > 5]
        assert len(orders) == 2  # one storage order, one production order
        for order in orders:
            trail = follow(reader, [order.value])
            expected = [place for place, row in enumerate(rows, 1) if f'"{order.value}"' in row["payload"]]
            assert [hit.id for hit in trail.hits] == expected
            assert order.messages == len(expected)
        only_orders = MessageQuery(("ccu/order/#",))
        assert set(follow(reader, [orders[0].value], only_orders).topics) == {
            "ccu/order/active",
            "ccu/order/response",
            "ccu/order/completed",
        }


def test_no_two_usual_states_have_one_colour() -> None:
    """The legend of a figure that has both could not tell them apart."""
    assert len(set(STATE_COLOURS.values())) == len(STATE_COLOURS)
