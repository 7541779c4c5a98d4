"""Renaming topics by rules and by a prefix."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.topics import why_invalid_topic
from replay.remap import MAX_CACHED, Remap, parse_rule

LEVELS = st.text(st.characters(codec="utf-8", exclude_characters="+#/\0="), max_size=5)
TOPICS = st.lists(LEVELS, min_size=1, max_size=5).map("/".join).filter(lambda topic: why_invalid_topic(topic) is None)


@pytest.mark.parametrize(
    ("rule", "topic", "expected"),
    [
        ("factory/#=test/#", "factory/a/b", "test/a/b"),
        ("factory/#=test/#", "factory", "test"),
        ("factory/#=test/#", "factory2/a", "factory2/a"),
        ("#=site/1/#", "a/b", "site/1/a/b"),
        ("/j1/#=j1/#", "/j1/txt/1", "j1/txt/1"),
        ("a/+/state=b/x/+", "a/7/state", "b/x/7"),
        ("a/+/+/#=+/b/+/#", "a/1/2/3/4", "1/b/2/3/4"),
        ("a/b=c", "a/b", "c"),
        (" a/b = c/d ", "a/b", "c/d"),
        ("a=b=c", "a", "b=c"),
        ("#=x/#", "$SYS/uptime", "$SYS/uptime"),
        (r"re:^module/v1/ff/(\w+)/=m/\1/", "module/v1/ff/SVR/state", "m/SVR/state"),
        ("re:a=b", "a/a", "b/b"),
        (r"re:(?P<serial>\d+)(?=/state)=no\g<serial>", "m/7/state", "m/no7/state"),
        ("re:(?<=x)y=z", "xy", "xz"),
        ("re:^gone/=", "gone/a", "a"),
    ],
)
def test_a_rule_renames_the_topics_that_it_fits(rule: str, topic: str, expected: str):
    assert Remap([rule])(topic) == expected


def test_only_the_first_rule_that_fits_is_applied():
    remap = Remap(["a/#=b/#", "b/#=c/#", "re:a=d"])
    assert [remap(topic) for topic in ("a/1", "b/1", "x/a")] == ["b/1", "c/1", "x/d"]


def test_a_regular_expression_that_finds_nothing_leaves_the_topic_to_the_rules_after_it():
    remap = Remap(["re:^x/=y/", "a/#=b/#", "re:^a=d"])
    assert (remap("x/1"), remap("a/1"), remap("c")) == ("y/1", "b/1", "c")


@pytest.mark.parametrize("prefix", ["test", "test/"])
def test_a_prefix_is_whole_levels_and_comes_after_the_rules(prefix: str):
    remap = Remap(["a=b"], prefix)
    assert [remap(topic) for topic in ("a", "/j1")] == ["test/b", "test//j1"]


@pytest.mark.parametrize("topic", ["", "a/#", "a/+/b", "a\0b", "x" * 65_536])
def test_what_was_no_topic_does_not_become_one(topic: str):
    assert Remap(["re:.*=b"])(topic) is None


@pytest.mark.parametrize("rule", ["re:a=#", "re:a="])
def test_what_is_no_topic_afterwards_cannot_be_published_to(rule: str):
    assert Remap([rule])("a") is None


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("a/b", "no '='"),
        ("", "no '='"),
        ("=b", "a topic filter must not be empty"),
        ("a/#=", "a topic filter must not be empty"),
        ("a/#/b=c", "'#' must be the whole last level"),
        ("a/#=b", "same wildcards"),
        ("a/+=b/+/+", "same wildcards"),
        ("re:=b", "is empty"),
        ("re:(a=b", "not a regular expression"),
        (r"re:a=\1", "does not fit"),
        (r"re:a=\g<x>", "does not fit"),
    ],
)
def test_a_wrong_rule_is_named_with_the_reason_and_an_example(rule: str, names: str):
    with pytest.raises(UsageError) as caught:
        Remap([rule])
    text = str(caught.value)
    assert f"'{rule}'" in text
    assert names in text
    assert "factory/#=test/#" in text


@pytest.mark.parametrize("prefix", ["a/#", "+", "a\0"])
def test_a_wrong_prefix_is_refused(prefix: str):
    with pytest.raises(UsageError, match="The prefix cannot be used"):
        Remap(prefix=prefix)


@given(TOPICS)
def test_there_and_back_again(topic: str):
    there, back = parse_rule("#=x/y/#"), parse_rule("x/y/#=#")
    moved = there(topic)
    if moved is None:
        assert topic.startswith("$")
    else:
        assert back(moved) == topic


@given(TOPICS)
def test_without_rules_nothing_is_renamed(topic: str):
    assert Remap()(topic) == topic


@given(st.text(max_size=20))
def test_any_text_is_a_rule_or_refused_with_a_sentence(text: str):
    with suppress(UsageError):
        Remap([text])("a/b")


def test_a_session_with_very_many_topics_does_not_fill_the_memory():
    remap = Remap(["#=x/#"])
    for number in range(MAX_CACHED + 10):
        assert remap(f"t/{number}") == f"x/t/{number}"
    assert len(remap.known) <= MAX_CACHED
