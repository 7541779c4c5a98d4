"""What the broker keeps for a client: over a cut, for the next run of the program, and not after an orderly stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from core.clock import SystemClock
from core.message import LIVE, Message
from core.ports import ConnectionState
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment, Environments
from mqtt.session_state import SHORT, Resumption, SessionState, short_client_id
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.mqtt.keeping import Keeping
from tests.mqtt.listening import PATIENCE
from tests.proxy import Proxy

Brokers = Callable[..., PrivateBroker]
Clients = Callable[..., SharedClient]


class Laboratory:
    """A broker, a proxy in front of it, clients behind the proxy, and a publisher that always gets through."""

    def __init__(self, broker: PrivateBroker, protocol: Protocol, publisher: SharedClient) -> None:
        self.broker = broker
        self.protocol = protocol
        self.proxy = Proxy(broker.port)
        self.proxy.start()
        self.publisher = publisher
        self.numbers = count()
        self.clients: list[SharedClient] = []

    def client(self, client_id: str = "recorder") -> SharedClient:
        """Not started."""
        environment = Environment("replay", self.proxy.url, may_publish=True)
        self.clients.append(SharedClient(environment, SystemClock(), client_id, protocol=self.protocol))
        return self.clients[-1]

    def keeping(self, *filters: str, settles: bool = True) -> tuple[SharedClient, Keeping]:
        """A client that has subscribed."""
        client, keeper = self.client(), Keeping(settles=settles)
        client.subscribe_keeper(filters, keeper)
        client.start()
        assert client.await_connected(PATIENCE)
        return client, keeper

    def publish(self, messages: int, topic: str = "a/b", qos: int = 1) -> list[bytes]:
        payloads = [b"%d" % next(self.numbers) for _ in range(messages)]
        batch = [Message(topic, payload, qos, LIVE, 0) for payload in payloads]
        assert self.publisher.publish_batch(batch).wait(PATIENCE)
        return payloads

    def lose(self, client: SharedClient) -> None:
        """The network is gone, and the client knows it."""
        self.proxy.refuse()
        eventually(lambda: client.connection().state is ConnectionState.DISCONNECTED, "the end", PATIENCE)

    def regain(self, client: SharedClient) -> None:
        self.proxy.resume()
        assert client.await_connected(PATIENCE)

    def die(self, client: SharedClient) -> tuple[str, ...]:
        """The program is killed: the broker hears nothing of it. Returns what it had persisted."""
        held = client.connection().held
        self.lose(client)
        client.stop(PATIENCE)
        self.proxy.resume()
        return held

    def stop(self) -> None:
        self.proxy.resume()
        for client in self.clients:
            client.stop(PATIENCE)
        self.proxy.stop()


@pytest.fixture
def laboratory(private_broker: Brokers, client_factory: Clients, protocol: Protocol) -> Iterator[Laboratory]:
    broker = private_broker()
    publisher = client_factory(Environment("replay", broker.url, may_publish=True))
    found = Laboratory(broker, protocol, publisher)
    yield found
    found.stop()


def more_than(count: int) -> Callable[[Keeping], bool]:
    """Whether so many messages have come, and more."""
    return lambda one: len(one.payloads) > count


def test_what_is_not_settled_comes_again_after_a_cut_and_what_was_missed_comes_too(laboratory: Laboratory):
    client, keeper = laboratory.keeping("a/#", settles=False)
    before = laboratory.publish(10)
    keeper.await_that(lambda one: one.payloads == before)
    ids = keeper.packet_ids
    laboratory.lose(client)
    missed = laboratory.publish(10)
    laboratory.regain(client)
    keeper.await_that(lambda one: one.payloads == [*before, *before, *missed])
    assert keeper.redelivered == before
    assert keeper.packet_ids[10:20] == ids
    assert all(0 < one < 65_536 for one in keeper.packet_ids)
    assert {arrival.broker_session for arrival in keeper.arrivals} == {1}
    assert client.connection().broker_session == 1
    keeper.settle()
    after = laboratory.publish(1)
    keeper.await_that(lambda one: one.payloads[30:] == after)
    assert client.await_processed(PATIENCE)  # the acknowledgements are there, not on their way
    laboratory.lose(client)
    laboratory.regain(client)
    last = laboratory.publish(1)
    keeper.await_that(lambda one: one.payloads[-1:] == last)
    assert set(keeper.payloads[31:]) <= {*after, *last}, "what was settled does not come again, unless it is the last"


def test_what_was_settled_before_the_cut_is_of_no_use_after_it(laboratory: Laboratory):
    """The broker has not heard of it: it sends it again, and is told then."""
    client, keeper = laboratory.keeping("a/#", settles=False)
    before = laboratory.publish(3)
    keeper.await_that(lambda one: one.payloads == before)
    late = list(keeper.arrivals)
    laboratory.lose(client)
    for arrival in late:
        arrival.settle()
    laboratory.regain(client)
    keeper.await_that(lambda one: one.payloads == [*before, *before])
    keeper.settle()


def test_listeners_hear_once_what_keepers_get_again(laboratory: Laboratory):
    client, keeper = laboratory.keeping("a/#", settles=False)
    heard: list[bytes] = []
    client.add_listener(lambda messages: heard.extend(one.payload for one in messages))
    client.subscribe("a/b")
    before = laboratory.publish(3)
    keeper.await_that(lambda one: one.payloads == before)
    laboratory.lose(client)
    missed = laboratory.publish(3)
    laboratory.regain(client)
    keeper.await_that(lambda one: one.payloads == [*before, *before, *missed])
    keeper.settle()
    assert heard == [*before, *missed]
    assert [one.payload for one in client.get_buffer("a/b")] == [*before, *missed]


def test_filters_that_change_while_there_is_no_connection_are_handed_over_afterwards(laboratory: Laboratory):
    client, keeper = laboratory.keeping("a/b")
    client.subscribe("c")
    assert client.await_subscribed(PATIENCE)
    laboratory.lose(client)
    client.unsubscribe("c")
    client.subscribe("a/#")
    assert client.connection().held == ("a/b", "c")
    missed = laboratory.publish(30)
    laboratory.publish(1, "c")
    laboratory.regain(client)
    assert client.await_subscribed(PATIENCE)
    end = laboratory.publish(1)
    keeper.await_that(lambda one: one.payloads[-1:] == end)
    assert keeper.payloads == [*missed, *end]
    eventually(lambda: client.connection().held == ("a/#",), "the handover", PATIENCE)


def test_a_run_that_died_is_taken_up(laboratory: Laboratory):
    client, keeper = laboratory.keeping("a/#", settles=False)
    before = laboratory.publish(5)
    keeper.await_that(lambda one: one.payloads == before)
    held = laboratory.die(client)
    assert held == ("a/#",)
    meanwhile = laboratory.publish(50)
    again, kept = laboratory.client(), Keeping()
    again.subscribe_keeper(["a/#"], kept)
    again.start(Resumption(held))
    kept.await_that(lambda one: one.payloads == [*before, *meanwhile])
    assert kept.redelivered[:5] == before
    assert kept.packet_ids[:5] == keeper.packet_ids
    assert {arrival.broker_session for arrival in kept.arrivals} == {0}
    assert again.await_subscribed(PATIENCE)
    live = laboratory.publish(3)
    kept.await_that(lambda one: one.payloads[-3:] == live)
    assert (again.connection().client_id, again.connection().broker_session) == ("recorder", 0)


def test_what_an_earlier_run_left_beside_what_is_wanted_is_given_up(laboratory: Laboratory):
    """And what it had perhaps not subscribed yet is subscribed."""
    client, _ = laboratory.keeping("a/b", "x")
    held = laboratory.die(client)
    again, kept = laboratory.client(), Keeping()
    again.subscribe_keeper(["a/#"], kept)
    again.start(Resumption((*held, "a/#", "never/there")))
    assert again.await_connected(PATIENCE)
    assert again.await_subscribed(PATIENCE)
    eventually(lambda: again.connection().held == ("a/#",), "the end of the others", PATIENCE)
    payloads = [*laboratory.publish(1, "x"), *laboratory.publish(20), *laboratory.publish(1, "a/c")][1:]
    kept.await_that(lambda one: one.payloads[-1:] == payloads[-1:])
    assert kept.payloads == payloads


def test_where_the_broker_has_kept_nothing_all_is_subscribed_anew(laboratory: Laboratory):
    client, keeper = laboratory.client(), Keeping()
    client.subscribe_keeper(["a/#"], keeper)
    client.start(Resumption(("a/#",)))
    assert client.await_connected(PATIENCE)
    assert client.await_subscribed(PATIENCE)
    payloads = laboratory.publish(3)
    keeper.await_that(lambda one: one.payloads == payloads)
    assert {arrival.broker_session for arrival in keeper.arrivals} == {1}


def test_a_broker_that_restarts_without_its_memory_begins_a_new_session(laboratory: Laboratory):
    client, keeper = laboratory.keeping("a/#", settles=False)
    laboratory.broker.stop()
    eventually(lambda: client.connection().state is ConnectionState.DISCONNECTED, "the end", PATIENCE)
    laboratory.broker.start()
    assert client.await_connected(PATIENCE)
    payloads = laboratory.publish(1)
    keeper.await_that(lambda one: one.payloads == payloads)
    assert [arrival.broker_session for arrival in keeper.arrivals] == [2]
    keeper.settle()


def test_an_ordinary_start_leaves_behind_what_an_earlier_run_left(laboratory: Laboratory):
    client, _ = laboratory.keeping("a/#", "old")
    laboratory.die(client)
    laboratory.publish(5)
    again, kept = laboratory.keeping("a/#")
    laboratory.publish(1, "old")
    live = laboratory.publish(1)
    kept.await_that(lambda one: one.payloads[-1:] == live)
    assert kept.payloads == live
    assert again.connection().broker_session == 1


def test_after_an_orderly_stop_the_broker_keeps_nothing(laboratory: Laboratory):
    client, _ = laboratory.keeping("a/#")
    client.stop(PATIENCE)
    laboratory.publish(5)
    again, kept = laboratory.client(), Keeping()
    again.subscribe_keeper(["a/#"], kept)
    again.start(Resumption(("a/#",)))
    assert again.await_connected(PATIENCE)
    live = laboratory.publish(1)
    kept.await_that(lambda one: one.payloads == live)
    assert again.connection().broker_session == 1


def test_messages_of_qos_2_go_out_once_over_cuts(laboratory: Laboratory):
    """Also those that the broker has taken, but not confirmed, when the connection breaks."""
    client = laboratory.client("publisher")
    client.start()
    heard = Keeping()
    laboratory.publisher.subscribe_keeper(["a/#"], heard, qos=2)
    assert laboratory.publisher.await_subscribed(PATIENCE)
    assert client.await_connected(PATIENCE)
    deliveries = []
    for burst in range(5):
        batch = [Message("a/b", b"%d" % (100 * burst + number), 2, LIVE, 0) for number in range(100)]
        deliveries.append(client.publish_batch(batch))
        heard.await_that(more_than(burst * 60))
        laboratory.proxy.cut(reset=burst % 2 == 0)
    assert all(one.wait(PATIENCE) for one in deliveries)
    heard.await_that(lambda one: len(one.payloads) >= 500)
    laboratory.publish(1)
    heard.await_that(lambda one: len(one.payloads) > 500)
    assert sorted(map(int, heard.payloads[:-1])) == list(range(500))


def test_messages_of_qos_2_come_once_over_cuts(laboratory: Laboratory):
    client, keeper = laboratory.client(), Keeping()
    client.subscribe_keeper(["a/#"], keeper, qos=2)
    client.start()
    assert client.await_connected(PATIENCE)
    for burst in range(5):
        laboratory.publish(100, qos=2)
        keeper.await_that(more_than(burst * 60))
        laboratory.proxy.cut(reset=burst % 2 == 0)
    keeper.await_that(lambda one: len(one.payloads) >= 500)
    last = laboratory.publish(1, qos=2)
    keeper.await_that(lambda one: one.payloads[-1:] == last)
    assert sorted(map(int, keeper.payloads)) == list(range(501))


def test_two_programs_with_one_client_id_are_told(laboratory: Laboratory):
    """Mosquitto has no words for it: it shows when connection after connection ends soon."""
    first, _ = laboratory.keeping("a/#")
    reasons: list[str] = []
    first.add_connection_listener(lambda status: reasons.append(status.reason))
    second = laboratory.client()
    second.start()
    eventually(lambda: any("does another program use the same client id?" in one for one in reasons), "it", PATIENCE)


def test_an_environments_client_is_attached_before_it_connects(private_broker: Brokers):
    environments = Environments(
        [Environment("replay", private_broker().url, may_publish=True)], SystemClock(), "installation"
    )
    states: list[ConnectionState] = []
    try:
        client = environments.client(
            "replay", client_id="mine", attach=lambda one: states.append(one.connection().state)
        )
        assert client.await_connected(PATIENCE)
        again = environments.client("replay", attach=lambda one: states.append(one.connection().state))
        assert again is client
        assert states == [ConnectionState.CLOSED, ConnectionState.CONNECTED]
        assert client.connection().client_id == "mine"
    finally:
        environments.close(PATIENCE)


def test_a_client_whose_attaching_fails_is_not_kept(broker: str):
    environments = Environments([Environment("replay", broker, may_publish=True)], SystemClock(), "installation")

    def fail(_: SharedClient) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        environments.client("replay", attach=fail)
    assert environments.opened() == {}


@pytest.mark.parametrize("name", ["session-manager-of-somebody-live", "a-b", "ü"])
def test_a_short_client_id_is_always_the_same_and_every_broker_takes_it(name: str):
    short = short_client_id(name)
    assert short == short_client_id(name) == short_client_id(short)
    assert len(short) <= SHORT
    assert short.isascii()
    assert short.isalnum()
    assert short != short_client_id(name + "2")


def test_a_client_id_that_is_short_already_stays():
    assert not SessionState("recorder1").shorten()
    state = SessionState("recorder-1")
    assert state.shorten()
    assert not state.shorten()


def test_mistakes_of_ours_in_a_row_make_the_broker_forget_what_it_sends_again_and_again():
    state = SessionState("x")
    state.opened(Protocol.V5, present=False)
    for _ in range(2):
        state.mistaken()
        assert not state.clean_start
    state.mistaken()
    assert state.clean_start
    assert not state.opened(Protocol.V5, present=False)
    assert (state.number, state.clean_start) == (2, False)
