"""Exports as the command line and the pages make them: also of hostile sessions, and the report above all."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from mcap.reader import make_reader

from analysis.progress import Cancelled
from app.exporting import Format, export_session
from core.errors import UsageError
from store.catalog import Catalog
from tests.builders import event, messages, read, session
from tests.hostile import MARKUP, hostile_path


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


__all__ = ["hostile_path"]


def exported(db: Path, wanted: Format, folder: Path, zone: str = "UTC") -> Path:
    file = folder / f"{wanted}-export"
    export_session(db, file, wanted, quiet, zone=zone)
    return file


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.titles: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("src", "href"):
                self.links.append(value or "")
            if name == "title":
                self.titles.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("wanted", [one for one in Format if one is not Format.HTML])
def test_a_hostile_session_is_exported_and_imported_without_a_loss(
    hostile_path: Path, tmp_path: Path, wanted: Format
) -> None:
    done = Catalog(tmp_path / "again").import_file(exported(hostile_path, wanted, tmp_path))
    assert (done.assumptions, done.problems) == ((), ())
    before, after = read(hostile_path), read(done.entry.path)
    assert after[1:] == before[1:]


def test_the_report_of_a_hostile_session_runs_nothing_and_loads_nothing(hostile_path: Path, tmp_path: Path) -> None:
    page = Page(exported(hostile_path, Format.HTML, tmp_path).read_text(encoding="utf-8"))
    assert MARKUP[:40] in page.text, "it is shown as text"
    assert not page.tags & {"script", "img", "link", "iframe", "object", "svg", "base", "form"}
    assert not [name for name in page.attributes if name.startswith("on")]
    assert all(link.startswith("#") for link in page.links)


def test_the_report_names_what_happened(tmp_path: Path) -> None:
    db = session(tmp_path, messages(3_000), [event("Robot & <arm>", offset_s=3.0)], name="A <run>", note="went 'well'")
    text = exported(db, Format.HTML, tmp_path, "Europe/Berlin").read_text(encoding="utf-8")
    page = Page(text)
    for wanted in ("A <run>", "went 'well'", "3,000", "Robot & <arm>", "a/b", "No order of the factory", "UTC+02:00"):
        assert wanted in page.text, wanted
    assert any("Robot & <arm>" in title for title in page.titles)
    assert not re.search(r"https?://", text)
    assert "url(" not in text


@pytest.mark.parametrize(("count", "said"), [(0, "No message was recorded."), (1, "1 message")])
def test_the_report_of_next_to_nothing(tmp_path: Path, count: int, said: str) -> None:
    """Once in words, and once where the figures or the topics stand."""
    text = Page(exported(session(tmp_path, messages(count)), Format.HTML, tmp_path).read_text()).text
    assert text.count(said) == 2
    assert "1 messages" not in text


@pytest.mark.real_data
def test_the_report_of_a_real_recording_has_its_orders(real_recordings: Path, tmp_path: Path) -> None:
    (log,) = real_recordings.glob("red-storage-production-nok_*.log")
    file = exported(Catalog(tmp_path / "sessions").import_file(log).entry.path, Format.HTML, tmp_path)
    text = Page(file.read_text(encoding="utf-8")).text
    assert "AIQS.CHECK_QUALITY" in text
    assert "2 orders (1 production and 1 storage): 1 finished, 1 not ok." in text
    assert "1 STORAGE RED" in text
    assert file.stat().st_size < 500_000


@pytest.mark.real_data
def test_mcap_of_a_real_recording_has_the_schemas_that_its_messages_suggest(
    real_recordings: Path, tmp_path: Path
) -> None:
    (log,) = real_recordings.glob("red-storage-production-nok_*.log")
    file = exported(Catalog(tmp_path / "sessions").import_file(log).entry.path, Format.MCAP, tmp_path)
    with file.open("rb") as stream:
        found = {channel.topic: schema for schema, channel, _ in make_reader(stream).iter_messages() if schema}
    temperature = json.loads(found["osf/arduino/temperature/dht11-1/state"].data)
    assert "number" in {field["type"] for field in temperature["properties"].values()}
    assert found["module/v1/ff/SVR3QA2098/state"].name == "module/v1/ff/{serialNumber}/state"


@pytest.mark.parametrize("wanted", Format)
def test_a_cancelled_export_leaves_nothing_behind(tmp_path: Path, wanted: Format) -> None:
    db = session(tmp_path / "there", messages(3_000))

    def cancel(done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_session(db, tmp_path / "x", wanted, cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_session_is_never_written_over_itself(tmp_path: Path) -> None:
    db = session(tmp_path, messages(3))
    with pytest.raises(UsageError, match="itself"):
        export_session(db, tmp_path / "." / f"{db.stem}.log", Format.LOG, quiet)
    assert len(read(db)[1]) == 3
