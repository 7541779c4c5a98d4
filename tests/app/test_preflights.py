"""Preflights run in the background: nobody waits for one, and one is enough for all who ask."""

from __future__ import annotations

import threading
from datetime import UTC

from app.preflights import FRESH_S, Preflights, broker_words
from core.clock import ManualClock
from core.message import NS_PER_SECOND
from mqtt.environments import Environment
from mqtt.identity import Preflight

PLACE = Environment("replay", "mqtt://localhost:1883", may_publish=True)


class Looking:
    """A look that takes as long as the test wants."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.times = 0

    def __call__(self, environment: Environment) -> Preflight:
        self.times += 1
        self.go_on.wait(5)
        return Preflight(f"{environment.name}, look {self.times}")


def test_whoever_asks_is_not_kept_waiting_and_one_look_serves_all():
    looking = Looking()
    preflights = Preflights(ManualClock(), looking)
    assert [preflights.of(PLACE) for _ in range(3)] == [None, None, None]
    looking.go_on.set()
    assert preflights.wait(5)
    assert preflights.of(PLACE) == Preflight("replay, look 1")
    assert looking.times == 1


def test_what_is_old_is_shown_until_something_newer_is_known():
    looking, clock = Looking(), ManualClock()
    looking.go_on.set()
    preflights = Preflights(clock, looking)
    preflights.of(PLACE)
    preflights.wait(5)
    clock.advance(round((FRESH_S + 1) * NS_PER_SECOND))
    assert preflights.of(PLACE) == Preflight("replay, look 1")
    assert preflights.wait(5)
    assert preflights.of(PLACE) == Preflight("replay, look 2")


def test_an_environment_at_another_address_is_another_one():
    looking = Looking()
    looking.go_on.set()
    preflights = Preflights(ManualClock(), looking)
    preflights.of(PLACE)
    preflights.wait(5)
    assert preflights.of(Environment("replay", "mqtt://localhost:1884", may_publish=True)) is None
    assert preflights.wait(5)


def test_since_when_a_broker_runs_is_said_to_the_minute():
    assert broker_words(Preflight("localhost:1883 is mosquitto."), UTC) == "localhost:1883 is mosquitto."
    running = Preflight("localhost:1883 is mosquitto.", since_ns=1_795_248_900 * NS_PER_SECOND)
    assert broker_words(running, UTC) == "localhost:1883 is mosquitto, running since 2026-11-21 08:15 UTC."
