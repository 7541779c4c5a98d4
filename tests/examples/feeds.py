"""Builders for the tests of the dashboard: a feed to which messages arrive without a broker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from factory_view.feed import Broker, Feed, Snapshot

START = datetime(2026, 8, 7, 9, 0, tzinfo=UTC)
HBW, DRILL, AGV = "SVR3QA0022", "SVR4H76449", "5iO4"


def say(feed: Feed, topic: str, value: Any, second: float = 0.0, *, stored: bool = False) -> None:
    """A JSON message arrives so many seconds after START."""
    feed.take(topic, json.dumps(value).encode(), START + timedelta(seconds=second), stored=stored)


def after(*said: tuple[str, Any]) -> Snapshot:
    """What is known after these messages, one second apart."""
    feed = Feed(Broker())
    for second, (topic, value) in enumerate(said):
        say(feed, topic, value, second)
    return feed.snapshot()
