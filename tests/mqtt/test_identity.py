"""What a replay is connected to, and whether two brokers could be taken for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.clock import SystemClock
from core.message import NS_PER_SECOND
from mqtt import identity
from mqtt.embedded import EmbeddedBroker
from mqtt.environments import Environment
from mqtt.identity import Preflight, preflight, usual_ways
from tests.brokers import PrivateBroker
from tests.mqtt.silent_server import silent_server
from tests.ports import free_port
from tests.proxy import Proxy

Broker = Callable[..., PrivateBroker]
LIMIT_S = 30.0
"""Generous: a busy machine must not decide about a test."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "IDENTIFY_S", LIMIT_S)
    monkeypatch.setattr(identity, "NOTICED_S", 1.0)


def at(url: str) -> Environment:
    return Environment("replay", url, may_publish=True)


@pytest.mark.parametrize(("said", "seconds"), [("12345 seconds", 12_345), ("", None), ("3 days", None), ("x", None)])
def test_since_when_a_broker_runs_is_known_where_it_counts_seconds(said: str, seconds: int | None):
    before_ns = SystemClock().now_ns()
    since_ns = identity._since_ns(said)
    if seconds is None:
        assert since_ns is None
    else:
        assert since_ns is not None
        assert since_ns % (60 * NS_PER_SECOND) == 0
        assert abs(since_ns - (before_ns - seconds * NS_PER_SECOND)) <= (30 + LIMIT_S) * NS_PER_SECOND


def test_a_broker_is_named(private_broker: Broker):
    found = preflight(at(private_broker().url), (), LIMIT_S)
    assert "is mosquitto version " in found.broker
    assert found.warnings == ()


def test_two_ways_to_one_broker_are_no_reason_to_warn(private_broker: Broker):
    """Over WebSockets, by another name, through a proxy."""
    broker = private_broker(websockets=True)
    with running(Proxy(broker.port)) as proxy:
        ways = (broker.websocket_url, f"mqtt://127.0.0.1:{broker.port}", proxy.url)
        assert preflight(at(broker.url), ways, LIMIT_S).warnings == ()


def test_two_brokers_are_told_apart_although_they_are_of_one_kind(private_broker: Broker):
    one, other = private_broker(), private_broker(websockets=True)
    (warning,) = preflight(at(one.url), (one.url, other.websocket_url), LIMIT_S).warnings
    assert warning.startswith(f"Two brokers run on this machine: {other.websocket_url} (mosquitto version ")
    assert f"is not the one at {one.url}" in warning


def test_the_other_way_round_it_is_the_same(private_broker: Broker):
    one, other = private_broker(), private_broker(websockets=True)
    (warning,) = preflight(at(other.websocket_url), (one.url,), LIMIT_S).warnings
    assert one.url in warning


def test_one_broker_on_localhost_and_another_on_the_networks_address_are_found_out(
    private_broker: Broker, monkeypatch: pytest.MonkeyPatch
):
    """By the usual ways. The network's address is another one of loopback here, so that nothing is open to others."""
    one = private_broker()
    private_broker(extra=f"listener {one.port} 127.0.0.2")
    monkeypatch.setattr(identity, "_address", lambda: "127.0.0.2")
    (warning,) = preflight(at(one.url), None, LIMIT_S).warnings
    assert f"mqtt://127.0.0.2:{one.port}" in warning


def test_where_nobody_answers_nobody_is_mistaken(private_broker: Broker):
    assert preflight(at(private_broker().url), (f"mqtt://localhost:{free_port()}",), LIMIT_S).warnings == ()


def test_a_broker_that_lets_two_clients_have_one_name_is_not_judged(private_broker: Broker):
    """Nothing can be known there."""
    port = free_port()
    one = EmbeddedBroker(port)
    one.start()
    try:
        assert preflight(at(f"mqtt://localhost:{port}"), (f"mqtt://127.0.0.1:{port}",), LIMIT_S).warnings == ()
    finally:
        one.stop()


def test_without_a_broker_it_says_so():
    found = preflight(at(f"mqtt://localhost:{free_port()}"), None, LIMIT_S)
    assert "Nothing listens" in found.broker
    assert found.warnings == ()


def test_a_server_that_says_nothing_holds_nobody_up():
    with silent_server() as port:
        clock = SystemClock()
        before_ns = clock.now_ns()
        found = preflight(at(f"mqtt://localhost:{port}"), None, 0.2)
        assert clock.now_ns() - before_ns < LIMIT_S * 1e9
        assert found == Preflight(f"localhost:{port} has not answered within 0.2 s.")


def test_a_way_that_says_nothing_does_not_take_away_what_is_known(private_broker: Broker):
    with silent_server() as port:
        found = preflight(at(private_broker().url), (f"mqtt://localhost:{port}",), 5.0)
    assert "is mosquitto version " in found.broker


def test_the_usual_ways_lead_to_this_machine_under_all_its_names(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identity, "_address", lambda: "198.51.100.7")
    assert usual_ways(at("mqtt://localhost:1883")) == (
        "ws://localhost:9001",
        "mqtt://127.0.0.1:1883",
        "mqtt://[::1]:1883",
        "mqtt://198.51.100.7:1883",
    )
    assert usual_ways(at("ws://198.51.100.7:9001")) == (
        "mqtt://198.51.100.7:1883",
        "ws://127.0.0.1:9001",
        "ws://[::1]:9001",
    )
    assert usual_ways(at("mqtt://127.0.0.1:4711")) == ("mqtt://[::1]:4711", "mqtt://198.51.100.7:4711")


def test_a_broker_elsewhere_and_one_with_tls_have_no_other_ways(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(identity, "_address", lambda: "")
    assert usual_ways(at("mqtt://198.51.100.7:1883")) == ()
    assert usual_ways(at("mqtts://localhost:8883")) == ()


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
