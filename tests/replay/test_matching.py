"""What arrives is matched with what was published, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import LIVE, LIVE_RETAINED, NS_PER_MILLISECOND, Message, Properties
from replay import expected
from replay.matching import MAX_FOREIGN_TOPICS, MAX_RECENT, OTHERS, Compared, Matching
from replay.proof import Changed, ForeignTopic, Proof

TAG = ("session-replay", "run")
OURS = Properties(user_properties=(TAG,))
MQTT5, MQTT311 = Compared(TAG), Compared(None, retain=False)
S = 1_000_000_000


def sent(topic: str = "a", payload: bytes = b"x", qos: int = 1, retain: int = LIVE, at_ns: int = 0) -> Message:
    return Message(topic, payload, qos, retain, at_ns, OURS)


def numbered(count: int, topic: str = "a", qos: int = 1) -> list[Message]:
    return [sent(topic, b"%d" % number, qos) for number in range(count)]


def expecting(messages: Sequence[Message], compared: Compared = MQTT5) -> Matching:
    matching = Matching(compared)
    matching.expect(messages, [None] * len(messages))
    return matching


def account(
    messages: Sequence[Message], arrived: Sequence[Message], compared: Compared = MQTT5, again: bool = False
) -> Proof:
    """All were published before anything arrived."""
    matching = expecting(messages, compared)
    matching.arrive(arrived, again=again)
    return matching.proof()


few_contents = st.builds(sent, st.sampled_from(["a", "b"]), st.sampled_from([b"", b"1", b"2"]), st.sampled_from([0, 1]))


@given(st.lists(few_contents), st.data())
def test_what_is_lost_is_counted_exactly_and_spoils_nothing_else(messages: list[Message], data: st.DataObject):
    """Among many equal messages, and however far the publisher is ahead."""
    arriving = [place for place in range(len(messages)) if data.draw(st.booleans(), label="arrives")]
    matching = Matching(MQTT5)
    told = 0
    for place in arriving:
        ahead = data.draw(st.integers(max(told, place + 1), len(messages)), label="told")
        matching.expect(messages[told:ahead], [None] * (ahead - told))
        told = ahead
        matching.arrive([messages[place]])
    matching.expect(messages[told:], [None] * (len(messages) - told))
    proof = matching.proof()
    assert replace(proof, overtaken=0) == Proof(len(messages), len(arriving), missing=len(messages) - len(arriving))


@given(st.lists(few_contents), st.lists(few_contents), st.booleans())
def test_whatever_comes_each_content_is_missing_or_double_as_often_as_it_is(
    messages: list[Message], arrived: list[Message], again: bool
):
    arrived = [message for message in arrived if message in messages]
    proof = account(messages, arrived, again=again)
    published, came = Counter(messages), Counter(arrived)
    assert proof.missing == (published - came).total()
    assert proof.duplicated == (came - published).total()
    assert proof.delivered == (came & published).total()
    assert (proof.unexpected, proof.foreign, proof.changed) == (0, (), Changed())


@given(st.permutations(range(6)))
def test_the_order_is_wrong_if_and_only_if_it_is(order: list[int]):
    messages = numbered(6)
    proof = account(messages, [messages[number] for number in order])
    assert (proof.delivered, proof.missing, proof.duplicated) == (6, 0, 0)
    assert (proof.wrong_order > 0) == (order != sorted(order))


def test_one_message_that_comes_too_late_is_one_in_wrong_order():
    first, second, third = messages = numbered(3)
    assert account(messages, [second, third, first]).wrong_order == 1


def test_the_order_of_different_topics_does_not_matter():
    here, there = numbered(3, "here"), numbered(3, "there")
    assert account([*here, *there], [*there, *here]) == Proof(6, 6)


def test_what_another_qos_overtakes_is_told_apart():
    """MQTT keeps the order of a topic for one QoS only (MQTT 5.0, section 4.6)."""
    slow, fast = sent(payload=b"1", qos=2), sent(payload=b"2", qos=0)
    assert account([slow, fast], [fast, slow]) == Proof(2, 2, overtaken=1)


@pytest.mark.parametrize(
    ("arrived", "changed"),
    [
        (sent(payload=b"y"), Changed(payload=1)),
        (sent(qos=0), Changed(qos=1)),
        (sent(retain=LIVE_RETAINED), Changed(retain=1)),
        (sent()._replace(properties=replace(OURS, content_type="text/plain")), Changed(properties=1)),
    ],
)
def test_what_arrives_otherwise_than_published_is_changed(arrived: Message, changed: Changed):
    assert account([sent()], [arrived]) == Proof(1, 0, changed=changed)


def test_equal_messages_that_arrive_changed_are_all_counted():
    assert account([sent()] * 5, [sent(qos=0), sent(), sent(qos=0), sent(), sent(qos=0)]) == Proof(
        5, 2, changed=Changed(qos=3)
    )


def test_brokers_count_the_expiry_interval_down():
    message = sent()._replace(properties=replace(OURS, message_expiry_interval=10))
    arrived = message._replace(properties=replace(OURS, message_expiry_interval=9))
    assert account([message], [arrived]) == Proof(1, 1)


def test_a_message_of_this_run_in_addition_is_unexpected():
    assert account([sent()], [sent(), sent(payload=b"y"), sent("elsewhere")]) == Proof(1, 1, unexpected=2)


def test_a_message_without_the_runs_mark_is_foreign_even_if_it_is_equal():
    messages = [sent(), sent()]
    others = [
        sent()._replace(properties=None),
        sent()._replace(properties=Properties(user_properties=((TAG[0], "-"),))),
    ]
    assert account(messages, [*messages, *others]) == Proof(2, 2, foreign=(ForeignTopic("a", 2),))


def test_on_topics_that_are_not_replayed_others_may_publish():
    matching = Matching(MQTT5, ["later"])
    matching.arrive([Message(topic, b"", 0, LIVE, 0) for topic in ("later", "never")])
    assert matching.proof().foreign == (ForeignTopic("later", 1),)


def test_without_marks_what_is_in_excess_or_unknown_is_foreign():
    messages = [sent(), sent()]
    arrived = [*messages, sent(), sent(payload=b"y")]
    assert account(messages, arrived, MQTT311) == Proof(2, 2, foreign=(ForeignTopic("a", 2),))


def test_without_marks_what_is_in_excess_after_a_cut_is_a_duplicate():
    messages = [sent(), sent()]
    arrived = [*messages, sent(), sent(payload=b"y")]
    assert account(messages, arrived, MQTT311, again=True) == Proof(2, 2, duplicated=1, foreign=(ForeignTopic("a", 1),))


def test_what_is_sent_again_after_a_cut_is_a_duplicate_and_no_wrong_order():
    first, second = sent(payload=b"1"), sent(payload=b"2")
    matching = expecting([first, second, first, second])
    matching.arrive([first, second])
    matching.arrive([second, first, second], again=True)
    assert matching.proof() == Proof(4, 4, duplicated=1)


def test_what_was_withdrawn_is_not_missing():
    matching = expecting(numbered(5))
    matching.arrive(numbered(2))
    assert matching.proof(withdrawn=2) == Proof(3, 2, missing=1)
    assert matching.proof(withdrawn=9) == Proof(2, 2)


def test_lateness_is_the_arrival_against_the_due_time():
    matching = Matching(MQTT5)
    matching.expect(numbered(3), [1 * S, 2 * S, None])
    matching.arrive([message._replace(at_ns=2 * S + 3 * NS_PER_MILLISECOND) for message in numbered(3)])
    lateness = matching.proof().lateness_ms
    assert lateness.p50 == pytest.approx(3, rel=2**-7)
    assert lateness.max == 1_003.0


def test_a_lost_heartbeat_does_not_make_all_later_ones_late():
    """They are all equal, so any of them may be the lost one."""
    beats = [sent(at_ns=number * S) for number in range(10)]
    matching = Matching(MQTT5)
    for number, beat in enumerate(beats):
        matching.expect([beat], [number * S])
        if number != 4:
            matching.arrive([beat._replace(at_ns=number * S + NS_PER_MILLISECOND)])
    proof = matching.proof()
    assert (proof.missing, proof.wrong_order, proof.lateness_ms.max) == (1, 0, 1.0)


def test_equal_messages_that_are_all_there_have_their_true_lateness():
    beats = [sent() for _ in range(4)]
    matching = Matching(MQTT5)
    matching.expect(beats, [number * S for number in range(4)])
    matching.arrive([beat._replace(at_ns=4 * S) for beat in beats])
    lateness = matching.proof().lateness_ms
    assert lateness.p50 == pytest.approx(2_000, rel=2**-7)
    assert lateness.max == 4_000.0


def test_memory_is_bounded_when_nothing_arrives(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expected, "MAX_WAITING", 100)
    matching = Matching(MQTT5)
    for number in range(50):
        matching.expect(numbered(10, f"topic/{number}"), [None] * 10)
    assert matching.expected.open <= 100
    assert sum(matching.expected.left().values()) <= 100
    assert matching.proof() == Proof(500, 0, missing=500)


def test_memory_is_bounded_whatever_others_publish():
    topics = [f"t/{number}" for number in range(MAX_FOREIGN_TOPICS + 5)]
    matching = Matching(MQTT5, topics)
    matching.arrive([Message(topic, b"", 0, LIVE, 0) for topic in topics])
    foreign = matching.foreign()
    assert len(foreign) == MAX_FOREIGN_TOPICS + 1
    assert foreign[0] == ForeignTopic(OTHERS, 5)


def test_memory_is_bounded_when_all_arrives():
    matching = Matching(MQTT5)
    for begin in range(0, 3 * MAX_RECENT, 1_000):
        messages = [sent(payload=b"%d" % number) for number in range(begin, begin + 1_000)]
        matching.expect(messages, [None] * 1_000)
        matching.arrive(messages)
    assert matching.proof() == Proof(3 * MAX_RECENT, 3 * MAX_RECENT)
    assert (matching.expected.open, len(matching._recent), matching.expected._waiting) == (0, MAX_RECENT, {})


def test_the_lag_is_what_was_published_after_the_newest_that_arrived():
    """A lost message is no lag."""
    messages = numbered(5)
    matching = expecting(messages)
    assert matching.expected.lag() == 5
    matching.arrive([messages[3]])
    assert matching.expected.lag() == 1
