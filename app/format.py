"""How figures and moments are written for people: always with a unit, always with a zone."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

from core.durations import duration_text
from core.message import NS_PER_SECOND

NOTHING = "–"
"""Stands where there is no value."""

_SIZES = ("kB", "MB", "GB", "TB")


def number(value: int) -> str:
    """`1,234`."""
    return f"{value:,}"


def counted(value: int, singular: str, plural: str = "") -> str:
    """`1 message`, `1,234 messages`; `plural` only where it is not `singular` + s."""
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def messages(value: int) -> str:
    """`1,234 messages`."""
    return counted(value, "message")


def size(value: float) -> str:
    """Bytes in decimal steps: `512 B`, `12.3 kB`, `1.2 MB`."""
    if value < 1000:
        return f"{value:.0f} B"
    step = 0
    value /= 1000
    while value >= 999.95 and step < len(_SIZES) - 1:
        value, step = value / 1000, step + 1
    return f"{value:,.1f} {_SIZES[step]}"


def duration(seconds: float | None) -> str:
    """`30 ms`, `0.4 s`, `42 s`, `4 min 05 s`, and so on; a dash for None."""
    return NOTHING if seconds is None else duration_text(seconds)


def age(seconds: float) -> str:
    """How long ago something was, in whole seconds: `5 s`, `4 min 05 s`. It is looked at once a second: no tenths."""
    return f"{max(0.0, seconds):.0f} s" if seconds < 10 else duration(seconds)


def stopwatch(seconds: float) -> str:
    """`0:04:05`: hours, minutes, seconds. Sorts like the number up to ten hours, so it suits a table."""
    whole = max(0, round(seconds))
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def rate(per_second: float) -> str:
    """`12.3 msg/s`; two digits below one."""
    if per_second >= 1000:
        return f"{per_second:,.0f} msg/s"
    return f"{per_second:.1f} msg/s" if per_second >= 1 or per_second == 0 else f"{per_second:.2f} msg/s"


def percent(share: float) -> str:
    """A share between 0 and 1 as `12.3 %`."""
    return f"{share * 100:.1f} %"


def minute(at_ns: int, zone: tzinfo) -> str:
    """`2026-11-21 08:15 CET`: for what is known no better than that."""
    at = datetime.fromtimestamp(at_ns // NS_PER_SECOND, zone)
    return f"{at:%Y-%m-%d %H:%M} {zone_name(at)}"


def moment(at_ns: int | None, zone: tzinfo, *, fraction: bool = False) -> str:
    """`2026-11-21 08:15:03 CET`; with `fraction` also milliseconds. A dash for None and 0."""
    if not at_ns:
        return NOTHING
    seconds, rest = divmod(at_ns, NS_PER_SECOND)
    at = datetime.fromtimestamp(seconds, zone)
    clock = f"{at:%Y-%m-%d %H:%M:%S}" + (f".{rest // 1_000_000:03d}" if fraction else "")
    return f"{clock} {zone_name(at)}"


def time_of_day(at_ns: int, zone: tzinfo) -> str:
    """`08:15:03 CET`."""
    at = datetime.fromtimestamp(at_ns // NS_PER_SECOND, zone)
    return f"{at:%H:%M:%S} {zone_name(at)}"


def zone_name(at: datetime) -> str:
    """`CET`, `UTC`, or `UTC+04` where the zone has no abbreviation of its own."""
    name = at.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def offset(seconds: float) -> str:
    """The distance from the start of a session: `+1:04:05.678`; the hours only where there are any."""
    thousandths = round(seconds * 1000)
    sign = "-" if thousandths < 0 else "+"
    whole, rest = divmod(abs(thousandths), 1000)
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    prefix = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{sign}{prefix}:{left:02d}.{rest:03d}"


def position(seconds: float, digits: int = 0) -> str:
    """A place in a session, as it is typed: `4:05`, `1:04:05`, with one digit `4:05.6`; not rounded up, so that nothing
    is said to be reached that is still to come.
    """
    whole, rest = divmod(math.floor(max(0.0, seconds) * 10**digits + 1e-6), 10**digits)
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    prefix = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{prefix}:{left:02d}" + (f".{rest:0{digits}d}" if digits else "")


def speed(factor: float | None) -> str:
    """`10x`, `0.5x`; None is as fast as the broker confirms: `max`."""
    return "max" if factor is None else f"{factor:g}x"
