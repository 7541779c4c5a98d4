"""The figures of a benchmark become tables and verdicts, and survive being kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.results import read, save
from benchmarks.table import as_markdown, as_text
from tests.benchmarks.reports import long_run, report, run


def test_what_is_saved_is_read_back_equal(tmp_path: Path) -> None:
    kept = report()
    kept.long_run = long_run(50, 60)
    save(kept, tmp_path / "new" / "latest.json")
    assert read(tmp_path / "new" / "latest.json") == kept


def test_a_row_has_the_median_with_the_extremes_and_the_ratios_to_peer_and_limit() -> None:
    rows = [line for line in as_markdown(report()).splitlines() if line.startswith("| session-manager")]
    assert rows == [
        "| session-manager (SQLite and JSON lines) | 70,000 (60,000, 90,000) | 7.0 | 0.70 | 8.0 | 90%, 50% | 60 | 600 "
        "| 0 | 180,000 |"
    ]


def test_who_cannot_take_part_is_in_the_table_with_the_reason() -> None:
    for text in (as_text(report()), as_markdown(report())):
        assert "not measured: it subscribes at QoS 0 only" in text


def test_every_bar_says_whether_it_is_reached() -> None:
    kept = report()
    assert as_text(kept).count(": reached)") == 4
    kept.capture[0].runs = [run(50_000, cpu_us=9.5, recorded=59_999)]
    assert as_text(kept).count("NOT reached)") == 4


def test_memory_is_flat_when_it_stays_after_the_first_quarter() -> None:
    assert long_run(20, 60, 61, 61, 61, 61, 61, 61).growth_bytes() == 0
    kept = report()
    kept.long_run = long_run(20, 60, 80, 100, 120, 140, 160, 180)
    assert "growth from its second quarter to its last: +80 MB (flat: NOT reached)" in as_text(kept)


def test_kept_figures_replace_those_on_the_page_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, figures = tmp_path / "performance.md", tmp_path / "latest.json"
    page.write_text(f"before\n{command.BEGIN}\nfigures of yesterday\n{command.END}\nafter\n", "utf-8")
    save(report(), figures)
    monkeypatch.setattr(command, "PAGE", page)
    for _ in range(2):
        assert command.main(["--document", "--json", str(figures)]) == 0
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "yesterday" not in text
    assert text.count("| session-manager") == 1


def test_without_figures_it_says_how_to_get_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--markdown", "--json", str(tmp_path / "none.json")]) == 1
    assert "make bench" in capsys.readouterr().err
