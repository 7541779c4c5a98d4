"""What is out of the ordinary: found where it is, and nothing where everything is as always."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from analysis.unusual import MAX_OF_A_KIND, Kind, unusual
from core.message import Message
from store.events import Event, EventKind
from store.query import EVERYTHING, MessageQuery
from tests.analysis.sessions import SECOND, START_NS, message, session


def steady(topic: str, start: int, end: int, every_s: float = 1.0) -> list[Message]:
    return [message(topic, start + number * every_s) for number in range(round((end - start) / every_s))]


def in_order(*messages: list[Message]) -> list[Message]:
    return sorted((one for some in messages for one in some), key=lambda one: one.at_ns)


def found(
    messages: list[Message], events: Sequence[Event] = (), query: MessageQuery = EVERYTHING
) -> list[tuple[Kind, str, str]]:
    with session(messages, events) as reader:
        return [(one.kind, one.topic, one.text) for one in unusual(reader, query)]


def test_a_steady_session_has_nothing_unusual():
    assert found(in_order(steady("a", 0, 60), steady("b", 0, 60, 0.5))) == []


def test_a_topic_that_fell_silent_is_named_with_the_time():
    messages = in_order(steady("a", 0, 60), steady("b", 0, 20))
    assert found(messages) == [
        (Kind.SILENT, "b", "b fell silent: nothing in the last 40 s, before that every 1.0 s"),
    ]  # fmt: skip


def test_an_irregular_topic_may_have_nothing_to_say():
    now_and_then = [message("b", at) for at in (0, 0.1, 0.2, 4, 4.1, 4.2, 8, 8.1, 8.2, 12, 12.1, 12.2)]
    assert found(in_order(steady("a", 0, 40), now_and_then)) == []


def test_a_hole_in_what_is_regular_is_found():
    messages = in_order(steady("a", 0, 120), steady("b", 0, 40), steady("b", 70, 120))
    with session(messages) as reader:
        (one,) = unusual(reader)
    assert one.text == "b was silent for 31 s, otherwise it comes every 1.0 s"
    assert one.start_s < 39.0 < 70.0 < one.end_s


def test_when_nothing_came_at_all_no_single_topic_is_blamed():
    messages = in_order(steady("a", 0, 40), steady("b", 0, 40, 0.5), steady("a", 70, 120), steady("b", 70, 120, 0.5))
    with session(messages) as reader:
        (one,) = unusual(reader)
    assert (one.kind, one.at_s, one.text) == (Kind.GAP, 39.5, "Nothing came on any topic for 30 s")
    assert one.start_s < 39.5 < 70.0 < one.end_s


@pytest.mark.parametrize(
    ("begins", "ends"), [(EventKind.GAP_START, EventKind.GAP_END), (EventKind.PAUSE, EventKind.RESUME)]
)
def test_nobody_is_blamed_for_silence_without_a_connection_or_in_a_pause(begins, ends):
    events = [Event(START_NS + 40 * SECOND, begins), Event(START_NS + 70 * SECOND, ends)]
    kinds = [kind for kind, *_ in found(in_order(steady("b", 0, 40), steady("b", 70, 120)), events)]
    assert kinds == ([Kind.GAP] if begins == EventKind.GAP_START else [])


def test_a_burst_is_one_finding_however_many_seconds_it_lasts():
    messages = in_order(steady("a", 0, 60), steady("b", 30, 32, 0.02))
    assert found(messages) == [
        (Kind.BURST, "", "102 messages within 2 s, most on b; usual are 1 per second"),
    ]  # fmt: skip


def test_a_payload_that_is_no_json_is_unusual_only_where_the_others_are():
    json = [message("json", number, b"{}") for number in range(19)]
    mixed = [message("mixed", number, b"{}" if number % 2 else b"off") for number in range(20)]
    text = [message("text", number, b"off") for number in range(20)]
    with session(in_order([*json, message("json", 19, b"{")], mixed, text)) as reader:
        (one,) = unusual(reader)
        stored = reader.message(one.message or 0)
    assert (one.kind, one.topic) == (Kind.NOT_JSON, "json")
    assert one.text == "1 of 20 payloads on json is no JSON, the others are"
    assert stored is not None
    assert stored.message.payload == b"{"


def test_a_view_of_the_session_shows_what_is_unusual_in_it():
    messages = in_order(steady("a", 0, 60), steady("b", 0, 20))
    early = MessageQuery(end_ns=START_NS + 21 * SECOND)
    assert found(messages, query=early) == []
    assert found(messages, query=MessageQuery(exclude=("b",))) == []


def test_the_list_stays_short():
    topics = [f"t/{number}" for number in range(MAX_OF_A_KIND + 5)]
    messages = in_order(steady("a", 0, 60), *(steady(topic, 0, 20) for topic in topics))
    assert len([one for one in found(messages) if one[0] is Kind.SILENT]) == MAX_OF_A_KIND


def test_progress_goes_from_nothing_to_everything():
    seen: list[tuple[int, int]] = []
    with session(steady("a", 0, 60)) as reader:
        unusual(reader, progress=lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 60), (60, 60))
    assert seen == sorted(seen)
