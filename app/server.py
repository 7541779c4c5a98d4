"""The one process: Streamlit pages and the HTTP interface on one port, with an orderly stop."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp

from app import format as fmt
from app.demo import Dashboard, check_demo, dashboard_running, replay_sample
from app.ending import SIGNALS, ended_by_signals, undisturbed
from app.local_broker import broker_for, describe
from app.page_files import PageFiles
from app.services import Services, get_services, use_services
from app.settings import Settings
from app.streamlit_options import set_streamlit_options
from app.warm_up import warm_up
from core.errors import SettingsError, UsageError

LARGEST_WEBSOCKET_MESSAGE = 200 * 1024 * 1024
"""Bytes; Streamlit's own default for what a page may send to a browser in one piece."""
SWITCH_SECONDS = 0.0005
"""How long one thread may keep the interpreter while another waits. With Python's 5 ms, pages that are being drawn made
one replayed message in a hundred 80 ms late."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with; a container listens like this
"""Addresses to listen on that are none to go to."""
SHUTDOWN_SECONDS = 3
"""How long open browser connections may take to close before the process ends without them."""


def serve(settings: Settings, demo: bool = False) -> int:
    """Runs the app until SIGINT or SIGTERM; returns the exit code.

    `demo` starts a dashboard, too, and replays the sample session to it. Raises SessionManagerError when it cannot
    start.
    """
    _check_address(settings)
    if demo:
        check_demo(settings)
    sys.setswitchinterval(SWITCH_SECONDS)
    sockets = _listening_sockets(settings)
    try:
        with ended_by_signals(), _local_broker(settings) as broker_line, _process_services(settings) as services:
            services.client(settings.environment)  # connects before the first visitor comes
            with dashboard_running(settings) if demo else contextlib.nullcontext() as dashboard:
                application = _asgi_app(settings)
                warm_up()
                if dashboard is not None:
                    dashboard.await_answer()
                    replay_sample(services)
                _say_where(settings, broker_line, dashboard)
                _run_server(application, sockets)
    except KeyboardInterrupt:  # before the server ran
        _say("")
    finally:
        for one in sockets:
            one.close()
    return 0


def _check_address(settings: Settings) -> None:
    if not settings.local_only and not settings.allow_remote:
        raise SettingsError(
            f"The app has no access control yet, so it does not listen on {settings.host}, where others can reach it. "
            "Leave host at 127.0.0.1, or set allow_remote = true if something else decides who gets there."
        )


def _listening_sockets(settings: Settings) -> list[socket.socket]:
    """Bound before anything else starts, so that a port in use is known at once. Raises UsageError."""
    host = "127.0.0.1" if settings.host == "localhost" else settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by its name: only then asyncio lets small answers go at once. Without, each waits for the browser's
    # acknowledgement of what went before it, which takes the browser 40 ms.
    first = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        first.bind((host, settings.port))
        first.listen()
    except OSError as error:
        first.close()
        raise UsageError(
            f"The app cannot listen on {host}:{settings.port}: {error.strerror}. "
            "Perhaps it already runs; otherwise choose another port with --port."
        ) from error
    return [first]


@contextlib.contextmanager
def _local_broker(settings: Settings) -> Iterator[str]:
    broker = broker_for(settings)
    try:
        yield describe(settings, broker)
    finally:
        if broker is not None:
            with undisturbed():
                broker.stop(timeout=5.0)


@contextlib.contextmanager
def _process_services(settings: Settings) -> Iterator[Services]:
    services = Services(settings)
    use_services(services)
    try:
        yield services
    finally:
        with undisturbed():
            _close(services)
            use_services(None)


def _close(services: Services) -> None:
    """Ends everything, and says what became of the recordings that were running."""
    were_recording = services.recorders.active()
    for problem in services.close():
        _say(str(problem))
    for before in were_recording:
        status = services.recorders.of(before.environment).status()
        _say(f"The recording '{status.name}' is finalised: {fmt.messages(status.messages)} in {status.path}")


def _asgi_app(settings: Settings) -> ASGIApp:
    set_streamlit_options(settings)
    # Only now: Streamlit reads its options when it is first imported.
    from streamlit import App

    from app.api.application import create_api
    from app.streamlit_races import prevent_races

    prevent_races()

    @contextlib.asynccontextmanager
    async def lifespan(_: App) -> AsyncIterator[None]:
        yield
        # A recording is finalised here, before the process waits for anything else.
        await run_in_threadpool(_close, get_services())

    script = Path(__file__).with_name("main.py")
    routes = [Mount("/api", app=create_api(get_services))]
    app: ASGIApp = App(script, lifespan=lifespan, routes=routes, middleware=[Middleware(PageFiles)])
    return app


class _Server(uvicorn.Server):
    """Ends at the first signal; those after it change nothing until everything is unwound.

    uvicorn would skip the orderly end at the second one, and raise them all again, into asyncio: then the program shows
    how it looks inside. Its end takes SHUTDOWN_SECONDS at most anyway.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  the signature is uvicorn's
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, self.handle_exit)
        try:
            yield
        finally:
            for one in SIGNALS:
                signal.signal(one, signal.SIG_IGN)


def _run_server(app: ASGIApp, sockets: list[socket.socket]) -> None:
    """Blocks until a signal ends it."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=LARGEST_WEBSOCKET_MESSAGE,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    _Server(config).run(sockets=sockets)
    _say("")  # a terminal shows ^C on the last line


def _say_where(settings: Settings, broker_line: str, dashboard: Dashboard | None) -> None:
    host = "localhost" if settings.local_only or settings.host in EVERYWHERE else settings.host
    lines = [
        f"Broker      {broker_line}",
        f"App         http://{host}:{settings.port}",
        f"Recordings  {settings.sessions_folder}",
        "Stop with Ctrl-C; a running recording is finalised.",
    ]
    if dashboard is not None:
        lines[2:2] = [
            f"Dashboard   http://localhost:{dashboard.port}",
            "            It shows the sample session, replayed over and over as if it were the factory:",
            f"            pause it, or go elsewhere in it, at http://{host}:{settings.port}/replay",
        ]
    _say("\n".join(lines))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - for whoever looks at the terminal
