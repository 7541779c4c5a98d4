"""Signals become something to wait for."""

from __future__ import annotations

import os
import signal
import threading

import pytest
import typer

from app.cli.interrupts import SIGNALS, interruptible


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_waiting(number: signal.Signals) -> None:
    with interruptible() as interrupts:
        assert not interrupts.wait(0)
        os.kill(os.getpid(), number)
        assert interrupts.wait(60)
        with pytest.raises(typer.Abort):
            interrupts.abort_if_requested()


def test_a_signal_from_elsewhere_wakes_a_wait_that_has_begun() -> None:
    with interruptible() as interrupts:
        sender = threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM))
        sender.start()
        assert interrupts.wait(60)
        sender.join()


def test_a_second_signal_does_not_disturb_the_orderly_end() -> None:
    with interruptible() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.wait(60)
        assert interrupts.requested


def test_afterwards_everything_is_as_before() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with interruptible():
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == before
