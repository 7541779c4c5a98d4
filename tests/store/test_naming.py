"""File names that every file system takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.naming import MAX_SLUG, slug, stem_for, unique_stem
from tests.builders import START_NS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Storage order BLUE", "storage-order-blue"),
        ("../../etc/passwd", "etc-passwd"),
        ("a/b\\c:d", "a-b-c-d"),
        ("Aufträge für Öl", "auftrage-fur-ol"),
        ("🏭🤖", "session"),
        ("", "session"),
        ("...", "session"),
        ("CON", "session-con"),
        ("lpt1", "session-lpt1"),
        ("console", "console"),
    ],
)
def test_a_name_becomes_a_safe_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_every_slug_is_short_lower_case_ascii(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(name))
    assert len(slug(name)) <= MAX_SLUG + len("session-")


def test_300_characters_are_cut() -> None:
    assert slug("x" * 300) == "x" * MAX_SLUG


def test_the_stem_ends_with_the_start_in_utc() -> None:
    assert stem_for("Red", START_NS) == "red_20250826_163854"


def test_a_taken_stem_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / "red.log").touch()
    (tmp_path / "red-2.db").touch()
    assert unique_stem(tmp_path, "red") == "red-3"
