"""The clock of what is read stands still while nothing is."""

from __future__ import annotations

import pytest

from mqtt.reading_time import ReadingTime


class Link:
    unread_s = 0.0


def test_it_stands_still_without_a_connection_and_while_nothing_is_read(monkeypatch: pytest.MonkeyPatch):
    seconds = 100.0
    monkeypatch.setattr("mqtt.reading_time.time.monotonic", lambda: seconds)
    clock, link = ReadingTime(), Link()
    began = clock.now()
    seconds += 5
    assert clock.now() == began
    clock.attach(link)
    seconds += 3
    assert clock.now() == began + 3
    seconds, link.unread_s = seconds + 2, 1.5
    assert clock.now() == began + 3.5
    clock.detach()
    clock.detach()
    seconds += 60
    clock.attach(Link())
    assert clock.now() == began + 3.5
    seconds += 1
    assert clock.now() == began + 4.5
