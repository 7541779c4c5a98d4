"""The camera above the factory: each second a small picture of the shop floor."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from typing import Final

from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.jpeg import HEIGHT, WIDTH, grey_jpeg

TOPIC: Final = "/j1/txt/1/i/cam"
PERIOD_S: Final = (1.02, 0.01)
MOST_PER_S: Final = 2
"""By the clock: a factory that is a thousand times as fast does not send a thousand pictures a second."""
PICTURES: Final = 6
"""Different pictures; then they repeat: to make one takes 10 milliseconds."""

_FLOOR, _STATION, _PIECE = 170, 90, 225


def run(factory: Factory) -> Process:
    """Publishes pictures for ever while the camera is switched on."""
    random = factory.random("camera")
    pictures: list[str] = []
    yield 0.3
    while True:
        if factory.camera_on:
            if len(pictures) < PICTURES:
                pictures.append(_picture(random, len(pictures)))
            number = random.randrange(len(pictures))
            factory.publish(TOPIC, {"ts": factory.now(), "data": pictures[number]})
        yield max(random.gauss(*PERIOD_S), factory.speed / MOST_PER_S)


def _picture(random: Random, number: int) -> str:
    """A shop floor with stations on two sides and something light that moves."""
    columns, rows = WIDTH // 8, HEIGHT // 8
    at = (columns * (number + 1) // (PICTURES + 1), rows // 2)

    def brightness(column: int, row: int) -> int:
        if abs(column - at[0]) <= 1 and abs(row - at[1]) <= 1:
            return _PIECE
        station = (row < rows // 5 or row >= rows - rows // 5) and column % 10 >= 3
        return (_STATION if station else _FLOOR) - row // 2

    return "data:image/jpeg;base64," + b64encode(grey_jpeg(random, brightness)).decode("ascii")
