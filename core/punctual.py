"""Keeps a thread that has to be in time from waiting long for the others of its process."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

SWITCH_S: Final = 0.0002
"""A thread that wakes up waits for a busy one at most so long, instead of Python's 5 ms. Less costs more than it gives:
each switch takes some microseconds."""


class _Held:
    """Who counts on it, and what was before. The settings are the whole process's."""

    lock: ClassVar = threading.Lock()
    holders: ClassVar = 0
    interval_s: ClassVar = 0.0


@contextmanager
def punctual() -> Iterator[None]:
    """While this lasts, busy threads give way sooner, and garbage collections look at new objects only.

    For a collection stops all threads as long as it takes to look at everything that the process has: 100 ms with a few
    libraries for figures loaded. May be nested, and used by several threads.
    """
    with _Held.lock:
        _Held.holders += 1
        if _Held.holders == 1:
            _Held.interval_s = sys.getswitchinterval()
            sys.setswitchinterval(min(SWITCH_S, _Held.interval_s))
            gc.freeze()
    try:
        yield
    finally:
        with _Held.lock:
            _Held.holders -= 1
            if _Held.holders == 0:
                gc.unfreeze()
                sys.setswitchinterval(_Held.interval_s)
