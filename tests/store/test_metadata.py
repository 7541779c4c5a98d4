"""Metadata of sessions."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.errors import SessionFileError
from store.metadata import SessionMetadata, Status
from tests.builders import metadata


def test_each_session_has_an_id_of_its_own() -> None:
    assert metadata().id != metadata().id


def test_changes_are_checked() -> None:
    assert metadata().with_changes(status="completed").status is Status.COMPLETED
    with pytest.raises(ValidationError):
        metadata().with_changes(status="unheard of")
    with pytest.raises(ValueError, match="no field nam"):
        metadata().with_changes(nam="x")


def test_only_completed_and_failed_have_ended() -> None:
    assert {status for status in Status if not status.active} == {Status.COMPLETED, Status.FAILED}


def test_unknown_keys_of_a_later_version_are_ignored() -> None:
    known = metadata()
    assert SessionMetadata.from_json(known.model_dump(mode="json") | {"later": 1}, "x.db") == known


def test_wrong_metadata_names_file_and_field() -> None:
    with pytest.raises(SessionFileError, match=r"x\.db.*'started_ns'"):
        SessionMetadata.from_json({"name": "x", "started_ns": "soon"}, "x.db")
