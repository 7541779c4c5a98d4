"""The states of a recording."""

from __future__ import annotations

import pytest

from core.errors import StateError
from recorder.machine import NEXT, QUICK_PATH, transition
from store.metadata import Status


def test_the_quick_path_leads_from_pending_to_in_progress():
    state = Status.PENDING
    for following in QUICK_PATH:
        state = transition(state, following)
    assert state is Status.IN_PROGRESS


def test_a_recording_can_be_paused_and_resumed_again_and_again():
    state = Status.IN_PROGRESS
    for _ in range(3):
        state = transition(transition(state, Status.PAUSED), Status.IN_PROGRESS)
    assert transition(state, Status.COMPLETED) is Status.COMPLETED


@pytest.mark.parametrize("final", [Status.COMPLETED, Status.FAILED])
@pytest.mark.parametrize("to", list(Status))
def test_nothing_follows_a_final_state(final: Status, to: Status):
    assert not NEXT[final]
    with pytest.raises(StateError, match="start a new one"):
        transition(final, to)


@pytest.mark.parametrize("state", list(Status))
def test_every_state_is_reached_and_every_active_one_can_fail(state: Status):
    assert state is Status.PENDING or any(state in following for following in NEXT.values())
    assert not NEXT[state] or Status.FAILED in NEXT[state]


def test_a_session_cannot_be_completed_before_it_exists():
    with pytest.raises(StateError, match="not started"):
        transition(Status.PENDING, Status.COMPLETED)


def test_pausing_twice_is_refused_with_a_sentence():
    with pytest.raises(StateError, match=r"^The recording cannot become 'paused': it is paused; resume or stop it\.$"):
        transition(Status.PAUSED, Status.PAUSED)
