"""Commands by hand on the environments of the app: sent with confirmation, one by one or in sequences."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final
from uuid import uuid4

from app.exchanges import Exchanges
from app.permission import permitted
from aps.answers import ANSWER_FILTERS
from aps.command_check import check_command
from aps.generator import MessageGenerator
from aps.workflow import WorkflowOrderManager
from aps.workflow_values import StepState, Workflow
from core.clock import Clock
from core.errors import BrokerError, SessionManagerError, StateError, StorageError
from core.message import NS_PER_SECOND, Message
from core.ports import Publisher
from mqtt.client import SharedClient
from mqtt.environments import Environments
from mqtt.gateway import CONFIRMED_WITHIN_S, MqttGateway, Sent

log = logging.getLogger(__name__)

ANSWER_S: Final = 30.0
"""How long a command may go without any answer; stations and vehicles answer within a tenth of a second."""
LOOK_S: Final = 1.0
CONNECTS_S: Final = 5.0
STOPS_S: Final = 2.0
WITHIN_S: Final = CONFIRMED_WITHIN_S

_Heard = tuple[str, Message]


class Steering:
    """Thread-safe. A thread of its own takes the answers and sends what is next of automatic sequences."""

    def __init__(
        self, client: Callable[[str], SharedClient], environments: Environments, folder: Path, clock: Clock
    ) -> None:
        """`client`: the shared client of an environment. `folder`: where the workflows are kept."""
        self._client = client
        self._environments = environments
        self._clock = clock
        self.generator = MessageGenerator(clock)
        self.orders = WorkflowOrderManager(folder, clock, self.generator.new_id)
        self.exchanges = Exchanges(client, clock)
        """What comes back to single commands."""
        self._automatic: dict[str, str] = {}
        """By the order id of a sequence that goes on by itself: the address that a person has confirmed."""
        self._watched: dict[str, SharedClient] = {}
        self._lock = threading.Lock()
        self._heard: SimpleQueue[_Heard | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def send(
        self,
        environment: str,
        topic: str,
        payload: bytes,
        *,
        title: str = "",
        confirmed: str = "",
        override: bool = False,
    ) -> Sent:
        """Publishes one command. Raises what MqttGateway.send raises.

        `title`: for people. `confirmed`: the broker's address, typed by a person, where the environment is not marked
        for publishing.
        """
        number = self.exchanges.begin(environment, topic, payload, title)  # before: the answer may come at once
        try:
            return self._publish(environment, topic, payload, confirmed, override=override)
        except SessionManagerError:
            self.exchanges.drop(number)
            raise

    def _publish(self, environment: str, topic: str, payload: bytes, confirmed: str, *, override: bool) -> Sent:
        with self._publisher(environment, confirmed) as publisher:
            gateway = MqttGateway(publisher, _reasons, self.orders.new_order_id)
            return gateway.send(topic, lambda: payload, override=override, within_s=WITHIN_S)

    def send_step(self, order_id: str, *, confirmed: str = "") -> Sent:
        """Publishes the next command of a workflow. Raises StateError if there is none, and what `send` raises."""
        self._hear(self.orders.get(order_id).environment)
        number: int | None = None
        try:
            with self._lock:
                workflow = self.orders.get(order_id)
                number = workflow.next_step
                if number is None:
                    raise StateError(f"{workflow.title} has no command to send now: one is under way, or all are done.")
                self.orders.sent(order_id, number)  # before it is sent: the answer may come at once
            step = workflow.steps[number]
            return self._publish(
                workflow.environment, step.topic, step.payload.encode(), confirmed, override=step.override
            )
        except SessionManagerError as error:
            if number is not None:
                self._give_up(order_id, number, str(error))
            raise

    def run(self, order_id: str, *, confirmed: str = "") -> Sent:
        """Publishes the next command, and each one after it as soon as the one before has been finished."""
        self._automatic[order_id] = confirmed
        try:
            return self.send_step(order_id, confirmed=confirmed)
        except SessionManagerError:
            self.pause(order_id)
            raise

    def is_automatic(self, order_id: str) -> bool:
        """Whether a workflow goes on by itself."""
        return order_id in self._automatic

    def pause(self, order_id: str) -> None:
        """From now on a workflow waits for a person; what has been sent is carried out all the same."""
        self._automatic.pop(order_id, None)

    def end(self, order_id: str) -> None:
        """Nobody goes on with a workflow."""
        self.pause(order_id)
        self.orders.close(order_id)

    def watch(self, environment: str) -> bool:
        """Takes the answers of an environment's factory from now on. Whether it did not before."""
        client = self._client(environment)
        with self._lock:
            if self._watched.get(environment) is client:
                return False
            self._watched[environment] = client
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="steering", daemon=True)
                self._thread.start()
        client.subscribe_listener(ANSWER_FILTERS, partial(self._listen, environment))
        return True

    def _hear(self, environment: str) -> None:
        """The same, and waits until no answer can be missed."""
        if self.watch(environment):
            self._client(environment).await_subscribed(CONNECTS_S)

    def close(self, timeout: float = 2.0) -> None:
        """Ends the thread; what is open stays remembered. `timeout` in seconds."""
        self._automatic.clear()
        self.exchanges.close()
        self._heard.put(None)
        if self._thread is not None:
            self._thread.join(timeout)

    def _listen(self, environment: str, messages: Sequence[Message]) -> None:
        """In the network thread: nearly never is anything awaited."""
        awaited = self.orders.awaited
        for message in messages if awaited else ():
            if (environment, message.topic) in awaited:
                self._heard.put((environment, message))

    def _work(self) -> None:
        while True:
            try:
                heard = self._heard.get(timeout=LOOK_S)
                if heard is None:
                    return
                for workflow in self.orders.heard(*heard):
                    self._go_on(workflow)
            except Empty:
                self._give_up_unanswered()
            except SessionManagerError:  # the disk: what is known in memory goes on
                log.exception("The orders begun by hand cannot be kept")

    def _go_on(self, workflow: Workflow) -> None:
        if workflow.order_id not in self._automatic:
            return
        if workflow.closed or workflow.stopped:
            self.pause(workflow.order_id)
        elif workflow.next_step is not None:
            try:
                self.send_step(workflow.order_id, confirmed=self._automatic.get(workflow.order_id, ""))
            except SessionManagerError:  # the workflow says why
                self.pause(workflow.order_id)

    def _give_up_unanswered(self) -> None:
        """What nobody has answered within ANSWER_S seconds has failed."""
        for workflow in self.orders.open():
            number = workflow.waiting
            if number is None or workflow.steps[number].state is not StepState.SENT:
                continue
            if self._clock.now_ns() - workflow.steps[number].sent_ns > ANSWER_S * NS_PER_SECOND:
                self.pause(workflow.order_id)
                self._give_up(workflow.order_id, number, f"nobody answered within {ANSWER_S:g} s")

    def _give_up(self, order_id: str, number: int, reason: str) -> None:
        with suppress(StorageError):  # the disk; that is said where somebody acts
            self.orders.given_up(order_id, number, reason)

    @contextmanager
    def _publisher(self, name: str, confirmed: str) -> Iterator[Publisher]:
        """The shared client, or for one command a client with the right that a person has given it."""
        shared = self._client(name)
        environment = permitted(self._environments.get(name), confirmed)
        if shared.may_publish or not environment.may_publish:
            yield shared
            return
        client = SharedClient(environment, self._clock, f"session-manager-steering-{uuid4().hex[:12]}")
        client.start()
        try:
            if not client.await_connected(CONNECTS_S):
                reason = client.connection().reason or "It does not answer."
                raise BrokerError(f"Nothing was sent: {environment.display_url} could not be reached. {reason}")
            yield client
        finally:
            client.stop(STOPS_S)


def _reasons(topic: str, payload: bytes) -> tuple[str, ...]:
    return tuple(f"{one.path} {one.reason}" for one in check_command(topic, payload))
