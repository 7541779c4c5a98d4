"""Times, names and small pieces of HTML that several sections share; whatever came over MQTT is escaped here."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from html import escape as esc
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

COLOURS = ("WHITE", "RED", "BLUE")
ROLES = {
    "HBW": "High-bay warehouse",
    "DRILL": "Drilling",
    "MILL": "Milling",
    "DPS": "Goods in and out",
    "AIQS": "Quality control",
    "CHRG": "Charging",
    "OVEN": "Oven",
}
STATES = {
    "IN_PROGRESS": ("in progress", "busy"),
    "ENQUEUED": ("waiting", "idle"),
    "FINISHED": ("finished", "good"),
    "ERROR": ("failed", "bad"),
    "CANCELLED": ("cancelled", "idle"),
    "ONLINE": ("online", "good"),
    "OFFLINE": ("offline", "bad"),
    "CONNECTIONBROKEN": ("connection broken", "bad"),
    "READY": ("ready", "good"),
    "BUSY": ("busy", "busy"),
    "BLOCKED": ("blocked", "bad"),
    "RUNNING": ("running", "busy"),
    "INITIALIZING": ("starting", "busy"),
    "WAITING": ("waiting", "idle"),
    "FAILED": ("failed", "bad"),
}
"""What is said for a state of the factory, and in which tone."""


def zone_of(name: str | None) -> tzinfo:
    """The visitor's time zone; UTC if it is not known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def clock(at: datetime, zone: tzinfo, *, milliseconds: bool = False) -> str:
    """The time of day in the visitor's zone; empty at the ends of the calendar, where there is none."""
    try:
        local = at.astimezone(zone)
    except OverflowError:
        return ""
    return f"{local:%H:%M:%S}" + (f".{local.microsecond // 1000:03d}" if milliseconds else "")


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago something was heard."""
    if at is None:
        return "not heard yet"
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return "just now" if seconds < 2 else f"{seconds} s ago"
    return f"{seconds // 60} min ago" if seconds < 3600 else f"{seconds // 3600} h ago"


def took(seconds: float | None) -> str:
    """A duration; empty if it is not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def state_words(state: str) -> str:
    """A state of the factory in words; one that is not known as it is."""
    return esc(STATES[state][0] if state in STATES else state.lower())


def tone(state: str) -> str:
    """`good`, `busy`, `bad` or `idle`."""
    return STATES[state][1] if state in STATES else "idle"


def chip(words: str, kind: str) -> str:
    """A small label. `words` are HTML already."""
    return f'<span class="chip {kind}">{words}</span>'


def dot(kind: str) -> str:
    """A small light."""
    return f'<span class="dot {kind}"></span>'


def piece(colour: str, extra: str = "") -> str:
    """A workpiece from above, with its colour as a word for those who do not see it."""
    known = colour if colour in COLOURS else "other"
    return f'<span class="piece {known.lower()} {extra}" title="{esc(colour or "unknown")}"></span>'


def capital(words: str) -> str:
    """`PRODUCTION` as `Production`."""
    return esc(words.capitalize())


def section(title: str, body: str, note: str = "") -> str:
    """A part of the page with its heading."""
    return f'<section class="part"><h3>{title}<small>{note}</small></h3>{body}</section>'


def nothing(words: str) -> str:
    """What is said where there is nothing to show."""
    return f'<p class="nothing">{words}</p>'
