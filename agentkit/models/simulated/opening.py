"""From a profile's name, as a user types it, to a simulated model."""

from __future__ import annotations

from agentkit.errors import UnknownName, UsageError
from agentkit.models.cards import SIMULATED
from agentkit.models.simulated.model import SimulatedModel, Simulation
from agentkit.models.simulated.profiles import PROFILES


def open_simulated(profile: str, simulation: Simulation | None) -> SimulatedModel:
    """Raises UnknownName, and UsageError where there is nothing to simulate, as for a judge."""
    if profile not in PROFILES:
        known = [f"{SIMULATED}{name}" for name in PROFILES]
        raise UnknownName("simulated model", f"{SIMULATED}{profile}", known)
    if simulation is None:
        raise UsageError(
            f"{SIMULATED}{profile} draws from a task's known edits, and can do nothing else.",
            "Asked for: a judge",
            "Next: a live model, such as --judge-model openai/NAME",
        )
    return SimulatedModel(f"{SIMULATED}{profile}", PROFILES[profile], simulation)
