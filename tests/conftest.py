"""Fixtures that all tests share: brokers, clients, topics of one's own, the recordings of the real factory."""

from __future__ import annotations

import gc
import os
import re
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from core.clock import SystemClock
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import ROOT, PrivateBroker, shared_broker, start_on_a_free_port

# How fast a machine is must not decide about a test, nor chance: the nightly run looks for new examples, and for many.
# Examples of one test share its folder and broker on purpose.
_SHARED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=_SHARED)
settings.register_profile("nightly", settings.get_profile("suite"), derandomize=False, max_examples=1_000)
settings.load_profile("suite")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell: what the tests start would ignore Ctrl-C, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

PATIENCE = 30.0
"""Seconds after which something is broken rather than slow."""
IN_A_BROWSER = "tests/end_to_end/"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--nightly`: also the long forms of the fault tests, and ten times as many examples."""
    parser.addoption("--nightly", action="store_true", help="also run what takes minutes")


def pytest_configure(config: pytest.Config) -> None:
    """Before any test is imported: what it says about its examples counts from the profile."""
    if config.getoption("--nightly"):
        settings.load_profile("nightly")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Nearly all that is made meanwhile stays: the collector looks at it once. That is a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """By an option instead of `-m`: a marker expression in the settings would give way to the next one given."""
    if not config.getoption("--nightly"):
        long = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(IN_A_BROWSER))


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """One file after the other to whoever is idle, for what its tests share is expensive.

    All tests in a browser count as one file: two browsers at a time make a small machine so slow that tests fail.
    They take longest and therefore come first.
    """

    def _split_scope(self, nodeid: str) -> str:
        return IN_A_BROWSER if nodeid.startswith(IN_A_BROWSER) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """With `--numprocesses`."""
    config.option.loadscopereorder = False  # otherwise by the number of tests, however long they take
    return FilesTogether(config, log)


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The URL of a real broker that all tests share: keep to your own `topic`."""
    with shared_broker() as url:
        yield url


@pytest.fixture
def private_broker(tmp_path: Path) -> Iterator[Callable[..., PrivateBroker]]:
    """Starts brokers that a test may stop and start again; keywords: `extra` lines, `websockets`, `certificate`."""
    started: list[PrivateBroker] = []

    def start(**settings: object) -> PrivateBroker:
        started.append(start_on_a_free_port(tmp_path, **settings))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic prefix that no other test uses, made of the test's name; with worker and process for a shared broker."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", request.node.nodeid.removeprefix("tests/")).strip("-")
    return f"tests/{name}-{os.getpid()}"


@pytest.fixture(params=[Protocol.V5, Protocol.V311], ids=["mqtt5", "mqtt311"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """Both versions of MQTT, one after the other."""
    found: Protocol = request.param
    return found


@pytest.fixture
def client_factory(request: pytest.FixtureRequest) -> Iterator[Callable[..., SharedClient]]:
    """Makes connected clients of the shared broker, or of the environment given; they are stopped at the end."""
    clients: list[SharedClient] = []

    def make(
        environment: Environment | None = None, *, protocol: Protocol | None = None, connected: bool = True
    ) -> SharedClient:
        if environment is None:
            environment = Environment("replay", request.getfixturevalue("broker"), may_publish=True)
        name = f"test-{os.getpid()}-{threading.get_native_id()}-{len(clients)}-{id(clients):x}"
        client = SharedClient(environment, SystemClock(), name, protocol=protocol)
        clients.append(client)
        client.start()
        if connected:
            assert client.await_connected(PATIENCE), client.connection()
        return client

    yield make
    for client in clients:
        client.stop(PATIENCE)


@pytest.fixture
def real_recordings() -> Path:
    """The folder with the recordings of a real factory; the test is skipped where there is none."""
    named = os.environ.get("SESSION_MANAGER_REAL_RECORDINGS")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the recordings of the real factory are not here (SESSION_MANAGER_REAL_RECORDINGS)")
    return folder
