"""`session-manager` as a process of its own, forked from one that has loaded its libraries already.

The suite starts the program some four hundred times, and loading took most of the processor time of each start. What is
started here is a child of the test's process as any other: with signals, pipes, terminal, folder, environment and exit
code of its own. Tests of the start itself pass `cold=True`.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import io
import json
import locale
import os
import pkgutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

ROOT: Final = Path(__file__).parents[1]
PR_SET_CHILD_SUBREAPER: Final = 36
LARGEST_REQUEST: Final = 1 << 20
LIBRARIES: Final = ("app.server", "app.services", "app.api.application", "app.warm_up", "rich.console", "rich.table")
PAGES: Final = ("altair", "pandas", "plotly.graph_objects", "plotly.io", "pyarrow.pandas_compat", "PIL.Image")
"""What `up` loads besides. Not Streamlit, which reads its options when it is loaded."""
SCRIPT: Final = Path(sys.executable).with_name("session-manager")
"""What the installation made."""


def start(*arguments: str, cold: bool = False, **settings: Any) -> subprocess.Popen[Any]:
    """Starts the program with these arguments; `settings` are those of Popen."""
    if cold or sys.platform != "linux":
        return subprocess.Popen([str(SCRIPT), *arguments], **settings)
    return _WarmProcess(arguments, **settings)


class _WarmProcess(subprocess.Popen[Any]):
    """Differs from another one only in how it comes into being."""

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest) -> None:
        pipes, start_new_session = rest[3:9], bool(rest[14])
        p2cread, _, _, c2pwrite, _, errwrite = pipes
        with Path(os.devnull).open() as nothing:
            own = nothing.fileno(), 1, 2
            streams = [
                given if given >= 0 else inherited
                for given, inherited in zip((p2cread, c2pwrite, errwrite), own, strict=True)
            ]
            variables = dict(os.environ if env is None else env)
            self.pid = _template().fork(args, os.fspath(cwd or Path.cwd()), variables, streams, start_new_session)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]  # not in the stubs
        self._closed_child_pipe_fds = True


class _Template:
    """The process that others are forked from."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._requests.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST_REQUEST)
        with theirs:
            command = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )

    def fork(
        self, arguments: Sequence[str], folder: str, variables: Mapping[str, str], streams: list[int], session: bool
    ) -> int:
        """Returns its process id."""
        request = {"arguments": arguments, "folder": folder, "variables": variables, "session": session}
        with _adopting():
            socket.send_fds(self._requests, [json.dumps(request).encode()], streams)
            answer = self._requests.recv(100)
        assert answer, "the process that others are forked from has ended: its last words are above"
        return int(answer)


@functools.cache
def _template() -> _Template:
    """One for each process that runs tests; it ends when its socket does."""
    return _Template()


@contextmanager
def _adopting() -> Iterator[None]:
    """Meanwhile a grandchild whose parent ends becomes this process's child."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


# --- in the template


def _serve(requests: socket.socket) -> list[str]:
    """Forks a process for each request. Returns in each of them, with its arguments."""
    _load()
    while True:
        data, streams, _, _ = socket.recv_fds(requests, LARGEST_REQUEST, 3)
        if not data:
            os._exit(0)
        request = json.loads(data)
        if request["arguments"][:1] == ["up"]:
            _load_pages()
        reading, writing = os.pipe()
        between = os.fork()
        if not between:
            child = os.fork()
            if child:  # so that the child is the tests', not the template's
                os.write(writing, str(child).encode())
                os._exit(0)
            return _become(request, streams)
        os.waitpid(between, 0)
        requests.send(os.read(reading, 100))
        for one in (reading, writing, *streams):
            os.close(one)


def _load() -> None:
    import app.cli

    names = [module.name for module in pkgutil.iter_modules(app.cli.__path__, "app.cli.")]
    for name in (*names, *LIBRARIES):
        with suppress(ImportError):  # whoever needs it will say so
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


@functools.cache
def _load_pages() -> None:
    for name in PAGES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _become(request: Mapping[str, Any], streams: Sequence[int]) -> list[str]:
    """What a new process would be from its start."""
    if request["session"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 1_024)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    time.tzset()
    sys.stdin, sys.stdout, sys.stderr = (_stream(number) for number in range(3))
    return list(request["arguments"])


def _stream(number: int) -> TextIO:
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    binary = open(number, "rb" if number == 0 else "wb", closefd=False)  # noqa: SIM115 - for good
    return io.TextIOWrapper(
        binary,
        encoding or locale.getencoding(),
        errors or ("backslashreplace" if number == 2 else "strict"),
        line_buffering=number == 2 or os.isatty(number),
    )


def _main() -> NoReturn:
    arguments = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = ["session-manager", *arguments]
    from app.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    _main()
