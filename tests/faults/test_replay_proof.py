"""Replays that are disturbed are never called faithful, and always for the right reason; the others always are."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.message import LIVE, Message
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from replay.faults import parse_fault
from replay.player import ReplayRequest, ReplayState
from replay.proof import ForeignTopic
from replay.report import TOLERANCE_MS
from replay.witness import CUT
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.faults.meddling import MeddlingProxy, Publish
from tests.faults.replaying import PATIENCE, Replay, proof_of, recorded
from tests.proxy import Proxy

Start = Callable[..., Proxy]
Broker = Callable[..., PrivateBroker]
Clients = Callable[..., SharedClient]


@pytest.fixture
def proxy() -> Iterator[Start]:
    """Starts a proxy to a port, of the kind asked for; they are stopped at the end."""
    started: list[Proxy] = []

    def start(port: int, kind: Callable[..., Proxy] = Proxy, *settings: object) -> Proxy:
        started.append(kind(port, *settings))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def at(url: str) -> Environment:
    return Environment("replay", url, may_publish=True)


def test_a_clean_run_is_always_faithful(tmp_path: Path, client_factory: Clients, topic: str, protocol: Protocol):
    """Twenty times, with each version of MQTT: never a false alarm."""
    publisher, witness = client_factory(protocol=protocol), client_factory(protocol=protocol)
    path = recorded(tmp_path, topic)
    for _ in range(20):
        replay = Replay()
        replay.start(ReplayRequest(path, speed=None), publisher, publisher, witness)
        report = replay.report()
        proof = proof_of(report)
        assert (report.reason, report.faithful) == ("", True)
        assert (proof.expected, proof.delivered, proof.incomplete) == (300, 300, ())


@pytest.mark.nightly
def test_a_clean_run_with_the_original_timing_is_faithful_unless_it_was_late(
    tmp_path: Path, client_factory: Clients, topic: str
):
    """A machine that is busy with other things can make it late: then that is the reason, and the only one."""
    publisher, witness = client_factory(), client_factory()
    path = recorded(tmp_path, topic)
    for _ in range(20):
        replay = Replay()
        replay.start(ReplayRequest(path), publisher, publisher, witness)
        report = replay.report()
        proof = proof_of(report)
        late = max(report.timing_error_ms.p99, proof.lateness_ms.p99) > TOLERANCE_MS
        assert (proof.delivered, proof.missing, proof.wrong_order, proof.duplicated) == (300, 0, 0, 0)
        assert report.faithful is not late, report.reason
        assert report.reason.count("tolerated.") == report.reason.count(".")
        assert proof.lateness_ms.max > 0


def test_a_broker_that_is_killed_in_the_middle_is_the_reason(
    tmp_path: Path, private_broker: Broker, client_factory: Clients, topic: str
):
    """The replay waits, connects again, goes on to the end, and says so."""
    broker = private_broker()
    publisher, witness = client_factory(at(broker.url)), client_factory(at(broker.url))
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic)), publisher, publisher, witness)
    replay.await_confirmed(50)
    broker._signal(signal.SIGKILL)
    eventually(lambda: "Waiting for" in replay.player.status().problem, "noticing the outage", PATIENCE)
    broker.stop()
    broker.start()
    report = replay.report()
    assert replay.player.status().state is ReplayState.FINISHED
    assert (report.published, report.confirmed, report.faithful) == (300, 300, False)
    assert "The connection was lost" in report.reason
    assert proof_of(report).incomplete == (CUT,)
    assert "mix" not in report.reason


def test_a_broker_that_stays_away_ends_the_replay_and_it_never_claims_to_have_finished(
    tmp_path: Path, private_broker: Broker, client_factory: Clients, topic: str
):
    broker = private_broker()
    publisher, witness = client_factory(at(broker.url)), client_factory(at(broker.url))
    replay = Replay(give_up_s=1.0)
    replay.start(ReplayRequest(recorded(tmp_path, topic)), publisher, publisher, witness)
    replay.await_confirmed(50)
    broker._signal(signal.SIGKILL)
    report = replay.report()
    assert replay.player.status().state is ReplayState.FAILED
    assert (report.faithful, report.published < 300) == (False, True)
    assert "has confirmed nothing for 1 s" in report.reason
    assert f"It published only {report.published:,} of 300 messages." in report.reason
    assert proof_of(report).incomplete == (CUT,)


class EveryThousandth:
    """Decides what becomes of the 1,000th PUBLISH packet, the 2,000th, and so on."""

    def __init__(self, then: Callable[[bytes], bytes | None]) -> None:
        self.count = 0
        self._then = then

    def __call__(self, publish: Publish) -> bytes | None:
        self.count += 1
        return publish.whole if self.count % 1_000 else self._then(publish.whole)


def lost(_: bytes) -> None:
    """It never arrives, and nobody is told."""


def with_another_payload(packet: bytes) -> bytes:
    return packet[:-1] + bytes([packet[-1] ^ 1])


def with_the_other_retain_flag(packet: bytes) -> bytes:
    return bytes([packet[0] ^ 1]) + packet[1:]


def twice(packet: bytes) -> bytes:
    return packet * 2


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize(
    ("meddle", "reason"),
    [
        (lost, "3 messages did not arrive at the witness."),
        (with_another_payload, "3 messages arrived with another payload."),
        (with_the_other_retain_flag, "3 messages arrived with another retain flag."),
        (twice, "3 messages arrived more than once."),
    ],
)
def test_one_message_in_a_thousand_is_found_out(
    tmp_path: Path,
    private_broker: Broker,
    client_factory: Clients,
    proxy: Start,
    topic: str,
    meddle: Callable[[bytes], bytes | None],
    reason: str,
    qos: int,
):
    """Although the broker has confirmed every one, and among many equal heartbeats."""
    broker = private_broker()
    between = proxy(broker.port, MeddlingProxy, EveryThousandth(meddle))
    publisher, witness = client_factory(at(between.url)), client_factory(at(broker.url))
    replay = Replay()
    path = recorded(tmp_path, topic, count=3_000, qos=qos)
    replay.start(ReplayRequest(path, speed=None), publisher, publisher, witness)
    report = replay.report()
    assert (report.confirmed, report.failed, report.reconnects) == (3_000, 0, 0)
    assert (report.reason, report.faithful) == (reason, False)


@pytest.mark.parametrize("proven", [True, False], ids=["with a witness", "without"])
def test_a_second_publisher_is_the_reason(
    tmp_path: Path, client_factory: Clients, topic: str, protocol: Protocol, proven: bool
):
    """With or without a proof, and even where MQTT cannot mark whose message it is; and it is said meanwhile."""
    publisher, witness, other = client_factory(protocol=protocol), client_factory(protocol=protocol), client_factory()
    path = recorded(tmp_path, topic)
    replay = Replay()
    replay.start(ReplayRequest(path, paused=True), publisher, publisher, witness if proven else None)
    eventually(lambda: topic in str(replay.player.step().mixed) or _intrude(other, topic), "noticing", PATIENCE)
    replay.player.set_speed(None)
    replay.player.resume()
    report = replay.report()
    assert not report.faithful
    assert [one.topic for one in report.foreign] == [f"{topic}/1/state"]
    assert "Live and replay mix" in report.reason
    assert f"'{topic}/1/state'" in report.reason
    assert "arrive" not in report.reason


def _intrude(other: SharedClient, topic: str) -> bool:
    assert other.publish_batch([Message(f"{topic}/1/state", b"other", 1, LIVE, 0)]).wait(PATIENCE)
    return False


def test_who_publishes_beside_the_replayed_topics_does_not_matter(tmp_path: Path, client_factory: Clients, topic: str):
    publisher, witness, other = client_factory(), client_factory(), client_factory()
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic), paused=True), publisher, publisher, witness)
    assert other.publish_batch([Message(f"{topic}/9/state", b"other", 1, LIVE, 0)]).wait(PATIENCE)
    replay.player.set_speed(None)
    replay.player.resume()
    assert replay.report().faithful


def test_a_witness_that_is_cut_off_is_the_reason_and_the_only_one(
    tmp_path: Path, private_broker: Broker, client_factory: Clients, proxy: Start, topic: str
):
    broker = private_broker()
    between = proxy(broker.port)
    publisher, witness = client_factory(at(broker.url)), client_factory(at(between.url))
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic, qos=1), paused=True), publisher, publisher, witness)
    replay.player.step()
    between.cut()
    eventually(lambda: witness.connection().reconnects == 1, "the witness coming back", PATIENCE)
    replay.player.set_speed(None)
    replay.player.resume()
    report = replay.report()
    assert (report.reason, report.faithful) == (CUT, False)
    assert (proof_of(report).delivered, proof_of(report).missing) == (300, 0)


def test_a_publisher_that_is_cut_off_says_so_and_every_message_is_accounted_for(
    tmp_path: Path, private_broker: Broker, client_factory: Clients, proxy: Start, topic: str
):
    """What the broker had not confirmed is sent again, so it may come twice; nothing is missing."""
    broker = private_broker()
    between = proxy(broker.port)
    publisher, witness = client_factory(at(between.url)), client_factory(at(broker.url))
    replay = Replay()
    path = recorded(tmp_path, topic, count=3_000, step_s=0.001, qos=1)
    replay.start(ReplayRequest(path), publisher, publisher, witness)
    for confirmed in (500, 1_000, 1_500):
        replay.await_confirmed(confirmed)
        between.cut(reset=True)
    report = replay.report()
    proof = proof_of(report)
    assert not report.faithful
    assert "The connection was lost" in report.reason
    assert (proof.expected, proof.delivered, proof.missing, proof.foreign) == (3_000, 3_000, 0, ())
    assert (proof.unexpected, proof.changed.messages, proof.incomplete) == (0, 0, ())
    assert ("arrived more than once" in report.reason) == (proof.duplicated > 0)


def test_the_last_message_of_qos_0_is_at_the_broker_before_the_replay_ends(
    tmp_path: Path, private_broker: Broker, client_factory: Clients, proxy: Start, topic: str
):
    """Written is not arrived: the network may still hold it."""
    broker = private_broker()
    between = proxy(broker.port)
    publisher, witness = client_factory(at(between.url)), client_factory(at(broker.url))
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic, qos=0), speed=None, paused=True), publisher, None, witness)
    replay.player.step()
    between.stall()
    replay.player.resume()
    eventually(lambda: replay.player.status().confirmed == 300, "writing all", PATIENCE)
    assert not replay.player.wait(0.3)
    between.resume()
    report = replay.report()
    assert (report.reason, proof_of(report).delivered) == ("", 300)


def test_messages_of_qos_0_that_a_frozen_broker_has_not_read_are_not_called_delivered(
    tmp_path: Path, private_broker: Broker, client_factory: Clients, topic: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("replay.publishing.LAST_PROCESSED_S", 0.2)
    broker = private_broker()
    publisher = client_factory(at(broker.url))
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic, qos=0), speed=None, paused=True), publisher)
    replay.player.step()
    broker.freeze()
    replay.player.resume()
    report = replay.report()
    broker.thaw()
    assert not report.faithful
    assert "of QoS 0 may not have arrived" in report.reason


def test_faults_on_purpose_are_the_only_reason(tmp_path: Path, client_factory: Clients, topic: str):
    """The witness expects what is sent, not what was recorded."""
    publisher, witness = client_factory(), client_factory()
    faults = tuple(map(parse_fault, ("drop 10%", "duplicate 10%", "corrupt 10%")))
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic), speed=None, faults=faults), publisher, publisher, witness)
    report = replay.report()
    assert report.reason.startswith("Faults on purpose: ")
    assert report.reason.count(".") == 1
    assert proof_of(report).delivered == proof_of(report).expected == report.published


def test_a_stopped_replay_proves_what_it_has_published(tmp_path: Path, client_factory: Clients, topic: str):
    publisher, witness = client_factory(), client_factory()
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic)), publisher, publisher, witness)
    replay.await_confirmed(20)
    replay.player.stop()
    report = replay.report()
    stopped, _, rest = report.reason.partition(". ")
    assert stopped.removesuffix(".") == f"It was stopped after {report.published:,} of 300 messages"
    assert rest.count("tolerated.") == rest.count("."), "late at most, on a busy machine"
    assert proof_of(report).delivered == proof_of(report).expected == report.published


def test_all_that_is_done_to_the_broker_is_expected_by_the_witness(tmp_path: Path, client_factory: Clients, topic: str):
    """The state before the start, renamed topics, another QoS, a seek and back, the clearing at the end."""
    publisher, witness = client_factory(), client_factory()
    request = ReplayRequest(
        recorded(tmp_path, topic),
        speed=None,
        start_s=1.0,
        remap=(f"{topic}/#={topic}-moved/#",),
        qos=1,
        clear_retained=True,
        paused=True,
    )
    replay = Replay()
    replay.start(request, publisher, publisher, witness)
    replay.player.step()
    for position_s in (2.5, 1.5, 2.0):
        replay.player.seek(position_s)
    replay.player.resume()
    report = replay.report()
    moved = "It was moved to another position 3 times: messages were left out, or came again."
    assert (report.reason, report.faithful) == (moved, False)
    assert (proof_of(report).reasons(TOLERANCE_MS), proof_of(report).missing) == ([], 0)
    assert report.preload.messages > 0
    assert report.state_changes.seeks == 3
    assert proof_of(report).expected > report.published


def test_foreign_messages_are_named_by_topic_and_count(tmp_path: Path, client_factory: Clients, topic: str):
    publisher, other = client_factory(), client_factory()
    replay = Replay()
    replay.start(ReplayRequest(recorded(tmp_path, topic), paused=True), publisher, publisher)
    eventually(lambda: publisher.connection().held, "listening", PATIENCE)
    assert publisher.await_subscribed(PATIENCE)
    for level in (2, 0, 2):
        message = Message(f"{topic}/{level}/alive", b"{}", level, LIVE, 0)
        assert other.publish_batch([message]).wait(PATIENCE)
    replay.player.set_speed(None)
    replay.player.resume()
    assert replay.report().foreign == (ForeignTopic(f"{topic}/2/alive", 2), ForeignTopic(f"{topic}/0/alive", 1))
