"""Which messages of a session belong to a case: those with its ids and all ids that follow from them, or a stretch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.linked_ids import MIN_CHARS, Links
from analysis.message_ids import MessageIds
from analysis.progress import Progress, quiet, watched
from core.errors import UsageError
from core.payload import text_of
from core.topics import why_invalid_filter
from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

MAX_ROUNDS: Final = 12
"""How often the session is read for ids that the last reading has found; an order needs three or four."""
MAX_IDS: Final = 20_000
"""More are no case any more; all of them are looked for in each payload."""


@dataclass(frozen=True, slots=True)
class CutRequest:
    """What is cut out of a session."""

    ids: tuple[str, ...] = ()
    """Ids to follow; empty: everything in the stretch."""
    start_ns: int | None = None
    """Inclusive, nanoseconds since the epoch, UTC; None: from the beginning."""
    end_ns: int | None = None
    """Exclusive; None: to the end."""
    topics: tuple[str, ...] = ()
    """Topic filters. Without ids: only these topics; with ids: these topics as a whole, too, as long as the case lasts.
    """
    messages: tuple[int, ...] = ()
    """Further messages that belong to it, by their ids in the session, such as a picture that carries no id."""
    rounds: int | None = None
    """How often the ids that were found are followed in turn; 1: only messages that carry an id that was asked for;
    None: as long as new ones are found."""
    state: bool = True
    """Whether the last message of every topic before the first one is put in front."""

    def check(self) -> None:
        """Raises UsageError for what selects nothing sensible."""
        if self.rounds is not None and self.rounds < 1:
            raise UsageError("Ids have to be followed at least once.")
        if not self.ids and self.start_ns is None and self.end_ns is None:
            raise UsageError("Say what to cut: an order, an id, or a stretch with a start or an end.")
        if self.start_ns is not None and self.end_ns is not None and self.start_ns >= self.end_ns:
            raise UsageError("The end of the stretch must come after its start.")
        for one in self.topics:
            if reason := why_invalid_filter(one):
                raise UsageError(f"{reason[:1].upper()}{reason[1:]}.")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a cut consists of."""

    messages: MessageIds
    ids: tuple[str, ...]
    """The ids that were asked for and all that follow from them, sorted."""


def select(reader: Reader, request: CutRequest, progress: Progress = quiet) -> Selection:
    """The messages of a case; memory holds a bit for each message of the session.

    Raises UsageError, and what `progress` raises.
    """
    request.check()
    if not request.ids:
        query = MessageQuery(request.topics, (), request.start_ns, request.end_ns)
        return Selection(MessageIds(stored.id for stored in watched(reader, query, progress)), ())
    known, found = _closure(reader, request, progress)
    if found:
        found.update(request.messages)
        found.update(_on_topics(reader, request.topics, found))
    return Selection(found, tuple(sorted(known)))


def _closure(reader: Reader, request: CutRequest, progress: Progress) -> tuple[set[str], MessageIds]:
    """Reads the session again until a reading brings no new id.

    A part of a topic names a thing, not a case: nor does an id that is made with it, such as that of a way between two
    stations, lead on.
    """
    names = {level for row in reader.topics() for level in row.topic.split("/") if len(level) >= MIN_CHARS}
    known, found = set(request.ids), MessageIds()
    stretch = MessageQuery(start_ns=request.start_ns, end_ns=request.end_ns)
    fresh = set(known)
    for _ in range(min(MAX_ROUNDS, request.rounds or MAX_ROUNDS)):
        links = Links(fresh)
        found.update(_carriers(reader, stretch, fresh, links, progress))
        inner = {pair[0] for pair in links.doubtful}
        for stored in _with_one_of(reader, stretch, inner, progress):
            links.look_again(_document(stored))
        fresh = {one for one in links.settle() - known if not any(name in one for name in names)}
        known |= fresh
        if not fresh or len(known) > MAX_IDS:
            break
    return known, found


def _carriers(reader: Reader, stretch: MessageQuery, ids: set[str], links: Links, progress: Progress) -> Iterator[int]:
    """The messages that carry one of the ids as a value of its own, or in their topic."""
    for stored in _with_one_of(reader, stretch, ids, progress):
        by_topic = not ids.isdisjoint(stored.message.topic.split("/"))
        document = _document(stored)
        bare = document is None and (text_of(stored.message.payload) or "").strip() in ids
        if links.add(document, everywhere=by_topic) or bare:
            yield stored.id


def _with_one_of(reader: Reader, stretch: MessageQuery, ids: set[str], progress: Progress) -> Iterator[StoredMessage]:
    """The messages in which one of these texts occurs at all."""
    if not ids:
        return
    pattern = _pattern(ids)
    for stored in watched(reader, stretch, progress):
        if pattern.search(stored.message.payload) or pattern.search(stored.message.topic.encode()):
            yield stored


def _document(stored: StoredMessage) -> object:
    """The payload as JSON; None for what is none."""
    text = text_of(stored.message.payload)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pattern(ids: Iterable[str]) -> re.Pattern[bytes]:
    """Finds an id in a payload, as it is or as JSON escapes it."""
    forms = {form.encode("utf-8", "replace") for one in ids for form in (one, json.dumps(one)[1:-1])}
    return re.compile(b"|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))))


def _on_topics(reader: Reader, topics: Sequence[str], found: MessageIds) -> Iterable[int]:
    if not topics:
        return
    ends = list(reader.with_ids([found.first, found.last]))
    query = MessageQuery(tuple(topics), (), ends[0].message.at_ns, ends[-1].message.at_ns + 1)
    for stored in reader.stream_stored(query):
        yield stored.id
