"""Who is dominated, on logs of runs that differ in what a step brings and in what it takes."""

from __future__ import annotations

import pytest

from agentkit.toolbox.rivalry import dominated
from agentkit.toolbox.training_log import TrainingLog


def run(
    steps: int, *, offset: float = 0.0, pace: float = 0.1, clock: str = "", seen: bool = False
) -> TrainingLog:
    """`pace`: seconds a step, printed as `clock` or known to who reads it."""
    log = TrainingLog()
    for step in range(1, steps + 1):
        loss = 10 + offset - 8 * step / 100
        told = f" {clock}:{1000 * pace * step:.0f}ms" if clock else ""
        log.feed(f"step:{step}/100 loss:{loss}{told}\n".encode(), pace * step if seen else None)
    return log


GOOD = run(100)


def test_worse_at_the_same_step_is_dominated_and_a_little_is_not() -> None:
    why = dominated(run(50, offset=1.0), [("good", GOOD)], 0.05)
    assert why is not None and "worse at step 50, against good" in why
    assert dominated(run(50, offset=0.1), [("good", GOOD)], 0.05) is None
    assert dominated(run(50, offset=-1.0), [("good", GOOD)], 0.05) is None
    assert dominated(run(50), [("good", GOOD)], 0.01) is None, "a curve that falls is not behind itself"


def test_nobody_is_judged_in_the_warm_up_or_beyond_the_rivals_end() -> None:
    assert dominated(run(5, offset=5.0), [("good", GOOD)], 0.05) is None
    assert dominated(run(100, offset=5.0), [("short", run(60))], 0.05) is None


@pytest.mark.parametrize("known", [{"clock": "train_time"}, {"seen": True}])
def test_as_good_a_step_and_slower_is_dominated_after_the_same_time(known: dict[str, object]) -> None:
    good = run(100, **known)  # type: ignore[arg-type]
    slow = run(40, pace=0.2, **known)  # type: ignore[arg-type]
    why = dominated(slow, [("good", good)], 0.05)
    assert why is not None and "worse after 8 s and " in why
    assert dominated(slow, [("good", GOOD)], 0.05) is None, "the rival's times are not known"


def test_slower_and_better_a_step_is_no_worse_run() -> None:
    good = run(100, clock="train_time")
    assert dominated(run(40, pace=0.2, offset=-1.0, clock="train_time"), [("good", good)], 0.05) is None


def test_any_one_of_several_dominates_but_not_one_that_diverged() -> None:
    mine = run(50, offset=1.0)
    why = dominated(mine, [("poor", run(100, offset=2.0)), ("good", GOOD)], 0.05)
    assert why is not None and why.endswith("against good")
    lost = run(60)
    lost.feed(b"step:61/100 loss:nan\nstep:62/100 loss:nan\n")
    assert dominated(mine, [("lost", lost), ("empty", TrainingLog())], 0.05) is None


def test_a_clock_that_goes_back_is_none() -> None:
    log = TrainingLog()
    log.feed(b"step 1 loss 2 elapsed=5s\nstep 2 loss 1 elapsed=2s\nstep 3 loss 1 elapsed=9s\n")
    assert (log.clock, log.timed) == ("", {})
    log.feed(b"step 4 loss 1 train_time=10s\n")
    assert log.clock == "", "a run that begins again in the same log has no one clock"


def test_two_clocks_that_mean_different_things_are_not_compared() -> None:
    good = run(100, clock="train_time")
    assert dominated(run(40, pace=0.2, clock="train_time"), [("good", good)], 0.05) is not None
    assert dominated(run(40, pace=0.2, clock="elapsed"), [("good", good)], 0.05) is None
