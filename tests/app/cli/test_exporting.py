"""export: each format on the command line, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.exporting import Format
from tests.app.cli.program import Program
from tests.app.cli.sessions import message, write_session


@pytest.fixture
def session(program: Program) -> Path:
    return write_session(program.sessions, "Test run", [message(number) for number in range(20)])


@pytest.mark.parametrize("wanted", [Format.CSV, Format.HTML])
def test_a_session_is_exported_and_imported_again(program: Program, session: Path, wanted: Format) -> None:
    file = program.folder / f"out.{wanted}"
    result = program.run("export", "test run", "--format", wanted.upper(), "-o", str(file), "--json")
    assert result.code == 0, result
    assert result.json == {"file": str(file), "format": wanted, "messages": 20, "bytes": file.stat().st_size}
    if wanted is not Format.HTML:
        (done,) = program.run("import", str(file), "--json").json
        assert (done["messages"], done["assumptions"], done["problems"]) == (20, [], [])


def test_without_a_name_it_lies_here_and_replaces_nothing(program: Program, session: Path) -> None:
    first = program.run("export", "test run", "--format", "csv")
    assert first.code == 0
    assert (program.folder / f"{session.stem}.csv").is_file()
    again = program.run("export", "test run", "--format", "csv")
    assert again.code == 2
    assert "exists already" in again.error_line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--format", "xls"), "log, csv, parquet, mcap, html"), (("--format", "csv", "-o", "absent/x.csv"), "absent"),
     (("--format", "html", "--timezone", "Mars"), "Mars"), ((), "--format")],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(
    program: Program, session: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = program.run("export", "test run", *arguments)
    assert result.code in (1, 2)
    assert words in result.error_line
