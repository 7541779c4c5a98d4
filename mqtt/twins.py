"""Recognises the second copy of a message while two subscriptions overlap for the moment of a handover.

When the set of subscribed filters changes, the new filters are subscribed before the old ones are given up, so that
nothing is missed. In between many brokers send a message that an old and a new filter match once for each, one right
after the other (Mosquitto always with MQTT 5, with 3.1.1 if it is told to). The second copy is its *twin*.

`mqtt.numbered` tells it by the subscription identifiers of MQTT 5, `mqtt.unnumbered` by the bytes alone. The moment is
short: for QoS 0 it ends with UNSUBACK, for QoS 1 and 2 with the last message that the broker had queued by then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable

from core.message import Message
from mqtt.batching import PublishBatch
from mqtt.numbered import WATCH_S, Ids, Numbered
from mqtt.rounds import Rounds, Window
from mqtt.unnumbered import Unnumbered

__all__ = ["Twins", "Window"]


class Twins:
    """The copies that may still get a twin. Told of each handover, and asked by the network thread for each message."""

    def __init__(self, now: Callable[[], float], window: Window) -> None:
        self._lock = threading.Lock()
        self._rounds = Rounds(now, window)
        self._unnumbered = Unnumbered(now)
        self._rule: Numbered | Unnumbered = self._unnumbered
        self._patience_s = WATCH_S

    def attach(self, *, numbered: bool, bridge: bool) -> None:
        """There is a connection whose broker numbers copies by subscription, or not; in bridge mode, or not."""
        with self._lock:
            if numbered is not isinstance(self._rule, Numbered):
                self._rule.forget()
                self._rule = Numbered() if numbered else self._unnumbered
            self._unnumbered.apart = bridge
            self._rounds.forget()
            self._rule.reconnected()

    def begin(self, filters: Iterable[str], identifier: int) -> None:
        """New filters are about to be subscribed, under this identifier, before old ones are given up."""
        with self._lock:
            self._rounds.begin()
            self._patience_s = WATCH_S
            self._rule.begin(filters, identifier)

    def renumber(self, identifier: int) -> None:
        """Something is about to be subscribed under this identifier that overlaps with nothing."""
        with self._lock:
            self._rule.renumber(identifier)

    def suspect(self) -> None:
        """The broker may have subscribed the new filters already, and queued copies."""
        with self._lock:
            self._rule.reconnected()

    def ask(self) -> bool:
        """Whether an answer could tell that nothing queues, or it takes too long. If so, the question is asked now."""
        with self._lock:
            late = self._rounds.lasts(self._patience_s)
            return self._rounds.ask(strictly=self._rule.strictly, anyhow=late)

    def subscribing(self) -> None:
        """SUBSCRIBE of the new filters is sent, which is a question, too; `confirm` is its answer."""
        with self._lock:
            self._rounds.ask(strictly=True, anyhow=True)

    def confirm(self, round_trip_s: float, unreleased: int) -> bool:
        """SUBACK: from now on the broker sends copies for the new filters. Returns whether a question is to be asked
        before the old ones are given up. `unreleased`: messages of QoS 2 that have come but not to the end.
        """
        with self._lock:
            return self._rule.confirm(round_trip_s) and not (
                self._answered(unreleased) and isinstance(self._rule, Numbered) and self._rule.watched(all_there=True)
            )

    def watched(self, unreleased: int) -> bool:
        """The answer to that question: whether the old filters may be given up now."""
        with self._lock:
            return self._rule.watched(all_there=self._answered(unreleased)) or self._rounds.lasts(self._patience_s)

    def leave(self) -> None:
        """UNSUBACK: the old filters are given up, only queued copies can still come."""
        with self._lock:
            self._rounds.begin()
            self._patience_s = self._rule.longest_s
            self._rule.leave()

    def is_over(self, unreleased: int) -> bool:
        """The answer to a question after that: whether no copies can come any more."""
        with self._lock:
            all_there = self._answered(unreleased)
            if all_there or self._rounds.lasts(self._patience_s):
                self._rule.end(all_there=all_there)
            return not self._rule.looks

    def forget(self) -> None:
        """The connection is gone, and the copies with it; the next one may lead to a broker of another kind."""
        with self._lock:
            self._rule.forget()

    def second_copies(self, batch: PublishBatch, decided: Collection[int]) -> list[int]:
        """The places in a batch of second copies of messages that were handed on already.

        What is `decided` is not looked at: it is handed on, or left out, for another reason.
        """
        if self._rule.looks:  # nearly never, and asked for without the lock
            return self._looked_at(batch, decided)
        messages: Iterable[Message] = batch.messages
        if decided:
            messages = [message for place, message in enumerate(batch.messages) if place not in decided]
        self._rule.note(messages)
        return []

    def _looked_at(self, batch: PublishBatch, decided: Collection[int]) -> list[int]:
        again, found = set(batch.duplicates), []
        self._rounds.count(batch.messages)
        for place, (message, ids) in enumerate(zip(batch.messages, batch.subscription_ids, strict=True)):
            if place not in decided and self._is_second(message, ids, place in again):
                found.append(place)
        return found

    def _is_second(self, message: Message, ids: Ids, again: bool) -> bool:
        with self._lock:
            return self._rule.is_second(message, ids, again=again)

    def _answered(self, unreleased: int) -> bool:
        return self._rounds.answered(unreleased, strictly=self._rule.strictly)
