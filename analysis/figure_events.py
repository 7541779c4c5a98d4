"""Gaps, pauses and marks on a figure with a time axis: bands, lines and their labels above the plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

import plotly.graph_objects as go

from analysis.figure_style import GAP_COLOUR, MARK_COLOUR, PAUSE_COLOUR, WallClock, as_text, faded
from analysis.moments import Happenings, Mark, Span

MAX_DRAWN = 300
"""More shapes of a kind than this make a browser slow; the longest gaps and pauses are drawn, and the first marks."""
LABEL_CHARS = 24
LABELS_PX = 22
CHARS_PER_WIDTH = 110
"""About how many characters of a label fit side by side over a plot: one that would not fit becomes a symbol."""


@dataclass(frozen=True)
class _Label:
    """What stands above the plot at an offset."""

    offset_s: float
    text: str
    """Escaped, like `hover`."""
    short: str
    """What takes the place of `text` where that does not fit."""
    hover: str
    colour: str
    shift_px: int = 0


def draw_happenings(figure: go.Figure, clock: WallClock, origin_ns: int, length_s: float, shown: Happenings) -> None:
    """Adds bands for gaps and pauses and lines for marks to a figure of `length_s` seconds.

    Each has a label above the plot, or a symbol where labels would overlap; hovering shows its whole text.
    """

    def when(offset_s: float) -> str:
        return str(clock.offsets(origin_ns, [offset_s])[0])

    gaps, pauses, marks = _longest(shown.gaps), _longest(shown.pauses), shown.marks[:MAX_DRAWN]
    if not (gaps or pauses or marks):
        return
    spans = [(gap, GAP_COLOUR) for gap in gaps] + [(pause, PAUSE_COLOUR) for pause in pauses]
    labels = [_span_label(gap, "gap", GAP_COLOUR) for gap in gaps]
    labels += [_span_label(pause, "pause", PAUSE_COLOUR) for pause in pauses]
    labels += [_mark_label(mark, clock) for mark in marks]
    figure.update_layout(
        shapes=[_band(span, colour, when) for span, colour in spans] + [_line(mark, when) for mark in marks],
        annotations=[_annotation(label, fits, when) for label, fits in _fitting(labels, length_s)],
        margin_t=LABELS_PX + 4,
    )


def _longest(spans: tuple[Span, ...]) -> list[Span]:
    return sorted(sorted(spans, key=lambda span: -span.duration_s)[:MAX_DRAWN], key=lambda span: span.start_s)


def _band(span: Span, colour: str, when: Callable[[float], str]) -> dict[str, object]:
    edges = {"x0": when(span.start_s), "x1": when(span.end_s), "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    line = {"color": faded(colour, 0.6), "width": 1}  # the outline keeps a band of a few milliseconds visible
    return {"type": "rect", **edges, "fillcolor": faded(colour, 0.15), "line": line, "layer": "below"}


def _line(mark: Mark, when: Callable[[float], str]) -> dict[str, object]:
    at = when(mark.offset_s)
    edges = {"x0": at, "x1": at, "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    return {"type": "line", **edges, "line": {"color": MARK_COLOUR, "width": 1.5, "dash": "dot"}}


def _span_label(span: Span, what: str, colour: str) -> _Label:
    length = f"{what} {span.duration_s:,.1f} s"
    hover = f"{length}<br>{as_text(span.text)}" if span.text else length
    return _Label(span.start_s, length, "▬", hover, colour)


def _mark_label(mark: Mark, clock: WallClock) -> _Label:
    text = mark.text or "mark"
    short = text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"
    hover = f"{as_text(text)}<br>{clock.text([mark.at_ns])[0]}"
    return _Label(mark.offset_s, f"▼ {as_text(short)}", "▼", hover, MARK_COLOUR, shift_px=-7)


def _fitting(labels: list[_Label], length_s: float) -> Iterator[tuple[_Label, bool]]:
    """The labels from left to right, each with whether its text ends before the next label begins."""
    ordered = sorted(labels, key=lambda label: label.offset_s)
    starts = [label.offset_s for label in ordered[1:]] + [math.inf]
    for label, next_s in zip(ordered, starts, strict=True):
        needed_s = (len(unescape(label.text)) + 1) / CHARS_PER_WIDTH * length_s
        yield label, label.offset_s + needed_s <= next_s


def _annotation(label: _Label, fits: bool, when: Callable[[float], str]) -> dict[str, object]:
    place = {"x": when(label.offset_s), "y": 1, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    font = {"color": label.colour, "size": 12}
    text = label.text if fits else label.short
    return {**place, "xshift": label.shift_px, "text": text, "hovertext": label.hover, "showarrow": False, "font": font}
