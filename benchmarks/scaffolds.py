"""How scaffolds' policies search: four landscapes with a known optimum, no model, virtual time.

First what each has found after the same number of attempts, one at a time; then the deceptive landscape at
larger budgets; then how long eight workers take in steady state and behind a barrier, where 15 % of the runs
are six times as long. What model, operators and prompts add is not in these figures, and may be worth more
than the policy.

What theory gives, written down before the figures:

- smooth: one hill, so nothing is gained by exploring. Who always steps from the best (AIDE) is above UCT,
  which makes five children of every attempt on its way, and UCT above evolution, whose parents at
  temperature 1 are nearly uniform (weights between 1 and e).
- deceptive: AIDE steps from the best alone. The late idea looks worse (0.30 against 0.40) and is best among
  five drafts only if all are of it, so AIDE finds it in about 0.25^5 = 0.1 % of the searches, at any
  budget.
- deceptive, UCT: the late idea's draft, visited once, is taken up when its bound is above the plain idea's,
  c·sqrt(ln N) - c·sqrt(ln N / n) > Q. The plain idea's mean, scaled, is Q = (0.5 - 0.3) / (0.6 - 0.3) =
  0.67. With the published c = 0.25 that takes N > exp((0.67 / 0.25)^2), about 1,300 attempts: until then it
  is as greedy as AIDE. With c = sqrt(2), for which UCB1's bound on regret is proved, it happens at once,
  and the share of searches that find it grows with the budget, as each level costs five children.
- deceptive, evolution: every survivor stays a possible parent, so the late idea is worked out at any time:
  above AIDE, and growing with the budget.

    python -m benchmarks.scaffolds [--seeds 200] [--attempts 60] [SCAFFOLD …]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from agentkit.catalog import open_catalog
from agentkit.runs.simulation.landscapes import LANDSCAPES
from agentkit.runs.simulation.study import Plan, study
from agentkit.statistics.median_interval import MedianInterval

NO_SEARCH = ("nop", "oracle", "external")
WORKERS = 8
TIMED_ON = "smooth"
BUDGETS = (60, 100, 150)
COMPARED: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "aide": ("aide", {}),
    "aira_mcts": ("aira_mcts", {}),
    "aira_mcts, exploration 1.41": ("aira_mcts", {"exploration": 2**0.5}),
    "aira_evo": ("aira_evo", {}),
}
"""What theory puts in an order, and with which settings."""


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
    if not arguments.names:
        deceptive_table(arguments.seeds)
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


def deceptive_table(seeds: int) -> None:
    """Share of searches that found the better idea, and the median, at three budgets."""
    row("scaffold", *(f"{each} attempts (found)" for each in BUDGETS))
    row(*["---"] * (1 + len(BUDGETS)))
    for shown, (name, values) in COMPARED.items():
        maker = open_catalog().load("scaffold", name)
        studies = [study(maker, "deceptive", Plan(each, seeds, width=1), values) for each in BUDGETS]
        ends = [said(each.after_attempts(budget)) for each, budget in zip(studies, BUDGETS, strict=True)]
        row(shown, *(f"{end} ({each.found:.0%})" for end, each in zip(ends, studies, strict=True)))


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
