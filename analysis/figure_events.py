"""Gaps, pauses and marks on a figure with a time axis: bands, lines and their labels above the plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from analysis.figure_style import GAP_COLOUR, MARK_COLOUR, PAUSE_COLOUR, WallClock, as_text, faded
from analysis.moments import Mark, Span

MAX_LABELS = 8
"""More labels than this overlap; then only symbols are drawn and the text is in the hover."""
MAX_DRAWN = 300
"""More shapes of a kind than this make a browser slow; the longest gaps and pauses are drawn, and the first marks."""
LABEL_CHARS = 24
LABELS_PX = 22


@dataclass(frozen=True)
class Happenings:
    """What a figure shows besides its data."""

    gaps: tuple[Span, ...] = ()
    pauses: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()


def draw_happenings(figure: go.Figure, clock: WallClock, origin_ns: int, happenings: Happenings) -> None:
    """Adds bands for gaps and pauses and lines for marks, with labels that show more on hovering."""
    gaps, pauses = _longest(happenings.gaps), _longest(happenings.pauses)
    marks = happenings.marks[:MAX_DRAWN]
    if not (gaps or pauses or marks):
        return
    spans = [(gap, "gap", GAP_COLOUR) for gap in gaps] + [(pause, "pause", PAUSE_COLOUR) for pause in pauses]
    labelled = len(spans) + len(marks) <= MAX_LABELS

    def when(offset_s: float) -> str:
        return str(clock.offsets(origin_ns, [offset_s])[0])

    shapes = [_band(span, colour, when) for span, _, colour in spans] + [_line(mark, when) for mark in marks]
    labels = [_span_label(span, what, colour, when, labelled) for span, what, colour in spans]
    labels += [_mark_label(mark, when, clock, labelled) for mark in marks]
    figure.update_layout(shapes=shapes, annotations=labels, margin_t=LABELS_PX + 4)


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


def _span_label(span: Span, what: str, colour: str, when: Callable[[float], str], labelled: bool) -> dict[str, object]:
    length = f"{what} {span.duration_s:,.1f} s"
    hover = f"{length}<br>{as_text(span.text)}" if span.text else length
    return _label(when(span.start_s), length if labelled else "▬", hover, colour)


def _mark_label(mark: Mark, when: Callable[[float], str], clock: WallClock, labelled: bool) -> dict[str, object]:
    text = mark.text or "mark"
    short = text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"
    hover = f"{as_text(text)}<br>{clock.text([mark.at_ns])[0]}"
    return _label(when(mark.offset_s), f"▼ {as_text(short)}" if labelled else "▼", hover, MARK_COLOUR)


def _label(at: str, text: str, hover: str, colour: str) -> dict[str, object]:
    place = {"x": at, "y": 1, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return {**place, "text": text, "hovertext": hover, "showarrow": False, "font": {"color": colour, "size": 12}}
