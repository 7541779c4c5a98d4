"""Any payload becomes something readable, and what is not shown is said."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from analysis.message_view import PARSE_BYTES, SHOWN_CHARS, UNBROKEN_CHARS, MessageView, message_view
from core.message import LIVE, Message
from core.payload import PayloadKind

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def view_of(payload: bytes) -> MessageView:
    return message_view(Message("a", payload, 0, LIVE, 0))


@given(JSON_VALUES)
def test_small_json_is_laid_out_and_nothing_of_it_is_lost(value: object) -> None:
    seen = view_of(json.dumps(value).encode())
    assert seen.kind is PayloadKind.JSON
    assert json.loads(seen.text) == value
    assert seen.value == value
    assert seen.left_out == ""


@given(st.binary(max_size=2_000))
def test_no_payload_breaks_the_view_and_its_text_can_be_sent_to_a_browser(payload: bytes) -> None:
    seen = view_of(payload)
    assert seen.size == len(payload)
    seen.text.encode("utf-8")


def test_json_gets_one_line_per_field() -> None:
    assert view_of(b'{"b":1,"a":"\xc3\xa4"}').text == '{\n  "b": 1,\n  "a": "ä"\n}'


def test_text_stays_as_it_is() -> None:
    assert view_of(b"on & <b>off</b>") == MessageView(PayloadKind.TEXT, 15, "on & <b>off</b>")


def test_an_empty_payload_is_empty() -> None:
    assert view_of(b"") == MessageView(PayloadKind.EMPTY, 0, "")


def test_binary_becomes_a_hexadecimal_dump_with_what_is_printable_beside_it() -> None:
    first, second = view_of(b"\xff\xd8\xff\xe0JFIF" + bytes(10)).text.splitlines()
    assert first == "000000  ff d8 ff e0 4a 46 49 46 00 00 00 00 00 00 00 00  ....JFIF........"
    assert second.startswith("000010  00 00 ")
    assert second.endswith("  ..")
    assert second.index("..") == first.index("....")


def test_a_long_binary_says_how_much_is_left_out() -> None:
    seen = view_of(b"\xff" * 10_000)
    assert seen.kind is PayloadKind.BINARY
    assert len(seen.text.splitlines()) == 32
    assert seen.left_out == "The first 512 bytes; 9,488 of 10,000 bytes are left out."


def test_a_picture_in_base64_does_not_hide_the_fields_around_it() -> None:
    seen = view_of(json.dumps({"ts": 1, "data": "x" * 300_000, "end": True}).encode())
    assert isinstance(seen.value, dict)
    assert seen.value["ts"] == 1
    assert seen.value["end"] is True
    assert seen.value["data"] == "x" * UNBROKEN_CHARS + "… (299,840 more characters)"
    assert '"end": true' in seen.text
    assert seen.left_out == "1 long string is shortened."


def test_ten_megabytes_of_text_are_shortened_and_the_rest_is_counted() -> None:
    seen = view_of(b"x" * 10_000_000)
    assert seen.kind is PayloadKind.TEXT
    assert len(seen.text) == SHOWN_CHARS
    assert seen.left_out == "The first 200,000 characters; 9,800,000 more are left out."


def test_ten_megabytes_of_json_are_shown_as_they_are() -> None:
    seen = view_of(b'{"data":"' + b"x" * 10_000_000 + b'"}')
    assert seen.kind is PayloadKind.JSON
    assert seen.value is None
    assert seen.text.startswith('{"data":"xxx')
    assert f"more than {PARSE_BYTES:,} bytes" in seen.left_out
    assert "9,800,011 more are left out" in seen.left_out


def test_ten_megabytes_of_binary_are_a_short_dump() -> None:
    seen = view_of(b"\xff" * 10_000_000)
    assert seen.kind is PayloadKind.BINARY
    assert "9,999,488 of 10,000,000 bytes" in seen.left_out


def test_a_json_of_many_lines_is_cut_after_the_layout() -> None:
    seen = view_of(json.dumps(list(range(100_000))).encode())
    assert len(seen.text) == SHOWN_CHARS
    assert "more are left out" in seen.left_out


def test_half_a_surrogate_pair_becomes_visible() -> None:
    seen = view_of(b'{"\\ud83d":"\\ud83d"}')
    assert seen.value == {"\\ud83d": "\\ud83d"}
    seen.text.encode("utf-8")


def test_json_nested_beyond_layout_is_shown_as_it_is() -> None:
    for depth in (500, 900, 2_000, 50_000, 400_000):
        payload = b"[" * depth + b"]" * depth
        seen = view_of(payload)
        assert seen.size == 2 * depth
        assert seen.text.startswith("[")


def test_numbers_that_a_browser_would_change_are_strings_in_the_tree() -> None:
    seen = view_of(b'{"id": 12345678901234567890, "x": NaN, "y": [1e999], "ok": [true, 9007199254740992, 0.1]}')
    assert seen.value == {"id": "12345678901234567890", "x": "nan", "y": ["inf"], "ok": [True, 2**53, 0.1]}
    assert "12345678901234567890," in seen.text


def test_json_too_deep_for_a_tree_is_shown_as_text() -> None:
    seen = view_of(b"[" * 101 + b"]" * 101)
    assert seen.kind is PayloadKind.JSON
    assert seen.value is None
    assert view_of(b"[" * 90 + b"]" * 90).value is not None


def test_of_a_long_text_more_is_shown_than_of_a_picture() -> None:
    seen = view_of(json.dumps({"log": "word " * 1_000}).encode())
    assert seen.value == {"log": ("word " * 400) + "… (3,000 more characters)"}
