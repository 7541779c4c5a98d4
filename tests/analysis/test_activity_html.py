"""The activity as HTML: all messages are in its bars, and no text of a session becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from analysis.activity_html import activity_html
from analysis.overview import overview
from core.errors import UsageError
from core.message import Message
from store.events import Event, EventKind
from tests.analysis.sessions import SECOND, START_NS, message, message_lists, session

HOSTILE = '"><img src=x onerror=alert(1)><b>&amp;'
HAPPENINGS = [
    Event(START_NS + SECOND, EventKind.MARK, HOSTILE),
    Event(START_NS + 2 * SECOND, EventKind.GAP_START, HOSTILE),
    Event(START_NS + 3 * SECOND, EventKind.GAP_END),
    Event(START_NS + 4 * SECOND, EventKind.PAUSE, HOSTILE),
    Event(START_NS + 5 * SECOND, EventKind.RESUME),
]


class Page(HTMLParser):
    """What a browser would see: elements and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def titles(self, tag: str, css_class: str | None = None) -> list[str]:
        """Of the elements of a kind."""
        found = (one for name, one in self.elements if name == tag and one.get("class") == css_class)
        return [one["title"] or "" for one in found if "title" in one]


def page(messages: list[Message], events: list[Event] | None = None, zone: str = "UTC") -> Page:
    with session(messages, events or [], ended_s=10.0) as reader:
        return Page(activity_html(overview(reader), zone))


@settings(max_examples=settings().max_examples // 2)  # each writes a session
@given(message_lists())
def test_the_bars_hold_all_messages(messages: list[Message]) -> None:
    counts = (re.search(r"([\d,]+) messages", title) for title in page(messages).titles("i"))
    assert sum(int(found[1].replace(",", "")) for found in counts if found) == len(messages)


def test_no_text_of_a_session_becomes_markup() -> None:
    found = page([message()], HAPPENINGS)
    assert {tag for tag, _ in found.elements} == {"style", "div", "span", "i", "b"}
    assert not [name for _, one in found.elements for name in one if name.startswith("on")]
    [mark] = found.titles("div", "mark")
    assert mark.startswith(HOSTILE)
    assert [title.partition("\n")[::2] for title in found.titles("div", "band")] == [
        ("gap 1.0 s", HOSTILE),
        ("pause 1.0 s", HOSTILE),
    ]


def test_times_are_those_of_the_zone() -> None:
    """The session begins at 09:11:27 UTC."""
    [bar] = page([message()], zone="Europe/Berlin").titles("i")
    assert bar.startswith("2026-08-07 11:11:27.000 UTC+02:00")
    with pytest.raises(UsageError):
        page([message()], zone="Nowhere")


@pytest.mark.parametrize("at_s", [0.0, 9.0, -100.0, 5_000.0, 400_000.0, 40_000_000.0])
def test_everything_lies_within_the_chart(at_s: float) -> None:
    found = page([message(), message(at_s=at_s)], HAPPENINGS)
    places = [float(one) for _, each in found.elements for one in re.findall(r"(?:left|right): ([-\d.]+)%",
                                                                              each.get("style") or "")]  # fmt: skip
    assert places
    assert all(0 <= one <= 100 for one in places)
    times = [one for _, one in found.elements if one.get("class") == "time"]
    assert 1 <= len(times) <= 8


def test_a_day_that_begins_is_named() -> None:
    html = _html([message(), message(at_s=40 * 3_600)])
    assert re.findall(r'class="time"[^>]*>([^<]*)<', html) == ["12:00", "2026-08-08", "12:00", "2026-08-09"]


@pytest.mark.parametrize("microseconds", range(1, 1_000_000, 99_991))
def test_a_time_below_the_chart_is_the_one_at_its_place(microseconds: int) -> None:
    """In floating-point numbers it was the minute before, in every other session."""
    with session([message(), message(at_s=200)]) as reader:
        found = replace(overview(reader), origin_ns=START_NS + microseconds * 1_000)
    assert re.findall(r'class="time"[^>]*>([^<]*)<', activity_html(found)) == ["09:12", "09:13", "09:14"]


def _html(messages: list[Message]) -> str:
    with session(messages) as reader:
        return activity_html(overview(reader))
