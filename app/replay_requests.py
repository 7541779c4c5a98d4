"""What command line, HTTP and page have in common when they ask for a replay: words that become a request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from app.ranges import range_of
from core.errors import UsageError
from replay.status import ReplayRequest, StateBefore, TimeShift
from store.parts import open_session

RETAIN_WORDS: Final[dict[str, bool | None]] = {"recorded": None, "always": True, "never": False}
"""Whether messages are published with the retain flag."""


def state_named(text: str | None) -> tuple[StateBefore | None, Path | None]:
    """`none`, `state`, or a folder; None: what is right for the place where the replay starts. Raises UsageError."""
    match text:
        case None:
            return None, None
        case "none" | "state":
            return StateBefore(text), None
    folder = Path(text)
    if not folder.is_dir():
        raise UsageError(f"'{text}' is not a folder. --preload takes 'none', 'state', or a folder of JSON files.")
    return StateBefore.FOLDER, folder


def retain_named(word: str) -> bool | None:
    """`always` or `never`; `recorded`: as each message was. Raises UsageError."""
    if word not in RETAIN_WORDS:
        raise UsageError(f"'{word}' is neither recorded nor always nor never. It says which messages are retained.")
    return RETAIN_WORDS[word]


def shift_of(*, wanted: bool, each: bool) -> TimeShift:
    """How times in payloads move."""
    if each:
        return TimeShift.MESSAGE
    return TimeShift.RUN if wanted else TimeShift.NONE


def in_range(request: ReplayRequest, start: str | None, end: str | None) -> ReplayRequest:
    """With its start and end, see `range_of`. Raises UsageError."""
    if start is None and end is None:
        return request
    with open_session(request.session) as reader:
        begin, finish = range_of(reader, start, end)
    return replace(request, start_s=begin or 0.0, end_s=finish)


def speed_named(speed: float | str) -> float | None:
    """A number, or `max`, which is None here."""
    return None if isinstance(speed, str) else speed
