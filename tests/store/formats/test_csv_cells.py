"""No cell of a CSV export is a formula, whichever separator a spreadsheet takes; and each is read back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.message import Message
from store.export import ExportFormat, export_to
from store.formats.csv_cells import cell, payload_cells, payload_of, text_of
from tests.builders import any_messages, message, metadata

hostile_texts = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.text("=+-@'\";,|\t\r\n a\0＝base64:", max_size=20),
)


@given(hostile_texts)
@example("'base64:AAAA")
@example("base64:AAAA")
@example("''")
def test_a_cell_is_read_back(text: str) -> None:
    assert text_of(cell(text)) == text


@given(st.one_of(st.binary(), hostile_texts.map(str.encode), st.just(b"\xfb\xff")))
def test_a_payload_is_read_back(payload: bytes) -> None:
    assert payload_of(*payload_cells(payload)) == payload


FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


@given(st.lists(hostile_texts.map(lambda text: message(payload=text.encode())), min_size=1) | any_messages)
def test_no_cell_begins_like_a_formula_with_any_separator(content: list[Message]) -> None:
    file = io.BytesIO()
    writer = export_to(file, ExportFormat.CSV, metadata("=1+1", note=";=1+1", source="\t@x"))
    writer.write(content)
    writer.close()
    text = file.getvalue().decode()
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [found for found in row if FORMULA.match(found)]
    for separator in ";\t|\r\n":
        assert not [part for part in text.split(separator)[1:] if part.lstrip(" \"'\t\r\n")[:1] in [*"=+-@＝＋－＠"]]


@pytest.mark.parametrize(
    "payload", [b"=cmd|' /C calc'!A0", b"+1", b"-1", b"@SUM(1)", b"\t=1", b" =1", b'"=1"', b"a;=1"]
)
def test_the_known_attacks_are_text(payload: bytes) -> None:
    written, encoding = payload_cells(payload)
    assert written.startswith("'") or encoding == "base64"
    assert payload_of(written, encoding) == payload
