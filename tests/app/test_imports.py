"""Imports in the background: how far they are, how they end, and what a cancelled one leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.imports import CANCELLED, Imports, ImportStatus, Upload
from store.catalog import Catalog
from tests.builders import messages, session

PATIENCE = 30.0


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "sessions")


@pytest.fixture
def imports(catalog: Catalog) -> Iterator[Imports]:
    found = Imports(catalog)
    yield found
    found.close(PATIENCE)


def ended(imports: Imports, name: str) -> ImportStatus:
    status = imports.status(name, PATIENCE)
    assert status is not None
    assert status.ended
    return status


def test_files_are_imported_one_after_the_other_and_their_copies_deleted(
    tmp_path: Path, catalog: Catalog, imports: Imports
) -> None:
    folder = tmp_path / "copies"
    good = session(folder, messages(3))
    bad = folder / "bad.log"
    bad.write_text("prose")
    uploads = [Upload("bad.log", bad), Upload("gone.log", None, "No copy."), Upload("good.db", good)]
    status = ended(imports, imports.start(folder, uploads, "UTC"))
    assert [outcome.messages for outcome in status.outcomes] == [0, 0, 3]
    assert [bool(outcome.failed) for outcome in status.outcomes] == [True, True, False]
    assert status.outcomes[0].failed.startswith("bad.log is in no format")
    assert [entry.id for entry in catalog.sessions()] == [status.outcomes[2].id]
    assert not folder.exists()


def test_after_the_end_everything_is_cancelled_and_nothing_is_left(
    tmp_path: Path, catalog: Catalog, imports: Imports
) -> None:
    imports.close(PATIENCE)
    uploads = [Upload("a.db", session(tmp_path / "copies", messages(3)))]
    status = ended(imports, imports.start(tmp_path / "copies", uploads, "UTC"))
    assert [outcome.failed for outcome in status.outcomes] == [CANCELLED]
    assert not catalog.sessions()


def test_an_import_that_nobody_remembers_is_none(imports: Imports) -> None:
    assert imports.status("x") is None
    imports.cancel("x")
