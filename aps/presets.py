"""What a recording of the factory, or a look at one, may leave out: topic filters under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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
