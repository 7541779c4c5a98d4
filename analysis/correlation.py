"""Follows ids across topics: every message that carries them, what it says, and which other ids belong to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from analysis.figure_style import PALETTE, REST_COLOUR
from analysis.gantt import GanttBar
from analysis.json_values import parsed
from analysis.key_messages import WORD
from analysis.linked_ids import as_text, carries, linked
from analysis.progress import Progress, quiet, watched
from core.message import Message
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

MAX_HITS: Final = 2_000
"""So many messages are shown; all are counted."""
MAX_RELATED: Final = 40
MAX_WORDS: Final = 5
LARGEST: Final = 4_000_000
"""Bytes of a payload that is looked into."""
SEARCHABLE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+ ")
"""Characters that JSON never writes in another way."""
STATES: Final = ("state", "status")
ENDED: Final = ("FINISHED", "FAILED", "ERROR", "CANCELLED", "COMPLETED", "DONE", "PASSED", "CLOSED")
FAILED: Final = frozenset({"FAILED", "ERROR"})
NO_STATE: Final = "no state"
STATE_COLOURS: Final = {
    NO_STATE: REST_COLOUR,
    "RUNNING": "#3b82f6", "IN_PROGRESS": "#1e40af", "ACTIVE": "#38bdf8", "BUSY": "#0369a1",
    "WAITING": "#f59e0b", "WAITIING": "#b45309", "PENDING": "#facc15", "ENQUEUED": "#a16207", "IDLE": "#fdba74",
    "READY": "#fde047",
    "INITIALIZING": "#8b5cf6", "STARTING": "#5b21b6", "NEW": "#c4b5fd",
    "FINISHED": "#10b981", "COMPLETED": "#065f46", "DONE": "#6ee7b7", "PASSED": "#84cc16", "CLOSED": "#3f6212",
    "FAILED": "#ec4899", "ERROR": "#9d174d", "CANCELLED": "#f9a8d4",
}  # fmt: skip
"""Of the usual states: those that mean much the same are shades of one colour, and no two have the same."""


class Hit(NamedTuple):
    """A message that carries an id that is followed."""

    id: int
    at_ns: int
    topic: str
    fields: tuple[str, ...]
    """The names of the fields with the id; `topic` for a level of the topic."""
    words: tuple[str, ...]
    """What the message says, and the object around the id: words in capitals, as states and commands are written."""
    state: str
    """The one of them in a field that is called state or status; empty without any."""

    @property
    def label(self) -> str:
        """The words in a row; the last level of the topic without any."""
        return " ".join(self.words) or self.topic.rpartition("/")[2] or self.topic


@dataclass(frozen=True, slots=True)
class Trail:
    """What became of some ids in a session."""

    values: tuple[str, ...]
    hits: tuple[Hit, ...]
    """The first MAX_HITS messages, in the order of arrival."""
    messages: int
    topics: dict[str, int]
    """How many messages on each, in the order of the first one; the first 1,000 topics."""
    related: tuple[tuple[str, int], ...]
    """Ids that belong to these, as their objects say, with the number of messages that say so; most first."""

    @property
    def complete(self) -> bool:
        """Whether `hits` has all messages."""
        return self.messages == len(self.hits)


def follow(
    reader: Reader, values: Collection[str], query: MessageQuery = EVERYTHING, progress: Progress = quiet
) -> Trail:
    """All messages with one of `values` as a whole value in their payload, or as a level of their topic.

    A single id is looked for by SQLite, so that only messages with its characters are parsed.
    """
    known = frozenset(value for value in values if value)
    hits: list[Hit] = []
    topics: Counter[str] = Counter()
    related: Counter[str] = Counter()
    messages = 0
    for stored in watched(reader, replace(query, text=_needle(known) or query.text), progress):
        document = parsed(stored.message.payload, LARGEST)
        in_topic = known.intersection(stored.message.topic.split("/"))
        if not in_topic and not carries(document, known):
            continue
        messages += 1
        if len(topics) < 1_000 or stored.message.topic in topics:
            topics[stored.message.topic] += 1
        related.update(linked(document, known, everywhere=bool(in_topic)) - known)
        if len(hits) < MAX_HITS:
            hits.append(_hit(stored.id, stored.message, document, known))
    return Trail(tuple(sorted(known)), tuple(hits), messages, dict(topics), tuple(related.most_common(MAX_RELATED)))


def _needle(known: frozenset[str]) -> str:
    (only,) = known if len(known) == 1 else ("",)
    return only if SEARCHABLE.issuperset(only) else ""


def _hit(message_id: int, message: Message, document: object, known: frozenset[str]) -> Hit:
    fields: dict[str, None] = dict.fromkeys(["topic"] if known.intersection(message.topic.split("/")) else [])
    around: dict[str, object] | None = None
    for node in _objects(document):
        names = [name for name, value in node.items() if _has(value, known)]
        if names and around is None:
            around = node
        fields.update(dict.fromkeys(names))
    whole = document if isinstance(document, dict) else {}
    words = [*_words(whole), *_words(around or {})]
    state = next((word for name, word in words if name.casefold() in STATES), "")
    said = tuple(dict.fromkeys(word for _, word in words))[:MAX_WORDS]
    return Hit(message_id, message.at_ns, message.topic, tuple(fields), said, state)


def _objects(document: object) -> Iterator[dict[str, object]]:
    waiting = [document]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield node
            waiting[:0] = [value for value in node.values() if isinstance(value, dict | list)]
        elif isinstance(node, list):
            waiting[:0] = [value for value in node if isinstance(value, dict | list)]


def _has(value: object, known: frozenset[str]) -> bool:
    plain = value if isinstance(value, list) else [value]
    return any(as_text(one) in known for one in plain)


def _words(node: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Of an object and of those directly in it, by the names of their fields; arrays are about other things."""
    for name, value in node.items():
        inner = value.items() if isinstance(value, dict) else ((name, value),)
        for key, one in inner:
            if isinstance(one, str) and WORD.fullmatch(one):
                yield key, one


def trail_bars(trail: Trail) -> list[GanttBar]:
    """What happened, as bars: a state lasts until the next message on its topic that says something else.

    A message without a state, such as a command, is a moment.
    """
    bars: list[GanttBar] = []
    for topic in trail.topics:
        hits = [hit for hit in trail.hits if hit.topic == topic]
        begin = 0
        for place in range(1, len(hits) + 1):
            lasts = bool(hits[begin].state)
            if lasts and place < len(hits) and hits[place].words == hits[begin].words:
                continue
            until = hits[min(place, len(hits) - 1)] if lasts else hits[begin]
            bars.append(_bar(hits[begin], until, place - begin))
            begin = place
    return bars


def state_colours(bars: Sequence[GanttBar]) -> dict[str, str]:
    """A colour (#rrggbb) for each state: of usual ones always the same, of others no two alike if there are enough."""
    colours = {bar.category: STATE_COLOURS.get(bar.category, "") for bar in bars}
    free = [colour for colour in PALETTE if colour not in colours.values()] or list(PALETTE)
    others = (state for state, colour in colours.items() if not colour)
    return {**colours, **{state: free[number % len(free)] for number, state in enumerate(others)}}


def _bar(hit: Hit, until: Hit, messages: int) -> GanttBar:
    return GanttBar(
        lane=hit.topic,
        label=hit.label,
        start_ns=hit.at_ns,
        end_ns=max(hit.at_ns, until.at_ns),
        category=hit.state or NO_STATE,
        message_id=hit.id,
        detail=f"{messages:,} messages" if messages > 1 else "",
        marked=not FAILED.isdisjoint(hit.words),
        faint=hit.state in ENDED and FAILED.isdisjoint(hit.words),
    )
