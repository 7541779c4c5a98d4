"""Steps take as long as they did in the real factory: medians of 217 orders, most steps recorded 40 to 80 times."""

from __future__ import annotations

from datetime import datetime
from statistics import median

import pytest

from aps.simulator.orders import name_of_step
from aps.simulator.plant import Scenario
from tests.aps.simulator.running import Running

MEASURED_S = {
    "HBW.DROP": 45.0, "HBW.PICK": 17.6, "DPS.DROP": 14.4, "DPS.PICK": 23.2,
    "DRILL.PICK": 10.7, "DRILL.DRILL": 9.1, "DRILL.DROP": 9.9,
    "MILL.PICK": 10.0, "MILL.MILL": 9.1, "MILL.DROP": 8.9,
    "AIQS.PICK": 7.8, "AIQS.CHECK_QUALITY": 9.9, "AIQS.DROP": 8.1,
    "DPS>HBW": 11.5, "HBW>DRILL": 14.3, "HBW>MILL": 10.3, "DRILL>MILL": 12.6, "MILL>AIQS": 14.3, "DRILL>AIQS": 18.5,
    "AIQS>DPS": 10.5,
}  # fmt: skip
"""Median seconds: of a station from its command to FINISHED, of a vehicle from its order to the dock."""

SECONDS, FACTOR = 0.35, 0.045
"""How far the simulated median may be away. The store's depends on its bays: rows 2 and 3 take 5 and 13 s more."""

SEEDS = range(1, 9)
ORDERS = ("white", "white:storage", "red", "red:storage", "blue", "blue:storage")


@pytest.fixture(scope="module")
def simulated_s() -> dict[str, list[float]]:
    """All durations of each step, of orders that have the factory for themselves."""
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        run = Running(Scenario(seed, orders=ORDERS))
        run.finish()
        for order in run.factory.completed:
            for step in order["productionSteps"]:
                begun, ended = (datetime.fromisoformat(step[key]) for key in ("startedAt", "stoppedAt"))
                found.setdefault(name_of_step(step), []).append((ended - begun).total_seconds())
    return found


@pytest.mark.parametrize("step", MEASURED_S)
def test_the_median_of_each_step_is_that_of_the_real_factory(simulated_s: dict[str, list[float]], step: str):
    measured, found = MEASURED_S[step], median(simulated_s[step])
    assert len(simulated_s[step]) >= len(SEEDS)
    assert abs(found - measured) <= max(SECONDS, FACTOR * measured), (found, measured)
