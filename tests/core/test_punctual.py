"""What keeps a thread in time lasts as long as somebody needs it, and leaves everything as it was."""

from __future__ import annotations

import gc
import sys

import pytest

from core.punctual import SWITCH_S, punctual


def test_threads_switch_sooner_while_anybody_needs_it_and_as_before_afterwards():
    before = sys.getswitchinterval()
    first, second = punctual(), punctual()
    first.__enter__()
    second.__enter__()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == pytest.approx(before)


def test_collections_leave_out_what_was_there_before():
    gc.unfreeze()
    with punctual():
        assert gc.get_freeze_count() > 1_000
    assert gc.get_freeze_count() == 0


def test_everything_is_as_before_also_after_an_error():
    before = sys.getswitchinterval()
    with pytest.raises(ValueError, match="wrong"), punctual():
        raise ValueError("wrong")
    assert sys.getswitchinterval() == pytest.approx(before)
    assert gc.get_freeze_count() == 0
