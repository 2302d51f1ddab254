"""How scaffolds' policies search: four landscapes with a known optimum, no model, virtual time.

First what each has found after the same number of attempts, one at a time; then how long eight workers take
in steady state and behind a barrier, where 15 % of the runs are six times as long. What model, operators
and prompts add is not in these figures, and may be worth more than the policy.

    python -m benchmarks.scaffolds [--seeds 200] [--attempts 60] [SCAFFOLD …]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from agentkit.catalog import open_catalog
from agentkit.runs.simulation.landscapes import LANDSCAPES
from agentkit.runs.simulation.study import Plan, study
from agentkit.statistics.median_interval import MedianInterval

NO_SEARCH = ("nop", "oracle", "external")
WORKERS = 8
TIMED_ON = "smooth"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="SCAFFOLD")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--attempts", type=int, default=60)
    arguments = parser.parse_args()
    known = [each.name for each in open_catalog().entries("scaffold") if each.name not in NO_SEARCH]
    names = arguments.names or sorted(known)
    found_table(names, arguments.attempts, arguments.seeds)
    print()
    time_table(names, arguments.attempts, arguments.seeds)


def found_table(names: Sequence[str], attempts: int, seeds: int) -> None:
    """Medians of the true value of what looks best, with 95 % intervals, and the share that found 0.9."""
    plan = Plan(attempts=attempts, seeds=seeds, width=1)
    row("scaffold", *(f"{each} (found)" for each in LANDSCAPES))
    row(*["---"] * (1 + len(LANDSCAPES)))
    for name in names:
        maker = open_catalog().load("scaffold", name)
        studies = [study(maker, each, plan) for each in LANDSCAPES]
        row(f"`{name}`", *(f"{said(each.after_attempts(attempts))} ({each.found:.0%})" for each in studies))


def time_table(names: Sequence[str], attempts: int, seeds: int) -> None:
    """Virtual time of a search at eight workers, and the best after the time that the steady state takes."""
    row("scaffold", "steady", "barrier", "ratio", "best then: steady", "barrier")
    row(*["---"] * 6)
    for name in names:
        maker = open_catalog().load("scaffold", name)
        steady, barrier = (
            study(maker, TIMED_ON, Plan(attempts=attempts, seeds=seeds, width=WORKERS, barrier=each))
            for each in (False, True)
        )
        end = steady.seconds.median
        row(
            f"`{name}`",
            f"{end:.1f}",
            f"{barrier.seconds.median:.1f}",
            f"{barrier.seconds.median / end:.2f}",
            said(steady.after_seconds(end)),
            said(barrier.after_seconds(end)),
        )


def said(interval: MedianInterval) -> str:
    return f"{interval.median:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
