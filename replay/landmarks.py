"""Where one can go in a replay: the marks and the topics of what it plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from core.message import NS_PER_SECOND
from replay.marks import Mark, marks_of
from replay.program import Program, program_of
from replay.status import ReplayRequest
from store.parts import open_session


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Of all sessions of a replay."""

    marks: tuple[Mark, ...]
    """Those within what is played, in the order of time; in a playlist with the positions of the program."""
    topics: tuple[str, ...]
    """The recorded topics that are played, sorted."""


def landmarks_of(request: ReplayRequest) -> Landmarks:
    """Reads them from the sessions. Raises SessionFileError."""
    with ExitStack() as stack:
        readers = [stack.enter_context(open_session(path)) for path in (request.session, *request.more)]
        program = program_of(request, readers)
        return Landmarks(tuple(sorted(_marks(program, merged=request.merged))), tuple(program.topics()))


def _marks(program: Program, *, merged: bool) -> Iterator[Mark]:
    begin_s = program.start_ns / NS_PER_SECOND
    for track in program.tracks:
        shift_s = (track.reader.metadata.started_ns - track.origin_ns) / NS_PER_SECOND
        end_s = track.end_ns / NS_PER_SECOND
        for mark in marks_of(track.reader):
            if begin_s <= mark.position_s + shift_s <= end_s:
                yield Mark(mark.position_s + shift_s, mark.text)
        if not merged:
            begin_s = end_s
