"""Each environment has a ring of its own, and one that has ended by itself is not forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.errors import StateError, StorageError
from core.message import Message
from recorder.ring import GONE
from recorder.ring_chunks import RingChunks
from recorder.ring_status import RingRequest
from recorder.rings import Rings
from store.writer import SessionWriter
from tests.fakes import FakeSource, eventually


@pytest.fixture
def source() -> FakeSource:
    return FakeSource(SystemClock())


@pytest.fixture
def rings(tmp_path: Path) -> Iterator[Rings]:
    rings = Rings(tmp_path, SystemClock())
    yield rings
    assert rings.close(10) == []


def test_those_of_several_environments_run_side_by_side(rings: Rings, source: FakeSource) -> None:
    rings.start("a", RingRequest(), source)
    rings.start("b", RingRequest(), source)
    with pytest.raises(StateError, match="runs already"):
        rings.start("a", RingRequest(), source)
    rings.stop("a")
    assert [one.environment for one in rings.active()] == ["b"]
    assert [one.environment for one in rings.noteworthy()] == ["b"]
    with pytest.raises(StateError, match="no ring on 'c'"):
        rings.stop("c")


def test_one_that_the_disk_has_ended_stays_noteworthy_until_it_is_started_again(
    rings: Rings, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: SessionWriter, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
        raise StorageError("The disk is full: x.db cannot grow. What was stored before is intact; start again.")

    rings.start("a", RingRequest(), source)
    with monkeypatch.context() as disk:
        disk.setattr(SessionWriter, "write", full)
        source.send("x")
        eventually(lambda: not rings.active(), "ending by itself")
    (ended,) = rings.noteworthy()
    assert (ended.environment, ended.active, ended.problem) == (
        "a",
        False,
        f"The disk is full: x.db cannot grow. {GONE}",
    )
    rings.start("a", RingRequest(), source)
    assert [(one.active, one.problem) for one in rings.noteworthy()] == [(True, "")]


def test_the_next_one_begins_when_the_last_one_has_cleared_up(
    rings: Rings, source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have the same folder, and within a second the same names of files."""
    cleared: list[Path] = []
    clear = RingChunks.close

    def slowly(chunks: RingChunks) -> None:
        threading.Event().wait(0.3)
        clear(chunks)
        cleared.append(chunks._folder)

    def broken(writer: SessionWriter, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
        raise StorageError("The disk is full.")

    rings.start("a", RingRequest(), source)
    with monkeypatch.context() as disk:
        disk.setattr(RingChunks, "close", slowly)
        disk.setattr(SessionWriter, "write", broken)
        source.send("x")
        eventually(lambda: not rings.active(), "ending by itself")
        rings.start("a", RingRequest(), source)
        assert len(cleared) == 1
