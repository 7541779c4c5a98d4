"""Export on the pages: choose a format, wait, take the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import export_folder
from app.exporting import Format
from app.services import Services
from app.state import Key
from app.widgets import exporting
from store.formats.detect import source_for, zone_named
from tests.app.screens.conftest import Show


@pytest.fixture
def written(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were written."""
    files: list[Path] = []
    new: Callable[[str], Path] = services.exports.new

    def remember(name: str) -> Path:
        files.append(new(name))
        return files[-1]

    monkeypatch.setattr(services.exports, "new", remember)
    return files


def export(app: AppTest, wanted: Format) -> AppTest:
    app.button_group(Key.EXPORT_FORMAT).set_value(wanted).run()
    return app.button(Key.EXPORT_START).click().run()


def labels(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button") if ".db" not in button.proto.label]


@pytest.mark.parametrize("page", ["sessions", "analyse"])
def test_a_file_is_written_on_demand(show: Show, session: str, written: list[Path], page: str) -> None:
    app = show(page, session=session)
    assert not written
    export(app, Format.MCAP)
    assert not app.exception
    assert sum(1 for _ in source_for(written[0], zone_named("UTC")).items()) == 60
    assert [label for label in labels(app) if label.startswith("Download .mcap (")]


def test_what_is_in_view_can_be_written_alone(show: Show, session: str, written: list[Path]) -> None:
    app = show("analyse", session=session, topic="ccu/#", start="10", end="30")
    export(app, Format.LOG)
    topics = [record.get("topic") for record in map(json.loads, written[0].read_text().splitlines())]
    assert [topic for topic in topics if topic] == ["ccu/order/active"] * 6
    app.checkbox(Key.EXPORT_PART).uncheck().run()
    app.button(Key.EXPORT_START).click().run()
    assert len(written[1].read_text().splitlines()) == 62


def test_the_report_of_hostile_names(show: Show, hostile_session: str, written: list[Path]) -> None:
    app = export(show("sessions", session=hostile_session), Format.HTML)
    assert not app.exception
    assert "<b>x</b>" not in written[0].read_text(encoding="utf-8")


def test_what_is_too_large_for_a_browser_is_said(
    show: Show, session: str, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LARGEST", 10)
    app = export(show("sessions", session=session), Format.CSV)
    assert not [label for label in labels(app) if "csv" in label]
    assert app.code[0].value == f"session-manager export {written[0].stem} --format csv"


def test_only_the_newest_files_are_kept_and_none_after_the_end() -> None:
    folder = export_folder.ExportFolder()
    places = [folder.new("x") for _ in range(export_folder.KEPT + 2)]
    assert [place.parent.is_dir() for place in places] == [False, False, *[True] * export_folder.KEPT]
    folder.close()
    assert not any(place.parent.exists() for place in places)
