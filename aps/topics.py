"""The factory's topics: to which category each belongs, and how important it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from core.topics import covers


class Category(StrEnum):
    """Who a topic is about; the order is the order of lanes and legends."""

    ORDER = "order"
    MODULE = "module"
    FTS = "fts"
    CCU = "ccu"
    TXT = "txt"
    SENSOR = "sensor"
    CAMERA = "camera"
    OTHER = "other"


CATEGORIES: Final = tuple(Category)

LABELS: Final[Mapping[Category, str]] = {
    Category.ORDER: "Orders",
    Category.MODULE: "Modules",
    Category.FTS: "Transport (FTS)",
    Category.CCU: "Central control (CCU)",
    Category.TXT: "TXT controllers",
    Category.SENSOR: "Sensors",
    Category.CAMERA: "Camera",
    Category.OTHER: "Other",
}

COLOURS: Final[Mapping[Category, str]] = {
    Category.ORDER: "#ff5e00",
    Category.MODULE: "#416585",
    Category.FTS: "#00a960",
    Category.CCU: "#cf6dc7",
    Category.TXT: "#994c1e",
    Category.SENSOR: "#5083ff",
    Category.CAMERA: "#8a00ff",
    Category.OTHER: "#7f7f7f",
}
"""One per category: contrast of at least 3:1 to white and to Streamlit's dark background (WCAG 2.2, 1.4.11), and
told apart with normal sight as well as without red, green or blue cones (at least 20 apart in CIELAB)."""

_PREFIXES: Final = (
    ("module/v1/ff/NodeRed/", Category.TXT),  # the inner leg between Node-RED and the controllers of DPS and AIQS
    ("module/v1/ff/", Category.MODULE),
    ("fts/", Category.FTS),
    ("ccu/order/", Category.ORDER),
    ("ccu/", Category.CCU),
    ("osf/arduino/", Category.SENSOR),
    ("/j1/txt/1/i/bme680", Category.SENSOR),
    ("/j1/txt/1/i/ldr", Category.SENSOR),
    ("/j1/txt/1/i/cam", Category.CAMERA),
    ("/j1/txt/1/i/quality_check", Category.CAMERA),
    ("/j1/txt/", Category.TXT),
    ("dsp/aiqs/", Category.CCU),
    ("dsp/correlation/", Category.ORDER),
    ("omf/order/", Category.ORDER),
    ("osf/workpiece/", Category.ORDER),
)
"""The first prefix that fits decides."""


@lru_cache(maxsize=10_000)  # a factory has about 60 topics; the bound is for brokers with topics made up per message
def category(topic: str) -> Category:
    """The category of a topic name; OTHER for what the factory does not know."""
    return next((found for prefix, found in _PREFIXES if topic.startswith(prefix)), Category.OTHER)


_ADDED_BY_PRIORITY: Final = (
    tuple(f"module/v1/ff/+/{kind}" for kind in ("order", "state", "instantAction", "connection", "factsheet")),
    ("fts/v1/ff/#",),
    ("ccu/order/#",),
    ("ccu/#",),
    (
        "module/v1/ff/NodeRed/#",
        "/j1/txt/1/f/#",
        "/j1/txt/1/c/#",
        "/j1/txt/1/o/ptu",
        "/j1/txt/1/i/bme680",
        "/j1/txt/1/i/ldr",
        "/j1/txt/1/i/quality_check",
        "/j1/txt/1/i/alert",
        "/j1/txt/1/i/ptu/#",
        "osf/arduino/#",
    ),
    ("#",),
)


def _filters_up_to(priority: int) -> tuple[str, ...]:
    """All filters up to this priority, without those that a wider one makes superfluous."""
    filters = [one for added in _ADDED_BY_PRIORITY[:priority] for one in added]
    return tuple(one for one in filters if not any(other != one and covers(other, one) for other in filters))


PRIORITY_FILTERS: Final[Mapping[int, tuple[str, ...]]] = {n: _filters_up_to(n) for n in range(1, 7)}
"""What to subscribe to for priority 1 (only the modules) to 6 (everything); each contains the one before."""
