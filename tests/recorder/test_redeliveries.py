"""What the broker sends again is recognised, and nothing else is."""

from __future__ import annotations

from core.message import LIVE, Message
from recorder.redeliveries import Content, Redeliveries
from store.deliveries import Delivered
from tests.recorder.arrivals import arrival

HEARTBEAT = Message("alive", b"1", 1, LIVE, 0)


class Session:
    """Messages that were stored, with their packet identifiers."""

    def __init__(self, *stored: tuple[int, Message], long_ago: int = 0) -> None:
        self._stored = stored
        self._long_ago = long_ago

    def delivered(self) -> Delivered:
        found: dict[int, list[int]] = {}
        for number, (packet_id, _) in reversed(list(enumerate(self._stored, 1))):
            if packet_id not in found or number <= self._long_ago:
                found.setdefault(packet_id, []).append(number)
        return Delivered(found, self._long_ago)

    def equal(self, content: Content, after_id: int) -> int:
        return sum((one.topic, one.payload, one.qos) == content for _, one in self._stored[after_id:])

    def content(self, message_id: int) -> Content | None:
        if not 1 <= message_id <= len(self._stored):
            return None
        _, message = self._stored[message_id - 1]
        return message.topic, message.payload, message.qos


def message(text: str, qos: int = 1) -> Message:
    return Message("a", text.encode(), qos, LIVE, 0)


def new(redeliveries: Redeliveries, session: Session, *sent: tuple[int, Message]) -> list[int]:
    """The identifiers of what is taken as new, of messages that are all sent again."""
    ids = [packet_id for packet_id, _ in sent]
    again = arrival([one for _, one in sent], ids, range(len(sent)))
    return [ids[place] for place in redeliveries.new_places(again, session)]


def test_what_was_stored_under_its_identifier_is_left_out():
    session = Session((7, message("x")), (8, message("y")))
    assert new(Redeliveries(), session, (7, message("x")), (8, message("y")), (9, message("z"))) == [9]


def test_a_message_without_the_flag_is_new_whatever_its_identifier():
    session = Session((7, HEARTBEAT))
    again = arrival([HEARTBEAT, HEARTBEAT], [7, 7], [1])
    assert Redeliveries().new_places(again, session) == [0]


def test_another_content_under_the_same_identifier_is_new():
    session = Session((1, message("x")), (2, message("x")), (3, message("x")), (4, message("x")))
    others = (1, message("y")), (2, message("x", qos=2)), (3, Message("b", b"x", 1, LIVE, 0))
    assert new(Redeliveries(), session, *others) == [1, 2, 3]


def test_the_retain_flag_and_the_time_of_arrival_make_no_difference():
    session = Session((1, message("x")))
    assert new(Redeliveries(), session, (1, message("x")._replace(retain=1, at_ns=99))) == []


def test_an_equal_message_further_back_is_not_the_one_that_was_lost():
    """The broker keeps the order: behind one that was stored later nothing earlier comes again."""
    session = Session((1, HEARTBEAT), (2, message("x")))
    assert new(Redeliveries(), session, (2, message("x")), (1, HEARTBEAT)) == [1]


def test_on_each_connection_the_order_begins_anew():
    session = Session((1, message("x")), (2, message("y")))
    redeliveries = Redeliveries()
    assert new(redeliveries, session, (2, message("y"))) == []
    redeliveries.connection_lost()
    assert new(redeliveries, session, (1, message("x")), (2, message("y"))) == []


def test_an_identifier_that_comes_again_twice_is_on_a_new_connection():
    """Though nobody has said that the one before was lost: it had not even been announced."""
    session = Session((1, message("x")), (2, message("y")))
    redeliveries = Redeliveries()
    assert new(redeliveries, session, (1, message("x")), (2, message("y"))) == []
    assert new(redeliveries, session, (1, message("x")), (2, message("y"))) == []


def test_a_message_without_identifier_is_new():
    assert new(Redeliveries(), Session((0, message("x"))), (0, message("x"))) == [0]


def test_messages_without_identifier_say_nothing_about_the_connection():
    session = Session((1, HEARTBEAT), (2, message("x")))
    redeliveries = Redeliveries()
    assert new(redeliveries, session, (0, message("q")), (2, message("x"))) == [0]
    assert new(redeliveries, session, (0, message("r")), (1, HEARTBEAT)) == [0, 1], "it lies before what came already"


def test_a_broker_that_has_begun_anew_is_noticed_once():
    redeliveries = Redeliveries(broker_session=0)
    assert [redeliveries.is_new_session(number) for number in (0, 0, 1, 1, 3)] == [False, False, True, False, True]
    assert not Redeliveries().is_new_session(5), "nothing is stored yet"


def test_what_was_stored_long_ago_is_recognised_by_what_there_is_only_once():
    """Nearly all identifiers are on their way then, and what comes before and after it is recognised, too."""
    session = Session((1, HEARTBEAT), (2, message("x")), (3, HEARTBEAT), (4, message("y")), long_ago=3)
    again = (1, HEARTBEAT), (2, message("x")), (3, HEARTBEAT), (4, message("y"))
    assert new(Redeliveries(), session, *again) == []


def test_two_messages_under_one_identifier_are_both_recognised():
    """The broker gave it out again though the first one was not acknowledged yet."""
    session = Session((1, message("x")), (2, message("y")), (1, message("z")), (2, HEARTBEAT), long_ago=2)
    again = (1, message("x")), (2, message("y"))
    redeliveries = Redeliveries()
    assert new(redeliveries, session, *again) == []
    assert new(redeliveries, session, (1, message("z")), (2, HEARTBEAT)) == []


def test_an_equal_message_of_long_ago_says_nothing():
    """It may have been lost on its way just now, under an identifier that has been given out again."""
    session = Session((1, HEARTBEAT), (2, message("x")), (3, HEARTBEAT), (4, message("y")), long_ago=3)
    assert new(Redeliveries(), session, (1, HEARTBEAT), (2, message("z"))) == [1, 2]


def test_whether_it_was_long_ago_is_asked_anew_on_each_connection():
    session = Session((1, HEARTBEAT), (2, message("x")), (3, HEARTBEAT), long_ago=2)
    redeliveries = Redeliveries()
    assert new(redeliveries, session, (2, message("x"))) == []
    redeliveries.connection_lost()
    assert new(redeliveries, session, (1, HEARTBEAT)) == [1]
