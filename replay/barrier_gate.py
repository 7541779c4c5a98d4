"""Where a replay comes to a barrier, and what opens it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Final

from core.clock import Clock
from core.errors import BrokerError, UsageError
from core.message import NS_PER_SECOND, Message
from core.ports import MessageSource, Undo
from core.topics import matches
from replay.barriers import Barrier, BarrierKind, check_barriers
from replay.pipeline import RUN_PROPERTY
from replay.schedule import Due

SUBSCRIBED_S: Final = 10.0
"""How long the broker may take to grant what is listened to."""
LOOK_AGAIN_S: Final = 0.02
"""How soon somebody who waits notices that he is steered; a message or a key wakes him at once."""
MAX_CACHED: Final = 10_000
"""Topics of which it is remembered whether a barrier is meant for them."""
MAX_UNDER_WAY: Final = 10_000
"""Own messages of which it is remembered that they may come back: what is older has come, or was lost."""


class Barriers:
    """The barriers of a replay, in the order in which they are given. One thread uses it."""

    def __init__(self, barriers: Sequence[Barrier]) -> None:
        """Raises UsageError for a barrier that cannot be used."""
        check_barriers(barriers)
        self._barriers = tuple(barriers)
        self._before = [lru_cache(MAX_CACHED)(partial(matches, barrier.before)) for barrier in barriers]
        self._after = [lru_cache(MAX_CACHED)(partial(matches, barrier.after)) for barrier in barriers]
        self._passed: set[int] = set()
        """Of those at a position."""
        self._asked: tuple[Due | None, bool] = (None, False)
        self._place = 0

    @property
    def any(self) -> bool:
        """Whether there are barriers at all."""
        return bool(self._barriers)

    def before(self, due: Due) -> Barrier | None:
        """What is to be waited for before it is published, one after the other; None when that is all."""
        for number in self._rest(due, after=False):
            barrier = self._barriers[number]
            if barrier.at_s is None:
                if barrier.before and not due.dropped and self._before[number](due.message.topic):
                    return barrier
            elif number not in self._passed and due.position_ns >= _at_ns(barrier):
                self._passed.add(number)
                return barrier
        return None

    def after(self, due: Due) -> Barrier | None:
        """What is to be waited for after it was published, one after the other; None when that is all."""
        if due.dropped:
            return None
        for number in self._rest(due, after=True):
            if self._barriers[number].after and self._after[number](due.message.topic):
                return self._barriers[number]
        return None

    def rewind(self, position_ns: int) -> None:
        """The barriers at this position and behind it are to come, those before it are not."""
        self._asked = (None, False)
        self._passed = {
            number
            for number, barrier in enumerate(self._barriers)
            if barrier.at_s is not None and _at_ns(barrier) < position_ns
        }

    def _rest(self, due: Due, *, after: bool) -> Iterator[int]:
        """The numbers of those that were not looked at yet for this place."""
        if self._asked[0] is not due or self._asked[1] is not after:
            self._asked = (due, after)
            self._place = 0
        while self._place < len(self._barriers):
            self._place += 1
            yield self._place - 1


class BarrierGate:
    """Listens for what opens barriers, and waits for it. One thread waits; the key may be pressed by any other.

    A message that a barrier waits for counts from the moment at which the last barrier for the same topic filter was
    opened by one, or from `open` on: an answer that is there before the replay comes to its barrier opens it at once,
    and no message opens two. A quiet time and a key begin to count at the barrier.
    """

    def __init__(self, source: MessageSource | None, clock: Clock, run_id: str, barriers: Sequence[Barrier]) -> None:
        self._source = source
        self._clock = clock
        self._tag = (RUN_PROPERTY, run_id)
        listening = (barrier for barrier in barriers if barrier.until is not BarrierKind.KEY)
        self._filters = tuple(sorted({barrier.topic for barrier in listening}))
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._came = dict.fromkeys(self._filters, False)
        self._newest: dict[str, tuple[int, str]] = {}
        self._under_way: Counter[tuple[str, bytes]] = Counter()
        self._released = False
        self._undo: Undo | None = None

    def open(self) -> None:
        """Begins to listen; returns when the broker has granted it.

        Raises UsageError if there is nobody to listen to, BrokerError if the broker does not grant it.
        """
        if not self._filters:
            return
        if self._source is None:
            raise UsageError("The barriers wait for messages, but this replay cannot listen to its broker.")
        self._undo = self._source.subscribe_listener(self._filters, self._listen)
        granted = self._source.await_subscribed(SUBSCRIBED_S)
        refused = sorted(set(self._filters) & set(self._source.connection().refused))
        if not granted or refused:
            self.close()
            names = ", ".join(f"'{name}'" for name in refused or self._filters)
            raise BrokerError(
                f"The barriers have to listen on {names}, which the broker did not grant. "
                "Check the connection and the user's rights."
            )

    def close(self) -> None:
        """Listens no longer; closing twice does no harm."""
        if self._undo is not None:
            self._undo()
            self._undo = None

    def release(self) -> None:
        """The key: opens the barrier that waits for one at the moment, no later one."""
        self._released = True
        self._wake.set()

    def about_to_publish(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:  # noqa: ARG002
        """With MQTT 3.1.1 the replay's own messages come back without its mark, so they are remembered."""
        if not self._filters or self._source is None or self._source.connection().carries_properties:
            return
        with self._lock:
            for message in messages:
                if any(matches(wanted, message.topic) for wanted in self._filters):
                    self._under_way[_known_again(message)] += 1
            while len(self._under_way) > MAX_UNDER_WAY:
                del self._under_way[next(iter(self._under_way))]

    def wait(self, barrier: Barrier, give_up: Callable[[float], bool]) -> str:
        """Blocks until the barrier opens, or `give_up(0)` is true; else, after its time, says why it stayed closed.

        Returns '' when the replay may go on.
        """
        began_ns = self._clock.now_ns()
        self._released = False
        while True:
            self._wake.clear()
            if self._opens(barrier, began_ns) or give_up(0):
                return ""
            if (self._clock.now_ns() - began_ns) / NS_PER_SECOND >= barrier.timeout_s:
                return self._why_closed(barrier)
            self._wake.wait(LOOK_AGAIN_S)

    def _opens(self, barrier: Barrier, began_ns: int) -> bool:
        with self._lock:
            match barrier.until:
                case BarrierKind.KEY:
                    return self._released
                case BarrierKind.MESSAGE:
                    came, self._came[barrier.topic] = self._came[barrier.topic], False
                    return came
                case BarrierKind.QUIET:
                    newest_ns, _ = self._newest.get(barrier.topic, (0, ""))
                    return self._clock.now_ns() - max(began_ns, newest_ns) >= round(barrier.quiet_s * NS_PER_SECOND)

    def _listen(self, messages: Sequence[Message]) -> None:
        now_ns = self._clock.now_ns()
        with self._lock:
            for message in messages:
                if not self._is_own(message):
                    for wanted in self._filters:
                        if matches(wanted, message.topic):
                            self._came[wanted] = True
                            self._newest[wanted] = (now_ns, message.topic)
        self._wake.set()

    def _is_own(self, message: Message) -> bool:
        if message.properties is not None and self._tag in message.properties.user_properties:
            return True
        known = _known_again(message)
        if not self._under_way.get(known):
            return False
        self._under_way[known] -= 1
        if not self._under_way[known]:
            del self._under_way[known]
        return True

    def _why_closed(self, barrier: Barrier) -> str:
        after = f"within {barrier.timeout_s:g} s"
        more = f"More time is given with 'within {barrier.timeout_s * 2:g}'."
        match barrier.until:
            case BarrierKind.KEY:
                return f"The barrier '{barrier}' stayed closed: nobody pressed the key {after}. {more}"
            case BarrierKind.MESSAGE:
                found = f"no message of somebody else came on '{barrier.topic}' {after}"
                return f"The barrier '{barrier}' stayed closed: {found}. Check whether the one who answers runs. {more}"
            case BarrierKind.QUIET:
                _, topic = self._newest.get(barrier.topic, (0, ""))
                last = f" (the last message came on '{topic}')" if topic else ""
                found = f"it did not become quiet on '{barrier.topic}' {after}{last}"
                return f"The barrier '{barrier}' stayed closed: {found}. {more}"


def _known_again(message: Message) -> tuple[str, bytes]:
    return message.topic, blake2b(message.payload, digest_size=16).digest()


def _at_ns(barrier: Barrier) -> int:
    return round((barrier.at_s or 0.0) * NS_PER_SECOND)
