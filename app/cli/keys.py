"""Single keys from a terminal, without Enter."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator

ARROWS = {"\x1b[C": "right", "\x1b[D": "left", "\x1bOC": "right", "\x1bOD": "left"}
ESCAPE = "\x1b"
LONGEST = 16
"""Bytes of one look; somebody who types faster is heard at the next look."""


class Keys:
    """What has been typed since the last look."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @property
    def active(self) -> bool:
        """Whether there is a terminal to type on."""
        return self._descriptor is not None

    def pressed(self) -> list[str]:
        """The keys, `left` and `right` for the arrows, `escape`; never waits."""
        if self._descriptor is None or not select.select([self._descriptor], [], [], 0)[0]:
            return []
        text = os.read(self._descriptor, LONGEST).decode("utf-8", "ignore")
        if text in ARROWS:
            return [ARROWS[text]]
        if text == ESCAPE:
            return ["escape"]
        return [] if text.startswith(ESCAPE) else list(text)


@contextlib.contextmanager
def keys() -> Iterator[Keys]:
    """Within the block the terminal hands over every key at once and shows none; Ctrl-C stays what it is."""
    try:
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (ImportError, OSError, ValueError, termios.error):  # no terminal
        yield Keys(None)
        return
    try:
        tty.setcbreak(descriptor)
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
