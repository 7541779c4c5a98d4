"""Presets of the factory and of the settings: found by name, and what they leave out of real recordings."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from app.presets import left_out, presets
from app.settings import Settings
from core.clock import ManualClock
from core.errors import UsageError
from core.message import LIVE, Message
from recorder.recorder import Recorder, RecordingRequest
from tests.fakes import FakeSource
from tests.recorder.sessions import session_at

START_NS = 1_795_248_900_000_000_000
QUIET = {"Quiet Hall": ("osf/#", "ccu/pairing/state"), "no_camera": ("/j1/txt/1/i/#",)}


def test_a_preset_is_found_however_its_name_is_typed():
    known = presets(Settings(presets=QUIET))
    for name in ("quiet-hall", "Quiet hall", "QUIET_HALL", " quiet  hall "):
        assert left_out([name], known) == ("osf/#", "ccu/pairing/state")


def test_an_own_preset_takes_the_place_of_the_factorys():
    assert left_out(["no-camera"], presets(Settings())) == ("/j1/txt/1/i/cam",)
    assert left_out(["no-camera"], presets(Settings(presets=QUIET))) == ("/j1/txt/1/i/#",)


def test_presets_together_leave_out_what_each_does_and_no_filter_twice():
    known = presets(Settings())
    both = left_out(["no-camera", "no-sensors"], known)
    assert both == left_out(["no-camera-and-sensors", "no-camera"], known)
    assert len(both) == len(set(both)) == 4


def test_a_name_that_no_preset_has_is_one_sentence_with_all_that_there_are():
    with pytest.raises(UsageError) as error:
        left_out(["no-camra"], presets(Settings(presets=QUIET)))
    sentence = str(error.value)
    assert sentence.startswith("There is no preset 'no-camra'. There are: no-camera, no-sensors, ")
    assert "quiet-hall" in sentence
    assert "\n" not in sentence


# Counted with `grep -c` on the topics: messages, of the camera, of Arduino, BME680 and LDR together.
REAL = {
    "default_test_session.db": (205, 94, 4),
    "production-rw-agv2-b-agv1_20260512_125623.log": (3001, 0, 1320),
    "production-white_20260303_081127.log": (897, 223, 89),
    "red-storage-production-nok_20260807_113739.log": (1227, 0, 593),
    "startup-clean_20260512_102831.log": (412, 0, 195),
    "storage-production-ml-rrr_20260804_133245.log": (3387, 0, 1609),
    "storage_order_blue_20251110_181104.log": (552, 245, 6),
    "synthetic-arduino-sensors_20260508_091000.log": (30, 0, 30),
    "white-storage-production_20260807_111716.log": (1483, 0, 723),
}


def _topics(path: Path) -> list[str]:
    """The topic of each message, in order."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return [topic for (topic,) in connection.execute("SELECT topic FROM mqtt_messages ORDER BY id")]
    with path.open(encoding="utf-8") as lines:
        return [record["topic"] for record in map(json.loads, lines) if "topic" in record]


def _recorded(folder: Path, topics: list[str], preset: str) -> Counter[str]:
    """How many messages of each topic a recording with this preset holds."""
    clock = ManualClock(START_NS)
    source, recorder = FakeSource(clock), Recorder(folder, clock)
    exclude = left_out([preset], presets(Settings()))
    recorder.start(RecordingRequest(name=preset, exclude=exclude), source, "mock")
    assert [filters for filters, *_ in source.subscriptions.values()] == [("#",)], "all is subscribed to"
    source.emit(*(Message(topic, b"x", 1, LIVE, START_NS) for topic in topics))
    return Counter(row.topic for row in session_at(recorder.stop().path).messages)


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_each_preset_leaves_out_of_a_real_recording_exactly_the_topics_it_names(
    real_recordings: Path, tmp_path: Path, file: str
):
    topics = _topics(real_recordings / file)
    total, camera, sensors = REAL[file]
    assert len(topics) == total
    missing = {"no-camera": camera, "no-sensors": sensors, "no-camera-and-sensors": camera + sensors}
    for preset, expected in missing.items():
        kept = _recorded(tmp_path, topics, preset)
        gone = Counter(topics) - kept
        assert (gone.total(), kept.total()) == (expected, total - expected)
        assert not gone.keys() & kept.keys(), "a topic is left out as a whole or not at all"
        ours = ("/j1/txt/1/i/cam",) if preset != "no-sensors" else ()
        others = ("osf/arduino/", "/j1/txt/1/i/bme680", "/j1/txt/1/i/ldr") if preset != "no-camera" else ()
        assert gone.keys() == {topic for topic in topics if topic in ours or topic.startswith(others)}
