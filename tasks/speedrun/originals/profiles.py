"""The sizes that a task with real scripts can run in, and why not. Reads no script and imports little."""

from __future__ import annotations

from collections.abc import Iterator

from agentkit.errors import MissingRequirement

from .gpu_table import RANKS, OneGpuPlan, one_gpu_plan
from .ladder import Original

GPU1, GPU8 = "gpu1", "gpu8"
RANKS_OF = {GPU1: 1, GPU8: RANKS}


def fitting(original: Original, place: str, profile: str, from_templates: bool) -> OneGpuPlan:
    """What has to be done to the script at `place`; raises MissingRequirement where nothing helps."""
    track, number = place.split(".", 1)
    if profile == GPU8 or track == "steps":
        return OneGpuPlan()
    if track == "medium":
        raise MissingRequirement(
            f"{original.name} cannot run on one GPU: nobody has looked at what its scripts do there.",
            f"Next: --profile {GPU8} on a machine with {RANKS} GPUs, or a task of another track",
        )
    return one_gpu_plan(int(number.partition("_")[0]), from_templates)


def refusal(original: Original, profile: str, from_templates: bool = False) -> str:
    """Why a profile is none of this task's; empty: nothing is known against it."""
    try:
        for place in (original.start, original.target):
            fitting(original, place, profile, from_templates)
    except MissingRequirement as error:
        return error.message
    return ""


def possible(original: Original, from_templates: bool = False) -> Iterator[str]:
    """Profiles, the most demanding last."""
    for profile in RANKS_OF:
        if not original.excluded and not refusal(original, profile, from_templates):
            yield profile
