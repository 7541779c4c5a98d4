"""Handovers and cuts together, against a real broker: a keeper gets all of QoS 1, and knows what came twice."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from queue import SimpleQueue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.ports import Arrival
from core.topics import matches
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.mqtt.test_handover import FILTERS, PATIENCE, TOPICS, Traffic
from tests.proxy import Proxy

steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(FILTERS), st.integers(0, 1)),
        st.tuples(st.sampled_from(["cut", "reset"]), st.integers(0, 1)),
    ),
    min_size=2,
    max_size=7,
).filter(lambda found: 1 <= sum(what in ("cut", "reset") for what, _ in found) <= 3)
"""What happens, one after the other, and how many bursts pass then."""


class Recorder:
    """Keeps what comes, settles it in a thread of its own, and recognises what comes again."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self.again = 0
        self._kept: dict[int, tuple[str, bytes]] = {}
        self._unsettled: SimpleQueue[Arrival | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._settle, name="test-settling", daemon=True)
        self._thread.start()

    def __call__(self, arrival: Arrival) -> None:
        for place, message in enumerate(arrival.messages):
            packet_id, content = arrival.packet_ids[place], (message.topic, message.payload)
            if place in arrival.redelivered and self._kept.get(packet_id) == content:
                self.again += 1
                continue
            self._kept[packet_id] = content
            self.numbers[message.topic].append(int(message.payload))
        self._unsettled.put(arrival)

    def stop(self) -> None:
        self._unsettled.put(None)
        self._thread.join(PATIENCE)

    def _settle(self) -> None:
        pause = threading.Event()
        while (arrival := self._unsettled.get()) is not None:
            pause.wait(0.002)
            arrival.settle()

    def has(self, topics: list[str], last: int) -> bool:
        return all(last in self.numbers[topic][-3:] for topic in topics)


@pytest.mark.parametrize("kind", ["mqtt5", "mqtt311", "mqtt311-with-copies"])
def test_a_keeper_gets_every_message_once_over_handovers_and_cuts(
    kind: str, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
) -> None:
    copies = "true" if kind == "mqtt311-with-copies" else "false"
    broker = private_broker(extra=f"allow_duplicate_messages {copies}\nmax_inflight_messages 20")
    publisher = client_factory(Environment("replay", broker.url, may_publish=True))
    runs = count()

    @settings(max_examples=12)
    @given(own=st.sampled_from(FILTERS), happened=steps)
    def holds(own: str, happened: list[tuple[str, int]]) -> None:
        prefix, proxy = f"run/{next(runs)}", Proxy(broker.port)
        proxy.start()
        environment = Environment("replay", proxy.url, may_publish=True)
        protocol = Protocol.V5 if kind == "mqtt5" else Protocol.V311
        client = SharedClient(environment, SystemClock(), f"cuts-{os.getpid()}-{prefix[4:]}", protocol=protocol)
        recorder = Recorder()
        try:
            client.subscribe_keeper([f"{prefix}/{own}"], recorder)
            client.start()
            assert client.await_connected(PATIENCE)
            last = _go(client, proxy, Traffic(publisher, prefix, 1), happened)
            mine = [f"{prefix}/{one}" for one in TOPICS if matches(own, one)]
            eventually(lambda: recorder.has(mine, last), "the last number", PATIENCE)
            numbers = dict(recorder.numbers)
            if kind == "mqtt311-with-copies":  # late ones are there twice, as docs/reliability.md says: none is lost
                numbers = {one: list(dict.fromkeys(found)) for one, found in numbers.items()}
            assert numbers == {one: list(range(last + 1)) for one in mine}
            assert client.connection().broker_session == 1
        finally:
            client.stop(PATIENCE)
            proxy.stop()
            recorder.stop()

    holds()


def _go(client: SharedClient, proxy: Proxy, traffic: Traffic, happened: list[tuple[str, int]]) -> int:
    """Lets all this happen while messages flow; returns the last number."""
    prefix, pages = traffic._prefix, set[str]()
    with traffic:
        traffic.await_bursts(1)
        for what, bursts in happened:
            page = f"{prefix}/{what}"
            if what in ("cut", "reset"):
                proxy.cut(reset=what == "reset")
            elif page in pages:
                pages.remove(page)
                client.unsubscribe(page)
            else:
                pages.add(page)
                client.subscribe(page)
            traffic.await_bursts(bursts)
        return traffic.end()
