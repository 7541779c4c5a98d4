"""The environment sensors: the Arduino station and the two sensors of the goods-in controller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.faults import SENSOR
from aps.simulator.payloads import Json

Readings: TypeAlias = Callable[[Random], Callable[[str], Json]]
"""Makes a sensor: with its chance, a function from the current timestamp to the next payload."""

SPIKE: Final = 0.002
"""Share of vibration readings far above the rest (measured: up to 45,000 where 16,900 is normal)."""

SPIKE_LEVEL: Final = 18_000
"""Magnitude from which the station calls a vibration `yellow`."""

HELD: Final = 20
"""For how many readings a raised vibration level stays, about 20 seconds."""


def _walk(random: Random, value: float, low: float, high: float, step: float) -> float:
    """One step of a random walk that stays within `low` and `high`."""
    return min(high, max(low, value + random.gauss(0, step)))


def vibration(random: Random) -> Callable[[str], Json]:
    """The accelerometer: around 16,900, with rare spikes that raise the level for a while."""
    impulses, held = 0, 0

    def read(timestamp: str) -> Json:
        nonlocal impulses, held
        magnitude = round(random.gauss(16_900, 300))
        if random.random() < SPIKE:
            magnitude = random.randint(SPIKE_LEVEL, 45_000)
            impulses += 1
            held = HELD
        held = max(0, held - 1)
        return {
            "vibrationLevel": "yellow" if held else "green",
            "vibrationDetected": held > 0,
            "impulseCount": impulses,
            "magnitude": magnitude,
            "timestamp": timestamp,
        }

    return read


def flame(random: Random) -> Callable[[str], Json]:
    """The flame detector, which never sees one: a raw value between 190 and 790."""
    raw = random.uniform(400, 700)

    def read(timestamp: str) -> Json:
        nonlocal raw
        raw = _walk(random, raw, 190, 790, 6)
        return {"flameDetected": False, "rawValue": round(raw), "timestamp": timestamp}

    return read


def gas(random: Random) -> Callable[[str], Json]:
    """The gas sensor: a raw value between 150 and 415, far below its threshold of 500."""
    raw = random.uniform(150, 300)

    def read(timestamp: str) -> Json:
        nonlocal raw
        raw = _walk(random, raw, 150, 415, 3)
        return {"gasDetected": False, "gasLevel": 0, "rawValue": round(raw), "timestamp": timestamp}

    return read


def climate(random: Random) -> Callable[[str], Json]:
    """Temperature in degrees Celsius and relative humidity in percent."""
    temperature, humidity = random.uniform(22.5, 24.3), random.uniform(33, 60)

    def read(timestamp: str) -> Json:
        nonlocal temperature, humidity
        temperature = _walk(random, temperature, 22.5, 24.3, 0.03)
        humidity = _walk(random, humidity, 33, 70, 0.15)
        return {
            "temperature": round(temperature, 1),
            "humidity": round(humidity, 1),
            "temperatureUnit": "C",
            "humidityUnit": "%",
            "timestamp": timestamp,
        }

    return read


def shock(random: Random) -> Callable[[str], Json]:
    """The shock switch, which counts since it was switched on."""
    impulses = random.choice((0, 0, 4, 1))
    return lambda timestamp: {"vibrationDetected": False, "impulseCount": impulses, "timestamp": timestamp}


def air(random: Random) -> Callable[[str], Json]:
    """Temperature, humidity, pressure in hectopascal and air quality of the goods-in station."""
    t, h, p, iaq = random.uniform(24, 26), random.uniform(27, 38), random.uniform(985, 1_000), random.uniform(20, 45)

    def read(timestamp: str) -> Json:
        nonlocal t, h, p, iaq
        t, h = _walk(random, t, 23, 26.6, 0.08), _walk(random, h, 26, 39, 0.15)
        p, iaq = _walk(random, p, 981, 1_002, 0.05), _walk(random, iaq, 11, 51, 1.2)
        climate = {"t": round(t, 1), "rt": 0.0, "h": round(h, 1), "rh": 0.0, "p": round(p, 1)}
        return {"ts": timestamp, **climate, "iaq": round(iaq), "aq": 3, "gr": 0}

    return read


def light(random: Random) -> Callable[[str], Json]:
    """Brightness in percent and the resistance of the photoresistor in ohms."""
    brightness = random.uniform(77, 92)

    def read(timestamp: str) -> Json:
        nonlocal brightness
        brightness = _walk(random, brightness, 77, 96, 0.6)
        return {"ts": timestamp, "br": round(brightness, 1), "ldr": round(14_700 - (brightness - 77) * 640)}

    return read


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor and its rhythm, in seconds."""

    topic: str
    readings: Readings
    period_s: float
    low_s: float
    """The 5th percentile of the time between two messages."""
    high_s: float
    """The 95th percentile."""
    after: str = ""
    """The device whose message this one follows, because both are read in the same loop; empty if none."""
    lag_s: float = 0.0
    """How long after it, seconds; measured: within 2 milliseconds."""

    @property
    def device(self) -> str:
        """Its name: `flame-1`, `bme680`."""
        return self.topic.removesuffix("/state").rpartition("/")[2]


SENSORS: Final = (
    Sensor("osf/arduino/vibration/mpu6050-1/state", vibration, 1.02, 0.90, 1.09),
    Sensor("osf/arduino/flame/flame-1/state", flame, 2.03, 1.96, 2.11),
    Sensor("osf/arduino/gas/mq2-1/state", gas, 2.03, 1.96, 2.11, "flame-1", 0.043),
    Sensor("osf/arduino/temperature/dht11-1/state", climate, 5.03, 4.95, 5.14, "sw420-1", 0.046),
    Sensor("osf/arduino/vibration/sw420-1/state", shock, 5.03, 4.95, 5.14),
    Sensor("/j1/txt/1/i/bme680", air, 60.3, 60.0, 60.6),
    Sensor("/j1/txt/1/i/ldr", light, 60.1, 59.9, 60.3),
)
"""Periods as measured in the real factory."""

LAG_SPREAD_S: Final = 0.001

P95: Final = 1.645
"""Standard deviations from the mean to the 95th percentile of a normal distribution."""


def run(factory: Factory, sensor: Sensor, rate: float = 1.0) -> Process:
    """Publishes a sensor's readings for ever, and those that follow it, `rate` times as often as the real ones; the
    first within one period of the start. Does nothing for a sensor that follows another one.
    """
    if sensor.after:
        return
    random = factory.random(sensor.topic)
    speakers = [_Speaker(factory, sensor)]
    speakers += [_Speaker(factory, other) for other in SENSORS if other.after == sensor.device]
    spread = (sensor.high_s - sensor.low_s) / 2 / P95
    yield random.uniform(0, min(sensor.period_s, 6.0)) / rate  # slow sensors show up soon, too
    while True:
        period_s = factory.periods_s.get(sensor.device, sensor.period_s)
        left_s = max(period_s / 2, random.gauss(period_s, spread))
        for speaker in speakers:
            lag_s = max(0.0, random.gauss(speaker.sensor.lag_s, LAG_SPREAD_S)) if speaker.sensor.after else 0.0
            yield lag_s / rate
            left_s -= lag_s
            speaker.speak()
        yield left_s / rate


class _Speaker:
    """One sensor with its chance and its memory."""

    def __init__(self, factory: Factory, sensor: Sensor) -> None:
        self.sensor = sensor
        self._factory = factory
        self._random = factory.random(sensor.device)
        self._read = sensor.readings(self._random)

    def speak(self) -> None:
        """Publishes what it measures now, unless it has failed."""
        reading = self._read(self._factory.now())
        if not self._factory.faults.strikes(SENSOR, self.sensor.device, self._random):
            self._factory.publish(self.sensor.topic, reading)
