"""What of the factory's traffic is looked at: six steps, from what matters most to everything."""

from __future__ import annotations

from typing import Final

from aps.topics import PRIORITY_FILTERS

PRIORITIES: Final = tuple(PRIORITY_FILTERS)
_NAMES: Final = (
    "Modules", "Transport (FTS)", "Orders", "Central control", "Inner leg, TXT, sensors", "Everything",
)  # fmt: skip


def priority_name(priority: int) -> str:
    """What is added with this step, for people."""
    return _NAMES[priority - 1]


def priority_filters(priority: int) -> tuple[str, ...]:
    """The filters of a step and all before it; none of them is covered by another."""
    return PRIORITY_FILTERS[priority]
