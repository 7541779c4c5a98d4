"""How results are printed: lines, JSON, tables; numbers with units, times with their zone."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TextIO

from app import format as fmt
from core.message import NS_PER_MICROSECOND, NS_PER_SECOND


def prepare_streams() -> None:
    """A character that the terminal's encoding does not know is escaped instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """`text` on one line, with escapes for what would command the terminal: names and topics are not trusted."""
    return "".join(one if one.isprintable() else " " if one in "\n\t" else ascii(one)[1:-1] for one in text)


def line(text: str, to: TextIO | None = None) -> None:
    """One line, at once: whoever waits for it on a pipe gets it now."""
    print(printable(text), file=to or sys.stdout, flush=True)


def note(text: str) -> None:
    """One line beside the results."""
    line(text, sys.stderr)


def error(sentence: str) -> None:
    """What went wrong, as one line."""
    line(f"Error: {' '.join(sentence.split())}", sys.stderr)


def plain_error(text: str) -> None:
    """A longer text for people on the error stream."""
    print(text, file=sys.stderr, flush=True)


def as_json(value: object) -> None:
    """A JSON document, readable for people too."""
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """A table: with lines and colours on a terminal, else in aligned columns of which nothing is cut off.

    `right`: the headers of the columns that are aligned to the right.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(headers, cells, right)
    else:
        _plain_table(headers, cells, right)


def _rich_table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE, header_style="bold")
    for header in headers:
        drawn.add_column(header, justify="right" if header in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


def _plain_table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    widths = [max(len(row[column]) for row in [headers, *rows]) for column in range(len(headers))]
    for row in [headers, *rows]:
        aligned = (
            cell.rjust(width) if header in right else cell.ljust(width)
            for header, cell, width in zip(headers, row, widths, strict=True)
        )
        print("  ".join(aligned).rstrip())
    sys.stdout.flush()


def fields(pairs: Iterable[tuple[str, str]]) -> None:
    """What is known about one thing, a line for each; empty values are left out."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        line(f"{name.ljust(width)}  {value}")


def local_zone(at_ns: int) -> tzinfo:
    """The zone of this machine, as it is at a moment."""
    return datetime.fromtimestamp(at_ns / NS_PER_SECOND, UTC).astimezone().tzinfo or UTC


def moment(at_ns: int | None) -> str:
    """A time for people, in the zone of this machine, which is named: `2026-03-01 08:11:27 CET`."""
    if at_ns is None:
        return ""
    return fmt.moment(at_ns, local_zone(at_ns))


def iso(at_ns: int | None) -> str | None:
    """A time for programs: ISO 8601 in UTC with microseconds."""
    if at_ns is None:
        return None
    seconds, rest = divmod(at_ns, NS_PER_SECOND)
    whole = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // NS_PER_MICROSECOND)
    return whole.isoformat(timespec="microseconds")
