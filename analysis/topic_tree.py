"""The hierarchy of topics with totals at every level."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.frames import (
    BYTES,
    FIRST_AT,
    LAST_AT,
    LEVEL,
    MEAN_BYTES,
    MESSAGES,
    NAME,
    PATH,
    RATE,
    SHARE,
    TOPIC,
    TOPICS,
)

MAX_LEVELS = 12
"""What lies deeper is counted where it begins: a topic may have thousands of levels."""
SEPARATOR = "/"
_TOTALS = {TOPICS: "sum", MESSAGES: "sum", SHARE: "sum", RATE: "sum", BYTES: "sum", FIRST_AT: "min", LAST_AT: "max"}


def topic_tree(table: pd.DataFrame, levels: int = MAX_LEVELS) -> pd.DataFrame:
    """One row per node of the hierarchy down to `levels`, each before its children, the busiest child first.

    `table` has TOPIC, MESSAGES, BYTES, SHARE, RATE, FIRST_AT and LAST_AT. Columns: PATH (from the root, without a
    wildcard), NAME (its last level, which may be empty), LEVEL (the first is 1), TOPICS (how many are at and below it),
    and the totals of MESSAGES, SHARE, RATE, BYTES, MEAN_BYTES, FIRST_AT and LAST_AT over these.
    """
    deepest = max(1, min(levels, MAX_LEVELS))
    parts = [str(topic).split(SEPARATOR)[:deepest] for topic in table[TOPIC]]
    rows = table[[MESSAGES, SHARE, RATE, BYTES, FIRST_AT, LAST_AT]].assign(**{TOPICS: 1})
    nodes = pd.concat([_level(rows, parts, level) for level in range(1, deepest + 1)], ignore_index=True)
    messages = dict(zip(nodes[PATH], nodes[MESSAGES], strict=True))
    keys = {path: _order(path, messages) for path in messages}
    return nodes.iloc[sorted(range(len(nodes)), key=lambda row: keys[nodes[PATH].iat[row]])].reset_index(drop=True)


def _level(rows: pd.DataFrame, parts: list[list[str]], level: int) -> pd.DataFrame:
    """The nodes of one level."""
    deep_enough = np.array([len(names) >= level for names in parts], dtype=bool)
    found = rows.loc[deep_enough]
    found[PATH] = pd.Series(
        [SEPARATOR.join(names[:level]) for names in parts if len(names) >= level], index=found.index, dtype="object"
    )
    sums = found.groupby(PATH, sort=False).agg(_TOTALS).reset_index()
    sums[MEAN_BYTES] = sums[BYTES] / sums[MESSAGES].where(sums[MESSAGES] > 0)
    sums[NAME] = pd.Series([str(path).rsplit(SEPARATOR, 1)[-1] for path in sums[PATH]], dtype="object")
    sums[LEVEL] = level
    return sums


def _order(path: str, messages: dict[str, int]) -> tuple[tuple[int, str], ...]:
    """A node sorts by its ancestors first, each by how busy it is."""
    names = path.split(SEPARATOR)
    prefixes = [SEPARATOR.join(names[: level + 1]) for level in range(len(names))]
    return tuple((-messages[prefix], prefix) for prefix in prefixes)
