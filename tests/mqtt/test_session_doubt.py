"""A session state that our own attempts to connect have begun is not taken for the one before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from core.clock import SystemClock
from core.message import LIVE, Message
from core.ports import ConnectionState
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from mqtt.session_state import SessionState
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.mqtt.keeping import Keeping
from tests.mqtt.listening import PATIENCE
from tests.proxy import Proxy

ATTEMPTS = [*((None, failing) for failing in range(9)), (Protocol.V5, 2), (Protocol.V311, 2)]
"""How many fail: a client that may speak any version of MQTT is at another place on its way through them each time."""


@dataclass
class Scene:
    """A client behind a proxy, which has subscribed to everything."""

    broker: PrivateBroker
    proxy: Proxy
    client: SharedClient
    keeper: Keeping
    publisher: Callable[[], SharedClient]

    def lose(self) -> None:
        self.proxy.refuse()
        eventually(lambda: self.client.connection().state is ConnectionState.DISCONNECTED, "the end", PATIENCE)

    def restart(self) -> None:
        """It keeps nothing."""
        self.broker.stop()
        self.broker.start()

    def publish(self, payload: bytes) -> None:
        assert self.publisher().publish_batch([Message("a/b", payload, 1, LIVE, 0)]).wait(PATIENCE)

    def await_payload(self, payload: bytes) -> None:
        self.keeper.await_that(lambda one: payload in one.payloads)


@pytest.fixture
def scene(
    version: Protocol | None,
    private_broker: Callable[..., PrivateBroker],
    client_factory: Callable[..., SharedClient],
) -> Iterator[Scene]:
    broker = private_broker()
    proxy = Proxy(broker.port)
    proxy.start()
    client = SharedClient(
        Environment("replay", proxy.url, may_publish=False), SystemClock(), "recorder", protocol=version
    )
    keeper = Keeping()
    client.subscribe_keeper(["#"], keeper)
    client.start()
    assert client.await_subscribed(PATIENCE)
    yield Scene(
        broker,
        proxy,
        client,
        keeper,
        lambda: client_factory(Environment("replay", broker.url, may_publish=True)),
    )
    proxy.resume()
    client.stop(PATIENCE)
    proxy.stop()


@pytest.mark.parametrize(("version", "refused"), ATTEMPTS)
def test_a_broker_that_has_forgotten_everything_is_subscribed_to_again(scene: Scene, refused: int):
    """However many attempts a proxy ends whose broker is not there yet: the next one may be any version of MQTT."""
    scene.lose()
    scene.restart()
    scene.proxy.refuse(refused)
    assert scene.client.await_connected(PATIENCE)
    scene.publish(b"after")
    scene.await_payload(b"after")
    now = scene.client.connection()
    assert now.broker_session == 2, "the broker has kept nothing, and the client says so"
    assert not now.doubtful


@pytest.mark.parametrize(("version", "swallowed"), ATTEMPTS)
def test_a_state_that_an_attempt_without_an_answer_has_begun_is_subscribed_in(scene: Scene, swallowed: int):
    """The broker has heard CONNECT and begun a session state, of which it says the next time that it is there."""
    scene.lose()
    scene.restart()
    scene.proxy.swallow(swallowed)
    assert scene.client.await_connected(PATIENCE)
    scene.publish(b"after")
    scene.await_payload(b"after")
    now = scene.client.connection()
    assert now.doubtful or now.broker_session == 2, "the client does not say that it is the one before"


@pytest.mark.parametrize(("version", "swallowed"), ATTEMPTS)
def test_a_state_that_was_kept_is_kept_whatever_was_not_answered_meanwhile(scene: Scene, swallowed: int):
    scene.publish(b"before")
    scene.await_payload(b"before")
    assert scene.client.await_processed(PATIENCE)  # the acknowledgement is there: it does not come again
    scene.lose()
    scene.publish(b"meanwhile")
    scene.proxy.swallow(swallowed)
    assert scene.client.await_connected(PATIENCE)
    scene.publish(b"after")
    scene.await_payload(b"after")
    assert scene.keeper.payloads == [b"before", b"meanwhile", b"after"]
    assert scene.client.connection().broker_session == 1


@pytest.mark.parametrize("version", [Protocol.V5])
def test_the_next_connection_is_certain_again(scene: Scene):
    for swallowed in (2, 0):
        scene.lose()
        scene.proxy.swallow(swallowed)
        assert scene.client.await_connected(PATIENCE)
        now = scene.client.connection()
        assert (now.doubtful, now.broker_session) == (swallowed > 0, 1)


ANSWERS = {"new": False, "there": True, "none": None}


def opened(state: SessionState, *answers: str, told: bool = True) -> tuple[bool, bool]:
    """After attempts with these answers: whether it is the state before, and whether that is doubtful.

    `told`: the connection lasts until it is.
    """
    for answer in answers:
        state.tried(present=ANSWERS[answer])
    found = state.opened(Protocol.V5, present=answers[-1] == "there"), state.doubtful
    if told:
        state.told()
    return found


def test_what_the_broker_said_to_an_attempt_counts_for_the_connection_that_is_used():
    state = SessionState("one")
    assert opened(state, "new") == (False, False)
    assert opened(state, "there") == (True, False)
    assert opened(state, "new", "there") == (False, False)
    assert opened(state, "there") == (True, False), "that was about the connection before"
    assert state.number == 2


def test_an_attempt_without_an_answer_is_a_reason_to_doubt_until_the_next_connection():
    state = SessionState("one")
    assert opened(state, "new") == (False, False)
    assert opened(state, "none", "there") == (True, True)
    assert state.number == 1
    assert opened(state, "there") == (True, False)
    assert opened(state, "none", "new") == (False, False), "it is a new one for certain"


def test_the_doubt_lasts_until_it_is_told():
    """A connection that ends before everything is subscribed has answered nothing."""
    state = SessionState("one")
    assert opened(state, "new") == (False, False)
    assert opened(state, "none", "there", told=False) == (True, True)
    assert opened(state, "there", told=False) == (True, True)
    assert opened(state, "there") == (True, True)
    assert opened(state, "there") == (True, False)
