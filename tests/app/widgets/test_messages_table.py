"""Messages in a table: any payload becomes one short line."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.messages_table import PREVIEW_CHARS, messages_frame, preview, retain_words
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message
from store.results import StoredMessage


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", "(empty)"),
        (b"12.5", "12.5"),
        (b'{\n  "a": 1\n}', '{ "a": 1 }'),
        (b"\xff\x00", "hex ff 00"),
        (b"\xff" * 40, "hex " + "ff " * 31 + "ff …"),
    ],
)
def test_a_payload_is_shown_in_one_line(payload, expected):
    assert preview(payload) == expected


def test_a_long_text_that_is_cut_inside_a_character_is_still_text():
    assert preview(("€" * 1000).encode()).startswith("€€€")


@given(st.binary(max_size=2000))
def test_any_payload_becomes_a_short_line(payload):
    shown = preview(payload)
    assert "\n" not in shown
    assert len(shown) <= PREVIEW_CHARS


def test_the_retain_column_tells_a_stored_message_from_a_live_one():
    assert [retain_words(kind) for kind in (LIVE, LIVE_RETAINED, FROM_DUMP)] == ["", "retained", "initial state"]


def test_a_row_has_the_time_in_the_zone_of_the_visitor():
    stored = StoredMessage(1, Message("a/b", b"x", 1, LIVE, 1_795_245_303_123_000_000))
    row = messages_frame([stored], ZoneInfo("Europe/Berlin")).iloc[0]
    assert (row["Time"], row["Topic"], row["Size (B)"], row["QoS"]) == ("2026-11-21 08:15:03.123 CET", "a/b", 1, 1)


def test_no_message_is_a_table_without_rows():
    assert messages_frame([], ZoneInfo("UTC")).empty
