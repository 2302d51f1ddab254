from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.contracts.task import Metric
from agentkit.graph.drive import drive
from agentkit.journal.tree import Tree
from agentkit.search.stop import no_gain, target_reached

LOSS = Metric(name="loss", lower_is_better=True)
SCORE = Metric(name="score")


def grown(metric: Metric, *figures: float | None) -> Tree:
    """None: a crash."""
    tree = Tree()
    for number, figure in enumerate(figures, 1):
        metrics = {} if figure is None else {metric.name: figure}
        outcome = Outcome(status="crash" if figure is None else "valid", metrics=metrics)
        fitness = metric.fitness(outcome)
        tree.add(Attempt(id=f"a{number}", operator="x", outcome=outcome, fitness=fitness))
    return tree


def test_a_target_is_in_the_tasks_unit_and_direction() -> None:
    assert target_reached(3.28)(grown(LOSS, 3.4, None, 3.29), LOSS) == ""
    reason = target_reached(3.28)(grown(LOSS, 3.4, 3.28, 3.1), LOSS)
    assert reason == "attempt a2 reached the target: loss 3.28, wanted 3.28"
    assert target_reached(10)(grown(SCORE, 9.0), SCORE) == ""
    assert "attempt a2" in target_reached(10)(grown(SCORE, 9.0, 11.0), SCORE)


def test_no_gain_counts_what_finished_in_a_row_failures_too() -> None:
    rule = no_gain(3)
    assert rule(grown(SCORE, 1.0, None, 1.0), SCORE) == ""
    assert rule(grown(SCORE, 1.0, None, 1.0, 0.5), SCORE) == "3 attempts in a row brought no gain"
    assert rule(grown(SCORE, 1.0, None, 0.5, 2.0, 1.0, None), SCORE) == "", "a gain begins the count anew"
    assert rule(grown(SCORE, None, None, 1.0, 0.5), SCORE) == "", "the first valid one is a gain"
    assert rule(grown(SCORE, None, None, None), SCORE) != "", "as much as nothing that works"


def test_a_window_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        no_gain(0)


@given(
    figures=st.lists(st.none() | st.integers(0, 5).map(float), max_size=30),
    window=st.integers(1, 5),
    target=st.integers(0, 6),
)
def test_what_a_rule_has_said_of_a_prefix_it_says_of_every_longer_journal(
    figures: list[float | None], window: int, target: int
) -> None:
    for rule in (no_gain(window), target_reached(target)):
        said = [rule(grown(SCORE, *figures[:count]), SCORE) for count in range(len(figures) + 1)]
        first = next((reason for reason in said if reason), "")
        assert all(reason in ("", first) for reason in said)
        assert said == sorted(said, key=bool), "once it stops, it stops"


@dataclass
class Noting:
    """A closing that keeps why the search ended."""

    reasons: list[str] = field(default_factory=list)

    async def finalise(self, reason: str) -> None:
        self.reasons.append(reason)

    async def judge(self) -> None:
        return None


@pytest.mark.parametrize("width", [1, 3])
def test_a_search_that_is_resumed_without_its_checkpoints_ends_where_it_ended(
    bench: Any, number_model: Any, list_policy: Any, width: int
) -> None:
    closing, made = Noting(), []
    for folder in ("one", "two"):
        model = number_model(["11", "20", "15", "12", "30", "40", "50", "60"])
        policy = list_policy([Expansion(operator="draft")] * 8)
        changes = {"budget": Budget(attempts=8), "width": width, "scaffold": {"stop": (no_gain(2),)}}
        run = bench.open(policy, model, **changes)
        asyncio.run(drive(run, closing, bench.folder / f"{folder}.sqlite"))
        made.append(list(run.journal.state.tree.attempts))
        run.journal.close()
    assert closing.reasons == ["2 attempts in a row brought no gain"] * 2
    assert made[0] == made[1], "with another file of checkpoints nothing was added"
    assert 4 <= len(made[0]) < 8, "what was under way was still waited for"
