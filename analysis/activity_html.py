"""Messages per second over a session as plain HTML: a browser draws it at once, before it has loaded any library."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analysis.figure_style import GAP_COLOUR, MARK_COLOUR, PAUSE_COLOUR, WallClock, as_text, faded, size_text
from analysis.frames import BYTES, MESSAGES, OFFSET, RATE
from analysis.moments import Mark, Span
from analysis.overview import Overview, nice_width
from core.message import NS_PER_SECOND

MAX_TICKS = 5
"""Times below the chart: as many fit side by side on a phone."""
MAX_DRAWN = 300
"""Gaps, pauses and marks of each kind; a table below the chart names all."""

_STYLE = """
.activity {position: relative; height: 160px; margin: 20px 12px 24px 52px; font-size: 12px; border-bottom: 1px solid
 rgba(128,128,128,0.5)}
.activity > * {position: absolute}
.activity > .bars {display: flex; align-items: flex-end; height: 100%; bottom: 0}
.activity > .bars > i {flex: 1 1 0; height: 100%; display: flex; align-items: flex-end}
.activity > .bars > i:hover {background: rgba(128,128,128,0.2)}
.activity > .bars b {width: 100%; min-height: 1px; background: COLOUR}
.activity > .rule {left: 0; right: 0; border-top: 1px solid rgba(128,128,128,0.2)}
.activity > .rule > span {position: absolute; right: calc(100% + 6px); top: -0.7em; white-space: nowrap}
.activity > .time {top: calc(100% + 4px); transform: translateX(-50%); white-space: nowrap}
.activity > .band {top: 0; bottom: 0; min-width: 2px}
.activity > .mark {top: 0; bottom: 0; border-left: 1.5px dotted MARK}
.activity > .mark > span {position: absolute; bottom: 100%; left: -0.5em; color: MARK}
""".replace("\n", " ").replace("MARK", MARK_COLOUR)


def activity_html(overview: Overview, zone: str = "UTC", colour: str = "#3b82f6") -> str:
    """A bar per bucket; gaps and pauses as bands, marks as lines; what each is stands in its tooltip.

    `zone` is an IANA name, else UsageError; `colour` is of our own. All texts of the session are escaped.
    """
    chart = _Chart(overview, zone)
    parts = (*chart.rules(), *chart.bands(), chart.bars(), *chart.marks(), *chart.times())
    style = f"<style>{_STYLE.replace('COLOUR', colour)}</style>"
    label = "Messages per second over the session, with gaps, pauses and marks"
    return f'{style}<div class="activity" role="img" aria-label="{label}">{"".join(parts)}</div>'


class _Chart:
    """Places everything in percent of the chart."""

    def __init__(self, overview: Overview, zone: str) -> None:
        self._overview, self._table, self._width_s = overview, overview.activity, overview.bucket_s
        self._clock = WallClock(zone, overview.origin_ns)
        has_bars = len(self._table) > 0
        self._first_s = float(self._table[OFFSET].iloc[0]) if has_bars else overview.start_s
        self._last_s = float(self._table[OFFSET].iloc[-1]) + self._width_s if has_bars else overview.start_s + 1.0
        self._start_s = min(overview.start_s, self._first_s)
        self._end_s = max(overview.start_s + overview.duration_s, self._last_s)
        self._top = _round_up(float(self._table[RATE].max()) if has_bars else 1.0)

    def bars(self) -> str:
        starts = self._overview.origin_ns + self._table[OFFSET].astype("int64") * NS_PER_SECOND
        columns = zip(
            self._clock.text(starts), self._table[RATE], self._table[MESSAGES], self._table[BYTES], strict=True
        )
        bars = "".join(self._bar(*column) for column in columns)
        left, right = self._x(self._first_s), 100 - self._x(self._last_s)
        return f'<div class="bars" style="left: {left:.3f}%; right: {right:.3f}%">{bars}</div>'

    def _bar(self, when: str, rate: float, messages: int, size: int) -> str:
        title = f"{when}&#10;{messages:,} messages, {size_text(size)} in {self._width_s:,} s"
        bar = f'<b style="height: {100 * rate / self._top:.1f}%"></b>' if messages else ""
        return f'<i title="{title}">{bar}</i>'

    def rules(self) -> Iterator[str]:
        for part in (0.0, 0.5, 1.0):
            value = f"{self._top * part:,.3f}".rstrip("0").rstrip(".")
            yield f'<div class="rule" style="bottom: {100 * part:g}%"><span>{value}</span></div>'

    def times(self) -> Iterator[str]:
        """At moments that people use, by the wall clock."""
        step_s = nice_width(self._end_s - self._start_s, MAX_TICKS + 1)
        origin_ns = self._overview.origin_ns
        begin_ns, end_ns = (origin_ns + round(offset_s * NS_PER_SECOND) for offset_s in (self._start_s, self._end_s))
        for at_ns, text in self._clock.ticks(begin_ns, end_ns, step_s):
            yield f'<span class="time" style="left: {self._x((at_ns - origin_ns) / NS_PER_SECOND):.3f}%">{text}</span>'

    def bands(self) -> Iterator[str]:
        for spans, what, colour in ((self._overview.gaps, "gap", GAP_COLOUR),
                                    (self._overview.pauses, "pause", PAUSE_COLOUR)):  # fmt: skip
            for span in spans[:MAX_DRAWN]:
                yield self._band(span, what, colour)

    def _band(self, span: Span, what: str, colour: str) -> str:
        left, right = self._x(span.start_s), 100 - self._x(span.end_s)
        where = f"left: {left:.3f}%; right: {right:.3f}%; background: {faded(colour, 0.25)}"
        title = "&#10;".join(filter(None, (f"{what} {span.duration_s:,.1f} s", _attribute(span.text))))
        return f'<div class="band" style="{where}" title="{title}"></div>'

    def marks(self) -> Iterator[str]:
        return (self._mark(mark) for mark in self._overview.marks[:MAX_DRAWN])

    def _mark(self, mark: Mark) -> str:
        title = f"{_attribute(mark.text or 'mark')}&#10;{self._clock.text([mark.at_ns])[0]}"
        return f'<div class="mark" style="left: {self._x(mark.offset_s):.3f}%" title="{title}"><span>▼</span></div>'

    def _x(self, offset_s: float) -> float:
        part = (offset_s - self._start_s) / (self._end_s - self._start_s)
        return 100 * min(1.0, max(0.0, part))


def _attribute(text: str) -> str:
    """Text of a session for a tooltip."""
    return as_text(text).replace('"', "&quot;")


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 and so on; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= value * 0.999_999)
