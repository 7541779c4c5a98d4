"""Who tells whom on the factory's topics: the controllers' names instead of topics."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from aps.modules import name_of

CCU: Final = "CCU"
NODE_RED: Final = "Node-RED"
CLOUD: Final = "Cloud gateway"
DASHBOARD: Final = "Dashboard"
EVERYBODY: Final = "Everybody"
DPS: Final = "DPS (TXT)"
AIQS: Final = "AIQS (TXT)"
ARDUINO: Final = "Arduino"
COMMANDS: Final = ("order", "instantAction")
"""The last level of topics on which a station or a vehicle is told what to do; on the others it tells about itself."""


class Route(NamedTuple):
    """From whom to whom a message goes."""

    sender: str
    receiver: str


@lru_cache(maxsize=10_000)  # see `aps.topics.category`
def route(topic: str) -> Route:
    """Who publishes on a topic, and for whom; on a topic that the factory does not know
    what it is about, all levels but the last one, tells everybody."""
    levels = topic.split("/")
    match levels:
        case ["module", "v1", "ff", "NodeRed", serial, kind]:
            return _told(f"{name_of(serial)} (TXT)", NODE_RED, kind)
        case ["module", "v1", "ff", "NodeRed", _]:
            return Route(NODE_RED, CCU)
        case ["module" | "fts", "v1", "ff", serial, kind]:
            return _told(name_of(serial), CCU, kind)
        case ["ccu", "order", "request" | "cancel"] | ["ccu", "set" | "pairing", _] if topic != "ccu/pairing/state":
            return Route(DASHBOARD, CCU)
        case ["ccu", "global"]:
            return Route(CCU, NODE_RED)
        case ["ccu", *_]:
            return Route(CCU, DASHBOARD)
        case _:
            return _others(topic, levels)


def _told(name: str, by: str, kind: str) -> Route:
    return Route(by, name) if kind in COMMANDS else Route(name, by)


def _others(topic: str, levels: list[str]) -> Route:
    if topic.startswith("/j1/txt/1/f/i/"):
        return Route(CCU, CLOUD)
    if topic.startswith("/j1/txt/1/f/o/"):
        return Route(CLOUD, CCU)
    if topic == "/j1/txt/1/i/quality_check":
        return Route(AIQS, DASHBOARD)
    if topic.startswith("/j1/txt/1/i/"):
        return Route(DPS, DASHBOARD)
    if topic.startswith(("/j1/txt/1/c/", "/j1/txt/1/o/")):
        return Route(CLOUD, DPS)
    if topic.startswith("osf/arduino/"):
        return Route(ARDUINO, EVERYBODY)
    if topic.startswith("dsp/"):
        return Route("DSP", EVERYBODY)
    return Route("/".join(level for level in levels[:-1] if level) or topic, EVERYBODY)


def sender_of(topic: str) -> str:
    """Who publishes on a topic."""
    return route(topic).sender
