"""External: a coding agent of somebody else, with a command line, does an attempt's work."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from agentkit import AttemptTree, Expansion, Record, Scaffold, scaffold
from agentkit.contracts.agent import AgentCommand, Words
from agentkit.search.operators import EXTERNAL
from agentkit.search.policy import OneByOne

MINI = ("mini", "-y", "--exit-immediately", "-m", "openai/{model}", "-t", "{instruction}")
MINI_VARIABLES = {"MSWEA_CONFIGURED": "true", "MSWEA_COST_TRACKING": "ignore_errors"}


class ExternalSettings(Record):
    command: Words = MINI
    """Of mini-swe-agent, unless another agent is named; so are the variables."""
    variables: Mapping[str, str] = MINI_VARIABLES
    folders: tuple[Path, ...] = ()
    rounds: int = Field(default=1, ge=1)
    """How often it is started, each time from the best attempt so far."""
    minutes: float = Field(default=60.0, gt=0)
    """Of one start, its model calls included."""
    silent_minutes: float | None = Field(default=None, gt=0)
    grace_seconds: float = Field(default=10.0, ge=0)
    repairs: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class ExternalPolicy(OneByOne):
    rounds: int

    def choose(self, tree: AttemptTree, pending: Sequence[Expansion], rng: random.Random) -> Expansion | None:
        if len(tree.attempts) + len(pending) >= self.rounds:
            return None
        best = tree.best()
        return Expansion(operator="external", parents=() if best is None else (best.id,))


@scaffold
def external(settings: ExternalSettings) -> Scaffold:
    """A coding agent with a command line, whose model calls go through our budget and journal."""
    agent = AgentCommand(
        argv=settings.command,
        variables=settings.variables,
        folders=settings.folders,
        seconds=60 * settings.minutes,
        silent_seconds=60 * settings.silent_minutes if settings.silent_minutes else None,
        grace_seconds=settings.grace_seconds,
    )
    operators = {"external": replace(EXTERNAL, agent=agent)}
    policy = ExternalPolicy(settings.rounds)
    return Scaffold(policy, operators, attempts=settings.rounds, repairs=settings.repairs)
