"""The program on a terminal, where it listens to keys."""

from __future__ import annotations

import os
import pty
import select
import time

from tests.app.cli.program import WAIT_S, Program
from tests.warm import start


class Terminal:
    """A process whose standard input, output and errors are one terminal."""

    def __init__(self, program: Program, *arguments: str) -> None:
        self._user, child = pty.openpty()
        environment = {**program.environment(), "TERM": "xterm", "COLUMNS": "160"}
        self._process = start(
            *arguments,
            cwd=program.folder,
            env=environment,
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
        )
        os.close(child)
        self._seen = ""

    def type(self, text: str) -> None:
        """As if somebody pressed these keys."""
        os.write(self._user, text.encode())

    def await_text(self, text: str) -> None:
        """Blocks until this has been shown."""
        until = time.monotonic() + WAIT_S
        while text not in self._seen:
            assert time.monotonic() < until, f"'{text}' was never shown: {self._seen}"
            assert self._read(1.0) or self._process.poll() is None, f"it ended without '{text}': {self._seen}"

    def ended(self) -> int:
        """The exit code, when it has ended."""
        while self._read(WAIT_S):
            pass
        code = self._process.wait(WAIT_S)
        os.close(self._user)
        return code

    def _read(self, timeout: float) -> bool:
        """Whether something came."""
        if not select.select([self._user], [], [], timeout)[0]:
            return False
        try:
            found = os.read(self._user, 65_536)
        except OSError:  # the other end is closed: Linux says EIO
            return False
        self._seen += found.decode("utf-8", "replace")
        return bool(found)
