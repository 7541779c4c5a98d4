"""Where somebody wants to go in a session: whatever is typed is a moment or one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.messages_place import moment_of
from core.errors import UsageError
from store.events import Event, EventKind
from store.reader import SessionReader
from tests.analysis.sessions import START_NS, message, session

BERLIN = ZoneInfo("Europe/Berlin")
MARK = Event(START_NS + 7 * 10**9, EventKind.MARK, "order sent")


@pytest.fixture(scope="module")
def reader() -> Iterator[SessionReader]:
    """A session that begins at 11:11:27 in Berlin and lasts 100 s."""
    with session([message(), message(at_s=100)], [MARK]) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("42.5", "2026-08-07 09:12:09.500"),
        ("+1:30", "2026-08-07 09:12:57"),
        ("0:01:30", "2026-08-07 09:12:57"),
        ("11:12:00", "2026-08-07 09:12:00"),
        ("11:12:00.25", "2026-08-07 09:12:00.250"),
        ("9:00:00", "2026-08-08 07:00:00"),
        ("2026-08-07", "2026-08-06 22:00:00"),
        ("2026-08-07 11:12", "2026-08-07 09:12:00"),
        ("2026-08-07T09:12:00Z", "2026-08-07 09:12:00"),
        ("sent", "2026-08-07 09:11:34"),
    ],
)
def test_a_moment_is_understood(reader: SessionReader, text: str, moment: str) -> None:
    wanted = datetime.fromisoformat(f"{moment}+00:00")
    assert moment_of(reader, text, BERLIN) == round(wanted.timestamp() * 1_000) * 1_000_000


@pytest.mark.parametrize("text", ["tomorrow", "inf", "nan", "25:00:00", "2026-13-01", "1:99:99:99", "9" * 400])
def test_what_is_no_moment_is_one_sentence(reader: SessionReader, text: str) -> None:
    with pytest.raises(UsageError):
        moment_of(reader, text, BERLIN)


@given(st.text(max_size=12) | st.text("0123456789:+-.eT Z", max_size=14))
def test_any_text_is_a_moment_or_a_sentence(reader: SessionReader, text: str) -> None:
    with suppress(UsageError):
        assert 0 <= moment_of(reader, text, BERLIN) < 2**63
