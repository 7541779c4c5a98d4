"""Topic filters: the laws of matching, covering and covering sets."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.topics import covering_set, covers, matches, overlap, why_invalid_filter, why_invalid_topic

levels = st.sampled_from(["", "a", "b", "$S"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(lambda topic: why_invalid_topic(topic) is None)
filter_levels = st.sampled_from(["", "a", "b", "+", "$S"])
filters = (
    st.tuples(st.lists(filter_levels, max_size=4), st.booleans())
    .map(lambda parts: "/".join([*parts[0], *(["#"] if parts[1] else [])]))
    .filter(lambda found: why_invalid_filter(found) is None)
)


def all_topics() -> list[str]:
    """Every topic of up to five levels over the alphabet above: one level more than a filter has."""
    words = ["", "a", "b", "$S"]
    return [
        "/".join(parts) for size in range(1, 6) for parts in itertools.product(words, repeat=size) if parts != ("",)
    ]


UNIVERSE = all_topics()


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/broker", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/broker", True),
        ("j1/#", "/j1/txt", False),
        ("/j1/#", "/j1/txt", True),
        ("module/v1/ff/+/state", "module/v1/ff/NodeRed/SVR4H73275/state", False),
    ],
)
def test_examples_of_the_specification_and_of_the_factory(topic_filter: str, topic: str, expected: bool) -> None:
    """MQTT 5.0, section 4.7, and the traps of the factory's topics."""
    assert matches(topic_filter, topic) is expected


@given(filters, filters)
@example("/#", "+")
def test_covers_and_overlap_mean_what_their_topics_say(one: str, other: str) -> None:
    """Compared with every topic of a universe that is large enough to tell such filters apart."""
    ones = {topic for topic in UNIVERSE if matches(one, topic)}
    others = {topic for topic in UNIVERSE if matches(other, topic)}
    assert overlap(one, other) is bool(ones & others)
    assert covers(one, other) is (others <= ones)


@given(st.lists(filters, max_size=6))
def test_a_covering_set_covers_all_and_never_overlaps(wanted: list[str]) -> None:
    """So a broker that sends one copy per matching subscription sends each message once, and none is missing."""
    found = covering_set(wanted)
    assert all(why_invalid_filter(one) is None for one in found)
    assert not any(overlap(a, b) for a, b in itertools.combinations(found, 2))
    for one in wanted:
        assert any(covers(wide, one) for wide in found)


@given(st.lists(filters, max_size=6))
def test_a_covering_set_adds_nothing_where_nothing_overlaps(wanted: list[str]) -> None:
    """Filters that do not overlap are asked for as they are."""
    if not any(overlap(a, b) for a, b in itertools.combinations(set(wanted), 2)):
        assert covering_set(wanted) == frozenset(wanted)


@pytest.mark.parametrize("text", ["", "a/#/b", "a#", "a+/b", "a/b+", "x\0y", "$share/group/a", "a" * 65_536, "\ud800"])
def test_invalid_filters_are_refused_with_a_reason(text: str) -> None:
    """The reason is text for people."""
    reason = why_invalid_filter(text)
    assert reason
    assert len(reason) > 20


@pytest.mark.parametrize("text", ["#", "+", "a/+/#", "/", "//", "öäü/🏭", "a b/'c'/\"d\"/<e>", "$SYS/#"])
def test_valid_filters_are_accepted(text: str) -> None:
    """Anything that the specification allows."""
    assert why_invalid_filter(text) is None


@pytest.mark.parametrize("text", ["", "a/+", "#", "x\0y", "a" * 65_536])
def test_invalid_topic_names_are_refused_with_a_reason(text: str) -> None:
    """Wildcards belong into filters."""
    assert why_invalid_topic(text)
