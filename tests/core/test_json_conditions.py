"""Paths into JSON are read as people write them, and every mistake in them is one sentence."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.json_conditions import parse
from core.json_path import JsonCondition, Operator, Steps, path_text


@pytest.mark.parametrize(
    ("text", "steps", "operator", "literal"),
    [
        ("$", (), Operator.EXISTS, None),
        ("$.a.b[0].c", ("a", "b", 0, "c"), Operator.EXISTS, None),
        ("  $.a exists ", ("a",), Operator.EXISTS, None),
        ('$."x y" == true', ("x y",), Operator.EQUAL, True),
        ("$['x y']['it\\'s'] != null", ("x y", "it's"), Operator.DIFFERENT, None),
        ('$["a\\u00e4"][*][-1] == "ä\\n"', ("aä", None, -1), Operator.EQUAL, "ä\n"),
        ("$.größe>=-1.5e3", ("größe",), Operator.AT_LEAST, -1500.0),
        ("$.a < 12", ("a",), Operator.LESS, 12),
        ("$.a = 'say \"no\"'", ("a",), Operator.EQUAL, 'say "no"'),
        ("$.a > 99999999999999999999", ("a",), Operator.MORE, 1e20),
        ("$.a <= 1e999", ("a",), Operator.AT_MOST, float("inf")),
    ],
)
def test_a_condition_is_read(text: str, steps: Steps, operator: Operator, literal: object) -> None:
    assert parse(text) == (JsonCondition(steps, operator, literal),)  # type: ignore[arg-type]


def test_several_conditions_all_have_to_hold() -> None:
    assert [one.steps for one in parse('$.a == "x && $.y" && $.b exists and $.c > 1')] == [("a",), ("b",), ("c",)]
    assert parse(" ") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("state == 1", r"lacks '\$', where every path begins, before 'state == 1'"),
        ("$.state ==", "lacks a value to compare with at the end"),
        ("$.state == RUNNING", 'Write a text in quotes: "RUNNING"'),
        ('$.state == "RUNNING', "lacks a text in quotes before"),
        ("$.a[", "lacks a number, '\\*' or a name in quotes at the end"),
        ("$.a[1", "lacks a number"),
        ("$..a", "lacks '&&'"),
        ("$.a > true", "compares numbers and texts only"),
        ("$.a == 1 $.b", "lacks '&&' and another condition"),
        ("$.a[99999999999]", "beyond any array"),
        (r'$.a == "\ud800"', "is no JSON string"),
        ("$.a == 'x\\q'", "is no JSON string"),
        ("$." + "a" * 2_000, "at most 1,000 characters"),
    ],
)
def test_a_mistake_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse(text)


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(["$", ".a", "[0]", "[*", "]", '"', "'", "==", " ", "1", "&&"])).map("".join)
)
def test_any_text_is_a_condition_or_one_sentence(text: str) -> None:
    with suppress(UsageError):
        assert all(path_text(one.steps).startswith("$") for one in parse(text))


@given(
    st.lists(
        st.text(max_size=5).filter(lambda text: text.isprintable()) | st.integers(-9, 9) | st.none(), max_size=4
    ).map(tuple)
)
def test_a_path_is_read_back_as_it_was_written(steps: Steps) -> None:
    (found,) = parse(path_text(steps))
    assert found.steps == steps
