"""Recordings on several environments at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import StateError
from core.message import NS_PER_SECOND
from recorder.recorder import RecordingRequest
from recorder.recorders import Recorders
from tests.builders import START_NS
from tests.fakes import FakeSource
from tests.recorder.sessions import session_at


def test_each_environment_records_into_a_session_of_its_own(tmp_path: Path) -> None:
    clock = ManualClock(START_NS)
    recorders, sources = Recorders(tmp_path, clock), {name: FakeSource(clock) for name in ("live", "mock")}
    for name, source in sources.items():
        recorders.of(name).start(RecordingRequest(name=name), source, name)
        clock.advance(NS_PER_SECOND)
    sources["live"].send("a", b"live")
    sources["mock"].send("a", b"mock")
    assert [status.name for status in recorders.active()] == ["mock", "live"]
    recorders.of("live").stop()
    assert [status.name for status in recorders.active()] == ["mock"]
    assert [status.name for status in recorders.statuses()] == ["mock", "live"]
    assert recorders.stop(10.0) == []
    for name in sources:
        assert session_at(recorders.of(name).status().path).payloads == [name.encode()]


def test_the_only_one_needs_no_name(tmp_path: Path) -> None:
    clock = ManualClock(START_NS)
    recorders = Recorders(tmp_path, clock)
    with pytest.raises(StateError, match="Nothing is being recorded; start"):
        recorders.current()
    recorders.of("live").start(RecordingRequest(), FakeSource(clock), "live")
    assert recorders.current() is recorders.of("live")
    with pytest.raises(StateError, match="Nothing is being recorded on 'mock'"):
        recorders.current("mock")
    recorders.of("mock").start(RecordingRequest(), FakeSource(clock), "mock")
    with pytest.raises(StateError, match="live, mock"):
        recorders.current()
    assert recorders.current("mock") is recorders.of("mock")
    recorders.stop(10.0)
