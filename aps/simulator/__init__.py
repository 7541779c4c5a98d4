"""A small factory that publishes what the real one would: topics, rates, payloads and orders."""

from aps.simulator.simulator import Simulator, SimulatorStatus

__all__ = ["Simulator", "SimulatorStatus"]
