"""Faults on a stream of messages: the same again for the same seed, counted, and in the order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import LIVE, NS_PER_SECOND, Message, Properties
from core.topics import matches
from replay import fault_stages
from replay.fault_plan import FaultPlan
from replay.fault_stages import REORDER_WINDOW
from replay.faults import Fault, FaultKind
from replay.schedule import Due

S = NS_PER_SECOND
SHARES = st.sampled_from([0.05, 0.3, 0.5, 1.0])
FILTERS = st.sampled_from(["#", "a/#", "b"])
SEEDS = st.integers(0, 2**64)


def stream(*at_ns: int, topics: Sequence[str] = ("a/1",), passes: int = 1) -> list[Due]:
    """Messages at these moments, each with a payload of its own, on these topics in turn."""
    length_ns = max(at_ns, default=0)
    return [
        Due(number * length_ns + at, at, Message(topics[place % len(topics)], b"%d!" % place, 1, LIVE, at), number)
        for number in range(passes)
        for place, at in enumerate(at_ns)
    ]


@st.composite
def streams(draw: st.DrawFn) -> list[Due]:
    gaps = draw(st.lists(st.sampled_from([0, 0, 1, S // 10, S, 9 * S]), max_size=40))
    topics = draw(st.lists(st.sampled_from(["a/1", "a/2", "b", "c"]), min_size=1, max_size=7))
    at_ns = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    return stream(*at_ns, topics=topics, passes=draw(st.integers(1, 3)))


def a_fault(kind: FaultKind) -> st.SearchStrategy[Fault]:
    lengths = st.sampled_from([0.05, 1.0, 3.5]) if kind is FaultKind.DELAY else st.just(0.0)
    found = st.builds(Fault, st.just(kind), FILTERS, SHARES, lengths)
    return found.filter(lambda one: (one.kind, one.topic, one.probability) != (FaultKind.DROP, "#", 1.0))


LOCAL = st.lists(st.sampled_from([FaultKind.DROP, FaultKind.DUPLICATE, FaultKind.CORRUPT]).flatmap(a_fault), max_size=3)
ANY = st.lists(st.sampled_from(sorted(fault_stages.STAGES)).flatmap(a_fault), min_size=1, max_size=4)


def applied(dues: Sequence[Due], *faults: Fault, seed: int = 0) -> list[Due]:
    """What is left; what was dropped is marked, and has kept its place."""
    return [due for due in FaultPlan(faults, seed).apply(iter(dues)) if not due.dropped]


@given(streams(), SEEDS)
def test_without_faults_nothing_changes(dues: list[Due], seed: int):
    assert applied(dues, seed=seed) == dues
    assert applied(dues, Fault(FaultKind.OUTAGE, seconds=1.0, at_s=1.0), seed=seed) == dues


@given(streams(), ANY, SEEDS)
def test_what_comes_out_adds_up_and_never_goes_back_in_time(dues: list[Due], faults: list[Fault], seed: int):
    plan = FaultPlan(faults, seed)
    out = list(plan.apply(iter(dues)))
    assert len(out) == len(dues) + plan.extra
    assert sum(due.dropped for due in out) == plan.dropped
    for earlier, later in pairwise(out):
        assert (earlier.offset_ns, earlier.pass_number) <= (later.offset_ns, later.pass_number)
        assert earlier.pass_number <= later.pass_number
        assert earlier.pass_number < later.pass_number or earlier.position_ns <= later.position_ns
    assert set(plan.counts()) == {fault.kind for fault in faults}


@given(streams(), ANY, SEEDS)
def test_the_same_seed_does_the_same_again(dues: list[Due], faults: list[Fault], seed: int):
    assert applied(dues, *faults, seed=seed) == applied(dues, *faults, seed=seed)


@given(
    streams(),
    LOCAL,
    st.lists(st.sampled_from([FaultKind.DELAY, FaultKind.REORDER]).flatmap(a_fault), max_size=1),
    SEEDS,
    st.integers(0, 40 * S),
)
def test_after_a_seek_the_same_happens_to_the_same_messages(
    dues: list[Due], local: list[Fault], last: list[Fault], seed: int, position_ns: int
):
    def after_it(out: list[Due]) -> list[tuple[Message, int]]:
        return [(due.message, due.offset_ns) for due in out if due.message.at_ns >= position_ns]

    first_pass = [due for due in dues if due.pass_number == 0]
    rest = [due for due in first_pass if due.position_ns >= position_ns]
    whole = applied(first_pass, *local, *last, seed=seed)
    assert after_it(applied(rest, *local, *last, seed=seed)) == after_it(whole)


def test_another_seed_another_loop_and_a_second_fault_of_the_same_kind_hit_others():
    dues = stream(*range(200))
    half = Fault(FaultKind.DROP, probability=0.5)
    first = [due.message for due in applied(dues, half)]
    assert first != [due.message for due in applied(dues, half, seed=1)]
    assert len(applied(dues, half, half)) < len(first)
    both = applied(stream(*range(200), passes=2), half)
    assert first == [due.message for due in both if due.pass_number == 0]
    assert first != [due.message for due in both if due.pass_number == 1]


def test_messages_of_one_topic_and_moment_are_hit_each_for_itself():
    out = applied(stream(*[5] * 1000), Fault(FaultKind.DROP, probability=0.5))
    assert 400 < len(out) < 600


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.DUPLICATE, FaultKind.CORRUPT, FaultKind.DELAY])
def test_as_many_are_hit_as_was_asked_for(kind: FaultKind):
    plan = FaultPlan([Fault(kind, "a/1", 0.1, seconds=kind is FaultKind.DELAY)], 7)
    for _ in plan.apply(iter(stream(*range(10_000), topics=["a/1", "a/2"]))):
        pass
    assert 400 < plan.counts()[kind] < 600


@given(streams(), SHARES, SEEDS)
def test_only_matching_messages_are_dropped(dues: list[Due], share: float, seed: int):
    out = applied(dues, Fault(FaultKind.DROP, "a/#", share), seed=seed)
    assert [due for due in out if due.message.topic in "bc"] == [due for due in dues if due.message.topic in "bc"]
    if share == 1:
        assert not any(due.message.topic.startswith("a/") for due in out)


def test_a_duplicate_follows_its_message_at_once():
    dues = stream(1, 2)
    assert applied(dues, Fault(FaultKind.DUPLICATE)) == [dues[0], dues[0], dues[1], dues[1]]


def test_of_a_message_and_its_duplicate_either_can_be_dropped():
    dues = stream(*range(100))
    faults = Fault(FaultKind.DUPLICATE), Fault(FaultKind.DROP, probability=0.5)
    copies = Counter(due.position_ns for due in applied(dues, *faults))
    assert set(copies.values()) == {1, 2}
    assert len(copies) < 100


@given(streams(), FILTERS, SHARES, SEEDS)
def test_corruption_changes_the_payload_and_nothing_else(dues: list[Due], topic: str, share: float, seed: int):
    plan = FaultPlan([Fault(FaultKind.CORRUPT, topic, share)], seed)
    out = list(plan.apply(iter(dues)))
    changed = [place for place, due in enumerate(out) if due != dues[place]]
    assert len(changed) == plan.counts()["corrupt"]
    for place in changed:
        before, after = dues[place].message, out[place].message
        assert after.payload != before.payload
        assert after.payload, "an empty one would delete a stored message"
        assert after._replace(payload=before.payload) == before
        assert matches(topic, before.topic)


def test_an_empty_payload_cannot_be_corrupted_and_a_corrupted_one_is_not_said_to_be_text():
    empty, text = (
        Message("a", payload, 1, LIVE, 0, Properties(payload_format_indicator=1, content_type="text/plain"))
        for payload in (b"", b"x")
    )
    first, second = applied([Due(0, 0, empty), Due(0, 0, text)], Fault(FaultKind.CORRUPT))
    assert first.message == empty
    assert second.message.properties == Properties(content_type="text/plain")


@given(streams(), FILTERS, SHARES, SEEDS)
def test_reordering_moves_messages_by_a_few_places_only(dues: list[Due], topic: str, share: float, seed: int):
    dues = [due for due in dues if due.pass_number == 0]
    plan = FaultPlan([Fault(FaultKind.REORDER, topic, share)], seed)
    out = [due.message for due in plan.apply(iter(dues))]
    before = [due.message for due in dues]
    assert sorted(out) == sorted(before)

    def those(messages: list[Message], matching: bool) -> list[Message]:
        return [message for message in messages if matches(topic, message.topic) is matching]

    assert those(out, matching=False) == those(before, matching=False)
    places = {message.payload: place for place, message in enumerate(those(before, matching=True))}
    moved = [abs(places[message.payload] - place) for place, message in enumerate(those(out, matching=True))]
    assert max(moved, default=0) <= REORDER_WINDOW
    assert (plan.counts()["reorder"] > 0) == any(moved)


def test_what_is_overtaken_goes_out_together_with_what_overtakes_it():
    dues = stream(*(number * S for number in range(100)))
    out = applied(dues, Fault(FaultKind.REORDER, probability=0.1))
    late = [due for earlier, due in pairwise(out) if due.message.at_ns < earlier.message.at_ns]
    assert late
    assert all(S <= due.offset_ns - due.message.at_ns <= REORDER_WINDOW * S for due in late)


def test_a_delay_is_as_long_as_asked_for_but_not_longer_than_the_loop():
    dues = stream(0, S, 2 * S, 10 * S, passes=2)
    out = applied(dues, Fault(FaultKind.DELAY, seconds=1.5))
    assert [due.offset_ns / S for due in out] == [1.5, 2.5, 3.5, 10, 11.5, 12.5, 13.5, 21.5]
    assert [due.pass_number for due in out] == [0] * 4 + [1] * 4


def test_a_delayed_message_does_not_take_the_position_back():
    dues = stream(0, S, topics=["late", "a"])
    out = applied(dues, Fault(FaultKind.DELAY, "late", seconds=5))
    assert [(due.message.topic, due.position_ns) for due in out] == [("a", S), ("late", S)]


def test_a_delay_holds_a_bounded_number_of_messages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fault_stages, "MAX_HELD", 10)
    plan = FaultPlan([Fault(FaultKind.DELAY, seconds=1.0)], 0)
    out = list(plan.apply(iter(stream(*range(100)))))
    assert [due.message.at_ns for due in out] == list(range(100))
    assert plan.cut_short == 90


def test_what_follows_is_read_only_when_it_is_needed():
    def endless(read: list[int]) -> Any:
        while True:
            read.append(1)
            yield Due(len(read), len(read), Message("a", b"x", 0, LIVE, len(read)))

    read: list[int] = []
    faults = [Fault(kind, "a", 0.5, seconds=kind is FaultKind.DELAY) for kind in fault_stages.STAGES]
    next(FaultPlan(faults, 3).apply(endless(read)))
    assert len(read) < 100


def outages(plan: FaultPlan, position_s: float) -> list[float]:
    found = []
    while (fault := plan.outage_before(round(position_s * S))) is not None:
        found.append(fault.seconds)
    return found


def test_each_outage_comes_once_and_again_after_a_rewind():
    plan = FaultPlan([Fault(FaultKind.OUTAGE, seconds=at, at_s=at) for at in (30.0, 10.0, 20.0)], 0)
    assert [fault.at_s for fault in plan.outages] == [10, 20, 30]
    assert [outages(plan, at) for at in (9.9, 10, 10, 40)] == [[], [10], [], [20, 30]]
    plan.rewind(20 * S)
    assert outages(plan, 25) == [20]
    plan.rewind(0)
    assert outages(plan, 15) == [10]
    assert plan.counts() == {"outage": 5}


def test_a_fault_that_cannot_be_done_is_refused():
    with pytest.raises(UsageError, match="the share must be more than 0%"):
        FaultPlan([Fault(FaultKind.DROP, "a", 0.0)], 0)
