"""Barriers as text: what is read, what is refused, and how it is said again."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from replay.barriers import EXAMPLES, FOR_EVER, Barrier, BarrierKind, check_barriers, parse_barrier
from tests.replay.test_faults import FILTERS

WORDS = ["at", "before", "after", "until", "message", "quiet", "key", "within", "of", "1:30", "2", "a/#", "#", "'"]
SECONDS = st.integers(1, 10_000_000).map(lambda ms: ms / 1000)


@st.composite
def barriers(draw: st.DrawFn) -> Barrier:
    until = draw(st.sampled_from(BarrierKind))
    place = draw(st.sampled_from(["at", "before", "after"]))
    quiet_s = draw(SECONDS) if until is BarrierKind.QUIET else 1.0
    return Barrier(
        until,
        at_s=draw(SECONDS) if place == "at" else None,
        before=draw(FILTERS) if place == "before" else "",
        after=draw(FILTERS) if place == "after" else "",
        topic="#" if until is BarrierKind.KEY else draw(FILTERS),
        quiet_s=quiet_s,
        timeout_s=quiet_s + draw(SECONDS),
    )


@pytest.mark.parametrize(
    ("text", "barrier"),
    [
        (
            "before ccu/order/request until message dashboard/ready",
            Barrier(BarrierKind.MESSAGE, before="ccu/order/request", topic="dashboard/ready"),
        ),
        ("at 12.5 until quiet 2", Barrier(BarrierKind.QUIET, at_s=12.5, quiet_s=2.0)),
        ("at 1:30 until quiet of 'a b/#'", Barrier(BarrierKind.QUIET, at_s=90.0, topic="a b/#")),
        ("after fts/# until key", Barrier(BarrierKind.KEY, after="fts/#", timeout_s=FOR_EVER)),
        ("after # until key within 5 min", Barrier(BarrierKind.KEY, after="#", timeout_s=300.0)),
        ("at 0 until quiet 500ms of a within 3s", Barrier(BarrierKind.QUIET, 0.0, "", "", "a", 0.5, 3.0)),
    ],
)
def test_a_barrier_is_written_as_one_would_say_it(text: str, barrier: Barrier):
    assert parse_barrier(text) == barrier


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "where it is ('at', 'before' or 'after') is missing"),
        ("when a until key", "'when' does not say where to wait"),
        ("at noon until key", "'noon' is not the position of the barrier"),
        ("before", "the topic filter after 'before' is missing"),
        ("before a/#/b until key", "'a/#/b' is not a topic filter"),
        ("before a", "'until' and what to wait for (message, quiet or key) is missing"),
        ("before a key", "after the place comes 'until'"),
        ("before a until", "what to wait for (message, quiet or key) is missing"),
        ("before a until ready", "'ready' cannot be waited for, only message, quiet or key"),
        ("before a until message", "the topic filter after 'message' is missing"),
        ("before a until message b within", "the time after 'within' is missing"),
        ("before a until message b within 0", "must be longer than 0 s"),
        ("before a until quiet 0", "the quiet time must be longer than 0 s"),
        ("before a until quiet 90", "shorter than the 60 s that it may take"),
        ("before a until quiet 2 b", "'b' is not understood"),
        ("after a until key 30", "'30' is not understood"),
        ("after 'a until key", "No closing quotation"),
    ],
)
def test_a_wrong_text_is_named_with_the_reason_and_an_example(text: str, names: str):
    with pytest.raises(UsageError) as caught:
        parse_barrier(text)
    said = str(caught.value)
    assert said.startswith(f"The barrier '{text}' cannot be used: ")
    assert names in said
    assert any(f"Write for example '{example}'." in said for example in EXAMPLES.values())


@pytest.mark.parametrize("kind", BarrierKind)
def test_each_example_is_one(kind: BarrierKind):
    assert parse_barrier(EXAMPLES[kind]).until is kind
    assert str(parse_barrier(EXAMPLES[kind])) == EXAMPLES[kind]


@given(barriers())
def test_what_is_said_of_a_barrier_is_read_as_the_same_barrier(barrier: Barrier):
    assert parse_barrier(str(barrier)) == barrier


@given(st.text(max_size=30) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_a_barrier_or_refused(text: str):
    with suppress(UsageError):
        check_barriers([parse_barrier(text)])


@pytest.mark.parametrize(
    "barrier",
    [
        Barrier(BarrierKind.KEY),
        Barrier(BarrierKind.KEY, at_s=1.0, before="a"),
        Barrier(BarrierKind.KEY, at_s=float("nan")),
        Barrier(BarrierKind.KEY, at_s=1.0, timeout_s=float("nan")),
    ],
)
def test_what_no_text_can_say_is_refused_too(barrier: Barrier):
    with pytest.raises(UsageError, match="cannot be used"):
        check_barriers([barrier])
