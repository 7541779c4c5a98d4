"""Whatever happens to the recorder, the broker or the network: each confirmed message is there once, and in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.fakes import eventually
from tests.faults.checker import in_database, numbers
from tests.faults.conftest import Lab

ROUNDS = pytest.mark.parametrize("rounds", [5, pytest.param(30, marks=[pytest.mark.nightly, pytest.mark.timeout(600)])])

LEAST = 50
"""So many messages arrive while a commit is held up: fewer than the broker sends without an acknowledgement."""


@ROUNDS
def test_a_recorder_that_is_killed_and_resumed_has_every_message_once_and_in_order(lab: Lab, rounds: int):
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker)
    for _ in range(rounds):
        lab.wait(0.05, 0.6)
        recorder.kill()
        lab.wait(0.0, 0.3)
        recorder.resume()
    sent = lab.finish_complete(publisher, recorder)
    assert not sent.uncertain, "nothing happened to the publisher"


@ROUNDS
def test_a_recorder_that_is_killed_before_the_commit_has_acknowledged_nothing_of_it(lab: Lab, rounds: int):
    """Another program's transaction holds each commit up, so that the kill comes between arrival and commit."""
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker)
    for _ in range(rounds):
        lab.wait(0.05, 0.3)
        with held_up(recorder.database):
            before = publisher.numbers
            eventually(lambda: publisher.numbers > before + LEAST, "publishing")  # noqa: B023 - called at once
            lab.wait(0.1, 0.3)
            stored = len(numbers(in_database(recorder.database), lab.topic))
            assert stored < before + LEAST, "the commit was not held up"
            recorder.kill()
        recorder.resume()
    lab.finish_complete(publisher, recorder)


@contextmanager
def held_up(database: Path) -> Iterator[None]:
    """No commit into this database succeeds meanwhile."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@ROUNDS
def test_a_recording_goes_on_over_restarts_of_a_broker_with_persistence(lab: Lab, rounds: int):
    broker = lab.persistent_broker()
    recorder = lab.recorder(broker.url)
    publisher = lab.publisher(broker)
    for _ in range(rounds):
        lab.wait(0.05, 0.6)
        broker.stop()
        broker.start()
    lab.finish_complete(publisher, recorder)
    assert recorder.info()["gaps"] >= 1


@ROUNDS
def test_a_recording_goes_on_over_cut_connections(lab: Lab, rounds: int):
    broker = lab.persistent_broker()
    network = lab.proxy(broker)
    recorder = lab.recorder(network.url)
    publisher = lab.publisher(broker)
    for number in range(rounds):
        lab.wait(0.05, 0.6)
        network.cut(reset=number % 2 == 0)
    lab.finish_complete(publisher, recorder)
    assert network.cuts >= 1


@ROUNDS
def test_a_recording_goes_on_where_the_network_stalls(lab: Lab, rounds: int):
    broker = lab.persistent_broker()
    network = lab.proxy(broker)
    recorder = lab.recorder(network.url)
    publisher = lab.publisher(broker)
    for number in range(rounds):
        lab.wait(0.05, 0.4)
        network.stall()
        lab.wait(0.5, 1.5 if rounds == 5 else 4.0)
        network.resume()
        if number % 2:  # and what the stall held back is lost on the way
            network.cut()
    lab.finish_complete(publisher, recorder)


@ROUNDS
def test_a_recording_that_suffers_everything_at_once_has_every_message(lab: Lab, rounds: int):
    """Killed while the network is cut, resumed through a network that stalls, the broker restarted meanwhile."""
    broker = lab.persistent_broker()
    network = lab.proxy(broker)
    recorder = lab.recorder(network.url)
    publisher = lab.publisher(broker)
    for _ in range(rounds):
        lab.wait(0.05, 0.4)
        network.cut(reset=True)
        recorder.kill()
        broker.stop()
        broker.start()
        recorder.resume()
    lab.finish_complete(publisher, recorder)


@pytest.mark.nightly
@pytest.mark.timeout(300)
def test_a_stall_that_is_longer_than_the_keep_alive_costs_no_message(lab: Lab):
    broker = lab.persistent_broker()
    network = lab.proxy(broker)
    recorder = lab.recorder(network.url)
    publisher = lab.publisher(broker, rate=300)
    lab.wait(0.5)
    network.stall()
    lab.wait(40.0)
    network.resume()
    lab.finish_complete(publisher, recorder)
    assert recorder.info()["gaps"] >= 1
