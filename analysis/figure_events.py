"""Gaps, pauses and marks on a figure with a time axis: bands, lines and their labels above the plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

import plotly.graph_objects as go

from analysis.figure_style import GAP_COLOUR, MARK_COLOUR, PAUSE_COLOUR, WallClock, as_text, faded
from analysis.moments import Happenings, Mark, Span
from core.message import NS_PER_SECOND

MAX_DRAWN = 300
"""More shapes of a kind than this make a browser slow; the longest gaps and pauses are drawn, and the first marks."""
LABEL_CHARS = 24
LABELS_PX = 22
LABELLED_TOP_PX = LABELS_PX + 4
"""The margin above a figure with labels."""
WORDS = '<span style="font-variant:normal">{}</span>'
"""Around the words of a label, not around its symbol: a page too narrow for them knows them by their style."""
CHARS_PER_WIDTH = 110
"""About how many characters of a label fit side by side over a plot: one that would not fit becomes a symbol."""


@dataclass(frozen=True)
class _Label:
    """What stands above the plot at an offset."""

    offset_s: float
    end_s: float
    """Where what it names ends; that of a mark is its offset."""
    text: str
    """Escaped, like `hover`; what a narrow page leaves out is in WORDS."""
    mirrored: str
    """The same to the left of `end_s`."""
    short: str
    """What takes the place of `text` where that does not fit."""
    hover: str
    colour: str
    shift_px: int = 0


@dataclass(frozen=True)
class _Place:
    """Which of a label's texts stands where: to the right of `at_s`, or to the left of it."""

    label: _Label
    text: str
    at_s: float
    to_the_left: bool = False


def draw_happenings(
    figure: go.Figure, clock: WallClock, origin_ns: int, stretch_s: tuple[float, float], shown: Happenings
) -> None:
    """Adds bands for gaps and pauses and lines for marks to a figure that shows a stretch of the session.

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
        shapes=[
            *figure.layout.shapes,
            *(_band(span, colour, when) for span, colour in spans),
            *(_line(mark, when) for mark in marks),
        ],
        annotations=[_annotation(place, when) for place in _places(labels, *stretch_s)],
        margin_t=LABELLED_TOP_PX,
    )


def part_shown(figure: go.Figure, clock: WallClock, origin_ns: int, span_s: tuple[float, float]) -> tuple[float, float]:
    """From where to where of the width of a figure with a time axis a stretch goes, 0 to 1."""
    first, last = (clock.moment(moment) for moment in figure.layout.xaxis.range)
    start, end = ((origin_ns + at_s * NS_PER_SECOND - first) / (last - first) for at_s in span_s)
    return min(1.0, max(0.0, start)), min(1.0, max(0.0, end))


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
    return _Label(span.start_s, span.end_s, _words(length), _words(length), "▬", hover, colour)


def _mark_label(mark: Mark, clock: WallClock) -> _Label:
    text = mark.text or "mark"
    short = text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"
    hover = f"{as_text(text)}<br>{clock.text([mark.at_ns])[0]}"
    right, left = f"▼{_words(f' {as_text(short)}')}", f"{_words(f'{as_text(short)} ')}▼"
    return _Label(mark.offset_s, mark.offset_s, right, left, "▼", hover, MARK_COLOUR, shift_px=-7)


def _words(text: str) -> str:
    return WORDS.format(text)


def _length(text: str) -> int:
    """Characters that are seen."""
    before, after = WORDS.split("{}")
    return len(unescape(text.replace(before, "").replace(after, "")))


def _places(labels: list[_Label], start_s: float, end_s: float) -> Iterator[_Place]:
    """From left to right: each in full where it ends before the next one and before the plot does, else its symbol.

    The last one turns to the left where the plot ends. What began before the plot has its label at the plot's start.
    """
    ordered = sorted(labels, key=lambda label: label.offset_s)
    starts = [max(start_s, label.offset_s) for label in ordered]
    char_s, taken_s = (end_s - start_s) / CHARS_PER_WIDTH, start_s
    for label, at_s, next_s in zip(ordered, starts, [*starts[1:], math.inf], strict=True):
        needed_s = (_length(label.text) + 1) * char_s
        right_s = min(label.end_s, end_s)
        if at_s + needed_s <= min(next_s, end_s):
            yield _Place(label, label.text, at_s)
            taken_s = at_s + needed_s
        elif next_s == math.inf and right_s - needed_s >= taken_s:
            yield _Place(label, label.mirrored, right_s, to_the_left=True)
        else:
            yield _Place(label, label.short, at_s)
            taken_s = at_s + 2 * char_s


def _annotation(place: _Place, when: Callable[[float], str]) -> dict[str, object]:
    label = place.label
    anchor, shift_px = ("right", -label.shift_px) if place.to_the_left else ("left", label.shift_px)
    where = {"x": when(place.at_s), "y": 1, "xref": "x", "yref": "paper", "xanchor": anchor, "yanchor": "bottom"}
    font = {"color": label.colour, "size": 12}
    return {**where, "xshift": shift_px, "text": place.text, "hovertext": label.hover, "showarrow": False, "font": font}
