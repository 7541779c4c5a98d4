"""Commands by hand against the simulated factory: brackets and ways run to their end, refusals are told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.services import Services
from app.settings import BrokersSettings, LiveBroker, ReplayBroker, Settings
from app.steering import ANSWER_S, Steering
from aps import sequences
from aps.answers import Answer, Outcome
from aps.command import ACTIONS, Action, Colour, Command
from aps.modules import AIQS, DRILL, FTS_SERIALS, HBW, MILL
from aps.sequences import ROUTES, drive_sequence, module_sequence, transport_sequence
from aps.workflow_values import StepState, Workflow
from core.clock import ManualClock
from core.errors import BrokerError, PublishRefused, StateError, StorageError
from core.message import NS_PER_SECOND
from mqtt.client import SharedClient
from mqtt.environments import Environment, Environments
from mqtt.gateway import MessageRefused
from tests.brokers import PrivateBroker
from tests.builders import START_NS
from tests.ports import free_port

PATIENCE = 30.0


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A factory that is a hundred times as fast and waits for commands."""
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    brokers = BrokersSettings(live=LiveBroker(url=nowhere), replay=ReplayBroker(url=nowhere))
    found = Services(
        Settings(sessions_folder=tmp_path_factory.mktemp("steering"), environments=brokers, mock_speed=100)
    )
    assert found.client("mock").await_connected(PATIENCE)
    found.mock.be_idle(idle=True)  # otherwise its own orders and these commands would be in each other's way
    found.steering.watch("mock")
    assert found.client("mock").await_subscribed(PATIENCE)
    yield found
    found.close()


def begun(steering: Steering, commands: Callable[[str], tuple[Command, ...]], environment: str = "mock") -> str:
    order_id = steering.orders.new_order_id()
    return steering.orders.begin("By hand", environment, order_id, commands(order_id)).order_id


def until(steering: Steering, order_id: str, holds: Callable[[Workflow], object]) -> Workflow:
    """The workflow as soon as `holds`."""
    pause, waited = threading.Event(), 0.0
    while not holds(steering.orders.get(order_id)):
        waited += 0.05
        assert waited < PATIENCE, steering.orders.get(order_id)
        pause.wait(0.05)
    return steering.orders.get(order_id)


def test_a_bracket_runs_by_itself_to_its_end(services: Services):
    steering = services.steering
    order_id = begun(steering, lambda one: module_sequence(steering.generator, DRILL.serial, ACTIONS[DRILL.name], one))
    steering.run(order_id)
    done = until(steering, order_id, lambda one: one.closed or one.stopped)
    assert [step.state for step in done.steps] == [StepState.FINISHED] * 3
    assert done.stopped == ""


def test_a_disk_that_refuses_does_not_end_the_following(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    steering = services.steering
    order_id = begun(steering, lambda one: module_sequence(steering.generator, MILL.serial, ACTIONS[MILL.name], one))
    steering.send_step(order_id)
    with monkeypatch.context() as broken:
        broken.setattr(steering.orders, "_file", tmp_path / "gone" / "file.json")
        until(steering, order_id, lambda one: one.done == 1)
        with pytest.raises(StorageError):
            steering.send_step(order_id)
    steering.run(order_id)
    assert until(steering, order_id, lambda one: one.closed or one.stopped).done == 3


def test_a_station_refuses_what_does_not_come_next_and_says_why(services: Services):
    steering = services.steering
    order_id = begun(steering, lambda one: module_sequence(steering.generator, AIQS.serial, [Action.DROP], one))
    steering.send_step(order_id)
    refused = until(steering, order_id, lambda one: one.stopped)
    assert refused.steps[0].state is StepState.REFUSED
    assert "PICK" in refused.stopped
    steering.end(order_id)
    assert order_id not in [one.order_id for one in steering.orders.open()]
    with pytest.raises(StateError, match="already"):
        steering.orders.begin("again", "mock", order_id, [steering.generator.park()])


def test_what_breaks_its_template_is_not_sent(services: Services):
    steering = services.steering
    with pytest.raises(MessageRefused, match=r"\$\.type 'GREEN'"):
        steering.send("mock", "ccu/order/request", b'{"type":"GREEN","orderType":"PRODUCTION","timestamp":"x"}')
    order_id = begun(steering, lambda one: module_sequence(steering.generator, AIQS.serial, [Action.PICK], one))
    steering.orders.edit(order_id, 0, "{}")
    with pytest.raises(MessageRefused):
        steering.run(order_id)
    assert steering.orders.get(order_id).steps[0].state is StepState.FAILED
    assert not steering.is_automatic(order_id)
    steering.end(order_id)


@pytest.mark.parametrize(("confirmed", "error"), [("", PublishRefused), ("mqtt://other:1", PublishRefused)])
def test_live_gets_nothing_without_its_address(services: Services, confirmed: str, error: type[Exception]):
    command = services.steering.generator.reset(with_storage=False)
    with pytest.raises(error):
        services.steering.send("live", command.topic, command.text.encode(), confirmed=confirmed)


def test_live_gets_a_command_once_its_address_was_typed(
    broker: str, client_factory: Callable[..., SharedClient], tmp_path: Path, topic: str
):
    live = Environment("live", broker, may_publish=False)
    environments = Environments([live], ManualClock(START_NS), f"test-{topic[-12:].replace('/', '-')}")
    steering = Steering(environments.client, environments, tmp_path, ManualClock(START_NS))
    listener = client_factory()
    listener.subscribe(f"{topic}/x")
    assert listener.await_subscribed(PATIENCE)
    try:
        steering.send("live", f"{topic}/x", b"{}", confirmed=live.display_url, override=True)
        assert listener.await_processed(PATIENCE)
        assert [(one.payload, one.qos) for one in listener.get_buffer(f"{topic}/x")] == [(b"{}", 1)]
        with pytest.raises(PublishRefused):  # the right was for one command
            steering.send("live", f"{topic}/x", b"{}", override=True)
    finally:
        steering.close()
        environments.close()


def test_what_nobody_answers_is_given_up(private_broker: Callable[..., PrivateBroker], tmp_path: Path):
    clock = ManualClock(START_NS)
    environments = Environments(
        [Environment("replay", private_broker().url, may_publish=True)], clock, f"silent-{free_port()}"
    )
    steering = Steering(environments.client, environments, tmp_path, clock)
    try:
        order_id = begun(
            steering, lambda one: module_sequence(steering.generator, HBW.serial, [Action.PICK], one), "replay"
        )
        steering.run(order_id)
        assert steering.orders.get(order_id).stopped == ""
        clock.advance(round((ANSWER_S + 1) * NS_PER_SECOND))
        until(steering, order_id, lambda one: one.stopped)
        assert "nobody answered within 30 s" in steering.orders.get(order_id).stopped
        assert not steering.is_automatic(order_id)
    finally:
        steering.close()
        environments.close()


def test_nobody_there_is_said(services: Services, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.steering.WITHIN_S", 0.2)
    command = services.steering.generator.reset(with_storage=False)
    with pytest.raises(BrokerError, match="was not sent: the broker could not be reached"):
        services.steering.send("replay", command.topic, command.text.encode())


def standing_at(services: Services) -> str:
    """Where the vehicle is: where the test before has left it."""
    (last,) = services.client("mock").fetch_retained([f"fts/v1/ff/{FTS_SERIALS[0]}/state"])
    return str(json.loads(last.payload)["lastNodeId"])


def test_a_vehicle_drives_a_route_by_itself(services: Services):
    steering = services.steering
    places = sequences.way(ROUTES["DPS-HBW"], standing_at(services))
    order_id = begun(steering, lambda one: drive_sequence(steering.generator, FTS_SERIALS[0], places, one))
    steering.run(order_id)
    done = until(steering, order_id, lambda one: one.closed or one.stopped)
    assert done.stopped == ""


@pytest.mark.parametrize("route", ["HBW-DPS", "WHITE-production"])
def test_a_piece_is_carried_over_its_stations_by_hand(services: Services, route: str):
    """The store says which piece it has given out: the commands after that name it."""
    steering, load, place = services.steering, (Colour.WHITE, ""), standing_at(services)
    order_id = begun(
        steering,
        lambda one: transport_sequence(
            steering.generator, FTS_SERIALS[0], ROUTES[route], one, standing_at=place, load=load
        ),
    )
    steering.run(order_id)
    done = until(steering, order_id, lambda one: one.closed or one.stopped)
    assert done.stopped == ""
    given = next(step.detail for step in done.steps if step.title == "HBW: DROP")
    after = [step.payload for step in done.steps if step.title in ("DPS: PICK", "AIQS: PICK")]
    assert after
    assert all(given in one for one in after)


def test_every_command_of_an_automatic_sequence_may_break_its_template_on_purpose(services: Services):
    steering = services.steering
    order_id = begun(steering, lambda one: module_sequence(steering.generator, DRILL.serial, ACTIONS[DRILL.name], one))
    extra = json.dumps(json.loads(steering.orders.get(order_id).steps[1].payload) | {"timestamp": "now"})
    steering.orders.edit(order_id, 1, extra)
    steering.orders.allow(order_id, 1, override=True)
    steering.run(order_id)
    done = until(steering, order_id, lambda one: one.closed or one.stopped)
    assert [step.state for step in done.steps] == [StepState.FINISHED] * 3


def test_what_comes_back_to_a_single_command_is_kept_with_it(services: Services):
    steering, calibrate = services.steering, services.steering.generator.calibration(HBW.serial, "stopCalibration")
    steering.send("mock", calibrate.topic, calibrate.text.encode())
    pause = threading.Event()
    for _ in range(round(PATIENCE / 0.05)):
        (last, *_) = steering.exchanges.recent("mock")
        if last.answer is not None:
            break
        pause.wait(0.05)
    assert last.answer == Answer(Outcome.FINISHED, "not calibrating, values: 0")
    with pytest.raises(MessageRefused):
        steering.send("mock", "ccu/set/park", b"{}")
    assert [one.topic for one in steering.exchanges.recent("mock")].count("ccu/set/park") == 0


def test_a_factory_reset_ends_an_automatic_sequence(services: Services):
    steering = services.steering
    actions = [Action.PICK, Action.DRILL, Action.DROP] * 20
    order_id = begun(steering, lambda one: module_sequence(steering.generator, DRILL.serial, actions, one))
    steering.run(order_id)
    until(steering, order_id, lambda one: one.done)
    reset = steering.generator.reset(with_storage=False)
    steering.send("mock", reset.topic, reset.text.encode())
    ended = until(steering, order_id, lambda one: one.closed)
    assert [step.detail for step in ended.steps].count("the factory was reset") == 1
    until(steering, order_id, lambda _: not steering.is_automatic(order_id))
