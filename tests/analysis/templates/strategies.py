"""Templates and payloads of any shape, for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from analysis.templates.model import Field, JsonType, Kind, Scalar, Template, TemplateSet
from analysis.templates.topic_pattern import Part, TopicPattern
from core.payload import PayloadKind

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["ON", "no", "~", "2026-01-01", "1:30", "0x1f", "1_000", "<b>", "=", "2026-01-02T03:04:05Z", "\x00", "\u2028", "😀"]
)
NAMES = st.sampled_from(["a", "b", "type", "x y", "", "$ref", "ä"])
NUMBERS = st.integers(-5, 5) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: st.SearchStrategy[Scalar] = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


def fields(depth: int = 1) -> st.SearchStrategy[Field]:
    """Fields whose parts are at most so deep, valid or not: nobody says that an enumeration is of its own type."""
    inner = fields(depth - 1) if depth else None
    return st.builds(
        Field,
        kind=st.sampled_from(Kind),
        types=st.lists(st.sampled_from(JsonType), unique=True, max_size=3).map(tuple),
        required=st.booleans(),
        values=st.lists(SCALARS, max_size=3).map(tuple),
        minimum=st.none() | NUMBERS,
        maximum=st.none() | NUMBERS,
        iso_time=st.booleans(),
        seen=st.none() | st.tuples(NUMBERS, NUMBERS),
        examples=st.lists(SCALARS, max_size=3).map(tuple),
        samples=st.integers(0, 9),
        description=TEXTS,
        members=st.dictionaries(NAMES, inner, max_size=3).map(lambda found: tuple(sorted(found.items())))
        if inner is not None
        else st.just(()),
        others=st.none() if inner is None else st.none() | inner,
        items=st.none() if inner is None else st.none() | inner,
    )


LEVELS = st.sampled_from(["a", "b", "", "{x}", "{", "{{", "ä"])


@st.composite
def patterns(draw: st.DrawFn) -> TopicPattern:
    """Topic patterns, some of whose literal levels look like parts."""
    levels = [draw(LEVELS | st.just(Part(f"p{number}"))) for number in range(draw(st.integers(2, 4)))]
    return TopicPattern(tuple(levels))


def templates() -> st.SearchStrategy[Template]:
    """Templates with any fields."""
    return st.builds(
        Template,
        topic=patterns(),
        payloads=st.lists(st.sampled_from(PayloadKind), unique=True, min_size=1).map(tuple),
        payload=fields(),
        description=TEXTS,
        messages=st.integers(0, 9),
        parts=st.dictionaries(NAMES, st.lists(TEXTS, max_size=2).map(tuple), max_size=2).map(
            lambda found: tuple(found.items())
        ),
    )


def template_sets() -> st.SearchStrategy[TemplateSet]:
    """Sets as they are stored: sorted, one template for each pattern."""
    return st.builds(
        TemplateSet,
        templates=st.lists(templates(), max_size=2, unique_by=lambda template: str(template.topic)).map(
            lambda found: tuple(sorted(found, key=lambda template: str(template.topic)))
        ),
        name=TEXTS,
        description=TEXTS,
        learned_from=st.lists(TEXTS, max_size=2).map(tuple),
        left_out=st.integers(0, 9),
    )
