"""What is said about the factory follows from its messages, recomputed here from the recordings' own lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from analysis.summary import Sentence
from aps.modules import name_of
from aps.summary import factory_summary
from core.durations import duration_text
from core.message import NS_PER_SECOND
from store.catalog import Catalog
from store.parts import open_session
from store.query import MessageQuery
from tests.analysis.sessions import START_NS, message, session

RED = "red-storage-production-nok_20260807_113739.log"
THREE = "storage-production-ml-rrr_20260804_133245.log"
TWO_VEHICLES = "production-rw-agv2-b-agv1_20260512_125623.log"
DURATION = re.compile(r"(?:(\d+) min )?(\d+(?:\.\d)?) s\b")

pytestmark = pytest.mark.real_data


def clock(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // NS_PER_SECOND, UTC).strftime("%H:%M:%S")


def told(path: Path, folder: Path) -> list[Sentence]:
    entry = Catalog(folder).import_file(path).entry
    with open_session(entry.path) as reader:
        return factory_summary(reader)


def lines(path: Path) -> Iterator[tuple[datetime, str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        if "topic" in found:
            try:
                payload = json.loads(found["payload"])
            except ValueError:
                payload = None
            yield datetime.fromisoformat(found["timestamp"]).astimezone(UTC), found["topic"], payload


@pytest.mark.parametrize("name", [RED, THREE, TWO_VEHICLES])
def test_vehicles_are_idle_as_long_as_their_states_say(name: str, real_recordings: Path, tmp_path: Path) -> None:
    path = real_recordings / name
    states: dict[str, list[tuple[datetime, bool]]] = {}
    for at, topic, payload in lines(path):
        if topic.startswith("fts/v1/ff/") and topic.endswith("/state") and isinstance(payload.get("driving"), bool):
            charging = (payload.get("batteryState") or {}).get("charging") is True
            busy = payload["driving"] or payload.get("waitingForLoadHandling") is True or charging
            states.setdefault(topic.split("/")[3], []).append((at, not busy))
    expected = []
    for serial, found in sorted(states.items()):
        spans = [(after[0] - before[0]).total_seconds() for before, after in pairwise(found)]
        idle = sum(span for span, (_, stands) in zip(spans, found, strict=False) if stands)
        if idle:
            longest, since = longest_stand(found)
            expected.append(
                f"{name_of(serial)} was idle for {duration_text(idle)} of {duration_text(sum(spans))}, "
                f"at most {duration_text(longest)} from {since:%H:%M:%S} on."
            )
    assert [one.words(clock) for one in told(path, tmp_path) if " was idle " in one.template] == expected


def longest_stand(states: list[tuple[datetime, bool]]) -> tuple[float, datetime]:
    """Seconds from the first state of an unbroken row of idle ones to the state that ends it; and when that began."""
    runs = []
    for idle, run in groupby(enumerate(states), key=lambda one: one[1][1]):
        places = [place for place, _ in run]
        end = states[min(places[-1] + 1, len(states) - 1)][0]
        if idle:
            runs.append(((end - states[places[0]][0]).total_seconds(), states[places[0]][0]))
    return max(runs, key=lambda one: one[0])


@pytest.mark.parametrize("name", [RED, THREE, TWO_VEHICLES])
def test_orders_are_counted_and_failures_named_as_the_central_control_does(
    name: str, real_recordings: Path, tmp_path: Path
) -> None:
    path = real_recordings / name
    seen: dict[str, dict[str, Any]] = {}
    answered, failed_at = set(), dict[str, datetime]()
    for at, topic, payload in lines(path):
        if topic == "ccu/order/response":
            answered.add(payload["orderId"])
        if topic in ("ccu/order/active", "ccu/order/completed"):
            seen.update({order["orderId"]: order for order in payload})
            for order in payload:
                if order["state"] == "ERROR":
                    failed_at.setdefault(order["orderId"], at)
    orders = [seen[one] for one in answered]
    failed = [one for one in orders if one["state"] == "ERROR"]
    first, *others = told(path, tmp_path)
    kinds = [order["orderType"].lower() for order in orders]
    of = " and ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    assert first.template.startswith(f"{len(orders)} orders ({of}): ")
    assert f"{len(failed)} not ok" in first.template
    for order in failed:
        sentence = next(one for one in others if order["orderId"][:8] in one.template)
        (bad,) = [one for one in order["productionSteps"] if one["state"] == "ERROR"]
        assert sentence.template.startswith(f"The {order['type']} {order['orderType'].lower()} order")
        assert f"not ok at {bad['moduleType']} at" in sentence.template
        said = sentence.moments[0] / NS_PER_SECOND  # by the recorder's clock: the other one can be wrong by days
        assert abs(said - failed_at[order["orderId"]].timestamp()) < 2


@pytest.mark.parametrize("name", [RED, THREE, TWO_VEHICLES])
def test_orders_took_and_waited_as_long_as_the_central_control_says(
    name: str, real_recordings: Path, tmp_path: Path
) -> None:
    path = real_recordings / name
    answered, done = set(), {}
    for _, topic, payload in lines(path):
        if topic == "ccu/order/response":
            answered.add(payload["orderId"])
        if topic == "ccu/order/completed":
            done.update({order["orderId"]: order for order in payload if order["state"] == "FINISHED"})
    took: dict[str, list[tuple[float, float]]] = {}
    for order in (done[one] for one in answered & set(done)):
        took.setdefault(order["orderType"].lower(), []).append(took_and_waited(order))
    sentences = [one.template for one in told(path, tmp_path) if " took " in one.template]
    assert [one.split(" order")[0] for one in sentences] == [
        f"{len(each)} {kind}" for kind, each in sorted(took.items())
    ]
    for sentence, (_, each) in zip(sentences, sorted(took.items()), strict=True):
        said = [60 * int(minutes or 0) + float(rest) for minutes, rest in DURATION.findall(sentence)]
        assert said == pytest.approx([median(one) for one in zip(*each, strict=True)], abs=0.6)  # whole seconds


def took_and_waited(order: dict[str, Any]) -> tuple[float, float]:
    """Seconds, by the times in the order itself: until its end; from what a step waits for until it starts."""
    times = {
        step["id"]: (datetime.fromisoformat(step["startedAt"]), datetime.fromisoformat(step["stoppedAt"]))
        for step in order["productionSteps"]
    }
    begin = datetime.fromisoformat(order.get("receivedAt") or order["timestamp"])
    waited = sum(
        max(0.0, (times[step["id"]][0] - times.get(step.get("dependentActionId"), (begin, begin))[1]).total_seconds())
        for step in order["productionSteps"]
    )
    return (datetime.fromisoformat(order["stoppedAt"]) - begin).total_seconds(), waited


def test_requests_without_an_answer_are_counted() -> None:
    asked = json.dumps({"type": "RED", "orderType": "PRODUCTION", "timestamp": "2026-08-07T09:11:28.000Z"}).encode()
    messages = [message("ccu/order/request", at_s, asked) for at_s in (1, 30)] + [message("x", 900)]
    with session(messages) as reader:
        (found,) = factory_summary(reader)
        late = MessageQuery(start_ns=START_NS + 2 * NS_PER_SECOND, end_ns=START_NS + 31 * NS_PER_SECOND)
        (later,) = factory_summary(reader, within=late)
        assert factory_summary(reader, within=MessageQuery(start_ns=START_NS + 31 * NS_PER_SECOND)) == []
    assert (found.words(clock), found.messages) == ("2 requests had no answer, the first at 09:11:28.", (1,))
    assert (later.words(clock), later.messages) == ("1 request had no answer, the first at 09:11:57.", (2,))


def test_each_sentence_leads_to_a_message_that_is_about_it(real_recordings: Path, tmp_path: Path) -> None:
    entry = Catalog(tmp_path).import_file(real_recordings / RED).entry
    with open_session(entry.path) as reader:
        failure = next(one for one in factory_summary(reader) if "was not ok" in one.template)
        stored = reader.message(failure.messages[0])
    assert stored is not None
    state = json.loads(stored.message.payload)["actionState"]
    assert (state["command"], state["result"]) == ("CHECK_QUALITY", "FAILED")


def test_other_sessions_have_no_sentence_about_the_factory() -> None:
    odd = [message("fts/v1/ff/x/state", at_s, payload) for at_s, payload in enumerate((b"", b"[]", b'{"driving":"{"}'))]
    with session([*odd, message("a/b", 5, b"{}")]) as reader:
        assert factory_summary(reader) == []
