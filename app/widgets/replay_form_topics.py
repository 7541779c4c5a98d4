"""Which topics are replayed, and what they are called then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from app import format as fmt
from app.state import Key, chosen, lines
from app.widgets.cached import stamp_of, topic_names_of
from app.widgets.problems import hint, why_failed
from app.widgets.text import plain
from core.topics import why_invalid_filter
from replay.expression_time import why_slow
from replay.remap import Remap, parse_rule, with_slash
from replay.schedule import query_of
from replay.status import ReplayRequest
from store.catalog import SessionEntry

SHOWN_ROWS: Final = 8
ROW_PX: Final = 35
"""Height of a row of Streamlit's tables."""
IMPOSSIBLE: Final = "– (no valid topic: not published)"


def filter_fields() -> None:
    """Which topics, one filter per line."""
    left, right = st.columns(2, gap="large")
    with left:
        _filters("Only these topics", Key.REPLAY_INCLUDE, "All; or one filter per line, e.g. ccu/#")
    with right:
        _filters("Without these topics", Key.REPLAY_EXCLUDE, "None; or one filter per line")


def _filters(label: str, key: Key, placeholder: str) -> None:
    st.text_area(label, key=key, placeholder=placeholder, height=80, persist_state="session")
    for one in lines(key):
        if reason := why_invalid_filter(one):
            hint(f"{reason}.")


def filter_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    included = "" if not request.include else fmt.counted(len(request.include), "filter")
    excluded = "" if not request.exclude else f"without {fmt.counted(len(request.exclude), 'filter')}"
    return ", ".join(word for word in (included, excluded) if word) or "all"


def naming_fields(entry: SessionEntry, request: ReplayRequest) -> None:
    """Rules, a prefix, and what becomes of the session's topics."""
    left, right = st.columns(2, gap="large")
    with left:
        st.text_area("Rename topics", key=Key.REPLAY_REMAP, height=80, placeholder="factory/#=test/#",
                     persist_state="session", help=RULES_HELP)  # fmt: skip
    with right:
        st.text_input("Put before every topic", key=Key.REPLAY_PREFIX, placeholder="Nothing; or e.g. test",
                      persist_state="session", help="A whole level: test puts test/ before every topic.")  # fmt: skip
    problems = naming_problems(request)
    for sentence in problems:
        hint(sentence)
    if not problems and (request.remap or request.prefix):
        _preview(entry, request)


RULES_HELP = (
    "One rule per line; the first that fits a topic is applied. Either `from/#=to/#`, where what a wildcard (# or +) "
    r"stands for keeps its place, or `re:^from/(.*)=to/\1`, a regular expression."
)


def naming_problems(request: ReplayRequest) -> list[str]:
    """Which rules cannot be used, and why."""
    found = [why_failed(parse_rule, rule) for rule in request.remap]
    return [sentence for sentence in (*found, why_failed(with_slash, request.prefix)) if sentence]


def _preview(entry: SessionEntry, request: ReplayRequest) -> None:
    topics = topic_names_of(entry.path, stamp_of(entry))
    wanted = query_of(request, 0)
    topics = sorted(topic for topic in topics if wanted.wants_topic(topic))
    if reason := why_slow(request.remap, tuple(topics)):
        hint(reason)
    else:
        _names(renamed(topics, request))


def _names(pairs: list[tuple[str, str | None]]) -> None:
    moved = sum(old != new for old, new in pairs)
    st.caption(_how_many(moved, len(pairs)))
    st.dataframe(
        pd.DataFrame([(old, new or IMPOSSIBLE) for old, new in pairs], columns=["Recorded as", "Published as"]),
        hide_index=True,
        height=ROW_PX * (min(SHOWN_ROWS, len(pairs)) + 1) + 3,
    )
    if len({new for _, new in pairs if new}) < sum(new is not None for _, new in pairs):
        hint("Several topics become one: who receives it cannot tell their messages apart.")


def _how_many(moved: int, topics: int) -> str:
    every = fmt.counted(topics, "topic")
    if moved == topics:
        return "The topic is renamed:" if topics == 1 else f"All {every} are renamed:"
    if not moved:
        return f"No topic is renamed: no rule fits any of the {every}."
    return f"{fmt.number(moved)} of {every} {'is' if moved == 1 else 'are'} renamed, the others keep their names:"


def renamed(topics: Sequence[str], request: ReplayRequest) -> list[tuple[str, str | None]]:
    """These topics as recorded and as published; None where that is impossible. Raises UsageError."""
    remap = Remap(request.remap, request.prefix)
    pairs = [(topic, remap(topic)) for topic in topics]
    return sorted(pairs, key=lambda pair: pair[0] == pair[1])


def naming_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    rules = "" if not request.remap else fmt.counted(len(request.remap), "rule")
    prefix = "" if not request.prefix else f"{plain(request.prefix.rstrip('/'))}/ before each"
    return ", ".join(word for word in (rules, prefix) if word) or "as recorded"


def with_topics(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say."""
    return replace(
        request,
        include=lines(Key.REPLAY_INCLUDE),
        exclude=lines(Key.REPLAY_EXCLUDE),
        remap=lines(Key.REPLAY_REMAP),
        prefix=chosen(Key.REPLAY_PREFIX, "").strip(),
    )
