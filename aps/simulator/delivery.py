"""With which QoS and retain flag the real publisher of each topic sends, and how it writes JSON."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from core.topics import matches

_RULES: Final = (
    ("module/v1/ff/NodeRed/status", 1, True),
    ("module/v1/ff/NodeRed/+/state", 2, True),
    ("module/v1/ff/NodeRed/+/connection", 1, True),
    ("module/v1/ff/NodeRed/+/factsheet", 1, True),
    ("module/v1/ff/NodeRed/+/+", 1, False),
    ("module/v1/ff/+/state", 1, True),
    ("module/v1/ff/+/connection", 1, True),
    ("module/v1/ff/+/factsheet", 1, True),
    ("module/v1/ff/+/order", 0, False),
    ("module/v1/ff/+/instantAction", 2, False),
    ("fts/v1/ff/+/state", 2, True),
    ("fts/v1/ff/+/connection", 1, True),
    ("fts/v1/ff/+/factsheet", 2, True),
    ("fts/v1/ff/+/+", 2, False),
    ("ccu/order/request", 1, False),
    ("ccu/order/response", 0, False),
    ("ccu/order/active", 2, True),
    ("ccu/order/completed", 2, True),
    ("ccu/pairing/state", 2, True),
    ("ccu/state/version-mismatch", 2, True),
    ("ccu/state/calibration/+", 2, False),
    ("ccu/state/+", 1, True),
    ("/j1/txt/1/f/i/#", 1, True),
    ("/j1/txt/1/i/quality_check", 1, True),
    ("/j1/txt/1/i/broadcast", 1, True),
    ("/j1/txt/1/i/#", 2, True),
    ("osf/arduino/#", 0, True),
    ("#", 0, False),
)
"""Filter, QoS, retained; the first filter that matches decides."""


@lru_cache(maxsize=1_000)
def delivery_of(topic: str) -> tuple[int, bool]:
    """QoS and whether it is retained."""
    return next((qos, retained) for pattern, qos, retained in _RULES if matches(pattern, topic))


_SPACED: Final = (
    "fts/v1/ff/+/state",
    "fts/v1/ff/+/connection",
    "fts/v1/ff/+/factsheet",
    "module/v1/ff/NodeRed/+/state",
    "module/v1/ff/NodeRed/+/connection",
    "module/v1/ff/NodeRed/+/factsheet",
    "/j1/txt/1/i/quality_check",
    "dsp/aiqs/action",
)
"""What the TXT controllers and the DSP publish: with a space after each comma and each colon."""

_COMMA: Final = ("/j1/txt/1/i/ldr",)
"""With a space after each comma only."""


@lru_cache(maxsize=1_000)
def separators_of(topic: str) -> tuple[str, str]:
    """What stands between two items, and between a name and its value."""
    if any(matches(pattern, topic) for pattern in _SPACED):
        return ", ", ": "
    return (", ", ":") if topic in _COMMA else (",", ":")
