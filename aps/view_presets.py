"""What people like to look at in a recording of the factory: choices of topics under a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aps.modules import name_of
from aps.presets import PRESETS
from core.topics import matches


@dataclass(frozen=True, slots=True)
class ViewPreset:
    """Topic filters: what is shown, and what of it is not."""

    include: tuple[str, ...] = ()
    """Empty: everything."""
    exclude: tuple[str, ...] = ()


WITHOUT_SENSORS: Final = "Without sensors and camera"
ORDERS_ONLY: Final = "Orders only"
_ORDERS: Final = ("ccu/order/#", "dsp/correlation/#", "omf/order/#", "osf/workpiece/#")
_MODULE: Final = re.compile(r"module/v1/ff/(?:NodeRed/)?([^/+#]+)/.")
_VEHICLE: Final = re.compile(r"fts/v1/ff/([^/+#]+)/.")
MAX_EACH: Final = 50
"""More modules or vehicles than a list can show have none of their own."""


def view_presets(topics: Iterable[str]) -> dict[str, ViewPreset]:
    """The choices that make sense for these topics, by name."""
    names = list(topics)
    found: dict[str, ViewPreset] = {}
    sensors = PRESETS["no-camera-and-sensors"]
    if _any(names, sensors):
        found[WITHOUT_SENSORS] = ViewPreset(exclude=sensors)
    if _any(names, _ORDERS):
        found[ORDERS_ONLY] = ViewPreset(include=tuple(one for one in _ORDERS if _any(names, (one,))))
    for serial in _serials(_MODULE, names):
        found[_label("Module", serial)] = ViewPreset((f"module/v1/ff/{serial}/#", f"module/v1/ff/NodeRed/{serial}/#"))
    for serial in _serials(_VEHICLE, names):
        found[_label("FTS", serial)] = ViewPreset((f"fts/v1/ff/{serial}/#",))
    return found


def _any(topics: list[str], filters: tuple[str, ...]) -> bool:
    return any(matches(one, topic) for topic in topics for one in filters)


def _serials(pattern: re.Pattern[str], topics: list[str]) -> list[str]:
    """Of all that have a topic, in the order of their names."""
    found = {match[1] for topic in topics if (match := pattern.match(topic))}
    return sorted(found, key=lambda serial: (name_of(serial), serial))[:MAX_EACH]


def _label(kind: str, serial: str) -> str:
    name = name_of(serial)
    return f"{kind} {serial}" if name == serial else f"{kind} {name} ({serial})"
