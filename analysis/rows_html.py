"""Rows of bars over time as plain HTML: a Gantt chart or the lanes of a timeline, without any library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.figure_style import WallClock, as_label, as_text
from analysis.overview import nice_width
from core.message import NS_PER_SECOND

MAX_BARS: Final = 6_000
"""More make a page large and a browser slow; the rest is left out, and that is said."""
_TICKS: Final = 7

STYLE: Final = """
.rows {position: relative; margin: 8px 0 28px 180px; font-size: 12px; border-bottom: 1px solid rgba(128,128,128,0.5)}
.rows > div {position: relative; height: 22px; border-top: 1px solid rgba(128,128,128,0.15)}
.rows > div > em {position: absolute; right: calc(100% + 8px); width: 170px; text-align: right; font-style: normal;
 white-space: nowrap; overflow: hidden; text-overflow: ellipsis; line-height: 22px}
.rows > div > b {position: absolute; top: 2px; bottom: 2px; min-width: 1px; overflow: hidden; white-space: nowrap;
 color: #fff; font-weight: normal; font-size: 11px; line-height: 18px; text-indent: 3px}
.rows > div > b.failed {outline: 2px solid #ef4444; outline-offset: -2px}
.rows > span {position: absolute; top: calc(100% + 4px); transform: translateX(-50%); white-space: nowrap}
.legend {font-size: 12px} .legend span {margin-right: 16px; white-space: nowrap}
.legend i {display: inline-block; width: 12px; height: 12px; margin-right: 5px; vertical-align: -2px}
@media (max-width: 640px) {.rows {margin-left: 92px} .rows > div > em {width: 84px}}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a row."""

    start_ns: int
    end_ns: int
    """Exclusive; equal to `start_ns` for a moment."""
    colour: str
    """#rrggbb"""
    title: str
    """What it is, as plain text; shown when the mouse rests on it."""
    label: str = ""
    strength: float = 1.0
    """How opaque it is, 0 to 1."""
    marked: bool = False
    """Framed in red: it failed."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its name, as plain text."""

    name: str
    bars: Sequence[Bar]


def rows_html(rows: Sequence[Row], begin_ns: int, end_ns: int, zone: str = "UTC") -> str:
    """The rows from `begin_ns` to `end_ns`; STYLE belongs to it. `zone` is an IANA name, else UsageError.

    All texts are escaped. Bars beyond MAX_BARS are left out, the last ones first.
    """
    axis = _Axis(begin_ns, max(end_ns, begin_ns + 1), WallClock(zone, begin_ns))
    left = MAX_BARS
    parts = []
    for row in rows:
        shown = row.bars[: max(0, left)]
        left -= len(row.bars)
        bars = "".join(axis.bar(bar) for bar in shown)
        parts.append(f'<div><em title="{_attribute(row.name)}">{as_label(row.name)}</em>{bars}</div>')
    note = f"<p>The last {-left:,} bars are left out.</p>" if left < 0 else ""
    return f'<div class="rows">{"".join(parts)}{"".join(axis.ticks())}</div>{note}'


def legend_html(colours: Iterable[tuple[str, str]]) -> str:
    """What each colour (#rrggbb) means, in one line."""
    return (
        '<p class="legend">'
        + "".join(f'<span><i style="background:{colour}"></i>{as_text(name)}</span>' for name, colour in colours)
        + "</p>"
    )


class _Axis:
    """Places moments in percent of the width."""

    def __init__(self, begin_ns: int, end_ns: int, clock: WallClock) -> None:
        self._begin_ns, self._length_ns, self._clock = begin_ns, end_ns - begin_ns, clock

    def bar(self, bar: Bar) -> str:
        left, right = self._part(bar.start_ns), self._part(bar.end_ns)
        seconds = (bar.end_ns - bar.start_ns) / NS_PER_SECOND
        moment = self._clock.text([bar.start_ns])[0]
        title = _attribute(f"{bar.title}\n{moment}, {seconds:,.1f} s")
        style = f"left:{left:.3f}%;width:{right - left:.3f}%;background:{bar.colour}"
        faint = f";opacity:{bar.strength:.2f}" if bar.strength < 1 else ""
        failed = ' class="failed"' if bar.marked else ""
        return f'<b{failed} style="{style}{faint}" title="{title}">{as_text(bar.label)}</b>'

    def ticks(self) -> Iterator[str]:
        """At moments that people use, by the wall clock."""
        step_s = nice_width(self._length_ns / NS_PER_SECOND, _TICKS + 1)
        for at_ns, text in self._clock.ticks(self._begin_ns, self._begin_ns + self._length_ns, step_s):
            yield f'<span style="left:{self._part(at_ns):.3f}%">{text}</span>'

    def _part(self, at_ns: int) -> float:
        return 100 * min(1.0, max(0.0, (at_ns - self._begin_ns) / self._length_ns))


def _attribute(text: str) -> str:
    """Text for a tooltip; its lines stay apart."""
    return "&#10;".join(as_text(line).replace('"', "&quot;") for line in text.split("\n"))
