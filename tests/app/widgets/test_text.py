"""Nothing that came from elsewhere is read as markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.text import parts, plain, shortened

WORD_JOINER = "\u2060"


def as_seen(markdown: str) -> str:
    """What a reader of the escaped text sees: CommonMark drops the backslash before punctuation."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace(WORD_JOINER, "")


MARKUP = ("<b>x</b>", "**x**", ":red[x]", "`x`", "[a](b)", "$x$", "# x", "a_b_c", "1. x", "~~x~~")


@pytest.mark.parametrize("text", MARKUP)
def test_every_sign_of_markup_is_escaped(text):
    assert not re.search(r"(?<!\\)[<>*`\[\]$#_~]", plain(text).replace("\\\\", ""))
    assert as_seen(plain(text)) == text


@pytest.mark.parametrize("text", [":smile:", ":material/home:", "a:material/x:b"])
def test_short_codes_are_broken_up(text):
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain(text))
    assert not re.search(r":[a-z_/]+:", unescaped)


@pytest.mark.parametrize("text", ["https://example.org/x", "www.example.org", "me@example.org"])
def test_addresses_do_not_become_links(text):
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain(text))
    assert not re.search(r"https?://", unescaped)
    assert "www." not in unescaped
    assert "e@e" not in unescaped


@given(st.text(st.characters(exclude_categories=["C"])))
def test_the_text_looks_like_the_original(text):
    assert as_seen(plain(text)) == text.replace(WORD_JOINER, "")


def test_control_characters_become_visible_and_lines_are_joined():
    assert plain("a\x00b\nc") == "a\ufffdb c"


def test_a_long_text_is_shortened_with_an_ellipsis():
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"


def test_facts_in_a_row_are_broken_between_them_only():
    assert parts("4 min 05 s", "21 topics") == "4\u00a0min\u00a005\u00a0s · 21\u00a0topics"
