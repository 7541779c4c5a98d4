"""Topic filters choose topics."""

from __future__ import annotations

import pytest

from analysis.selection import topic_selector
from core.errors import UsageError


@pytest.mark.parametrize(
    ("include", "exclude", "chosen"),
    [
        ((), (), {"a", "a/b", "b/c"}),
        (("a/#",), (), {"a", "a/b"}),
        ((), ("+/b",), {"a", "b/c"}),
        (("a/#", "b/+"), ("a",), {"a/b", "b/c"}),
    ],
)
def test_any_included_filter_and_no_excluded_one_must_match(
    include: tuple[str, ...], exclude: tuple[str, ...], chosen: set[str]
) -> None:
    selects = topic_selector(include, exclude)
    assert {topic for topic in ("a", "a/b", "b/c") if selects(topic)} == chosen


@pytest.mark.parametrize("wrong", ["", "a/#/b", "a+"])
def test_an_invalid_filter_is_refused_in_a_sentence(wrong: str) -> None:
    with pytest.raises(UsageError, match="filter"):
        topic_selector((), (wrong,))
