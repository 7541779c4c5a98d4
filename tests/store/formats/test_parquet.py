"""A Parquet file is written and read a row group at a time, and a row group is never large."""

from __future__ import annotations

from io import BytesIO

import pyarrow.parquet as pq
import pytest

from core.message import Message
from store.formats.parquet import ParquetExport
from store.metadata import new_metadata

LARGE = 3_000_000


@pytest.mark.parametrize(("topic", "payload"), [("t", b"x" * LARGE), ("t" * 60_000, b"x" * (LARGE - 60_000))])
def test_a_row_group_ends_before_it_is_large(topic: str, payload: bytes) -> None:
    file = BytesIO()
    writer = ParquetExport(file, new_metadata("large", 0))
    for number in range(7):
        writer.write([Message(topic, payload, 0, 0, number)])
    writer.close()
    found = pq.ParquetFile(file)
    assert [found.metadata.row_group(one).num_rows for one in range(found.num_row_groups)] == [3, 3, 1]
    assert found.read().column("timestamp").cast("int64").to_pylist() == list(range(7))


def test_batches_share_a_row_group() -> None:
    file = BytesIO()
    writer = ParquetExport(file, new_metadata("small", 0))
    for begin in range(0, 60_000, 2_000):
        writer.write([Message("t", b"1", 0, 0, number) for number in range(begin, begin + 2_000)])
    writer.close()
    found = pq.ParquetFile(file)
    assert [found.metadata.row_group(one).num_rows for one in range(found.num_row_groups)] == [50_000, 10_000]
