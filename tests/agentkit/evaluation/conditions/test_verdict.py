"""On recorded probes, so that what is decided does not depend on what this machine does meanwhile."""

from __future__ import annotations

import pytest

from agentkit.evaluation.conditions.probe import Probe
from agentkit.evaluation.conditions.reference_work import Yardstick
from agentkit.evaluation.conditions.verdict import Clock, compare
from agentkit.sandboxes.gpus.gpu_state import GpuState

USUAL = Yardstick(seconds=0.007)
GPU = GpuState(id="GPU-1b2c3d4e-0000", sm_clock_mhz=1980, celsius=40)
BEFORE = Probe(
    boot="b", at=100, cores=8, reference=0.007, busy=1000, stolen=5, waited=50, throttled=3, gpus=(GPU,)
)
QUIET = {"at": 160.0, "busy": 1061.0, "waited": 51.0}
"""A minute later; what was timed used 60 CPU seconds."""


def reasons(clock: Clock = "cpu", **changed: object) -> str:
    after = BEFORE.model_copy(update=QUIET | changed)
    return "; ".join(compare(BEFORE, after, USUAL, 60.0, clock).disturbed)


@pytest.mark.parametrize("clock", ["cpu", "wall"])
def test_a_quiet_minute_is_steady(clock: Clock) -> None:
    found = compare(BEFORE, BEFORE.model_copy(update=QUIET), USUAL, 60.0, clock)
    assert found.steady and found.flags == ()
    assert found.seconds == 60 and found.slowdown == pytest.approx(1.0)
    assert found.others == pytest.approx(1 / 60) and found.waited == pytest.approx(1 / 60)


def test_what_slows_the_processor_counts_whatever_was_timed() -> None:
    assert "1.43 times the usual" in reasons(reference=0.010)
    assert "changed 1.43-fold" in reasons(reference=0.010)
    assert reasons(reference=0.008) == "", "no more than virtual machines vary by"
    assert "held the processor down 2 times" in reasons(throttled=5)
    faster = compare(BEFORE, BEFORE.model_copy(update=QUIET), Yardstick(seconds=0.02), 60.0)
    assert faster.steady, "better than usual is no disturbance"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"busy": 1000.0 + 60 + 120}, "others kept 2.0 of 8 cores busy"),
        ({"stolen": 5.0 + 60}, "the host took 1.0 of 8 cores"),
        ({"waited": 50.0 + 30}, "waited for a processor 50% of the time"),
    ],
)
def test_a_crowd_disturbs_the_wall_clock_and_not_cpu_seconds(changed: dict[str, object], said: str) -> None:
    assert said in reasons("wall", **changed)
    assert reasons("cpu", **changed) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"processes": (4242,)}, "used by others (process 4242)"),
        ({"throttles": ("heat",)}, "held down by heat"),
        ({"sm_clock_mhz": 1410.0}, "clocks at 1410 MHz, 1980 before"),
        ({"celsius": 70.0}, "30 degrees hotter"),
        ({"sm_clock_mhz": 1965.0, "celsius": 50.0}, ""),
        ({"sm_clock_mhz": None, "celsius": None}, ""),
    ],
)
def test_what_speaks_against_a_gpu(changed: dict[str, object], said: str) -> None:
    found = reasons(gpus=(GPU.model_copy(update=changed),))
    assert said in found if said else found == ""


def test_a_machine_that_says_less_is_compared_by_what_it_says() -> None:
    bare = BEFORE.model_copy(update={"waited": None, "throttled": None, "gpus": ()})
    found = compare(bare, bare.model_copy(update={"at": 160.0}), USUAL, 0.0, "wall")
    assert found.steady and found.waited is None


def test_counters_of_another_boot_are_not_compared() -> None:
    after = BEFORE.model_copy(update={"boot": "another", "at": 5.0})
    found = compare(BEFORE, after, USUAL, 60.0)
    assert found.flags[0].code == "conditions" and "started anew" in found.flags[0].evidence
