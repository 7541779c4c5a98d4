"""The simulated factory measured against recordings of the real one, with stated tolerances."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from analysis.templates.learning import Learner
from analysis.templates.validating import Validator
from aps.key_messages import key_message
from aps.order_trace import order_trace
from aps.order_values import OrderTrace
from aps.simulator.plant import Scenario
from core.message import FROM_DUMP, LIVE, NS_PER_SECOND, Message
from store.catalog import Catalog
from store.parts import open_session
from tests.analysis.sessions import session
from tests.analysis.test_real_recordings import EXPECTED, messages_of
from tests.aps.simulator.running import Running
from tests.aps.simulator.test_payloads import shape
from tests.aps.simulator.test_reactions import AGV, DPS, DRILL, HBW, command, instant
from tests.aps.simulator.traffic import START_NS

pytestmark = pytest.mark.real_data

ACCEPTED = 0.98
"""Share of simulated messages that the templates learned from all recordings accept."""

SHARE_POINTS, SHARE_FACTOR = 0.5, 0.1
"""A topic's share of the messages differs by at most so many percentage points, or by this factor of the real one."""
SHARE_POINTS_OF_TWO = 1.0
"""The same for two vehicles and three orders at a time, of the topics with at least one percent of the messages."""
RATE_FACTOR = 0.10
"""Messages per second."""
GAPS = {"p50": (0.005, 0.2), "p90": (0.15, 0.3), "p99": (0.05, 0.05)}
"""Time between two messages, any topics: by how many seconds, or by which factor, it may differ."""
BURST_POINTS = 5
"""Percentage points by which the shares of gaps below 5 and below 50 milliseconds may differ."""
SIZE_FACTOR = 0.06
"""Median payload size of a topic."""
KEY_MESSAGES = 0.97
"""Likeness of the two sequences of key messages; 1 is the same messages in the same order."""
STEP_SECONDS, STEP_FACTOR = 1.0, 0.2
"""By how many seconds, or by which factor, the median duration of a step may differ: the stations' controllers are
asked once a second, so a step of ten seconds takes one more or not, and some steps were recorded only once or twice."""

OF_ITS_OWN = {
    "ccu/order/completed": "repeats all orders since the last reset",
    "ccu/state/stock": "depends on how full the store is",
    "/j1/txt/1/f/i/stock": "its copy",
    "/j1/txt/1/i/quality_check": "a picture: 93 to 220 kB in the real factory",
    "fts/v1/ff/+/order": "depends on where the vehicle stands at first",
}
"""Topics whose sizes say nothing about the simulation."""

OF_DASHBOARDS = {"ccu/set/charge", "ccu/set/reset", "dsp/correlation/request"}
"""Recorded topics on which the factory itself never publishes; it obeys the first two."""

RUNS: dict[str, tuple[Scenario, tuple[str, ...], str]] = {
    "white-storage-production_20260807_111716.log": (Scenario(orders=["white:storage", "white"]), (), HBW),
    "red-storage-production-nok_20260807_113739.log": (Scenario(orders=["red:storage", "red"]), ("quality",), DPS),
}
"""Recordings of one vehicle without outages, and the same simulated: orders, faults, and where the vehicle stands."""


@cache
def real(folder: Path, name: str) -> list[Message]:
    return [message for message in messages_of(folder / name) if message.retain != FROM_DUMP]


@cache
def simulated(name: str) -> list[Message]:
    """Without the first second, in which everything says what it is: the recordings begin later."""
    scenario, faults, place = RUNS[name]
    run = Running(scenario, *faults)
    run.factory.vehicle.place = place
    run.finish()
    run.run(20)
    return [message for message in run.messages if message.at_ns >= START_NS + NS_PER_SECOND]


def kind(topic: str) -> str:
    """The topic without serial numbers."""
    return re.sub(r"SVR\w+|5iO4|leJ4|jp93", "+", topic)


def shares(messages: Sequence[Message]) -> dict[str, float]:
    """Percent per kind of topic."""
    counts = Counter(kind(message.topic) for message in messages)
    return {topic: 100 * count / len(messages) for topic, count in counts.items()}


def gaps_s(messages: Sequence[Message]) -> list[float]:
    return sorted((after.at_ns - before.at_ns) / NS_PER_SECOND for before, after in pairwise(messages))


def keys(messages: Iterable[Message]) -> list[str]:
    found = [key for message in messages if (key := key_message(message))]
    return [key for before, key in pairwise(["", *found]) if key != before]


def near(value: float, expected: float, absolute: float, factor: float) -> bool:
    return abs(value - expected) <= max(absolute, factor * expected)


@pytest.mark.parametrize("name", RUNS)
def test_topics_and_their_shares_are_those_of_the_real_factory(real_recordings: Path, name: str) -> None:
    expected, found = shares(real(real_recordings, name)), shares(simulated(name))
    assert found.keys() == expected.keys()
    far = {
        topic: (round(found[topic], 2), round(share, 2))
        for topic, share in expected.items()
        if not near(found[topic], share, SHARE_POINTS, SHARE_FACTOR)
    }
    assert far == {}


def test_two_vehicles_and_three_orders_make_the_traffic_of_the_real_ones(real_recordings: Path) -> None:
    """That recording has the goods station's sensors in their fast mode; what is rare depends on who waits for whom."""
    expected = shares(real(real_recordings, "production-rw-agv2-b-agv1_20260512_125623.log"))
    run = Running(Scenario(orders=["white", "red", "blue"], parallel=3, vehicles=2), "quality:BLUE")
    run.factory.periods_s.update({"ldr": 3.0, "bme680": 3.4})
    run.finish()
    run.run(30)
    found = shares(run.messages)
    frequent = [topic for topic, share in expected.items() if share >= 1]
    assert len(frequent) >= 14
    far = {
        topic: (round(found[topic], 2), round(expected[topic], 2))
        for topic in frequent
        if not near(found[topic], expected[topic], SHARE_POINTS_OF_TWO, 0)
    }
    assert far == {}


@pytest.mark.parametrize("name", RUNS)
def test_messages_follow_each_other_as_in_the_real_factory(real_recordings: Path, name: str) -> None:
    expected, found = gaps_s(real(real_recordings, name)), gaps_s(simulated(name))
    assert near(len(found) / sum(found), len(expected) / sum(expected), 0, RATE_FACTOR)
    for place, (absolute, factor) in GAPS.items():
        at = int(place[1:]) / 100
        values = found[int(at * len(found))], expected[int(at * len(expected))]
        assert near(*values, absolute, factor), (place, values)
    for below_s in (0.005, 0.05):
        parts = [100 * sum(gap < below_s for gap in gaps) / len(gaps) for gaps in (found, expected)]
        assert abs(parts[0] - parts[1]) <= BURST_POINTS, (below_s, parts)


@pytest.mark.parametrize("name", RUNS)
def test_payloads_are_as_large_as_in_the_real_factory(real_recordings: Path, name: str) -> None:
    sizes: list[dict[str, list[int]]] = [{}, {}]
    for place, messages in enumerate((real(real_recordings, name), simulated(name))):
        for message in messages:
            sizes[place].setdefault(kind(message.topic), []).append(len(message.payload))
    expected, found = ({topic: median(all_) for topic, all_ in one.items()} for one in sizes)
    compared = found.keys() & expected.keys() - OF_ITS_OWN.keys()
    assert len(compared) >= 18
    far = {
        topic: (found[topic], expected[topic])
        for topic in compared
        if not near(found[topic], expected[topic], 1, SIZE_FACTOR)
    }
    assert far == {}
    pictures = [len(one.payload) for one in simulated(name) if one.topic == "/j1/txt/1/i/quality_check"]
    assert pictures
    assert all(90_000 <= size <= 220_000 for size in pictures)


@pytest.mark.parametrize("name", RUNS)
def test_key_messages_come_in_the_order_of_the_real_factory(real_recordings: Path, name: str) -> None:
    expected, found = keys(real(real_recordings, name)), keys(simulated(name))
    assert len(expected) >= 40
    assert SequenceMatcher(None, expected, found, autojunk=False).ratio() >= KEY_MESSAGES


def durations(traces: Iterable[OrderTrace]) -> dict[str, float]:
    """The median of each step, from the central control's times."""
    found: dict[str, list[float]] = {}
    for trace in traces:
        for order in trace.orders:
            for step in order.steps:
                if step.duration_s is not None and step.state == "FINISHED":
                    found.setdefault(step.name, []).append(step.duration_s)
    return {name: median(values) for name, values in found.items()}


def test_steps_take_as_long_as_in_the_real_factory(real_recordings: Path, tmp_path: Path) -> None:
    """Orders that have the factory for themselves. A piece is stored into the near bay from which one has come."""
    traces = []
    for name in [*RUNS, "production-white_20260303_081127.log", "storage_order_blue_20251110_181104.log"]:
        path = Catalog(tmp_path).import_file(real_recordings / name, timezone="Europe/Berlin").entry.path
        with open_session(path) as reader:
            traces.append(order_trace(reader))
    expected = durations(traces)
    run = Running(Scenario(orders=["white", "white:storage", "red", "red:storage", "blue", "blue:storage"]))
    run.finish()
    with session([message._replace(retain=LIVE) for message in run.messages]) as reader:
        found = durations([order_trace(reader)])
    expected.pop("START>DPS")  # depends on where the vehicle stands at first
    expected.pop("START>HBW", None)
    assert expected.keys() <= found.keys()
    assert len(expected) >= 15
    far = {
        name: (round(found[name], 2), round(duration, 2))
        for name, duration in expected.items()
        if not near(found[name], duration, STEP_SECONDS, STEP_FACTOR)
    }
    assert far == {}


def test_the_controllers_start_anew_after_a_reset_as_in_the_real_factory(real_recordings: Path) -> None:
    """What goes over the inner leg: the same topics in the same order, and what they say has the same fields."""
    run = Running(Scenario(idle=True, vehicles=2))
    run.send("ccu/set/reset", {"timestamp": run.factory.now(), "withStorage": False})
    run.run(40)
    recorded = messages_of(real_recordings / "startup-clean_20260512_102831.log")
    expected, found = (
        [(one.topic, shape(json.loads(one.payload))) for one in messages[begin:] if "NodeRed" in one.topic]
        for messages in (recorded, run.messages)
        for begin in [next(at for at, one in enumerate(messages) if one.topic == "ccu/set/reset")]
    )
    assert [topic for topic, _ in found] == [topic for topic, _ in expected]
    assert len(found) == 12
    far = [
        topic for (topic, has), (_, wanted) in zip(found, expected, strict=True) if "/state" in topic and has != wanted
    ]
    assert far == []


@cache
def everything() -> dict[str, list[Message]]:
    """Runs in which all that the simulator can do happens."""
    runs = {
        "goods in and production": Running(Scenario()),
        "parallel orders, two vehicles, camera": Running(
            Scenario(orders=["red", "white", "blue", "red:storage"], parallel=4, vehicles=2, camera=True)
        ),
        "faults": Running(
            Scenario(3, orders=["red", "white", "blue"], parallel=2), "quality:RED", "blocked=0.1", "silent-fts=0.1"
        ),
        "power and batteries": Running(Scenario(4), "fts-off=0.1", "low-battery=0.2"),
        "by hand": Running(Scenario(idle=True)),
    }
    runs["goods in and production"].run(600)
    runs["power and batteries"].run(600)
    for name in list(runs)[1:3]:
        runs[name].finish()
    hand = runs["by hand"]
    for number, name in enumerate(("PICK", "DRILL", "DROP"), 1):
        hand.send(*command(DRILL, number, name), seen=False)
        hand.run(15)
    hand.send("ccu/set/charge", {"serialNumber": AGV, "charge": True}, seen=False)
    hand.run(30)
    hand.send("ccu/set/charge", {"serialNumber": AGV, "charge": False}, seen=False)
    hand.run(10)
    hand.order("WHITE", "STORAGE")
    hand.order("WHITE", "STORAGE")
    hand.run(30)
    hand.send("ccu/set/reset", {"timestamp": "t"}, seen=False)
    hand.run(60)
    hand.send(f"module/v1/ff/{HBW}/instantAction", instant("factsheetRequest"), seen=False)
    hand.run(5)
    return {name: run.messages for name, run in runs.items()}


def test_every_recorded_topic_of_the_factory_is_simulated_and_no_other_one(real_recordings: Path) -> None:
    recorded = {message.topic for name, *_ in EXPECTED for message in messages_of(real_recordings / name)}
    simulated_ones = {message.topic for messages in everything().values() for message in messages}
    assert recorded - simulated_ones == OF_DASHBOARDS
    assert {kind(topic) for topic in simulated_ones} <= {kind(topic) for topic in recorded}


def test_templates_of_the_real_recordings_accept_what_is_simulated(real_recordings: Path) -> None:
    """A message on a topic without template counts as not accepted."""
    learner = Learner()
    for name, *_ in EXPECTED:
        learner.begin_session(name)
        for message in messages_of(real_recordings / name):
            learner.add(message)
    templates = learner.templates()
    for name, messages in everything().items():
        validator = Validator(templates)
        for number, message in enumerate(messages):
            validator.add(number, message.topic, message.payload)
        report = validator.report()
        assert report.accepted / len(messages) >= ACCEPTED, (name, report.unknown_topics, report.violations[:10])
