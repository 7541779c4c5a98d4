"""The marks below the slider of a running replay, with their texts in as many lines as it takes to read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from analysis.figure_style import MARK_COLOUR
from app import format as fmt
from app.widgets.text import shortened
from replay.marks import Mark
from replay.status import ReplayStatus

MOST_MARKS: Final = 300
"""Drawn; all of them can be chosen from the list."""
UNNAMED: Final = "mark"
"""What is shown of a mark without a text: the key M makes such."""
LONGEST: Final = 60
"""Characters of a mark's text."""
WIDTHS: Final = (880, 560, 370, 270)
"""Pixels for which the texts are laid out: the browser takes the widest layout that has room."""
MOST_LINES: Final = 6
LINE_PX: Final = 19
TICK_PX: Final = 7
WIDE_PX, USUAL_PX, EDGE_PX = 13.0, 6.9, 8.0
"""Of a wide character (Chinese, an emoji), of any other one on average, and of what is beside a text."""
BETWEEN_PX: Final = 8.0


@dataclass(frozen=True, slots=True)
class Label:
    """One mark, laid out. All in pixels from the beginning of the slider."""

    mark: Mark
    at: float
    begin: float
    """Of its text: either this or the end is where the mark is."""
    end: float
    line: int | None = None
    """In which its text stands, from 0; None: there is room for the mark alone."""

    def spoils(self, other: Label) -> bool:
        """Whether one of them covers the text of the other, or what leads from the slider to it."""
        if self.line is None or other.line is None:
            return False
        if self.line == other.line:
            return self.begin < other.end + BETWEEN_PX and other.begin < self.end + BETWEEN_PX
        upper, lower = (self, other) if self.line < other.line else (other, self)
        return upper.begin < lower.at < upper.end


def replay_marks(marks: tuple[Mark, ...], status: ReplayStatus) -> None:
    """Draws them, if there are any."""
    if marks:
        st.html(strips_html(marks[:MOST_MARKS], status.start_s, status.duration_s))


@lru_cache(maxsize=8)
def strips_html(marks: tuple[Mark, ...], start_s: float, end_s: float) -> str:
    """One for each of the widths, of which one is shown. The texts are escaped."""
    rules, strips, below = "", "", ""
    for width in WIDTHS:
        above = "" if width == WIDTHS[-1] else f"(min-width:{width}px)"
        rules += (
            f"@container {' and '.join(one for one in (above, below) if one)} {{.marks-{width} {{display:block}}}} "
        )
        below = f"(max-width:{width - 0.01}px)"
        strips += _strip(width, laid_out(marks, start_s, end_s, width))
    around = "container-type:inline-size;margin:0 6px"  # the slider's ends are 6 pixels from its edges
    return f'<style>.marks {{display:none}} {rules}</style><div style="{around}">{strips}</div>'


def laid_out(marks: Sequence[Mark], start_s: float, end_s: float, width: float) -> list[Label]:
    """In their order, each text in the highest line where it spoils nothing.

    Texts that begin at their mark are placed from the right to the left, and then those that end there the other way
    round: what leads to the lower ones passes beside the upper ones.
    """
    labels = [_label(mark, (mark.position_s - start_s) / (end_s - start_s) * width, width) for mark in marks]
    begin = [number for number, one in enumerate(labels) if one.begin == one.at]
    end = [number for number, one in enumerate(labels) if one.begin < one.at]
    placed: list[Label] = []
    for number in (*reversed(begin), *end):
        labels[number] = _in_a_line(labels[number], placed)
        placed.append(labels[number])
    return labels


def _label(mark: Mark, at: float, width: float) -> Label:
    """With its text on the right, where it has room there, else on the left."""
    wanted = EDGE_PX + sum(map(_pixels, _text(mark)))
    if at + wanted <= width or width - at >= at:
        return Label(mark, at, at, min(at + wanted, width))
    return Label(mark, at, max(0.0, at - wanted), at)


def _in_a_line(label: Label, placed: Iterable[Label]) -> Label:
    tried = (replace(label, line=line) for line in range(MOST_LINES))
    return next((one for one in tried if not any(one.spoils(other) for other in placed)), label)


def _pixels(character: str) -> float:
    return WIDE_PX if unicodedata.east_asian_width(character) in "WF" else USUAL_PX


def _strip(width: int, labels: Sequence[Label]) -> str:
    lines = 1 + max((label.line for label in labels if label.line is not None), default=-1)
    return (
        f'<div class="marks marks-{width}" style="position:relative;height:{TICK_PX + lines * LINE_PX + 2}px;'
        f'font-size:0.8rem;line-height:{LINE_PX}px">' + "".join(_flag(label, width) for label in labels) + "</div>"
    )


def _flag(label: Label, width: int) -> str:
    height = TICK_PX if label.line is None else TICK_PX + (label.line + 1) * LINE_PX
    style = (
        f"position:absolute;top:0;left:min({label.at / width * 100:.2f}%, calc(100% - 2px));width:0;height:{height}px;"
        f"border-left:2px solid {MARK_COLOUR}"
    )
    words = "" if label.line is None else _words(label)
    return f'<div style="{style}" title="{escape(named(label.mark))}">{words}</div>'


def _words(label: Label) -> str:
    side = "left:0;padding-left:3px" if label.begin == label.at else "right:2px;padding-right:3px"
    style = (
        f"position:absolute;bottom:0;{side};width:max-content;max-width:{label.end - label.begin:.0f}px;"
        "overflow:hidden;white-space:nowrap;text-overflow:ellipsis"
    )
    return f'<div style="{style}">{escape(_text(label.mark))}</div>'


def _text(mark: Mark) -> str:
    return shortened(mark.text, LONGEST) or UNNAMED


def named(mark: Mark) -> str:
    """For a list: the time, and what it says."""
    return f"{fmt.position(mark.position_s, digits=1)}  {shortened(mark.text, LONGEST)}".strip()
