"""How long work says how far it is, and how it is ended early."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

Progress = Callable[[int, int], None]
"""Is told how many of how many messages are done, about every EVERY messages; raises Cancelled when the work shall
end."""
EVERY = 1_000
"""Messages between two reports: some milliseconds of work, so a cancelled work ends at once."""


class Cancelled(Exception):
    """The work shall end; what it has found so far is thrown away."""


def quiet(done: int, total: int) -> None:
    """For work that nobody watches."""


def reading(number: int, of: int, progress: Progress) -> Progress:
    """For one of several readings of the same messages, the first is 0: together they come once from 0 to the total."""
    return lambda done, total: progress((number * total + done) // of, total)


def watched(reader: Reader, query: MessageQuery, progress: Progress = quiet) -> Iterator[StoredMessage]:
    """Streams what a query finds, in the order of arrival, and reports; memory holds one message at a time.

    The total is what the query's topics and times find: with a text it is too high, and the work ends early.
    Raises what `progress` raises.
    """
    total = reader.count(_without_content(query))
    progress(0, total)
    for done, stored in enumerate(reader.stream_stored(query), start=1):
        yield stored
        if done % EVERY == 0:
            progress(min(done, total), total)  # more may have arrived since
    progress(total, total)


def _without_content(query: MessageQuery) -> MessageQuery:
    """What can be counted without looking into the payloads."""
    return MessageQuery(query.include, query.exclude, query.start_ns, query.end_ns)
