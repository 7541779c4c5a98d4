"""How long something took, as people read it."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """`30 ms`, `0.4 s`, `42 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`: the two units that matter. Nothing is `0 s`."""
    if seconds < 0.0005:
        return "0 s"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = minutes // 60
    return f"{hours // 24} d {hours % 24:02d} h"
