"""The tree of topics: every level's totals are those of the topics at and below it."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.frames import BYTES, FIRST_AT, LAST_AT, LEVEL, MESSAGES, NAME, PATH, RATE, SHARE, TOPIC, TOPICS, utc
from analysis.topic_tree import MAX_LEVELS, topic_tree

TOPIC_NAMES = st.text("ab/", min_size=1, max_size=7)
TABLES = st.dictionaries(TOPIC_NAMES, st.tuples(st.integers(1, 50), st.integers(0, 99)), max_size=8)


def table_of(rows: dict[str, tuple[int, int]]) -> pd.DataFrame:
    messages = pd.Series([count for count, _ in rows.values()], dtype="int64")
    at_ns = list(range(1, len(rows) + 1))
    return pd.DataFrame({
        TOPIC: pd.Series(list(rows), dtype="object"), MESSAGES: messages,
        BYTES: pd.Series([size for _, size in rows.values()], dtype="int64"),
        SHARE: messages / 100, RATE: messages / 10, FIRST_AT: utc(at_ns), LAST_AT: utc(at_ns),
    })  # fmt: skip


def below(path: str, topic: str, levels: int) -> bool:
    return topic.split("/")[: len(path.split("/"))] == path.split("/") and len(path.split("/")) <= levels


@given(TABLES, st.integers(1, 5))
def test_every_level_has_the_totals_of_the_topics_below_it(rows, levels):
    tree = topic_tree(table_of(rows), levels)
    paths = {"/".join(topic.split("/")[:level]) for topic in rows for level in range(1, levels + 1)}
    assert set(tree[PATH]) == paths
    assert len(tree) == len(paths)
    for node in tree.to_dict("records"):
        topics = [topic for topic in rows if below(node[PATH], topic, levels)]
        assert node[TOPICS] == len(topics)
        assert node[MESSAGES] == sum(rows[topic][0] for topic in topics)
        assert node[BYTES] == sum(rows[topic][1] for topic in topics)
        assert node[SHARE] == pytest.approx(node[MESSAGES] / 100)
        assert node[LEVEL] == len(node[PATH].split("/"))


@given(TABLES)
def test_a_node_stands_right_before_what_is_below_it_and_the_busiest_come_first(rows):
    tree = topic_tree(table_of(rows))
    last: dict[int, int] = {}
    names: list[str] = []
    for path, level, messages in zip(tree[PATH], tree[LEVEL], tree[MESSAGES], strict=True):
        names = [*names[: level - 1], path.split("/")[-1]]
        assert "/".join(names) == path
        last = {known: count for known, count in last.items() if known <= level}
        assert messages <= last.get(level, messages)
        last[level] = messages


def test_an_endless_topic_ends_somewhere_and_empty_levels_have_empty_names():
    tree = topic_tree(table_of({"/" * 1_000: (3, 5)}))
    assert len(tree) == MAX_LEVELS
    assert set(tree[NAME]) == {""}
    assert set(tree[MESSAGES]) == {3}
