"""Long work: it says how far it is, and ends when it shall."""

from __future__ import annotations

import pytest

from analysis.progress import EVERY, Cancelled, watched
from store.query import MessageQuery
from tests.analysis.sessions import message, session

MANY = [message("a/b" if number % 2 else "a/c", number / 1_000) for number in range(2 * EVERY + 10)]


def test_it_reports_from_nothing_to_everything():
    seen: list[tuple[int, int]] = []
    with session(MANY) as reader:
        found = list(watched(reader, MessageQuery(), lambda done, total: seen.append((done, total))))
    assert [stored.message for stored in found] == MANY
    total = len(MANY)
    assert seen == [(0, total), (EVERY, total), (2 * EVERY, total), (total, total)]


def test_the_total_is_that_of_topics_and_times_and_never_too_low():
    seen: list[tuple[int, int]] = []
    with session(MANY) as reader:
        query = MessageQuery(include=("a/b",), text="not in there")
        assert not list(watched(reader, query, lambda done, total: seen.append((done, total))))
    assert seen == [(0, EVERY + 5), (EVERY + 5, EVERY + 5)]


def test_cancelled_it_ends_at_the_next_report():
    def progress(done: int, _total: int) -> None:
        if done:
            raise Cancelled

    with session(MANY) as reader:
        stream = watched(reader, MessageQuery(), progress)
        assert len([next(stream) for _ in range(EVERY)]) == EVERY
        with pytest.raises(Cancelled):
            next(stream)
