"""A stage that is begun again says what it said, whatever has finished since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agentkit.contracts.attempt import Attempt, Expansion
from agentkit.contracts.budget import Budget
from agentkit.contracts.outcome import Outcome
from agentkit.search.briefing import plan_values
from agentkit.search.context import AttemptWork, RunContext
from agentkit.search.operators import RETRIEVE
from agentkit.search.sections import complexity, remaining
from agentkit.search.situation import situation, told_at_start


def select(run: RunContext, id: str, *parents: str) -> AttemptWork:
    expansion = Expansion(operator="retrieve", parents=parents)
    run.journal.append("selected", id, **expansion.model_dump(mode="json"))
    return run.work(id)


def finish(run: RunContext, id: str, score: float, *parents: str) -> None:
    outcome = Outcome(status="valid", metrics={"score": score})
    done = Attempt(
        id=id,
        operator="retrieve",
        parents=parents,
        plan=f"plan of {id}",
        snapshot=run.start,
        outcome=outcome,
        fitness=score,
    )
    run.journal.append("attempt", id, **done.model_dump(mode="json"))


def opened(bench: Any) -> RunContext:
    run: RunContext = bench.open(None, None, budget=Budget(attempts=9))
    operator = replace(RETRIEVE, sections=(*RETRIEVE.sections, complexity, remaining))
    return replace(run, scaffold=replace(run.scaffold, operators={"retrieve": operator}))


def test_a_stage_begun_again_is_shown_the_tree_and_the_budget_of_its_first_beginning(bench: Any) -> None:
    run = opened(bench)
    for id, score, *parents in (("a1", 1.0), ("a2", 5.0, "a1"), ("a3", 1.1)):
        select(run, id, *parents)
        finish(run, id, score, *parents)
    work = select(run, "a4", "a3")
    run.journal.append("stage", "a4", stage="plan", **told_at_start(work, "plan"))
    before = plan_values(work)
    assert "Attempts left after this one: 5." in before["sections"]
    assert "| a2 | a1 | 1 | 5 | plan of a2 |  |" in before["sections"]
    for id in ("a5", "a6", "a7"):
        select(run, id, "a3")
        finish(run, id, 50.0, "a3")
    assert plan_values(work) == before
    run.journal.close()

    again = opened(bench)
    assert plan_values(again.work("a4")) == before, "nor does another process tell it anything else"
    after = plan_values(select(again, "a8", "a3"))
    assert "a7" in after["sections"]
    assert "Attempts left after this one: 1." in after["sections"]
    again.journal.close()


def test_the_start_files_are_a_parent_where_their_figure_is_known(bench: Any) -> None:
    run = opened(bench)
    finish(run, "a1", 20.0)
    assert situation(select(run, "a2"), "plan").gains == ()
    ends = {"status": "valid", "metrics": {"score": 1.0}}
    pair = {"seed": 0, "start": ends, "target": ends}
    calibration = {"task": "t", "digest": "d", "machine": "m", "metric": "score", "pairs": [pair]}
    run.journal.append("calibrated", calibration=calibration)
    (gain,) = situation(select(run, "a3"), "plan").gains
    assert (gain.parent, gain.attempt, gain.description) == ("start", "a1", run.task.instructions)
    run.journal.close()


def test_gains_are_sought_only_where_a_section_could_show_them(bench: Any) -> None:
    run = opened(bench)
    run = replace(run, scaffold=replace(run.scaffold, operators={"retrieve": replace(RETRIEVE, sections=())}))
    finish(run, "a1", 1.0)
    finish(run, "a2", 5.0, "a1")
    assert situation(select(run, "a3"), "plan").gains == ()
    run.journal.close()
