"""Recovery that fails leaves the session to the next one who tries; what it does is in test_catalog.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StorageError
from store import recovery
from store.locking import is_locked
from store.metadata import SessionMetadata
from store.verify import verify
from tests.builders import crashed, messages, read


def refuse(*_: object) -> None:
    raise StorageError("The disk is full.")


@pytest.mark.parametrize("failing", ["_compare", "_complete", "SessionReader.summary"])
def test_a_recovery_that_fails_lets_go_of_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    db = crashed(tmp_path, messages(5))
    with monkeypatch.context() as full:
        full.setattr(f"store.recovery.{failing}", refuse)
        with pytest.raises(StorageError):
            recovery.finish(db)
    assert not is_locked(db.with_suffix(".log"))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".db", ".log"]
    recovery.finish(db)
    assert read(db)[1] == messages(5)
    assert verify(db).problems == []


def test_a_change_that_makes_no_sense_lets_go_of_the_session(tmp_path: Path) -> None:
    db = crashed(tmp_path, messages(5))

    def nonsense(metadata: SessionMetadata) -> SessionMetadata:
        return metadata.with_changes(qos="high")

    for _ in range(2):  # left open, then ended
        with pytest.raises(ValueError, match="qos"):
            recovery.change(db, nonsense)
        assert not is_locked(db.with_suffix(".log"))
        assert sorted(path.suffix for path in tmp_path.iterdir()) == [".db", ".log"]
        recovery.finish(db)
    assert verify(db).problems == []
