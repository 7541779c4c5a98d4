"""One connection to a real Mosquitto: acknowledgements that come later, and session state that outlives it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from core.message import LIVE, Message
from mqtt.batching import PublishBatch
from mqtt.connect import Protocol
from mqtt.environment import Environment
from mqtt.link import Link
from tests.brokers import PrivateBroker
from tests.mqtt.listening import PATIENCE

WINDOW = 20
"""Mosquitto's own."""
Publish = Callable[[Sequence[Message]], None]


class Taker:
    """Takes messages and does not acknowledge them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.packet_ids: list[int] = []
        self.duplicates = 0
        self.answers = 0
        self.confirmed = 0

    def on_messages(self, batch: PublishBatch) -> None:
        self.messages += batch.messages
        self.packet_ids += batch.packet_ids
        self.duplicates += len(batch.duplicates)

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:
        self.answers += 1

    def on_unsubscribed(self, mid: int) -> None:
        self.answers += 1

    def on_confirmed(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> None:
        self.confirmed += len(packet_ids) - len(refusals)

    def on_turn(self) -> None: ...


@pytest.fixture
def environment(private_broker: Callable[..., PrivateBroker]) -> Environment:
    return Environment("near", private_broker(extra=f"max_inflight_messages {WINDOW}").url, may_publish=True)


@pytest.fixture
def links(environment: Environment, protocol: Protocol) -> Iterator[Callable[..., tuple[Link, Taker]]]:
    """Opens links under one name: the next one ends the one before."""
    opened: list[Link] = []

    def open_link(name: str = "link", **keywords: Any) -> tuple[Link, Taker]:
        taker = Taker()
        link = Link(environment, protocol, f"{name}-{os.getpid()}", taker, now_ns=time.time_ns, **keywords)
        opened.append(link)
        link.open(PATIENCE)
        return link, taker

    yield open_link
    for link in opened:
        link.close()


def run_until(link: Link, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert link.turn(0.05), link.why_ended()
        assert time.monotonic() < deadline


def has_got(taker: Taker, count: int) -> bool:
    return len(taker.messages) >= count


def has_confirmed(taker: Taker, count: int) -> bool:
    return taker.confirmed >= count


def ask(link: Link, taker: Taker) -> None:
    """Until the broker has answered: whatever it had sent before is here then."""
    before = taker.answers
    link.unsubscribe(["nothing"])
    run_until(link, lambda: taker.answers > before)


@pytest.fixture
def publish(links: Callable[..., tuple[Link, Taker]]) -> Publish:
    """Publishes over a link of its own, until all is confirmed."""

    def through_another(messages: Sequence[Message]) -> None:
        link, taker = links("publisher")
        for at in range(0, len(messages), WINDOW):
            link.publish_run(messages[at : at + WINDOW])
            run_until(link, partial(has_confirmed, taker, min(at + WINDOW, len(messages))))

    return through_another


def numbered(count: int) -> list[Message]:
    return [Message("a", b"%d" % number, 1, LIVE, 0) for number in range(count)]


def payloads(taker: Taker) -> list[int]:
    return [int(message.payload) for message in taker.messages]


def subscribed(link: Link, taker: Taker) -> None:
    link.subscribe(["a"], 1)
    run_until(link, lambda: taker.answers)


def test_the_broker_waits_for_acknowledgements_which_may_come_from_another_thread(
    links: Callable[..., tuple[Link, Taker]], publish: Publish
) -> None:
    link, taker = links()
    subscribed(link, taker)
    publish(numbered(WINDOW * 3))
    run_until(link, lambda: len(taker.messages) >= WINDOW)
    ask(link, taker)
    assert payloads(taker) == list(range(WINDOW))
    with ThreadPoolExecutor(1) as pool:
        while len(taker.messages) < WINDOW * 3:
            acknowledged = len(taker.messages)
            pool.submit(link.acknowledge, taker.packet_ids[-WINDOW:]).result()
            run_until(link, partial(has_got, taker, acknowledged + 1))
    assert payloads(taker) == list(range(WINDOW * 3))


def test_what_was_not_acknowledged_comes_again_first_and_says_so(
    links: Callable[..., tuple[Link, Taker]], publish: Publish
) -> None:
    """It comes right behind CONNACK, when the owner does not know the link yet: it gets it with the first turn."""
    first, taker = links(clean_start=False, session_expiry_s=600)
    subscribed(first, taker)
    assert not first.session_present
    publish(numbered(10))
    run_until(first, lambda: len(taker.messages) == 10)
    first.acknowledge(taker.packet_ids[:4])
    ask(first, taker)
    first.close()
    again, redelivered = links(clean_start=False, session_expiry_s=600)
    assert again.session_present
    assert redelivered.messages == []
    run_until(again, lambda: len(redelivered.messages) == 6)
    assert payloads(redelivered) == list(range(4, 10))
    assert redelivered.packet_ids == taker.packet_ids[4:]
    assert redelivered.duplicates == 6


def test_session_state_outlives_goodbye_unless_it_is_ended(
    links: Callable[..., tuple[Link, Taker]], protocol: Protocol
) -> None:
    """MQTT 3.1.1 cannot end it so: there it takes another connection, with a clean start."""
    for ends in (False, True):
        link, taker = links(clean_start=False, session_expiry_s=600)
        subscribed(link, taker)
        if ends:
            link.end_session()
        link.finish()
        link.close()
        again, _ = links(clean_start=False, session_expiry_s=600)
        assert again.session_present is (not ends or protocol is Protocol.V311)
        again.close()


def test_a_clean_start_finds_nothing(links: Callable[..., tuple[Link, Taker]]) -> None:
    link, taker = links(clean_start=False, session_expiry_s=600)
    subscribed(link, taker)
    link.close()
    again, _ = links(clean_start=True)
    assert not again.session_present


def test_acknowledging_while_the_network_thread_waits_needs_no_turn(
    links: Callable[..., tuple[Link, Taker]], publish: Publish
) -> None:
    """The network thread sleeps in its select; what arrives because of the acknowledgement wakes it."""
    link, taker = links()
    subscribed(link, taker)
    publish(numbered(WINDOW + 1))
    run_until(link, lambda: len(taker.messages) == WINDOW)
    thread = threading.Thread(target=link.turn, args=(PATIENCE,), daemon=True)
    thread.start()
    link.acknowledge(taker.packet_ids)
    thread.join(PATIENCE / 2)
    assert not thread.is_alive()
    run_until(link, lambda: len(taker.messages) == WINDOW + 1)
