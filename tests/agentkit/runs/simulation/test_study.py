from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from agentkit.catalog import open_catalog
from agentkit.runs.simulation.study import Plan, Study, Trace, built_for, study
from agentkit.runs.simulation.world import Conditions


def studied(name: str, landscape: str, plan: Plan, **values: Any) -> Study:
    return study(open_catalog().load("scaffold", name), landscape, plan, values)


def test_a_trace_keeps_what_it_has_beyond_its_end() -> None:
    trace = Trace((1.0, 2.5), (0.3, 0.7))
    assert [trace.after_attempts(each) for each in (0, 1, 2, 9)] == [0.0, 0.3, 0.7, 0.7]
    assert [trace.after_seconds(each) for each in (0.9, 1.0, 2.4, 2.5, 99.0)] == [0.0, 0.3, 0.3, 0.7, 0.7]


def test_attempts_and_barrier_are_the_plans_where_the_scaffold_has_them() -> None:
    made = built_for(open_catalog().load("scaffold", "tree"), {}, Plan(attempts=33, barrier=True))
    assert (made.attempts, made.barrier, made.policy.barrier) == (33, True, True)  # type: ignore[attr-defined]
    assert built_for(open_catalog().load("scaffold", "nop"), {}, Plan(attempts=33)).attempts == 1


def test_the_same_plan_gives_the_same_study() -> None:
    plan = Plan(attempts=12, seeds=4)
    assert studied("shinka", "rugged", plan) == studied("shinka", "rugged", plan)


def test_an_answer_is_valued_by_what_it_is_and_not_by_what_was_measured() -> None:
    noisy = studied("flat", "smooth", Plan(attempts=20, seeds=5, conditions=Conditions(noise=5.0)))
    assert all(0.0 <= value <= 1.0 for trace in noisy.traces for value in trace.values)
    assert any(later < sooner for trace in noisy.traces for sooner, later in pairwise(trace.values))


@pytest.mark.parametrize(("landscape", "better", "worse"), [
    ("smooth", "aide", "random_search"),
    ("smooth", "aide", "aira_evo"),
    ("smooth", "aira_mcts", "random_search"),
])  # fmt: skip
def test_who_climbs_wins_on_one_hill(landscape: str, better: str, worse: str) -> None:
    plan = Plan(attempts=60, seeds=40, width=1)
    assert studied(better, landscape, plan).after_attempts(60).median > (
        studied(worse, landscape, plan).after_attempts(60).median
    )


def test_where_the_better_idea_looks_worse_at_first_who_explores_wins() -> None:
    plan = Plan(attempts=80, seeds=40, width=1)
    greedy = studied("aide", "deceptive", plan)
    assert studied("aira_evo", "deceptive", plan).found > greedy.found
    explored = studied("aira_mcts", "deceptive", plan, exploration=1.4)
    assert explored.after_attempts(80).median > greedy.after_attempts(80).median
    assert (
        studied("aira_mcts", "deceptive", plan).after_attempts(80).median < explored.after_attempts(80).median
    )


@pytest.mark.parametrize("name", ["flat", "multi_aide", "aide"])
def test_steady_state_takes_less_than_half_the_time_of_a_barrier(name: str) -> None:
    times = [
        studied(name, "smooth", Plan(attempts=60, seeds=15, width=8, barrier=each)).seconds.median
        for each in (False, True)
    ]
    assert times[1] > 2 * times[0]
