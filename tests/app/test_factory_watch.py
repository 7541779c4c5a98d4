"""The Factory page knows what was said last, also by those who have been silent for long, while nobody looked."""

from __future__ import annotations

from app.factory_watch import MAX_TOPICS, FactoryWatch
from core.message import FROM_DUMP, LIVE, Message
from mqtt.buffers import MAX_MESSAGES
from tests.app.test_listening import Client, shared

PARKED, DRIVING = "fts/v1/ff/leJ4/state", "fts/v1/ff/5iO4/state"


def said(topic: str, payload: bytes, at: int, retain: int = LIVE) -> Message:
    return Message(topic, payload, 1, retain, at)


def test_a_vehicle_that_stands_still_is_where_it_said_last_however_much_the_other_says() -> None:
    client, watch = Client(), FactoryWatch()
    client.stored = [said(PARKED, b"on its way", 1, FROM_DUMP)]
    assert watch.newest(shared(client))[PARKED].payload == b"on its way"
    client.say(said(PARKED, b"parked", 2), *(said(DRIVING, b"drives", 3 + at) for at in range(MAX_MESSAGES)))
    assert watch.newest(shared(client))[PARKED].payload == b"parked"
    assert client.asked == 1


def test_what_is_said_while_the_broker_tells_what_it_stores_is_newer() -> None:
    class Slow(Client):
        def fetch_retained(self, filters: object, timeout: float) -> list[Message]:
            self.say(said(PARKED, b"now", 2))
            return [said(PARKED, b"before", 3, FROM_DUMP), said(DRIVING, b"stored", 3, FROM_DUMP)]

    found = FactoryWatch().newest(shared(Slow()))
    assert {topic: message.payload for topic, message in found.items()} == {PARKED: b"now", DRIVING: b"stored"}


def test_serial_numbers_without_end_do_not_fill_the_memory() -> None:
    client, watch = Client(), FactoryWatch()
    watch.newest(shared(client))
    client.say(*(said(f"fts/v1/ff/{number}/state", b"x", number) for number in range(MAX_TOPICS + 10)))
    assert len(watch.newest(shared(client))) == MAX_TOPICS
