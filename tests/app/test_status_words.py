"""The words for the state of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.status_words import status_words
from store.catalog import Catalog
from store.metadata import Status
from store.repair import repair
from tests.builders import crashed, messages, session


@pytest.mark.parametrize(("status", "words"), [(Status.COMPLETED, "complete"), (Status.FAILED, "failed")])
def test_a_session_that_has_ended(tmp_path: Path, status: Status, words: str) -> None:
    session(tmp_path, messages(1), status=status)
    assert [status_words(entry) for entry in Catalog(tmp_path).sessions()] == [words]


def test_one_whose_program_died_is_interrupted_before_and_after_its_repair(tmp_path: Path) -> None:
    db = crashed(tmp_path, messages(1))
    assert [status_words(entry) for entry in Catalog(tmp_path).sessions()] == ["interrupted"]
    repair(db)
    assert [status_words(entry) for entry in Catalog(tmp_path).sessions()] == ["interrupted"]


def test_every_state_has_words_and_a_file_without_one_too(tmp_path: Path) -> None:
    for status in Status:
        session(tmp_path, name=status, status=status)
    (tmp_path / "x.db").write_text("no session")
    found = {status_words(entry) for entry in Catalog(tmp_path).sessions()}
    assert found == {"complete", "failed", "interrupted", "cannot be read"}
