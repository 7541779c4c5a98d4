"""A batch comes in one call to each who wants something of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.message import Message
from core.ports import Arrival
from core.topics import matches
from mqtt.fanout import Arrived, FanOut

TOPICS = ("a", "a/b", "b", "c/d")
FILTERS = ("#", "a", "a/#", "+/b", "b", "c/+")


def arrived(topics: Sequence[str], again: Sequence[int] = (), known: Sequence[int] = ()) -> Arrived:
    messages = [Message(topic, b"%d" % at, 1, 0, 0) for at, topic in enumerate(topics)]
    return Arrived(messages, list(range(1, len(topics) + 1)), sorted({*again, *known}), frozenset(known))


def begin(keepers: int) -> list[Callable[[], None]]:
    return [lambda: None] * keepers


@given(
    st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from(FILTERS), min_size=1, max_size=2)), max_size=4),
    st.lists(st.sampled_from(TOPICS), min_size=1, max_size=12),
    st.sets(st.integers(0, 11)),
    st.sets(st.integers(0, 11)),
)
def test_everybody_gets_exactly_his_own_in_one_call(
    receivers: list[tuple[bool, list[str]]], topics: list[str], again: set[int], known: set[int]
):
    """What was known before goes to keepers only; packet identifiers and places fit the messages."""
    fanout, calls, asked = FanOut(), dict[int, list[Arrival | Sequence[Message]]](), list[int]()
    for number, (keeps, filters) in enumerate(receivers):
        calls[number] = []
        fanout.add_keeper(filters, calls[number].append) if keeps else fanout.add(filters, calls[number].append)
    fanout.hold_buffers(["a/#"])
    known = {place for place in known if place < len(topics)}
    again = {place for place in again if place < len(topics)} | known
    batch = arrived(topics, sorted(again), sorted(known))

    def counted(keepers: int) -> list[Callable[[], None]]:
        asked.append(keepers)
        return begin(keepers)

    fanout.deliver(batch, 7, counted)
    expected_keepers = 0
    for number, (keeps, filters) in enumerate(receivers):
        wanted = [at for at, topic in enumerate(topics) if any(matches(one, topic) for one in filters)]
        places = wanted if keeps else [at for at in wanted if at not in known]
        assert len(calls[number]) == bool(places)
        if not places:
            continue
        (got,) = calls[number]
        if isinstance(got, Arrival):
            expected_keepers += 1
            assert [int(one.payload) for one in got.messages] == places
            assert list(got.packet_ids) == [at + 1 for at in places]
            assert [places[at] for at in got.redelivered] == [at for at in places if at in again]
            assert got.broker_session == 7
        else:
            assert [int(one.payload) for one in got] == places
    assert asked == [expected_keepers]
    buffered = [at for at, topic in enumerate(topics) if matches("a/#", topic) and at not in known]
    assert [int(one.payload) for one in fanout.buffer("a/#")] == buffered


def test_a_keeper_that_fails_has_settled():
    fanout, settled = FanOut(), list[int]()

    def broken(_: Arrival) -> None:
        raise KeyError

    fanout.add_keeper(["#"], broken)
    fanout.add_keeper(["#"], lambda _: None)
    fanout.deliver(arrived(["a"]), 1, lambda _: [lambda: settled.append(0), lambda: settled.append(1)])
    assert settled == [0]
