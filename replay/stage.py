"""What the broker stores around a replay: the state before the first message, that of any moment, and the clearing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from typing import Final

from core.errors import BrokerError
from core.message import Message
from core.ports import MessageSource
from replay.broker_state import BrokerState, StateChange
from replay.pipeline import RUN_PROPERTY, Pipeline
from replay.preload import StateThen, preload_files
from replay.program import Program
from replay.status import ReplayRequest, StateBefore, state_of

NOTHING: Final = StateThen([], [])

Send = Callable[[Sequence[Message]], None]


class Stage:
    """Sets the broker up for a program. The player's thread uses it; the figures may be read by others."""

    def __init__(
        self,
        request: ReplayRequest,
        program: Program,
        pipeline: Pipeline,
        source: MessageSource | None,
        send: Send,
        run_id: str,
        stored: Set[str],
    ) -> None:
        """`stored`: the topics on which the replay has stored something, kept up to date by who publishes."""
        self._request = request
        self._program = program
        self._pipeline = pipeline
        self._send = send
        self._stored = stored
        self._source = source
        self._broker = BrokerState(source, send, (RUN_PROPERTY, run_id))
        self._preload: list[Message] = []
        self.preloaded = 0
        """Messages sent before the first one."""
        self.changed = StateChange()
        """What the deletions before the start, and seeks, have done."""
        self.cleared = 0
        """Stored messages that were deleted at the end."""

    def look(self) -> bool:
        """Looks what the broker stores before the replay; False if that was not possible just now."""
        if self._source is None:
            return True
        try:
            self._broker.take_baseline(self.topics())
        except BrokerError:
            return False
        return True

    def before_start(self) -> None:
        """Sends the state before the first message, confirmed. Raises BrokerError, UsageError for a wrong folder."""
        state = self._program.state_at_start() if state_of(self._request) is StateBefore.STATE else NOTHING
        if deletions := self._published(state.deletions):  # what the session had deleted is not there either
            self._note(self._broker.put(deletions, self._stored))
        self._preload = self._published([*state.messages, *self._given()])
        if self._preload:
            self._send(self._preload)
        self.preloaded = len(self._preload)

    def seek(self, position_ns: int) -> None:
        """What the broker stores becomes what it would store if all before this position had been played."""
        played = self._published(self._program.retained_before(position_ns))
        change = self._broker.put([*(message for message in self._preload if message.retained), *played], self._stored)
        self._note(change)

    def clear(self) -> None:
        """Deletes what the replay has left at the broker."""
        self.cleared += self._broker.clear(sorted(self._stored))

    def _note(self, change: StateChange) -> None:
        before = self.changed
        self.changed = StateChange(
            before.published + change.published,
            before.deleted + change.deleted,
            before.unchanged + change.unchanged,
        )

    def _given(self) -> Sequence[Message]:
        """What is sent first because somebody has written it for that."""
        match state_of(self._request):
            case StateBefore.FOLDER:
                assert self._request.preload_folder is not None, "checked with the request"
                return [file.message for file in preload_files(self._request.preload_folder)]
            case StateBefore.MESSAGES:
                return self._request.preload_messages
        return ()

    def _published(self, messages: Iterable[Message]) -> list[Message]:
        return [changed for message in messages if (changed := self._pipeline(message)) is not None]

    def topics(self) -> list[str]:
        """The topics that are published to."""
        renamed = (self._pipeline.topic(topic) for topic in self._program.topics())
        return [topic for topic in renamed if topic is not None]
