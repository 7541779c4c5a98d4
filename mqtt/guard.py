"""Ends a child process when this one is gone, in whatever way: also by `kill -9`, after which no code of ours runs."""

from __future__ import annotations

import subprocess
from typing import Final

SCRIPT: Final = 'read -r dismissed || { kill "$1"; [ -z "$2" ] || rm -rf -- "$2"; }'
"""The shell waits on a pipe that only this process can write to. When this process is gone the pipe is closed."""


class Guard:
    """A small shell that ends `pid`, and removes `folder` if one is named, unless it is dismissed before.

    Dismiss it before anybody waits for `pid`: until then the system gives that number to no other process.
    It has a session of its own, so the terminal's Ctrl-C does not reach it, and none of our files or pipes but the one.
    """

    def __init__(self, pid: int, folder: str = "") -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "guard", str(pid), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """The process is left alone from now on. Twice does no harm."""
        self._shell.communicate(b"\n" if self._shell.returncode is None else None)
