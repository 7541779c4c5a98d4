"""What one visitor has chosen: typed ways to read it. A widget takes its key from here, too."""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from app.widget_keys import Key

__all__ = [
    "BROWSER_ZONE",
    "ENVIRONMENT_PARAMETER",
    "SESSION_PARAMETER",
    "Key",
    "browser_zone",
    "chosen",
    "chosen_of",
    "environment",
    "forget",
    "lines",
    "optional_number",
    "zone",
]

T = TypeVar("T")

SESSION_PARAMETER = "session"
"""The query parameter that opens a session: `/analyse?session=<id>`."""
ENVIRONMENT_PARAMETER = "environment"
"""The query parameter that says which environment is looked at: `/record?environment=mock`."""


def chosen(key: str, default: T) -> T:
    """The value under `key` if it is there and of the type of `default`, else `default`."""
    found = st.session_state.get(key, default)
    return found if isinstance(found, type(default)) else default


def chosen_of(key: str, offered: Container[object], otherwise: object = None) -> None:
    """Before a widget is drawn: a choice that is not on offer any more gives way to `otherwise`.

    Only such a one is touched: what a run sets goes to the browser, which forgets for it what was picked, or typed to
    find it, since that run began.
    """
    found = st.session_state.get(key, otherwise)
    if found != otherwise and found not in offered:
        st.session_state[key] = otherwise


def optional_number(key: str) -> float | None:
    """A number that may be left empty."""
    found = st.session_state.get(key)
    return float(found) if isinstance(found, int | float) else None


def lines(key: Key) -> tuple[str, ...]:
    """The non-empty lines of a text field, without the blanks around them."""
    return tuple(line.strip() for line in chosen(key, "").splitlines() if line.strip())


def forget(*keys: Key) -> None:
    """Puts the given choices back to their defaults."""
    for key in keys:
        st.session_state.pop(key, None)


BROWSER_ZONE = "Browser"
"""The choice that follows the visitor's browser."""


def zone() -> ZoneInfo:
    """The time zone that moments are shown in: the chosen one, else the browser's, else UTC."""
    wanted = chosen(Key.ZONE, BROWSER_ZONE)
    name = browser_zone() if wanted == BROWSER_ZONE else wanted
    return ZoneInfo(name if name in _zones() else "UTC")


def browser_zone() -> str:
    """The zone of the visitor's browser; UTC if it does not tell or tells nonsense."""
    name = st.context.timezone
    return name if isinstance(name, str) and name in _zones() else "UTC"


@cache
def _zones() -> frozenset[str]:
    """All that exist; to look takes 5 ms, because it goes through a folder, and live figures ask each second."""
    return frozenset(available_timezones())


def environment(known: tuple[str, ...], default: str) -> str:
    """The environment that this visitor looks at."""
    wanted = chosen(Key.ENVIRONMENT, default)
    return wanted if wanted in known else default
