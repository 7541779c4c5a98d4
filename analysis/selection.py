"""Which topics a view is about: topic filters to include and to exclude."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.errors import UsageError
from core.topics import matches, why_invalid_filter


def topic_selector(include: Sequence[str] = (), exclude: Sequence[str] = ()) -> Callable[[str], bool]:
    """Whether a topic is chosen: by any filter of `include` (empty: all) and by none of `exclude`.

    UsageError for an invalid filter.
    """
    for topic_filter in (*include, *exclude):
        if reason := why_invalid_filter(topic_filter):
            raise UsageError(f"{reason}. Correct the topic filter of this view.")

    def selects(topic: str) -> bool:
        wanted = not include or any(matches(wide, topic) for wide in include)
        return wanted and not any(matches(wide, topic) for wide in exclude)

    return selects
