"""From the message as recorded to the message as replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.message import LIVE, LIVE_RETAINED, Message, Properties
from replay.remap import Remap, with_slash
from replay.status import ReplayRequest, TimeShift
from replay.time_fields import USUAL, FieldRule
from replay.time_shift import TimeShifter

RUN_PROPERTY: Final = "session-replay"
"""The MQTT 5 user property by which a replayed message can be told from a live one; its value is the run's id."""


class Pipeline:
    """Renames topics, moves times, sets QoS and retain flag, adds the run's id; sorts out what no broker would take.

    One thread uses it.
    """

    def __init__(self, request: ReplayRequest, run_id: str, fields: FieldRule = USUAL) -> None:
        """`fields`: those that are times, see `fields_of`. Raises UsageError for a wrong topic rule or prefix."""
        self._request = request
        self.topic = Remap(request.remap, request.prefix)
        """The topic that is published to instead of a recorded one; None if that is impossible."""
        self._qos = request.qos
        self._unflagged = LIVE_RETAINED if request.retain else LIVE
        # A message from the broker's store was published with the flag once: that is how it got there.
        self._flagged = LIVE if request.retain is False else LIVE_RETAINED
        self._fields = fields
        self._shift = None if request.shift is TimeShift.NONE else TimeShifter(fields)
        self._tag = (RUN_PROPERTY, run_id)
        self._only_tag = Properties(user_properties=(self._tag,))

    def __call__(self, message: Message) -> Message | None:
        """The message to publish; None if its topic cannot be published to (an imported file may hold anything)."""
        return self.many((message,))[0]

    def many(self, messages: Sequence[Message]) -> list[Message | None]:
        """The same for several. One loop, with few calls: it runs a hundred thousand times in a second."""
        known, shift, fixed_qos, only_tag = self.topic.known, self._shift, self._qos, self._only_tag
        unflagged, flagged = self._unflagged, self._flagged
        found: list[Message | None] = []
        for name, payload, qos, retain, at_ns, properties in messages:
            topic = known.get(name) or self.topic(name)
            found.append(
                None
                if topic is None
                else Message(
                    topic,
                    payload if shift is None else shift(payload),
                    qos if fixed_qos is None else fixed_qos,
                    unflagged if retain == LIVE else flagged,
                    at_ns,
                    only_tag if properties is None else self._tagged(properties),
                )
            )
        return found

    def shift_by(self, offset_ns: int) -> None:
        """Times in the payloads of the messages to come move by so many nanoseconds, if that was asked for."""
        if self._shift is not None:
            self._shift.shift_by(offset_ns)

    def describe(self) -> tuple[str, ...]:
        """What is changed, as sentences for a report."""
        request = self._request
        sentences = [f"Topics are renamed by the rule {rule}." for rule in request.remap]
        if request.prefix:
            sentences.append(f"{with_slash(request.prefix)} is put before every topic.")
        names = ", ".join(self._fields.names)
        if request.shift is TimeShift.RUN:
            sentences.append(f"Times in payloads ({names}) move by one offset, so that the start is now.")
        if request.shift is TimeShift.MESSAGE:
            sentences.append(f"Times in payloads ({names}) move by as much as their message.")
        if request.qos is not None:
            sentences.append(f"Every message has QoS {request.qos}.")
        if request.retain is not None:
            sentences.append(f"{'Every' if request.retain else 'No'} message has the retain flag.")
        return tuple(sentences)

    def _tagged(self, properties: Properties) -> Properties:
        others = tuple(pair for pair in properties.user_properties if pair[0] != RUN_PROPERTY)
        answers = properties.response_topic
        return replace(
            properties,
            user_properties=(*others, self._tag),
            # Who answers does so where the recorded answers are replayed.
            response_topic=None if answers is None else self.topic(answers) or answers,
        )
