"""Faults as text: what is read, what is refused, and how it is said again."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.topics import why_invalid_filter
from replay.faults import EXAMPLES, MAX_DELAY_S, Fault, FaultKind, check_faults, parse_fault

WORDS = ["drop", "delay", "outage", "1%", "5s", "of", "at", "a/#", "'", "1:30"]
LEVELS = st.text(st.characters(codec="utf-8", exclude_characters="+#/\0"), max_size=5) | st.just("+")
FILTERS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(lambda one: why_invalid_filter(one) is None)
SECONDS = st.integers(1, 3_600_000).map(lambda ms: ms / 1000) | st.floats(1e-6, MAX_DELAY_S)
SHARES = st.floats(1e-6, 1) | st.integers(1, 1000).map(lambda permille: permille / 1000)


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    kind = draw(st.sampled_from(FaultKind))
    if kind is FaultKind.OUTAGE:
        return Fault(kind, seconds=draw(SECONDS), at_s=draw(SECONDS))
    seconds = draw(SECONDS) if kind is FaultKind.DELAY else 0.0
    return Fault(kind, draw(st.just("x/#") | FILTERS), draw(SHARES), seconds)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop 1% of factory/#", Fault(FaultKind.DROP, "factory/#", 0.01)),
        ("drop of a", Fault(FaultKind.DROP, "a")),
        ("Drop 0.1 %", Fault(FaultKind.DROP, probability=0.001)),
        ("delay 0.5s 10% of x/#", Fault(FaultKind.DELAY, "x/#", 0.1, 0.5)),
        ("delay 500ms", Fault(FaultKind.DELAY, seconds=0.5)),
        ("delay 2 of x", Fault(FaultKind.DELAY, "x", seconds=2.0)),
        ("duplicate 5%", Fault(FaultKind.DUPLICATE, probability=0.05)),
        ("reorder 100% of +/b", Fault(FaultKind.REORDER, "+/b")),
        ("corrupt  .5%  of 'two words/#'", Fault(FaultKind.CORRUPT, "two words/#", 0.005)),
        ("outage 5s at 30s", Fault(FaultKind.OUTAGE, seconds=5.0, at_s=30.0)),
        ("outage 5 s at 1:30", Fault(FaultKind.OUTAGE, seconds=5.0, at_s=90.0)),
        ("outage 1min at 1:00:00.5", Fault(FaultKind.OUTAGE, seconds=60.0, at_s=3600.5)),
    ],
)
def test_a_fault_is_written_as_one_would_say_it(text: str, fault: Fault):
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "what goes wrong (drop, delay, duplicate, reorder, corrupt or outage) is missing"),
        ("lose 1%", "'lose' is none of the faults drop, delay, duplicate, reorder, corrupt, outage"),
        ("drop 1% of", "the topic filter after 'of' is missing"),
        ("drop of a/#/b", "'a/#/b' is not a topic filter"),
        ("drop of a/b 1%", "'1%' is not understood"),
        ("drop factory/#", "'factory/#' is neither a share as 1% nor 'of' and a topic filter"),
        ("drop 0.01", "'0.01' is neither a share as 1% nor"),
        ("drop 0%", "the share must be more than 0% and at most 100%"),
        ("drop 101%", "the share must be more than 0% and at most 100%"),
        ("drop", "nothing would be left to replay"),
        ("delay 10%", "'10%' is not the length of the delay"),
        ("delay", "the length of the delay is missing"),
        ("delay 0s", "a delay must be longer than 0 s"),
        ("delay 2h", "at most 3600 s"),
        ("outage", "the length of the outage is missing"),
        ("outage at 30s", "'at' is not the length of the outage"),
        ("outage 5s", "'at' and the moment at which it begins is missing"),
        ("outage 5s 30s", "after its length comes 'at'"),
        ("outage 5s at noon", "'noon' is not the moment at which it begins"),
        ("outage 5s at 30s of a/#", "'of' is not understood"),
        ("drop of 'a", "No closing quotation"),
    ],
)
def test_a_wrong_text_is_named_with_the_reason_and_an_example(text: str, names: str):
    with pytest.raises(UsageError) as caught:
        parse_fault(text)
    said = str(caught.value)
    assert names in said
    assert said.startswith(f"The fault '{text}' cannot be used: ")
    assert any(f"Write for example '{example}'." in said for example in EXAMPLES.values())


@pytest.mark.parametrize("kind", FaultKind)
def test_each_example_is_one(kind: FaultKind):
    assert parse_fault(EXAMPLES[kind]).kind is kind
    assert str(parse_fault(EXAMPLES[kind])) == EXAMPLES[kind]


@given(faults())
def test_what_is_said_of_a_fault_is_read_as_the_same_fault(fault: Fault):
    assert parse_fault(str(fault)) == fault


@given(st.text(max_size=30) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_a_fault_or_refused(text: str):
    with suppress(UsageError):
        check_faults([parse_fault(text)])


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.DROP, "a", float("nan")),
        Fault(FaultKind.DELAY, "a", 1.0, float("inf")),
        Fault(FaultKind.OUTAGE, seconds=1.0),
        Fault(FaultKind.OUTAGE, seconds=1.0, at_s=float("nan")),
        Fault(FaultKind.CORRUPT, ""),
    ],
)
def test_what_no_text_can_say_is_refused_too(fault: Fault):
    with pytest.raises(UsageError, match="cannot be used"):
        check_faults([fault])
