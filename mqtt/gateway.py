"""The gateway for messages by hand: build, check, publish (commands at QoS 1, not retained); confirmed, or why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import BrokerError, UsageError
from core.message import LIVE, LIVE_RETAINED, Message
from core.ports import Publisher

CONFIRMED_WITHIN_S: Final = 5.0

Builder = Callable[[], Any]
"""Makes the payload: bytes, or a JSON value. It may raise UsageError."""
Check = Callable[[str, bytes], Sequence[str]]
"""What is wrong with a payload on a topic, one thing each: the field and the reason. Nothing: it can be sent."""
NAMED: Final = 3
"""So many reasons are in the sentence of a refusal."""


class MessageRefused(UsageError):
    """The message is not what its template expects; it can be sent all the same, on purpose."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the broker has confirmed."""

    message: Message
    overridden: tuple[str, ...] = ()
    """What is wrong with it, if it was sent all the same."""


class MqttGateway:
    """Sends commands to one broker. Thread-safe as far as its parts are."""

    def __init__(self, publisher: Publisher, check: Check, new_order_id: Callable[[], str]) -> None:
        self._publisher = publisher
        self._check = check
        self._new_order_id = new_order_id

    def send(
        self,
        topic: str,
        builder: Builder,
        *,
        ensure_order_id: bool = False,
        override: bool = False,
        qos: int = 1,
        retain: bool = False,
        within_s: float = CONFIRMED_WITHIN_S,
    ) -> Sent:
        """Returns when the broker has confirmed the message.

        `ensure_order_id`: an object without an orderId gets a new one. `override`: it is sent whatever the check says.
        Commands have `qos` 1 and are not retained.
        Raises MessageRefused for what breaks its template, UsageError for what no broker takes, PublishRefused where
        nothing may be published, BrokerError if it was not confirmed within `within_s` seconds.
        """
        value = builder()
        if ensure_order_id and isinstance(value, dict) and not value.get("orderId"):
            value = {**value, "orderId": self._new_order_id()}
        payload = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
        wrong = tuple(self._check(topic, payload))
        if wrong and not override:
            raise MessageRefused(_refusal(topic, wrong))
        message = Message(topic, payload, qos, LIVE_RETAINED if retain else LIVE, 0)
        send_one(self._publisher, message, within_s)
        return Sent(message, wrong)


def send_one(publisher: Publisher, message: Message, within_s: float = CONFIRMED_WITHIN_S) -> None:
    """Publishes a message and waits until the broker has confirmed it.

    Raises UsageError for one that no broker takes, PublishRefused, and BrokerError if it was not confirmed in time:
    then it is given up, so that it does not come out of nowhere when the broker is back.
    """
    delivery = publisher.publish_batch([message])
    answered = delivery.wait(within_s)
    if answered and delivery.confirmed() and (message.qos or publisher.await_processed(within_s)):
        return
    never_sent = delivery.cancel()
    if answered and delivery.failed():
        what = "was refused"
    elif never_sent:
        what = f"was not sent: the broker could not be reached within {within_s:g} s"
    else:
        what = f"was not confirmed within {within_s:g} s, so it may have arrived or not"
    reason = publisher.connection().reason
    raise BrokerError(
        f"The message on '{message.topic}' {what}. {f'{reason} ' if reason else ''}"
        "Look at the connection in the sidebar, then send it again."
    )


def _refusal(topic: str, wrong: Sequence[str]) -> str:
    more = f"; and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return (
        f"The message on '{topic}' was not sent, because it breaks its template: {'; '.join(wrong[:NAMED])}{more}. "
        "Correct it, or send it all the same."
    )
