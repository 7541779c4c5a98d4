"""What a recording of the factory may leave out, and what a look at one may be about: topic filters under a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aps.modules import BY_SERIAL, FTS_SERIALS, name_of

_CAMERA: Final = ("/j1/txt/1/i/cam",)
_IMAGES: Final = (*_CAMERA, "/j1/txt/1/i/quality_check")
_SENSORS: Final = ("osf/arduino/#", "/j1/txt/1/i/bme680", "/j1/txt/1/i/ldr")
_NOISE: Final = ("module/v1/ff/+/instantAction", "ccu/pairing/state")

PRESETS: Final[Mapping[str, tuple[str, ...]]] = {
    "no-camera": _CAMERA,
    "no-sensors": _SENSORS,
    "no-camera-and-sensors": (*_CAMERA, *_SENSORS),
    "no-images": _IMAGES,
    "no-led-and-pairing": _NOISE,
    "production-only": (*_CAMERA, *_SENSORS, *_NOISE, "module/v1/ff/+/connection"),
}
"""By name, as it is typed on the command line. The camera's stream is one topic; the picture of a quality check is a
result and stays, unless `no-images` takes it too. The LED's messages share their topic with few others (reset,
announceOutput)."""

ORDERS_ONLY: Final = "orders-only"
_ORDERS: Final = ("ccu/order/#", "module/v1/ff/+/order", "fts/v1/ff/+/order", "/j1/txt/1/f/o/order")
"""What is ordered, by whomever of whomever; without the states that follow."""
_MODULE: Final = "module/v1/ff/"
_NODE_RED: Final = "module/v1/ff/NodeRed/"
_FTS: Final = "fts/v1/ff/"


def look_presets(topics: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What a look at a session with these topics may be about, by name: topic filters to include.

    `orders-only` if there are any, then one for each module and each vehicle that the topics name, such as
    `module-HBW` and `fts-AGV-1`; a serial number that the factory does not know stands for itself.
    """
    topics = list(topics)
    found: dict[str, tuple[str, ...]] = {}
    if any(topic.startswith("ccu/order/") for topic in topics):
        found[ORDERS_ONLY] = _ORDERS
    for serial in _in_order(_serials(topics, _MODULE) | _serials(topics, _NODE_RED), tuple(BY_SERIAL)):
        found[f"module-{name_of(serial)}"] = (f"{_MODULE}{serial}/#", f"{_NODE_RED}{serial}/#")
    for serial in _in_order(_serials(topics, _FTS), FTS_SERIALS):
        found[f"fts-{name_of(serial)}"] = (f"{_FTS}{serial}/#",)
    return found


def _serials(topics: Iterable[str], prefix: str) -> set[str]:
    """What stands between `prefix` and the next level, where there is one."""
    rests = (topic.removeprefix(prefix).split("/") for topic in topics if topic.startswith(prefix))
    return {rest[0] for rest in rests if len(rest) > 1 and rest[0] not in ("", "NodeRed")}


def _in_order(serials: set[str], known: tuple[str, ...]) -> list[str]:
    """The known ones first, as the factory lists them."""
    return sorted(serials, key=lambda serial: (known.index(serial) if serial in known else len(known), serial))
