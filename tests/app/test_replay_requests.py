"""Words that become a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.replay_requests import in_range, shift_of, speed_named, state_named
from core.errors import UsageError
from replay.status import ReplayRequest, StateBefore, TimeShift
from tests.replay.sessions import numbered, session


def test_the_state_before_the_start_is_named_or_a_folder(tmp_path: Path):
    assert state_named(None) == (None, None)
    assert state_named("none") == (StateBefore.NONE, None)
    assert state_named("state") == (StateBefore.STATE, None)
    assert state_named(str(tmp_path)) == (StateBefore.FOLDER, tmp_path)
    with pytest.raises(UsageError, match="'nowhere' is not a folder"):
        state_named("nowhere")


def test_times_move_together_or_message_by_message():
    assert shift_of(wanted=False, each=False) is TimeShift.NONE
    assert shift_of(wanted=True, each=False) is TimeShift.RUN
    assert shift_of(wanted=False, each=True) is TimeShift.MESSAGE


def test_max_is_no_number():
    assert (speed_named("max"), speed_named(2.5)) == (None, 2.5)


def test_a_range_that_makes_no_sense_is_refused(tmp_path: Path):
    request = ReplayRequest(session(tmp_path, numbered(0, 1)))
    assert in_range(request, None, None) is request
    found = in_range(request, "0.5", "9")
    assert (found.start_s, found.end_s) == (0.5, 9)
    with pytest.raises(UsageError, match="--end 2 is not after --start 3"):
        in_range(request, "3", "2")
    with pytest.raises(UsageError, match="0 or more seconds, not -1"):
        in_range(request, "-1", None)
    with pytest.raises(UsageError, match="0 or more seconds, not nan"):
        in_range(request, None, "nan")
