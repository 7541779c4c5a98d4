"""Every sentence about a session says what its messages and events say, counted here in another way."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given

from analysis.summary import Sentence, counted, summary
from core.durations import duration_text
from core.message import Message
from store.events import Event, EventKind
from tests.analysis.sessions import SECOND, START_NS, message, message_lists, session


def clock(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // SECOND, UTC).strftime("%H:%M:%S")


def sentences(messages: list[Message], *events: Event, ended_s: float | None = None) -> list[Sentence]:
    with session(messages, events, ended_s) as reader:
        return summary(reader)


def texts(messages: list[Message], *events: Event, ended_s: float | None = None) -> list[str]:
    return [one.words(clock) for one in sentences(messages, *events, ended_s=ended_s)]


@given(message_lists(max_size=20))
def test_the_first_sentence_counts_the_messages(messages: list[Message]) -> None:
    first = texts(messages)[0]
    if not messages:
        assert first == "No message was recorded."
        return
    times = [one.at_ns for one in messages]
    span_s = (max(times) - min(times)) / SECOND
    topics = len({one.topic for one in messages})
    what = f"{counted(len(messages), 'message')} on {counted(topics, 'topic')}"
    if not span_s:
        assert first == f"{what}, at {clock(times[0])}."
        return
    assert first == (
        f"{what} in {duration_text(span_s)}, {len(messages) / span_s:,.1f} a second: "
        f"from {clock(min(times))} to {clock(max(times))}."
    )


def test_marks_and_gaps_are_told_with_their_times() -> None:
    at = [Event(START_NS + second * SECOND, kind, text) for second, kind, text in (
        (1, EventKind.MARK, "Door {open}"), (2, EventKind.GAP_START, "cut"), (4, EventKind.GAP_END, ""),
        (6, EventKind.MARK, ""), (7, EventKind.GAP_START, "cut"), (8, EventKind.GAP_END, ""),
    )]  # fmt: skip
    found = texts([message(at_s=second) for second in range(10)], *at)
    assert "2 marks; the first is at 09:11:28: 'Door {open}'." in found
    assert "The connection was missing 2 times, for 3.0 s in all; the longest, 2.0 s, began at 09:11:29." in found


def test_a_silence_of_everything_is_told_once_and_not_where_a_gap_explains_it() -> None:
    messages = [message(at_s=second) for second in (*range(20), *range(30, 50))]
    (found,) = sentences(messages)[1:]
    assert found.words(clock) == "Nothing came on any topic 1 time, for 11 s in all, from 09:11:46 on."
    assert (found.messages, found.stretch) == ((20,), (19.0, 30.0))
    cut = [Event(START_NS + 21 * SECOND, EventKind.GAP_START), Event(START_NS + 29 * SECOND, EventKind.GAP_END)]
    assert not any("Nothing came" in one for one in texts(messages, *cut))


def test_a_stretch_is_told_by_what_lies_in_it() -> None:
    events = [Event(START_NS + second * SECOND, kind, "x") for second, kind in (
        (1, EventKind.MARK), (12, EventKind.GAP_START), (14, EventKind.GAP_END), (15, EventKind.MARK),
    )]  # fmt: skip
    sent = [message(f"a/{second % 3}", at_s=second) for second in (*range(20), *range(30, 60))]
    with session(sent, events) as reader:
        told = [[one.words(clock) for one in summary(reader, span)] for span in ((10, 12), (10, 40), (20, 30))]
    assert told == [
        ["2 messages on 2 topics in 1.0 s, 2.0 a second: from 09:11:37 to 09:11:38."],
        [
            "20 messages on 3 topics in 29 s, 0.7 a second: from 09:11:37 to 09:12:06.",
            "1 mark; it is at 09:11:42: 'x'.",
            "The connection was missing 1 time, for 2.0 s in all, from 09:11:39 on.",
            "Nothing came on any topic 1 time, for 11 s in all, from 09:11:46 on.",
        ],
        ["No message came in this stretch."],
    ]


def test_a_quiet_session_is_not_blamed_for_silence() -> None:
    assert len(texts([message(at_s=second) for second in range(0, 100, 10)])) == 1


def test_durations_are_written_like_everywhere() -> None:
    assert [duration_text(one) for one in (0, 0.0226, 9.94, 9.96, 59.6, 125, 3_600, 7_500)] == [
        "0 s", "23 ms", "9.9 s", "10 s", "1 min 00 s", "2 min 05 s", "1 h 00 min", "2 h 05 min",
    ]  # fmt: skip
