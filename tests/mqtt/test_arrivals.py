"""What is left out of a batch is acknowledged with it, and what comes again is recognised."""

from __future__ import annotations

from collections.abc import Sequence

from core.message import LIVE, LIVE_RETAINED, Message
from mqtt.acknowledgements import Acknowledgements
from mqtt.arrivals import Arrivals
from mqtt.batching import PublishBatch
from mqtt.connect import Protocol
from mqtt.fanout import FanOut
from mqtt.twins import Twins
from tests.mqtt.keeping import Keeping


class Sent:
    """A link that keeps what is acknowledged."""

    def __init__(self, protocol: Protocol = Protocol.V5) -> None:
        self.protocol = protocol
        self.subscription_ids = protocol is Protocol.V5
        self.acknowledged: list[int] = []

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        self.acknowledged += packet_ids


def batch(*payloads: str, first_id: int = 1, again: bool = False, retain: str = "") -> PublishBatch:
    """Of QoS 1, on the topic 'a'; the payloads in `retain` with the flag."""
    found = PublishBatch()
    for number, payload in enumerate(payloads):
        flag = LIVE_RETAINED if payload in retain else LIVE
        found.messages.append(Message("a", payload.encode(), 1, flag, 0))
        found.packet_ids.append(first_id + number)
        found.subscription_ids.append((1,))
        found.duplicates += [number] * again
    return found


def arrivals(as_published: bool = False) -> tuple[Arrivals, FanOut]:
    acknowledgements, fanout = Acknowledgements(), FanOut()
    twins = Twins(lambda: 0.0, acknowledgements)
    return Arrivals(twins, fanout, acknowledgements, lambda _: not as_published), fanout


def test_stored_messages_of_mqtt_311_are_left_out_and_acknowledged_with_the_others():
    ours, fanout = arrivals()
    link, keeper = Sent(Protocol.V311), Keeping(settles=False)
    fanout.add_keeper(["#"], keeper)
    ours.attach(link, 1)
    ours.take(batch("x", "y", "z", retain="y"))
    assert (keeper.payloads, keeper.packet_ids, link.acknowledged) == ([b"x", b"z"], [1, 3], [])
    keeper.settle()
    assert link.acknowledged == [1, 2, 3]
    ours.take(batch("y", first_id=4, retain="y"))
    assert link.acknowledged == [1, 2, 3, 4]


def test_flags_that_are_the_publishers_are_kept_in_mqtt_311_too():
    ours, fanout = arrivals(as_published=True)
    keeper = Keeping()
    fanout.add_keeper(["#"], keeper)
    ours.attach(Sent(Protocol.V311), 1)
    ours.take(batch("y", retain="y"))
    assert [message.retain for message in keeper.messages] == [LIVE_RETAINED]


def test_without_a_connection_nothing_is_taken():
    ours, fanout = arrivals()
    keeper = Keeping()
    fanout.add_keeper(["#"], keeper)
    ours.take(batch("x"))
    assert keeper.payloads == []


def test_listeners_do_not_hear_again_what_came_before_a_cut_but_what_did_not():
    """Under the same identifier another message can come: it is told by its content."""
    ours, fanout = arrivals()
    keeper, heard = Keeping(settles=False), list[bytes]()
    fanout.add_keeper(["#"], keeper)
    fanout.add(["#"], lambda messages: heard.extend(one.payload for one in messages))
    ours.attach(Sent(), 1)
    ours.take(batch("x", "y"))
    ours.detach()
    ours.attach(Sent(), 1)
    ours.take(batch("x", "other", "new", again=True))
    assert heard == [b"x", b"y", b"other", b"new"]
    assert keeper.payloads[2:] == [b"x", b"other", b"new"]
    assert keeper.redelivered == [b"x", b"other", b"new"]


def test_what_was_acknowledged_can_come_again_too():
    ours, fanout = arrivals()
    heard: list[bytes] = []
    fanout.add(["#"], lambda messages: heard.extend(one.payload for one in messages))
    ours.attach(Sent(), 1)
    ours.take(batch("x"))
    for _ in range(2):
        ours.detach()
        ours.attach(Sent(), 1)
        ours.take(batch("x", again=True))
    assert heard == [b"x"]


def test_after_a_broker_has_lost_its_state_nothing_is_known():
    ours, fanout = arrivals()
    heard: list[bytes] = []
    fanout.add(["#"], lambda messages: heard.extend(one.payload for one in messages))
    ours.attach(Sent(), 1)
    ours.take(batch("x"))
    ours.detach()
    ours.attach(Sent(), 2)
    ours.take(batch("x", again=True))
    assert heard == [b"x", b"x"]


def test_what_is_new_ends_the_memory():
    ours, fanout = arrivals()
    heard: list[bytes] = []
    fanout.add(["#"], lambda messages: heard.extend(one.payload for one in messages))
    ours.attach(Sent(), 1)
    ours.take(batch("x"))
    ours.detach()
    ours.attach(Sent(), 1)
    ours.take(batch("new", first_id=7))
    ours.take(batch("x", again=True))
    assert heard == [b"x", b"new", b"x"]
