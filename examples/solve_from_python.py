"""Solve a task from Python and look at what came of it.

    python examples/solve_from_python.py [TASK]

Without a key the task's own recorded demonstration answers; every measurement is real.
"""

from __future__ import annotations

import sys

import agentkit


def main(task: str = "speedrun/record12") -> None:
    run = agentkit.solve(task, model="scripted/demo")
    print(
        f"{run.summary.task}: {run.summary.state}, {len(run.summary.attempts)} attempts, kept in {run.path}"
    )
    for attempt in run.summary.attempts:
        print(f"  {attempt.id} {attempt.operator:8} {attempt.status:8} {dict(attempt.metrics)}")
    if run.best is not None:
        print(f"The answer is {run.best.attempt}; it recovers {run.best.fsr} of the reference's gain.")
        print(run.diff())


if __name__ == "__main__":
    main(*sys.argv[1:])
