"""What of the factory's traffic is looked at: six steps, from what matters most to everything."""

from __future__ import annotations

from typing import Final

MODULES: Final = tuple(
    f"module/v1/ff/+/{kind}" for kind in ("order", "state", "instantAction", "connection", "factsheet")
)
"""Without those of the inner leg (`module/v1/ff/NodeRed/...`), which are one level deeper."""

_STEPS: Final = (
    ("Modules", MODULES),
    ("Transport (FTS)", ("fts/v1/ff/#",)),
    ("Orders", ("ccu/order/#",)),
    ("Central control", ("ccu/#",)),
    ("Inner leg, TXT, sensors", ("module/v1/ff/NodeRed/#", "/j1/txt/1/#", "osf/arduino/#")),
    ("Everything", ("#",)),
)
PRIORITIES: Final = tuple(range(1, len(_STEPS) + 1))


def priority_name(priority: int) -> str:
    """What is added with this step, for people."""
    return _STEPS[priority - 1][0]


def priority_filters(priority: int) -> tuple[str, ...]:
    """The filters of a step and all before it; one that is covered by a later one is left out."""
    found = [one for _, filters in _STEPS[:priority] for one in filters]
    return ("#",) if "#" in found else tuple(one for one in found if one != "ccu/order/#" or "ccu/#" not in found)
