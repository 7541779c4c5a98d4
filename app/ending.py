"""How the app is ended by signals: one of them unwinds everything in order, more of them change nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill` and the end of a container, and a terminal that was closed."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within the block each of the signals raises KeyboardInterrupt, so that it unwinds. Main thread only.

    uvicorn puts its own handlers for SIGINT and SIGTERM in their place while it runs, and none for SIGHUP: so that
    one is handed on as a SIGTERM.
    """
    handlers = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.default_int_handler,
        signal.SIGHUP: lambda *_: signal.raise_signal(signal.SIGTERM),
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within the block the signals are ignored: a second Ctrl-C must not cut short what finalises a recording."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def each_in_turn(steps: Sequence[Callable[[], object]], *, expected: type[Exception]) -> list[Exception]:
    """Runs every step, also when one before it failed; returns the `expected` errors. Others are raised at the end."""
    found: list[Exception] = []
    unexpected: list[Exception] = []
    for step in steps:
        try:
            step()
        except expected as error:
            found.append(error)
        except Exception as error:  # noqa: BLE001 - the remaining steps must run; it is raised below
            unexpected.append(error)
    if unexpected:
        raise ExceptionGroup("ending the app", unexpected)
    return found
