"""Which topics a view is about: topic filters to include and to exclude."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.errors import UsageError
from core.topics import why_invalid_filter
from store.query import MessageQuery


def topic_selector(include: Sequence[str] = (), exclude: Sequence[str] = ()) -> Callable[[str], bool]:
    """Whether a topic is chosen: by any filter of `include` (empty: all) and by none of `exclude`.

    UsageError for an invalid filter.
    """
    for topic_filter in (*include, *exclude):
        if reason := why_invalid_filter(topic_filter):
            raise UsageError(f"{reason}. Correct the topic filter of this view.")
    return MessageQuery(include=tuple(include), exclude=tuple(exclude)).wants_topic
