"""Default limits: what every command of a run's agent is held to. Where a task allows less, that counts."""

from __future__ import annotations

import os

from agentkit.contracts.sandbox import Environment, Limits
from agentkit.settings import Settings

GIB = 2**30
LEAST_PROCESSES = 512
PROCESSES_A_CORE = 64
"""Libraries start a thread for each processor, in every process."""


def default_limits(settings: Settings) -> Limits:
    """Of the settings, and of this machine where they say nothing."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 4 // 5
    processes = max(LEAST_PROCESSES, PROCESSES_A_CORE * (os.cpu_count() or 1))
    return Limits(
        seconds=None,
        memory_bytes=memory if settings.memory_gib is None else round(settings.memory_gib * GIB),
        processes=settings.processes or processes,
        disk_bytes=round(settings.disk_gib * GIB),
        cpu_cores=settings.cpu_cores,
    )


def tighten(limits: Limits, other: Limits) -> Limits:
    """Of each limit the smaller one."""
    ours, theirs = limits.model_dump(), other.model_dump()
    both = {name: [each for each in (ours[name], theirs[name]) if each is not None] for name in ours}
    return Limits(**{name: min(found, default=None) for name, found in both.items()})


def limited(environment: Environment, settings: Settings) -> Environment:
    """What the task prepared, held to the settings as well."""
    limits = tighten(environment.limits, default_limits(settings))
    return environment.model_copy(update={"limits": limits})
