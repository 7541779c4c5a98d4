"""The composition root: settings become clients, recorder, player and catalogue, once for the whole process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from app.background_work import BackgroundWork
from app.ending import each_in_turn
from app.export_folder import ExportFolder
from app.factory_watch import FactoryWatch
from app.imports import Imports
from app.listening import Listening
from app.mock_factory import NAME as MOCK
from app.mock_factory import MockFactory, mock_environment
from app.preflights import Preflights
from app.replays import Asked, Replays
from app.settings import Settings, load_settings
from app.start_up import Continued, StartUp
from app.steering import Steering
from core.clock import Clock, SystemClock
from core.errors import SessionManagerError, StateError, StorageError
from core.ports import ConnectionStatus
from mqtt.client import SharedClient
from mqtt.environments import Environments
from recorder.recorder import RecordingRequest, RecordingStatus
from recorder.recorders import Recorders
from recorder.ring_status import RingRequest, RingStatus
from recorder.rings import Rings
from replay.player import Player, ReplayRequest, ReplayStatus
from store.catalog import Catalog, SessionEntry
from store.parts import open_session
from store.reading import Reader

DISTRIBUTION = "mqtt-session-manager"
WORK_STOP_S = 2.0
"""How long the end of the program waits for each analysis that is being computed; it looks up every 1,000 messages."""
RECOVERY_STOP_S = 1.0
"""How long the end of the program waits for a session that is being repaired: the next start begins with it anew."""


def product_version() -> str:
    """The installed version of this program."""
    return version(DISTRIBUTION)


class Services:
    """Everything that the pages, the HTTP interface and the command line share. Thread-safe."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.folder = _writable_folder(settings.sessions_folder)
        self.catalog = Catalog(self.folder)
        self.mock = MockFactory(self.clock, settings.mock_speed)
        self.factory_watch = FactoryWatch()
        self.listening = Listening(self.clock)
        self.environments = Environments(
            [*settings.broker_environments(), mock_environment()],
            self.clock,
            installation := f"{_installation(self.folder)}-{settings.port}",
        )
        self.recorders = Recorders(self.folder, self.clock)
        self.rings = Rings(self.folder, self.clock)
        self.player = Player(self.clock)
        self.preflights = Preflights(self.clock)
        self.work = BackgroundWork(self.clock)
        self.steering = Steering(self.client, self.environments, self.folder, self.clock)
        self.exports = ExportFolder()
        self.imports = Imports(self.catalog)
        self._replays = Replays(self.player, self.environments, self.clock)
        self.start_up = StartUp(self.catalog, self.environments, self.recorders, self.clock)
        self.recovered: list[SessionEntry] = self.start_up.recovered
        """Sessions that an earlier crash had left open and that were closed properly since the start."""
        self.continued: tuple[Continued, ...] = self.start_up.go_on(installation)
        """The recordings that an earlier crash had interrupted and that were continued at the start."""
        self._gate = threading.RLock()
        """Held by whatever starts something, and by `close`: nothing can be started that nobody would end."""
        self._closed = False
        self.start_up.start()

    @property
    def default_environment(self) -> str:
        """What a new visitor sees first."""
        return self.settings.environment

    def client(self, environment: str) -> SharedClient:
        """The one client of an environment; for `mock` its broker and factory are started first.

        Raises UsageError for an unknown name, BrokerError when the broker of `mock` cannot be started.
        """
        opened = self.environments.opened().get(environment)
        return opened if opened is not None else self._open(environment)

    def _open(self, environment: str) -> SharedClient:
        with self._starting():
            if environment == MOCK and MOCK not in self.environments.opened():
                self.environments.replace(self.mock.start_broker())
                self.mock.start()
            return self.environments.client(environment)

    def connection(self, environment: str) -> ConnectionStatus:
        """The connection of an environment, opened on first use."""
        return self.client(environment).connection()

    def start_recording(self, request: RecordingRequest, environment: str) -> RecordingStatus:
        """Starts a recording on an environment. Raises what Recorder.start raises."""
        with self._starting():
            return self.recorders.of(environment).start(self._limited(request), self.client(environment), environment)

    def prepare_recording(self, request: RecordingRequest, environment: str) -> RecordingStatus:
        """Creates a session on an environment that waits for its source. Raises what Recorder.prepare raises."""
        with self._starting():
            return self.recorders.of(environment).prepare(self._limited(request), self.client(environment), environment)

    def _limited(self, request: RecordingRequest) -> RecordingRequest:
        return replace(request, min_free_mb=self.settings.min_free_mb)

    def start_ring(self, environment: str, request: RingRequest | None = None) -> RingStatus:
        """Keeps the last minutes of an environment from now on; None: as the settings say. Raises what Rings.start
        raises.
        """
        with self._starting():
            return self.rings.start(environment, request or self.settings.ring.request(), self.client(environment))

    def start_replay(
        self, request: ReplayRequest, environment: str, *, prove: bool = False, confirmed: str = ""
    ) -> ReplayStatus:
        """Starts the player on an environment. See Replays.start."""
        with self._starting():
            self.client(environment)  # for `mock` its broker is started first
            return self._replays.start(request, environment, prove=prove, confirmed=confirmed)

    def replay_again(self) -> ReplayStatus:
        """Starts the last replay once more. See Replays.again."""
        with self._starting():
            return self._replays.again()

    def last_replay(self) -> Asked | None:
        """How the newest replay was started; None: there was none."""
        return self._replays.last

    def dismiss_continued(self) -> None:
        """Somebody has seen that recordings were continued."""
        self.continued = ()

    def start_factory(self) -> None:
        """Starts the simulated factory; does nothing if it runs. Raises BrokerError."""
        with self._starting():
            self.mock.start()

    def read_session(self, path: Path) -> Reader:
        """Opens a session for reading; use it as a context manager."""
        return open_session(path)

    def close(self, timeout: float = 10.0) -> list[Exception]:
        """Ends everything in order: recording (finalised), replay, factory, clients. Can be called again.

        `timeout`: seconds for each of them. Returns what could not be ended properly; the rest has been ended.
        """
        found: list[Exception] = []
        with self._gate:
            self._closed = True
            others = each_in_turn(
                [
                    lambda: self.start_up.stop(min(timeout, RECOVERY_STOP_S)),
                    lambda: self.work.close(min(timeout, WORK_STOP_S)),
                    lambda: self.listening.stop(timeout),
                    lambda: self.steering.close(min(timeout, WORK_STOP_S)),
                    self.exports.close,
                    lambda: self.imports.close(min(timeout, WORK_STOP_S)),
                    lambda: found.extend(self.recorders.stop(timeout)),
                    lambda: found.extend(self.rings.close(timeout)),
                    lambda: self.player.status().active and self.player.stop(timeout),
                    lambda: self.mock.stop(timeout),
                    lambda: self.environments.close(timeout),
                    lambda: self.mock.close(timeout),
                ],
                expected=SessionManagerError,
            )
        return [*found, *others]

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """For the time of starting something. Raises StateError when the program is ending."""
        with self._gate:
            if self._closed:
                raise StateError("The program is ending. Start it again to go on.")
            yield


def _writable_folder(folder: Path) -> Path:
    """The sessions folder, created if necessary. Raises StorageError if nothing can be written there."""
    probe = folder / f".write-test-{uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageError(
            f"The sessions folder {folder} cannot be written: {error.strerror}. "
            "Change its permissions or choose another with the setting sessions_folder."
        ) from error
    return folder


def _installation(folder: Path) -> str:
    """A short name that is the same at every start and differs between installations; part of the client ids."""
    file = folder / ".installation"
    if file.is_file():
        found = file.read_text(encoding="utf-8").strip()
        if found:
            return found
    name = uuid4().hex[:8]
    file.write_text(name + "\n", encoding="utf-8")
    return name


class _Process:
    """What exists once in a process."""

    lock = threading.Lock()
    services: Services | None = None


def get_services() -> Services:
    """The services of this process; made from the settings on first use."""
    with _Process.lock:
        if _Process.services is None:
            _Process.services = Services(load_settings())
        return _Process.services


def use_services(services: Services | None) -> Services | None:
    """Puts `services` in the place of the process's; returns what was there. The caller closes what it made."""
    with _Process.lock:
        before, _Process.services = _Process.services, services
        return before
