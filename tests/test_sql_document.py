"""Each query of docs/sql.md runs on a session and answers what it promises."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.message import FROM_DUMP
from tests.builders import START_NS, event, message, session

DOCUMENT = (Path(__file__).parents[1] / "docs" / "sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
AT = "2025-08-26"

CONTENT = [
    message("old", b"stored", retain=FROM_DUMP, offset_s=-100.0),
    message("plant/1/state", b'{"state":"IDLE","temperature":20.5}'),
    message("plant/1/state", b'{"state":"IDLE","temperature":21}', offset_s=0.5),
    message("plant/1/state", b'{"state":"RUNNING","id":"749a6632"}', offset_s=50.0),
    message("ccu/order/active", b'[{"orderId":"749a6632"}]', offset_s=70.0),
    message("camera", b"\xff\xd8", offset_s=71.0),
]
EXPECTED = {
    1: [("2025-08-26T16:40:04.183763+00:00", '[{"orderId":"749a6632"}]')],
    2: [("plant/1/state", 3, 103), ("camera", 1, 2), ("ccu/order/active", 1, 24), ("old", 1, 6)],
    3: [(-100, 1, 6), (0, 2, 68), (50, 1, 35), (70, 1, 24), (71, 1, 2)],
    4: [("2025-08-26T16:38:54.183763+00:00", 20.5), ("2025-08-26T16:38:54.683763+00:00", 21)],
    5: [
        ("2025-08-26T16:38:54.183763+00:00", "plant/1/state", None, "IDLE"),
        ("2025-08-26T16:39:44.183763+00:00", "plant/1/state", "IDLE", "RUNNING"),
    ],
    6: [
        ("2025-08-26T16:39:44.183763+00:00", "plant/1/state", '{"state":"RUNNING","id":"749a6632"}'),
        ("2025-08-26T16:40:04.183763+00:00", "ccu/order/active", '[{"orderId":"749a6632"}]'),
    ],
    7: [(49.5, f"{AT} 16:38:54"), (20.0, f"{AT} 16:39:44"), (1.0, f"{AT} 16:40:04"), (0.5, f"{AT} 16:38:54")],
    8: [("old", 1, "stored"), ("plant/1/state", 4, '{"state":"RUNNING","id":"749a6632"}')],
    9: [(f"{AT} 16:38:56", "mark", "here")],
}


def answered(db: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return session(tmp_path_factory.mktemp("sql"), CONTENT, [event("here", offset_s=2.0)], note="a note")


@pytest.mark.parametrize("number", EXPECTED)
def test_a_query_answers_what_it_promises(db: Path, number: int) -> None:
    assert answered(db, QUERIES[number - 1]) == EXPECTED[number]


def test_the_metadata_are_json_by_key(db: Path) -> None:
    found = dict(answered(db, QUERIES[9]))
    assert (found["name"], found["note"], found["started_ns"]) == ('"A session"', '"a note"', str(START_NS))
    assert all(not str(key).startswith("_") for key in found)


def test_two_sessions_are_compared(db: Path, tmp_path: Path) -> None:
    other = session(tmp_path, CONTENT[:-1])
    statement, _, query = QUERIES[10].partition("\n")
    with closing(sqlite3.connect(db)) as connection:
        connection.execute(re.sub("'.*'", "?", statement), (str(other),))
        assert connection.execute(query).fetchall() == [("camera", 1)]
    assert len(QUERIES) == 11
