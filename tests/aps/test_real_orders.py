"""The orders in recordings of a real factory are those that were counted in them beforehand, by another program."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from aps.order_trace import order_trace
from aps.order_values import CHECK_QUALITY, OrderState, OrderTrace, Step
from store.catalog import Catalog
from store.parts import open_session

pytestmark = pytest.mark.real_data


def trace_of(recording: Path, folder: Path) -> OrderTrace:
    path = Catalog(folder).import_file(recording, timezone="Europe/Berlin").entry.path
    with open_session(path) as reader:
        return order_trace(reader)


def ended_steps(found: OrderTrace) -> list[Step]:
    return [step for order in found.orders for step in order.steps if step.state in ("FINISHED", "ERROR")]


@pytest.mark.parametrize(
    ("file", "requests", "finished", "failed", "pictures", "steps"),
    [
        # requests: (type, colour); finished: storage, production; pictures: passed, failed; steps that began and ended
        ("red-storage-production-nok_20260807_113739.log", "SR PR", (1, 0), 1, (0, 1), 13),
        ("startup-clean_20260512_102831.log", "", (0, 0), 0, (0, 0), 0),
        ("storage-production-ml-rrr_20260804_133245.log", "SR SR SR PR PR PR", (3, 2), 1, (2, 1), 48),
        ("synthetic-arduino-sensors_20260508_091000.log", "", (0, 0), 0, (0, 0), 0),
        ("white-storage-production_20260807_111716.log", "SW PW", (1, 1), 0, (1, 0), 16),
        ("default_test_session.db", "", (0, 0), 0, (0, 0), 0),
        ("production-rw-agv2-b-agv1_20260512_125623.log", "PW PR PB", (0, 2), 1, (2, 1), 40),
        ("production-white_20260303_081127.log", "PW", (0, 1), 0, (1, 0), 12),
        ("storage_order_blue_20251110_181104.log", "SB", (1, 0), 0, (0, 0), 4),
        ("storage_order_blue_20251110_181104.db", "SB", (1, 0), 0, (0, 0), 4),
    ],
)
def test_the_orders_are_the_known_ones(
    real_recordings: Path,
    tmp_path: Path,
    file: str,
    requests: str,
    finished: tuple[int, int],
    failed: int,
    pictures: tuple[int, int],
    steps: int,
) -> None:
    found = trace_of(real_recordings / file, tmp_path)
    assert Counter(f"{one.type[:1]}{one.colour[:1]}" for one in found.orders) == Counter(requests.split())
    assert all(one.request for one in found.orders)
    assert found.unanswered == ()
    ends = Counter((one.type, one.state) for one in found.orders)
    assert (ends["STORAGE", OrderState.FINISHED], ends["PRODUCTION", OrderState.FINISHED]) == finished
    assert ends["PRODUCTION", OrderState.ERROR] == failed
    assert sum(ends.values()) == sum(finished) + failed, "none is open at the end"
    checks = [step for order in found.orders for step in order.steps if step.command == CHECK_QUALITY]
    judged = Counter(step.evidence.result for step in checks if step.evidence.picture)
    assert (judged["PASSED"], judged["FAILED"]) == pictures
    assert len(ended_steps(found)) == steps


@pytest.mark.parametrize(
    "file",
    [
        "red-storage-production-nok_20260807_113739.log",
        "white-storage-production_20260807_111716.log",
        "production-rw-agv2-b-agv1_20260512_125623.log",
        "production-white_20260303_081127.log",
        "storage_order_blue_20251110_181104.log",
    ],
)
def test_without_outages_every_step_that_ended_has_its_command_and_its_end(
    real_recordings: Path, tmp_path: Path, file: str
) -> None:
    found = trace_of(real_recordings / file, tmp_path)
    assert [step.name for step in ended_steps(found) if not step.evidence.complete] == []


def test_with_outages_the_steps_have_their_durations_all_the_same(real_recordings: Path, tmp_path: Path) -> None:
    """The recording has outages: six commands and five ends are missing in it."""
    steps = ended_steps(trace_of(real_recordings / "storage-production-ml-rrr_20260804_133245.log", tmp_path))
    assert sum(step.evidence.command is not None for step in steps) == 42
    assert sum(step.evidence.done is not None for step in steps) == 43
    assert all(step.duration_s and step.duration_s > 0 for step in steps)


def test_who_drove_and_for_whom_is_known_with_two_vehicles(real_recordings: Path, tmp_path: Path) -> None:
    found = trace_of(real_recordings / "production-rw-agv2-b-agv1_20260512_125623.log", tmp_path)
    drivers = {step.place for order in found.orders for step in order.steps if step.state == "FINISHED" and step.target}
    assert drivers == {"AGV-1", "AGV-2"}
    assert any(order_id != one.id for one in found.orders for ride in one.rides for order_id, _ in ride.moves)


def test_from_the_light_barrier_to_the_bin_of_rejects(real_recordings: Path, tmp_path: Path) -> None:
    storage, production = trace_of(real_recordings / "red-storage-production-nok_20260807_113739.log", tmp_path).orders
    assert storage.goods_in
    assert storage.goods_in.workpiece_id == storage.workpiece_id == production.workpiece_id
    assert production.storage_order_id == storage.id
    assert production.failed_step
    assert production.failed_step.name == "AIQS.CHECK_QUALITY"
    assert [step.state for step in production.steps[-3:]] == ["CANCELLED"] * 3
