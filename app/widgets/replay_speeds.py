"""The speeds of a replay that can be chosen with one click, and the limits of all others."""

from __future__ import annotations

from typing import Final

MAX: Final = "max"
"""As fast as the broker confirms."""
SPEEDS: Final[dict[str, float | None]] = {
    "0.1x": 0.1, "0.5x": 0.5, "1x": 1.0, "2x": 2.0, "5x": 5.0, "10x": 10.0, "100x": 100.0, MAX: None,
}  # fmt: skip
"""What each is called, and how many times the original speed it is."""
SLOWEST, FASTEST = 0.01, 10_000.0
"""Times the original speed: below and above it a replay makes no sense."""
