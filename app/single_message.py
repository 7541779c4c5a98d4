"""Single messages that somebody sends by hand."""

from __future__ import annotations

from typing import Final

from core.errors import BrokerError
from core.message import Message
from core.ports import Publisher

CONFIRMED_WITHIN_S: Final = 5.0


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
