import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.scaffold import Finaliser
from agentkit.errors import UsageError
from agentkit.journal.tree import Tree
from agentkit.search.finalise import (
    BestRemeasured,
    ParetoRemeasured,
    TopKReseeded,
    expected_measurements,
    finaliser_named,
    finaliser_of,
    fresh_seeds,
)
from agentkit.search.spending import seconds_left


def attempt(id: str, fitness: float | None, seed: int = 0, **metrics: float) -> Attempt:
    outcome = Outcome(status="valid", seed=seed, metrics=metrics)
    return Attempt(id=id, operator="x", outcome=outcome, fitness=fitness)


TREE = Tree([attempt("a1", 1.0), attempt("a2", 3.0), attempt("a3", None), attempt("a4", 2.0)])


def choose(
    fails: dict[str, int], seeds: tuple[int, ...] = (7, 8, 9)
) -> tuple[str | None, list[tuple[str, int]]]:
    """`fails`: on how many of the seeds an attempt is not valid."""
    asked: list[tuple[str, int]] = []

    async def measure(attempt: Attempt, seed: int) -> float | None:
        asked.append((attempt.id, seed))
        return None if seeds.index(seed) < fails.get(attempt.id, 0) else 1.0

    chosen = asyncio.run(BestRemeasured(seeds).choose(TREE, measure))
    return (chosen.id if chosen else None), asked


def test_the_fittest_is_measured_on_every_fresh_seed() -> None:
    assert choose({}) == ("a2", [("a2", 7), ("a2", 8), ("a2", 9)])


def test_one_failure_of_three_is_noise_two_are_not() -> None:
    assert choose({"a2": 1})[0] == "a2"
    assert choose({"a2": 2})[0] == "a4"


def test_without_one_that_holds_up_there_is_no_answer() -> None:
    assert choose({"a1": 3, "a2": 3, "a4": 3})[0] is None


def test_fresh_seeds_are_never_those_of_the_search() -> None:
    search = {0 * 1000 + number % 500 for number in range(2000)}
    assert not search & set(fresh_seeds(0, 100))
    assert not set(fresh_seeds(0, 100)) & set(fresh_seeds(1, 100))


def answer_of(
    finaliser: Finaliser, tree: Tree, fresh: Mapping[str, Sequence[float | None]]
) -> tuple[str | None, list[tuple[str, int]]]:
    """`fresh`: what each attempt measures, one after the other; others measure 0."""
    asked: list[tuple[str, int]] = []

    async def measure(attempt: Attempt, seed: int) -> float | None:
        asked.append((attempt.id, seed))
        before = sum(id == attempt.id for id, _ in asked) - 1
        return fresh[attempt.id][before] if attempt.id in fresh else 0.0

    chosen = asyncio.run(finaliser.choose(tree, measure))
    return (chosen.id if chosen else None), asked


def test_of_the_k_fittest_the_best_on_fresh_seeds_is_the_answer() -> None:
    fresh = {"a2": [1.0, 1.2], "a4": [1.5, 1.6], "a1": [9.0, 9.0]}
    chosen, asked = answer_of(TopKReseeded(2, seeds=(7, 8)), TREE, fresh)
    assert chosen == "a4", "a1 is not among the two fittest"
    assert asked == [("a2", 7), ("a4", 7), ("a2", 8), ("a4", 8)], "each gets its first seed first"


def test_one_that_does_not_hold_up_is_no_answer_however_good_its_rest_is() -> None:
    fresh: dict[str, list[float | None]] = {
        "a2": [None, None, 9.0],
        "a4": [1.0, None, 1.0],
        "a1": [0.5, 0.5, 0.5],
    }
    assert answer_of(TopKReseeded(3, seeds=(7, 8, 9)), TREE, fresh)[0] == "a4"
    nothing: dict[str, list[float | None]] = {id: [None] * 3 for id in ("a1", "a2", "a4")}
    assert answer_of(TopKReseeded(3, seeds=(7, 8, 9)), TREE, nothing)[0] is None


def test_of_equal_means_the_fitter_in_the_search_is_taken_and_without_seeds_too() -> None:
    assert answer_of(TopKReseeded(3, seeds=(7,)), TREE, {})[0] == "a2"
    assert answer_of(TopKReseeded(3, seeds=()), TREE, {}) == ("a2", [])
    assert answer_of(TopKReseeded(), Tree(), {})[0] is None


FRONT = Tree(
    [
        attempt("a1", 100.0, memory=8.0),
        attempt("a2", 99.0, memory=4.0),
        attempt("a3", 99.0, memory=6.0),
        attempt("a4", 50.0, memory=1.0),
        attempt("a5", 99.0, memory=4.0),
        attempt("a6", 98.5),
        attempt("a7", 98.9, memory=math.nan),
    ]
)


def test_the_front_holds_what_no_other_beats_in_both() -> None:
    assert [each.id for each in ParetoRemeasured("memory").front(FRONT)] == ["a1", "a2", "a4"]


@pytest.mark.parametrize(("slack", "expected"), [(0.0, "a1"), (0.02, "a2"), (0.6, "a4")])
def test_as_much_fitness_is_given_up_as_the_slack_allows(slack: float, expected: str) -> None:
    assert answer_of(ParetoRemeasured("memory", slack=slack, seeds=(7,)), FRONT, {})[0] == expected


def test_on_a_front_too_the_answer_must_hold_up() -> None:
    chosen, asked = answer_of(ParetoRemeasured("memory", seeds=(7,)), FRONT, {"a2": [None]})
    assert (chosen, asked) == ("a1", [("a2", 7), ("a1", 7)])
    assert answer_of(ParetoRemeasured("size", seeds=(7,)), FRONT, {})[0] == "a1", "nobody has that figure"


def test_a_figure_may_be_better_when_larger() -> None:
    assert answer_of(ParetoRemeasured("memory", True, 1.0, seeds=(7,)), FRONT, {})[0] == "a1"


POINT = st.tuples(st.integers(0, 4).map(float), st.integers(0, 4).map(float))


@given(st.lists(POINT, min_size=1, max_size=12))
def test_every_attempt_is_on_the_front_or_beaten_by_one_that_is(points: list[tuple[float, float]]) -> None:
    tree = Tree(attempt(f"a{number}", fitness, size=size) for number, (fitness, size) in enumerate(points))
    front = {each.id: each for each in ParetoRemeasured("size").front(tree)}
    beats = [(each.fitness or 0.0, each.outcome.metrics["size"]) for each in front.values()]
    assert len(set(beats)) == len(beats)
    for one in beats:
        assert not any(other != one and other[0] >= one[0] and other[1] <= one[1] for other in beats)
    for fitness, size in points:
        assert any(one[0] >= fitness and one[1] <= size for one in beats)


def test_seeds_nobody_gave_are_fresh_ones_of_the_run_the_attempts_are_of() -> None:
    tree = Tree([attempt("a1", 1.0, seed=4003), attempt("a2", 2.0, seed=4001)])
    assert answer_of(BestRemeasured(), tree, {})[1] == [("a2", seed) for seed in fresh_seeds(4, 3)]


def test_a_scaffolds_finaliser_measures_as_often_as_the_run_is_told(bench: Any) -> None:
    run = bench.open(None, None, seed=2, measurements=2, scaffold={"finaliser": TopKReseeded(4)})
    assert finaliser_of(run) == TopKReseeded(4, seeds=(2500, 2501))
    assert expected_measurements(run) == 8
    run.journal.close()
    own = BestRemeasured(seeds=(1,))
    run = bench.open(None, None, scaffold={"finaliser": own})
    assert finaliser_of(run) is own
    run.journal.close()
    run = bench.open(None, None)
    assert (finaliser_of(run), expected_measurements(run)) == (BestRemeasured((500, 501, 502)), 3)
    run.journal.close()


def test_time_is_kept_for_all_that_will_be_measured(bench: Any) -> None:
    """Ten seconds an evaluation, three seeds, two candidates: 1.2 · 60 of 600 seconds."""
    left = []
    for finaliser in (None, TopKReseeded(2)):
        run = bench.open(None, None, budget=Budget(minutes=10), scaffold={"finaliser": finaliser})
        run.journal.append("run_started")
        done = attempt("a1", 1.0).model_copy(update={"outcome": Outcome(status="valid", seconds=10.0)})
        run.journal.append("attempt", "a1", **done.model_dump(mode="json"))
        left.append(seconds_left(run) or 0.0)
        run.journal.close()
    assert left[0] - left[1] == pytest.approx(36.0, abs=5.0)


def test_a_finaliser_by_its_name() -> None:
    assert finaliser_named("best") == BestRemeasured()
    assert finaliser_named("topk") == TopKReseeded(candidates=3)
    assert finaliser_named("topk:5") == TopKReseeded(candidates=5)
    assert finaliser_named("pareto:memory") == ParetoRemeasured(figure="memory")


@pytest.mark.parametrize("text", ["", "worst", "best:3", "topk:", "topk:0", "topk:many", "pareto", "pareto:"])
def test_a_name_of_none_is_answered_with_those_there_are(text: str) -> None:
    with pytest.raises(UsageError, match=r"Known: best, topk, topk:K or pareto:FIGURE"):
        finaliser_named(text)
