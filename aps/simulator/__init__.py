"""A small factory that publishes what the real one would, and reacts as the real one does."""

from aps.simulator.faults import Fault, Faults
from aps.simulator.plant import Scenario, fresh_seed
from aps.simulator.simulator import Simulator, SimulatorStatus

__all__ = ["Fault", "Faults", "Scenario", "Simulator", "SimulatorStatus", "fresh_seed"]
