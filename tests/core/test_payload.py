"""Views of payloads never raise and never lie about what they show."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.payload import HEX_BYTES, PayloadKind, view


@given(st.binary(max_size=2_000))
def test_any_bytes_have_a_view(payload: bytes) -> None:
    """Whatever a broker delivers can be shown."""
    found = view(payload)
    if found.kind in (PayloadKind.JSON, PayloadKind.TEXT):
        assert found.text.encode("utf-8") == payload
    if found.kind is PayloadKind.BINARY:
        assert bytes.fromhex(found.text) == payload[:HEX_BYTES]


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"", PayloadKind.EMPTY),
        (b'{"a": [1, 2]}', PayloadKind.JSON),
        (b"true", PayloadKind.JSON),
        (b"21.5", PayloadKind.JSON),
        (b"ONLINE", PayloadKind.TEXT),
        (b'{"torn": ', PayloadKind.TEXT),
        (b"\xff\xd8\xff\xe0", PayloadKind.BINARY),
        (b"[" * 100_000, PayloadKind.TEXT),
    ],
)
def test_kinds(payload: bytes, kind: PayloadKind) -> None:
    """JSON, text, binary and nothing are told apart."""
    assert view(payload).kind is kind


def test_json_is_parsed() -> None:
    """The value is what the JSON says."""
    assert view(json.dumps({"a": None}).encode()).value == {"a": None}
