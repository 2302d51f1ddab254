"""Verdict: whether what happened between two probes makes the time measured between them doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from agentkit.contracts.outcome import Flag
from agentkit.contracts.record import Record
from agentkit.evaluation.conditions.probe import Probe
from agentkit.evaluation.conditions.reference_work import SLOWER, Yardstick
from agentkit.sandboxes.gpus.gpu_state import GpuState

CODE = "conditions"
Clock = Literal["cpu", "wall"]
"""What was timed. CPU seconds hardly depend on how busy the others are; wall seconds do."""

OTHERS_SHARE = 0.1
"""Of all cores, used by others: more can take a core from what is timed by the wall clock."""
STOLEN_SHARE = 0.05
WAITED_SHARE = 0.25
"""Of the time, in which somebody waited for a processor."""
CLOCK_SHARE = 0.05
"""Difference of a GPU's clock between two idle moments."""
HOTTER = 15.0
"""Degrees; a device that warmed up by less was as warm before."""


class Conditions(Record):
    """What happened while something was timed, and what speaks against the time."""

    seconds: float
    """Wall seconds between the probes."""
    slowdown: float
    """How much more CPU time the reference work took than it usually does, at the worse of both ends."""
    others: float
    """Cores that others kept busy, on average."""
    stolen: float
    """Cores that the virtual machine's host took, on average."""
    waited: float | None
    """Share of the time in which somebody waited for a processor."""
    gpus: tuple[GpuState, ...] = ()
    """Afterwards."""
    disturbed: tuple[str, ...] = ()
    """Reasons; none: steady."""

    @property
    def steady(self) -> bool:
        return not self.disturbed

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Advice to a reader; it changes no status."""
        return () if self.steady else (Flag(code=CODE, evidence="; ".join(self.disturbed)),)


def compare(
    before: Probe, after: Probe, usual: Yardstick, own_seconds: float, clock: Clock = "cpu"
) -> Conditions:
    """`own_seconds`: CPU seconds of what was timed; all else that ran is others'."""
    if before.boot != after.boot:
        text = "the machine was started anew in between"
        return Conditions(seconds=0, slowdown=1, others=0, stolen=0, waited=None, disturbed=(text,))
    # Ticks of a hundredth of a second are all there is.
    seconds = max(after.at - before.at, 0.01)
    waited = None
    if before.waited is not None and after.waited is not None:
        waited = (after.waited - before.waited) / seconds
    found = Conditions(
        seconds=seconds,
        slowdown=max(before.reference, after.reference) / usual.seconds,
        others=max(0.0, after.busy - before.busy - own_seconds) / seconds,
        stolen=(after.stolen - before.stolen) / seconds,
        waited=waited,
        gpus=after.gpus,
    )
    reasons = [*of_processor(before, after)]
    if found.slowdown > SLOWER:
        reasons.append(f"the same work took {found.slowdown:.2f} times the usual CPU time")
    if clock == "wall":
        reasons += of_crowd(found, after.cores)
    reasons += of_gpus(before.gpus, after.gpus)
    return found.model_copy(update={"disturbed": tuple(reasons)})


def of_processor(before: Probe, after: Probe) -> Iterator[str]:
    if before.throttled is not None and after.throttled is not None and after.throttled > before.throttled:
        yield f"heat or power held the processor down {after.throttled - before.throttled} times"
    slow, fast = sorted((before.reference, after.reference), reverse=True)
    if slow > SLOWER * fast:
        yield f"the processor's speed changed {slow / fast:.2f}-fold from begin to end"


def of_crowd(found: Conditions, cores: int) -> Iterator[str]:
    if found.others > OTHERS_SHARE * cores:
        yield f"others kept {found.others:.1f} of {cores} cores busy"
    if found.stolen > STOLEN_SHARE * cores:
        yield f"the host took {found.stolen:.1f} of {cores} cores"
    if found.waited is not None and found.waited > WAITED_SHARE:
        yield f"somebody waited for a processor {found.waited:.0%} of the time"


def of_gpus(before: Sequence[GpuState], after: Sequence[GpuState]) -> Iterator[str]:
    """Both are looked at when the timed work does not run, so who computes there is somebody else."""
    earlier = {each.id: each for each in before}
    for now in after:
        then = earlier.get(now.id, now)
        name = f"GPU {now.id[:12]}"
        if strangers := sorted({*then.processes, *now.processes}):
            yield f"{name} was used by others (process {', '.join(map(str, strangers))})"
        if throttles := dict.fromkeys((*then.throttles, *now.throttles)):
            yield f"{name} was held down by {', '.join(throttles)}"
        if then.sm_clock_mhz and now.sm_clock_mhz:
            change = now.sm_clock_mhz / then.sm_clock_mhz
            # After work it may still be on its way down from a boost.
            if change < 1 - CLOCK_SHARE:
                yield f"{name} clocks at {now.sm_clock_mhz:g} MHz, {then.sm_clock_mhz:g} before"
        if then.celsius and now.celsius and now.celsius - then.celsius > HOTTER:
            yield f"{name} became {now.celsius - then.celsius:.0f} degrees hotter"
