"""A report as one HTML file that needs nothing else: no script, no network, all texts of the session escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis.figure_style import as_text
from analysis.rows_html import STYLE as ROWS_STYLE

_STYLE: Final = (
    """
:root {color-scheme: light dark; --line: rgba(128,128,128,0.3)}
body {font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 0 auto; padding: 24px}
h1 {font-size: 26px; margin: 0; overflow-wrap: anywhere} h2 {font-size: 20px; margin: 40px 0 8px} h3 {font-size: 16px}
header p, .note {opacity: 0.75; margin: 4px 0}
nav a {margin-right: 16px}
dl {display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 12px 0} dt {font-size: 12px; opacity: 0.75}
dd {margin: 0; font-size: 18px}
.table {overflow-x: auto; max-height: 480px; overflow-y: auto; border: 1px solid var(--line); border-radius: 6px}
table {border-collapse: collapse; width: 100%; min-width: 720px; font-size: 13px}
th, td {text-align: left; padding: 4px 10px; border-bottom: 1px solid var(--line); vertical-align: top;
 min-width: 4.5em; max-width: 34em; overflow-wrap: break-word}
th {position: sticky; top: 0; background: Canvas; white-space: nowrap}
.number {text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums}
@media print {.table {max-height: none} body {max-width: none}}
"""
    + ROWS_STYLE
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if a text got through, a browser would load nothing and run nothing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures side by side: name and value, as plain text."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain text."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[str] = ()
    """Headers of the columns that are aligned to the right."""
    more: int = 0
    """So many rows are not shown; said below it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, as plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part of a section, as plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """A list of sentences, as plain text."""

    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """HTML that our own code has made and escaped: see `activity_html` and `rows_html`."""

    html: str


Block = Facts | Table | Note | Heading | Sentences | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report."""

    title: str
    blocks: Sequence[Block]


def html_report(title: str, about: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole page; `about` are lines below the title. Nothing in it refers to anything outside of it."""
    links = "".join(f'<a href="#part{number}">{as_text(one.title)}</a>' for number, one in enumerate(sections))
    lines = "".join(f"<p>{as_text(line)}</p>" for line in about)
    body = "".join(
        f'<section id="part{number}"><h2>{as_text(one.title)}</h2>{"".join(map(_html, one.blocks))}</section>'
        for number, one in enumerate(sections)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{as_text(title)}</title><style>{_STYLE}</style></head>"
        f"<body><header><h1>{as_text(title)}</h1>{lines}<nav>{links}</nav></header>{body}</body></html>\n"
    )


def _html(block: Block) -> str:
    match block:
        case Facts(pairs):
            return (
                "<dl>" + "".join(f"<div><dt>{as_text(a)}</dt><dd>{as_text(b)}</dd></div>" for a, b in pairs) + "</dl>"
            )
        case Table():
            return _table(block)
        case Note(text):
            return f'<p class="note">{as_text(text)}</p>'
        case Heading(text):
            return f"<h3>{as_text(text)}</h3>"
        case Sentences(texts):
            return f"<ul>{''.join(f'<li>{as_text(text)}</li>' for text in texts)}</ul>"
        case Chart(html):
            return html


def _table(table: Table) -> str:
    marks = [' class="number"' if header in table.numbers else "" for header in table.headers]
    head = "".join(f"<th{mark}>{as_text(one)}</th>" for mark, one in zip(marks, table.headers, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{mark}>{as_text(one)}</td>" for mark, one in zip(marks, row, strict=True)) + "</tr>"
        for row in table.rows
    )
    more = f'<p class="note">{table.more:,} more are not shown.</p>' if table.more > 0 else ""
    return f'<div class="table"><table><tr>{head}</tr>{rows}</table></div>{more}'
