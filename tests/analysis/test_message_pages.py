"""Pages of messages lead through a session without leaving one out, forwards and backwards, wherever one begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import message_pages
from analysis.message_pages import END, START, Matches, Page, Place, count_matches, last_id, page
from analysis.progress import Cancelled
from store.query import MessageQuery
from store.reading import Reader
from tests.analysis.sessions import message, session

RARE = MessageQuery(include=("rare",))


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a session of some messages has several of them."""
    monkeypatch.setattr(message_pages, "STRETCH", 4)
    monkeypatch.setattr(message_pages, "FIRST_STEP", 1)
    monkeypatch.setattr(message_pages, "LARGEST_STEP", 3)


@given(st.lists(st.sampled_from(["rare", "often"]), max_size=30), st.integers(1, 5), st.booleans())
def test_pages_in_a_row_are_all_matching_messages(topics: list[str], size: int, counted: bool) -> None:
    wanted = [number for number, topic in enumerate(topics, 1) if topic == "rare"]
    with session([message(topic) for topic in topics]) as reader:
        matches = count_matches(reader, RARE) if counted else None
        forwards = [one.ids for one in _walk(reader, size, matches)]
        backwards = [one.ids for one in _walk_back(reader, size, matches)]
    assert [one for ids in forwards for one in ids] == wanted
    assert [one for ids in reversed(backwards) for one in ids] == wanted
    assert all(len(ids) == size for ids in (*forwards[:-1], *backwards[:-1]))


def _walk(reader: Reader, size: int, matches: Matches | None) -> Iterator[Page]:
    place = START
    while (found := page(reader, RARE, place, size, matches)).ids:
        yield found
        place = Place(after_id=found.ids[-1])


def _walk_back(reader: Reader, size: int, matches: Matches | None) -> Iterator[Page]:
    place = END
    while (found := page(reader, RARE, place, size, matches)).ids:
        yield found
        place = Place(before_id=found.ids[0])


@given(st.lists(st.sampled_from(["rare", "often"]), max_size=30))
def test_it_is_known_how_many_lie_before_a_message(topics: list[str]) -> None:
    wanted = [number for number, topic in enumerate(topics, 1) if topic == "rare"]
    with session([message(topic) for topic in topics]) as reader:
        matches, search = count_matches(reader, RARE), reader.search(RARE)
        assert matches.total == len(wanted)
        assert [matches.before(search, one) for one in wanted] == list(range(len(wanted)))


def test_a_search_that_takes_too_long_says_how_far_it_came() -> None:
    with session([message("often")] * 20 + [message("rare")]) as reader:
        asked: list[int] = []

        def third_time() -> bool:
            asked.append(1)
            return len(asked) == 3

        assert page(reader, RARE, START, 5, give_up=third_time) == Page((), complete=False, reached_id=6)
        assert page(reader, RARE, START, 5, give_up=lambda: False) == Page((21,), complete=True, reached_id=21)
        assert page(reader, RARE, END, 5, give_up=lambda: True) == Page((21,), complete=False, reached_id=21)


def test_what_is_counted_needs_no_search_where_nothing_is() -> None:
    with session([message("often")] * 20 + [message("rare")]) as reader:
        matches = count_matches(reader, RARE)
        assert matches == Matches((0, 0, 0, 0, 0, 1))
        assert page(reader, RARE, START, 5, matches, give_up=lambda: True).ids == (21,)


def test_counting_can_be_watched_and_ended() -> None:
    seen: list[tuple[int, int]] = []

    def watch(done: int, total: int) -> None:
        seen.append((done, total))
        if done:
            raise Cancelled

    with session([message("rare")] * 9) as reader, pytest.raises(Cancelled):
        count_matches(reader, RARE, watch)
    assert seen == [(0, 9), (4, 9)]


def test_a_session_without_messages_has_one_empty_page(tmp_path: Path) -> None:
    with session([]) as reader:
        assert last_id(reader) == 0
        assert page(reader, RARE, START, 5) == Page((), complete=True, reached_id=0)
        assert page(reader, RARE, END, 5).ids == ()
